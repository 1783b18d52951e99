"""Closed claims ("로만 이루어진", "consisting of"): an ingredient that the claim does not list takes the product out of it.

The row that hangs on it is the one that holds the closing words, else the claim's subject.
"""

import re

from bini.facts.fact import Fact
from bini.facts.product import COMPLETE, Named, Product, is_material, mentions_in
from bini.facts.quotes import open_quote, quote_of
from bini.glossary.in_force import glossary

CLOSED = re.compile(
    r"로만 ?(?:이루어|구성)|만으로 ?(?:이루어|구성)|\bconsist(?:s|ing)? (?:only |solely )?of\b", re.IGNORECASE
)
GROUP = re.compile(r"\b(?:group|selected from[^,;]{0,20}) consisting of\b", re.IGNORECASE)


def is_closed(text: str) -> bool:
    """Whether a claim or an element lists all that may be there; "the group consisting of" lists alternatives only."""
    return CLOSED.search(GROUP.sub(" ", text)) is not None


def fact_of_closed_list(elements: tuple[str, ...], product: Product, regit_num: str) -> Fact:
    """Say whether the product holds a substance that no element lists."""
    listed = frozenset(
        name for element in elements for mention in mentions_in(element, regit_num) for name in mention.candidates
    )
    extra = next((named for named in product.named if _is_unlisted(named, listed)), None)
    if extra is not None:
        note = f"{extra.mention.text}: 청구항의 닫힌 목록에 없음"
        return Fact("closed_list", "미대응", True, quote_of(product, extra), note)
    stated = COMPLETE.search(product.text)
    if product.list_state == "complete" and stated:
        quote = open_quote(product.text, stated.start(), stated.end())
        return Fact("closed_list", "대응", False, quote, "밝힌 성분이 전부이고 모두 목록에 있음")
    return Fact("closed_list", "판단불가", False, None, "닫힌 청구항: 다른 성분이 없는지 알 수 없음")


def _is_unlisted(named: Named, listed: frozenset[str]) -> bool:
    """Whether a substance is surely there and surely none of the listed; water may only be what a step is done in."""
    names = named.mention.candidates
    if named.status != "present" or not names or named.mention.is_collision or not is_material(named.mention):
        return False
    if "Water" in names or any(glossary().entities[name].kind != "substance" for name in names):
        return False
    relations = {glossary().relation(name, other) for name in names for other in listed}
    return bool(relations) and relations <= {"different"}
