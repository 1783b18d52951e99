"""`facts_about`: what code alone can say about each element of a claim, given a product text."""

from dataclasses import replace
from functools import lru_cache

from bini.cases import elements_for
from bini.claims import Claim, split_claim
from bini.facts.amounts import facts_of_quantity
from bini.facts.closed import fact_of_closed_list, is_closed
from bini.facts.element import Element, read_element
from bini.facts.fact import Fact, decided_mark
from bini.facts.goods import facts_of_use
from bini.facts.names import facts_of_group
from bini.facts.product import Product, read_product
from bini.facts.wording import fact_of_words
from bini.facts.words import content_words
from bini.neutralise import neutralise
from bini.quotes import find_quote
from bini.schema import Case

PURPOSES = (
    "미백",
    "주름",
    "보습",
    "자외선",
    "항산화",
    "진정",
    "항염",
    "탄력",
    "보존",
    "세정",
    "각질",
    "계면활성",
    "감미",
    "유화",
    "가소",
)


def facts_about(case: Case) -> tuple[tuple[Fact, ...], ...]:
    """Return the facts of each element of a case, in the elements' order; each element has at least one.

    What is read is what the model is shown: words between hidden characters are words. Quotes are the text's own.
    """
    elements = elements_for(case)  # as the case has them: a claim that is made plain may fall apart elsewhere
    as_given = {"user_query": case.user_query, "claim_text": case.claim_text, "elements": elements}
    shown = {
        "user_query": neutralise(case.user_query),
        "claim_text": neutralise(case.claim_text),
        "elements": tuple(neutralise(element).strip() or element for element in elements),
    }
    if shown == as_given:
        return _facts_about(case)
    plain = case.model_copy(update=shown)
    return tuple(tuple(_quoting(fact, case.user_query) for fact in facts) for facts in _facts_about(plain))


def _quoting(fact: Fact, product: str) -> Fact:
    """Return the fact with its quote as the text as it was given has it."""
    return fact if fact.quote is None else replace(fact, quote=find_quote(fact.quote, product))


def _facts_about(case: Case) -> tuple[tuple[Fact, ...], ...]:
    product = read_product(case.user_query, case.regit_num)
    purpose = frozenset(word for word in PURPOSES if word in case.claim_text)
    elements = elements_for(case)
    subjects = subjects_of(case)
    found = [
        _facts(element, is_subject, case, product, purpose)
        for element, is_subject in zip(elements, subjects, strict=True)
    ]
    if (row := _closing_row(elements, subjects, case.claim_text)) is not None:
        closing = fact_of_closed_list(elements, product, case.regit_num)
        has_names = bool(read_element(elements[row], case.regit_num).groups)
        found[row] = (*found[row], closing) if has_names or subjects[row] else (closing,)
    return tuple(map(_settled, found))


def subjects_of(case: Case) -> list[bool]:
    """Say of each element whether it is what the claim is for: "미백용 화장료 조성물"."""
    claim, elements = _claim(case.claim_text), elements_for(case)
    return [_is_subject(element, claim, is_last=element == elements[-1]) for element in elements]


def _closing_row(elements: tuple[str, ...], subjects: list[bool], claim_text: str) -> int | None:
    """Return the place of the element that a closed list hangs on; None in an open claim."""
    closing = [place for place, element in enumerate(elements) if is_closed(element)]
    if closing:
        return closing[0]
    return subjects.index(True) if is_closed(claim_text) and True in subjects else None


def _settled(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Leave `is_decided` only to what settles the element: a miss alone, but 대응 only where all else holds, too."""
    sure = decided_mark(facts)
    return tuple(fact if fact.mark in ("미대응", "균등", sure) else replace(fact, is_decided=False) for fact in facts)


def _facts(text: str, is_subject: bool, case: Case, product: Product, purpose: frozenset[str]) -> tuple[Fact, ...]:
    element = read_element(text, case.regit_num)
    if is_subject and not element.is_negative:
        return facts_of_use(text, product) or (_worded(element, False, product, case.regit_num),)
    facts: list[Fact] = []
    for group in element.groups:
        facts += facts_of_group(group, element, product, purpose)
    is_named = any(fact.kind != "silence" for fact in facts)
    if element.words and not is_named and not element.is_negative:
        facts = []  # a step or a feature: its words as a whole say more than that one of its names is missing
    if element.groups and any(fact.mark in ("미대응", "균등") and fact.is_decided for fact in facts):
        return tuple(facts)
    if any(fact.mark == "대응" for fact in facts):  # a class beside what is found only frames it: "A를 포함하는 전해액"
        facts = [fact for fact in facts if fact.kind != "genus"]
    if not element.is_negative:
        for quantity in element.quantities:
            facts += facts_of_quantity(quantity, element, product)
    if not facts or element.words:
        facts += _plain(element, facts, is_named, product, case.regit_num)
    return tuple(facts)


def _plain(element: Element, facts: list[Fact], is_named: bool, product: Product, regit_num: str) -> list[Fact]:
    """Add what the element's plain words say: alone where it has no names, beside them where they leave something."""
    fact = _worded(element, is_named, product, regit_num)
    if not facts:
        return [fact]
    if element.is_negative:
        return []
    if fact.kind == "silence" and len(element.words) <= 2:
        return [Fact("wording", "대응", False, None, "")] if is_named else []  # a word or two settle nothing
    if fact.kind == "denial" and (element.quantities or is_named):
        return [Fact("wording", "대응", False, None, "")]  # what is denied may be something else than name and number
    if fact.kind == "wording" and fact.mark != "대응":
        return [replace(fact, mark="대응")]  # the names are there, the words around them only in part: not for sure
    return [fact]


def _worded(element: Element, is_named: bool, product: Product, regit_num: str) -> Fact:
    """Compare words; those that name what is found already count no more."""
    words = element.words if is_named and not element.is_negative else content_words(element.text)
    fact = fact_of_words(words, element.text, product, regit_num)
    if not element.is_negative:
        return fact
    if fact.kind == "denial":
        return Fact("negative_element", "대응", fact.is_decided, fact.quote, fact.note)
    if fact.mark == "대응":
        return Fact("negative_element", "미대응", False, fact.quote, f"{fact.note} (있다는 말)")
    return fact


def _is_subject(element: str, claim: Claim | None, *, is_last: bool) -> bool:
    """Whether an element is what the claim is for: its preamble, or a part of it that names no limitation."""
    if claim is None or not claim.preamble:
        return False
    ours, subject = _key(element), _key(claim.preamble)
    return ours == subject or (ours in subject and is_last) or (subject in ours and len(ours) <= len(subject) + 6)


def _key(text: str) -> str:
    return "".join(text.lower().split())


@lru_cache(maxsize=2048)
def _claim(text: str) -> Claim | None:
    return split_claim(text) if text.strip() else None
