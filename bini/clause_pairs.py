"""Clauses of a product text as pairs: what a second look reads when it seeks the clause that speaks of an element.

It seeks among all clauses of the text, so it has to know what most of them are: of something else. A labelled chart tells:
what is quoted for another element, or for none, speaks not of this one (무관), and the clause around its own quote does.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence

from bini.cases import elements_for
from bini.pairs import Pair
from bini.quotes import clauses
from bini.rules import marks_of
from bini.schema import SILENT, Case


def clause_pairs(cases: Sequence[Case], per_element: int, chance: random.Random, known: Sequence[Pair]) -> list[Pair]:
    """Return of each element at most `per_element` clauses that speak of other things, and of each mark a third of that of
    the clauses around its quotes.

    The subject of a claim is left out: any sentence may say what the product is. A pair whose element and words are
    `known`, or that would have two marks, is left out.
    """
    marks: dict[tuple[str, str], set[str]] = {}
    for case in cases:
        for element, words, mark in _read(case):
            marks.setdefault((element, words), set()).add(mark)
    for pair in known:
        marks.pop((pair.element, pair.quote), None)
    found = [Pair(*both, next(iter(said))) for both, said in marks.items() if len(said) == 1]
    chance.shuffle(found)
    drawn: Counter[tuple[str, str]] = Counter()
    pairs = []
    for pair in found:
        drawn[pair.element, pair.mark] += 1
        if drawn[pair.element, pair.mark] <= (per_element if pair.mark == SILENT else per_element // 3):
            pairs.append(pair)
    return pairs


def _read(case: Case) -> Iterator[tuple[str, str, str]]:
    from bini.facts import subjects_of

    if case.label is None:
        return
    text, pieces = case.user_query, clauses(case.user_query)
    rows = zip(elements_for(case), case.label.comparisons, marks_of(case.label), subjects_of(case), strict=True)
    for element, row, mark, is_subject in rows:
        quote = row.user_product_element
        for piece in () if is_subject or mark == "균등" else pieces:
            if quote is None or not _overlap(piece, quote, text):
                yield element, piece, SILENT
            elif quote in piece and piece != quote:
                yield element, piece, mark


def _overlap(piece: str, quote: str, text: str) -> bool:
    """Whether two slices of a text, by their first places, share a character."""
    start, other = text.find(piece), text.find(quote)
    return start < other + len(quote) and other < start + len(piece)
