"""Read data/corpus/stock_pairs/*.txt: claim elements, each with sentences that meet it, miss it or leave it open.

    claim 화학 | 은 소결 페이스트            industry and category of a made-up claim
    K 은 접합제; 칩 붙이는 은 풀              what products of the category are called
    X 솔더 크림; 동 페이스트                  products of another category
    E 에폭시 바인더를 포함하지 않는            an element, as a claim says it
    + 레진 프리                              a product's words that meet it
    - 에폭시를 3 중량% 넣었다                 … that do not
    ? 접착 성분은 밝히지 않음                 … that leave it open

Written by data/corpus/stock_pairs/BRIEF.md for the second look (tests/second_look.py); no split of the corpus is drawn from it yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bini.errors import BiniError

MARK_OF = {"+": "대응", "-": "미대응", "?": "판단불가"}


@dataclass(frozen=True)
class Pair:
    """An element, a product's words about it, and the mark that follows from the two alone."""

    element: str
    quote: str
    mark: str


def read_pairs(path: Path) -> list[Pair]:
    """Return the pairs of one file, a claim's category and product names among them.

    Raises:
        BiniError: a line of no known kind, an empty one, a sentence before its element, or a pair with two marks.
    """
    marks: dict[tuple[str, str], str] = {}
    for element, quote, mark, number in _lines(path):
        if marks.setdefault((element, quote), mark) != mark:
            raise BiniError(f"{path}:{number}: {quote!r} is both {marks[element, quote]} and {mark} for {element!r}.")
    return [Pair(element, quote, mark) for (element, quote), mark in marks.items()]


def _lines(path: Path) -> Iterator[tuple[str, str, str, int]]:
    category = element = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        kind, _, text = line.partition(" ")
        text = text.strip()
        if not text or kind not in {"claim", "K", "X", "E", *MARK_OF}:
            raise BiniError(f"{path}:{number}: expected claim, K, X, E, +, - or ?, and its text. Got {line!r}.")
        if kind == "claim":
            category, element = text.split("|")[-1].strip(), ""
        elif kind == "E":
            element = text
        elif kind in MARK_OF and not element:
            raise BiniError(f"{path}:{number}: there is no element (E) above this sentence.")
        elif kind in MARK_OF:
            yield element, text, MARK_OF[kind], number
        elif not category:
            raise BiniError(f"{path}:{number}: there is no claim above {kind}.")
        else:
            mark = MARK_OF["+" if kind == "K" else "-"]
            yield from ((category, name.strip(), mark, number) for name in text.split(";"))
