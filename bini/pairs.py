"""Pairs: a claim element, a product's words, and the mark that follows from the two. What a second look learns.

They come from labelled cases (every quoted cell is one; where a text is silent, its clauses do not speak of the element:
무관) and from files of pairs, data.pairs, in which a sentence beside another element of the claim is 무관:

    claim 화학 | 은 소결 페이스트            industry and category of a made-up claim
    K 은 접합제; 칩 붙이는 은 풀              what products of the category are called
    X 솔더 크림; 동 페이스트                  products of another category
    E 에폭시 바인더를 포함하지 않는            an element, as a claim says it
    + 레진 프리                              a product's words that meet it
    - 에폭시를 3 중량% 넣었다                 … that do not
    ? 접착 성분은 밝히지 않음                 … that leave it open
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rapidfuzz import fuzz

from bini.cases import corpus_cases, load_cases, own_cases
from bini.errors import BiniError
from bini.quotes import clauses
from bini.recipe import Recipe
from bini.rules import marks_of
from bini.schema import SILENT, Case, Mark

MARK_OF: dict[str, Mark] = {"+": "대응", "-": "미대응", "?": "판단불가", "K": "대응", "X": "미대응"}
CASES = ".jsonl"
SHARES = {"대응": 0.36, "미대응": 0.36, "판단불가": 0.1, SILENT: 0.18}  # of the cells drawn: misses are rare in charts
DIGITS_KEPT = 0.2  # of the cells whose element has a number: comparing numbers is code's work


@dataclass(frozen=True)
class Pair:
    """An element, a product's words about it, and the mark that follows from the two alone."""

    element: str
    quote: str
    mark: str


def pairs_as_read(recipe: Recipe, composed: Sequence[Case] = ()) -> list[Pair]:
    """Return the pairs of one epoch: data.pairs as often as data.repeat_pairs says, and train.pairs_from_cases cells.

    Of charts that were composed of the written pairs the cells are read in place of those.

    Raises:
        BiniError: a file that is not there, or is none of pairs.
    """
    if lacking := [str(path) for path in recipe.data.pairs_files if not path.is_file()]:
        raise BiniError(f"data.pairs: there is no {', '.join(lacking)}.")
    files = [path for path in recipe.data.pairs_files if not composed or path.suffix == CASES]
    written = cells_of(composed) + [pair for path in files for pair in _pairs_of(path)]
    if recipe.train.clauses_from_cases:
        from bini.clause_pairs import clause_pairs

        cases = [case for path in recipe.data.pairs_files if path.suffix == CASES for case in load_cases(path)]
        written += clause_pairs(cases, recipe.train.clauses_from_cases, random.Random(recipe.seed), written)
    written *= recipe.data.repeat_pairs
    if not recipe.train.pairs_from_cases:
        return written
    cells = cells_of(own_cases(recipe) + corpus_cases(recipe))
    return written + drawn_cells(cells, recipe.train.pairs_from_cases, random.Random(recipe.seed))


def _pairs_of(path: Path) -> list[Pair]:
    return cells_of(load_cases(path)) if path.suffix == CASES else read_pairs(path)


def cells_of(cases: Iterable[Case]) -> list[Pair]:
    """Return the distinct cells of labelled cases, without those that are marked in two ways or 균등.

    An element of which the text is silent gives what a reader might take for it: the clause and the other cell's quote
    that are likest.
    """
    marks: dict[tuple[str, str], set[str]] = {}
    for case in cases:
        if case.label is not None:
            quotes = [row.user_product_element for row in case.label.comparisons if row.user_product_element]
            for row, mark in zip(case.label.comparisons, marks_of(case.label), strict=True):
                if row.user_product_element is not None:
                    marks.setdefault((row.patent_element, row.user_product_element), set()).add(mark)
                elif mark == "판단불가":
                    for words in (
                        *likest(row.patent_element, clauses(case.user_query)),
                        *likest(row.patent_element, quotes),
                    ):
                        marks.setdefault((row.patent_element, words), set()).add(SILENT)
    return [Pair(*both, next(iter(found))) for both, found in marks.items() if len(found) == 1 and "균등" not in found]


def likest(element: str, texts: Sequence[str]) -> list[str]:
    """Return the one of the texts that shares most words with an element, none of none."""
    return sorted(texts, key=lambda text: -fuzz.token_set_ratio(element, text))[:1]


def drawn_cells(cells: Sequence[Pair], count: int, chance: random.Random) -> list[Pair]:
    """Return at most `count` of them, SHARES of each mark as far as there are so many, most numbers left out."""
    cells = [cell for cell in cells if not any(c.isdigit() for c in cell.element) or chance.random() < DIGITS_KEPT]
    chance.shuffle(cells)
    return [
        cell
        for mark, share in SHARES.items()
        for cell in [cell for cell in cells if cell.mark == mark][: round(count * share)]
    ]


def read_pairs(path: Path) -> list[Pair]:
    """Return the pairs of one file, a claim's category and product names among them, and for each element a sentence
    of the claim's next element.

    Raises:
        BiniError: a line of no known kind, an empty one, a sentence before its element, or a pair with two marks.
    """
    marks: dict[tuple[str, str], str] = {}
    claims: dict[int, dict[str, str]] = {}  # per claim {element: a sentence that meets it}
    for claim, element, quote, kind, number in lines_of(path):
        mark = MARK_OF[kind]
        if marks.setdefault((element, quote), mark) != mark:
            raise BiniError(f"{path}:{number}: {quote!r} is both {marks[element, quote]} and {mark} for {element!r}.")
        if kind == "+":
            claims.setdefault(claim, {}).setdefault(element, quote)
    for met in claims.values():
        for element, following in pairwise(met):
            marks.setdefault((element, met[following]), SILENT)
    return [Pair(element, quote, mark) for (element, quote), mark in marks.items()]


def lines_of(path: Path) -> Iterator[tuple[int, str, str, str, int]]:
    """Yield a claim's number, element (of K and X the category), sentence, kind and line number.

    Raises:
        BiniError: a line of no known kind, an empty one, or a sentence before its element.
    """
    category, element, claim = "", "", 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        kind, _, text = line.partition(" ")
        text = text.strip()
        if not text or kind not in {"claim", "E", *MARK_OF}:
            raise BiniError(f"{path}:{number}: expected claim, K, X, E, +, - or ?, and its text. Got {line!r}.")
        if kind == "claim":
            category, element, claim = text.split("|")[-1].strip(), "", claim + 1
        elif kind == "E":
            element = text
        elif not category:
            raise BiniError(f"{path}:{number}: there is no claim above this line.")
        elif kind in "KX":
            yield from ((claim, category, name.strip(), kind, number) for name in text.split(";") if name.strip())
        elif not element:
            raise BiniError(f"{path}:{number}: there is no element (E) above this sentence.")
        else:
            yield claim, element, text, kind, number
