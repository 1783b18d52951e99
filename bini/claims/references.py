"""A claim's own number, and the claims it refers to."""

import re

from bini.claims.page import Page

OWN_NUMBER = re.compile(
    r" ?(?:[\[【<(] ?(?:청구항|claim) ?(?P<boxed>\d{1,4}) ?[\]】>)]"
    r"|(?:청구항|claim) ?(?P<named>\d{1,4}) ?[.:)]"
    r"|(?P<bare>\d{1,4}) ?(?:\.(?= |[^\W\d_]|[\[(])|:(?= [a-z])))"  # not "1.5 %", not "1: 3의 비율"
    r" ?[.:]? ?",
    re.IGNORECASE,
)
KO_ONE = r"(?:제 ?\d{1,3} ?항|청구항 ?(?:제 ?)?\d{1,3} ?항?)"
KO_NEXT = r"(?:제? ?\d{1,3} ?항|청구항 ?\d{1,3}|\d{1,3}(?= ?(?:항|중|및|또는|내지|에)))"
KO_LIST = rf"{KO_ONE}(?: ?(?:내지|또는|및|혹은|,|~|-) ?{KO_NEXT}){{0,40}}"
KO_ANY = r"(?: ?(?:중|가운데)? ?(?:어느|적어도)? ?(?:한|하나|하나의|한개의|일) ?항?)?"
KO_REFERENCE = re.compile(KO_LIST)
KO_DEPENDENT = re.compile(rf"{KO_LIST}{KO_ANY}(?: ?(?:또는|및|,) ?{KO_LIST}{KO_ANY}){{0,3}}에 ?있어서? ?,?")
EN_NUMBERS = r"\d{1,3}(?: ?(?:,? ?and/or|,? ?or|,? ?and|,? ?to|,? ?through|,|-|–) ?(?:claims? )?\d{1,3}){0,40}"
EN_REFERENCE = re.compile(
    r",? (?:(?:as|which is)? ?(?:claimed|recited|defined|set forth|described|characteri[sz]ed) (?:in|by)"
    r"|according to|in accordance with|of|in|by|with|using|from)"
    r" (?:any (?:one |preceding one )?of |one of |either of |any one or more of |at least one of |any )?"
    rf"(?:the )?(?:(?P<earlier>(?:preceding|previous|foregoing) claims?)|claims? (?P<claims>{EN_NUMBERS}))"
    r"(?: (?:above|hereof))?",
    re.IGNORECASE,
)
RANGE = re.compile(r"(\d{1,3})[^\d,]{0,12}?(?:내지|to|through|~|-|–)[^\d,]{0,12}?(\d{1,3})")
NUMBER = re.compile(r"\d{1,3}")


def own_number(page: Page) -> tuple[int | None, int]:
    """The claim's number and the place where its body begins."""
    found = OWN_NUMBER.match(page.text)
    if not found:
        return None, 0
    return int(found["boxed"] or found["named"] or found["bare"]), found.end()


def claim_numbers(phrase: str) -> set[int]:
    """The numbers that a phrase such as "제1항 내지 제3항 및 제5항" or "1-3, 5" names."""
    numbers = {int(number) for number in NUMBER.findall(phrase)}
    for first, last in RANGE.findall(phrase):
        numbers.update(range(int(first), int(last) + 1))
    return numbers


def korean_references(page: Page, start: int) -> tuple[int, ...]:
    named = (claim_numbers(found[0]) for found in KO_REFERENCE.finditer(page.text, start))
    return tuple(sorted(set().union(*named)))


def english_references(page: Page, start: int, number: int | None) -> tuple[int, ...]:
    numbers: set[int] = set()
    for found in EN_REFERENCE.finditer(page.text, start):
        numbers |= set(range(1, number or 1)) if found["earlier"] else claim_numbers(found["claims"])
    return tuple(sorted(numbers))
