"""Cases with a sentence taken out: of the element that it told, the product text is silent then.

People's product texts are mostly silent of something; written cases (data.more_cases), and their twists above all, say too much.
"""

import random
import re
from collections.abc import Sequence

from bini.cases import cases_as_read, elements_for, load_cases
from bini.recipe import Recipe
from bini.rules import risk_level
from bini.schema import Case, ElementFinding

SENTENCE = re.compile(r"\S[^\n]*?(?:[.!?](?=\s|$)|(?=\n)|$)")
MIN_SENTENCES = 3  # of a text that one may be taken out of


def charts_as_read(recipe: Recipe, composed: Sequence[Case]) -> list[Case]:
    """Return every chart of one epoch: cases and corpus, those `composed` of pairs, and those with a sentence taken out."""
    return [*cases_as_read(recipe), *composed, *silenced_as_read(recipe)]


def silenced_as_read(recipe: Recipe) -> list[Case]:
    """Return train.silenced_cases of data.more_cases, each with a sentence taken out; fewer where there are no more."""
    if not recipe.train.silenced_cases:
        return []
    cases = [case for path in recipe.data.more_files for case in load_cases(path)]
    return silenced_cases(cases, recipe.train.silenced_cases, random.Random(recipe.seed))


def silenced_cases(cases: Sequence[Case], count: int, chance: random.Random) -> list[Case]:
    """Return `count` of the cases without a sentence that is quoted for one element alone; that element is open then.

    Those that are 낮음 for another element, which would stay 낮음, are left out.
    """
    made: list[Case] = []
    cases = [case for case in cases if case.label is not None and case.label.risk_level != "낮음"]
    for case in chance.sample(cases, len(cases)):
        if len(made) == count:
            break
        found = _telling_one(case)
        if found:
            made.append(_without(case, *chance.choice(found)))
    return made


def _telling_one(case: Case) -> list[tuple[int, int, int]]:
    """Return (element, start, end) of the sentences that are quoted for one element, not the claim's subject."""
    from bini.facts import subjects_of

    sentences = [found.span() for found in SENTENCE.finditer(case.user_query)]
    if case.label is None or len(sentences) < MIN_SENTENCES or len(elements_for(case)) != len(case.label.comparisons):
        return []
    quotes = [row.user_product_element or "" for row in case.label.comparisons]
    subjects = subjects_of(case)
    found = []
    for start, end in sentences:
        told = [i for i, quote in enumerate(quotes) if quote and _meets(case.user_query, quote, start, end)]
        if len(told) == 1 and not subjects[told[0]]:
            found.append((told[0], start, end))
    return found


def _meets(text: str, quote: str, start: int, end: int) -> bool:
    """Whether a quote stands, wherever it stands first, in part of text[start:end]."""
    place = text.find(quote)
    return place < end and start < place + len(quote)


def _without(case: Case, element: int, start: int, end: int) -> Case:
    assert case.label is not None
    rows = list(case.label.comparisons)
    rows[element] = ElementFinding(patent_element=rows[element].patent_element, match="판단불가")
    text = f"{case.user_query[:start].rstrip(' ')} {case.user_query[end:].lstrip()}".strip()
    label = case.label.model_copy(update={"comparisons": tuple(rows), "risk_level": risk_level(rows)})
    name = f"{case.case_id}-silent-{element + 1}"
    return case.model_copy(update={"case_id": name, "user_query": text, "label": label})
