"""Rivals: another thing that the product names for what the claimed one is claimed for."""

import re

from bini.facts.element import Element, Group
from bini.facts.product import Named, Product
from bini.facts.quotes import quote_of
from bini.facts.related import TOO_WIDE, Related
from bini.glossary.in_force import glossary, remembered

CARRIERS = frozenset(
    {"Water", "Glycerin", "Butylene Glycol", "Propylene Glycol", "Dipropylene Glycol", "Ethanol", "Alcohol"}
)
ROLE_GAP = re.compile(  # what stands between a role and what fills it
    r"(?:(?:의)? ?(?: ?(?:역할|쪽|자리|용도|성분|종류|모듈|수단|방식|소자|재료|방법))*(?:으로|로)?(?:서|써)?[은는이가에을를]?(?:는)? ?[:(\-–] ?|(?:의)? ?(?: ?(?:역할|쪽|자리|성분|모듈|수단|방식|소자|재료))*(?:으로|로|에)?(?:서|써)?[은는이가을를]?(?:는)? "
    r"(?:여러 후보 (?:가운데|중에서|중) |주로 |모두 |전량 )?|(?:[을를]|[\d.,]+ ?[^\s,.;]{0,8}[을를]?)? |,? (?:is|are|as|as the|as a|as an|serves as the|serves as|we use|we settled on|used as the) (?:an? |the )?|,? )(?:CAS ?(?:No\.?|번호)? ?)?"
)
MAX_ROLE_GAP = 40


def filled_by(group: Group, related: list[Related], product: Product) -> Named | None:
    """The other thing that the product names for the claimed one's role: "점증제로는 카보머를 쓴다"."""
    names = glossary()
    roles = [item.named for item in related if item.relation == "genus_of" and item.named.status == "present"]
    for role in roles:
        near = {id(named) for named in product.named_near(role.mention.start, role.mention.end)}
        for item in (item for item in related if id(item.named) in near):
            named = item.named
            if item.relation != "different" or named.status != "present" or not is_comparable(named, group):
                continue
            first, second = sorted((role.mention, named.mention), key=lambda mention: mention.start)
            gap = _gap(product, first.end, second.start)
            is_member = any(g in names.genera(n) for n in named.mention.candidates for g in role.mention.candidates)
            if is_member and ROLE_GAP.fullmatch(gap):
                return named
    return None


def _gap(product: Product, start: int, end: int) -> str:
    """Return what stands between two names, without the names that stand there in a list."""
    if not 0 <= end - start <= MAX_ROLE_GAP:
        return "…"
    gap = product.text[start:end]
    for named in product.named_near(start, end):
        if start <= named.mention.start and named.mention.end <= end:
            gap = gap.replace(named.mention.text, "", 1)
    return re.sub(r"\s?[/,·+]\s?", "", gap)


def is_rival(named: Named, group: Group, element: Element, purpose: frozenset[str]) -> bool:
    """Whether a substance of the product does what the claimed one is claimed for."""
    names = glossary()
    for name in named.mention.candidates:
        entity = names.entities[name]
        if element.is_active and (
            purpose.intersection(entity.roles) or any(w in " ".join(entity.roles) for w in purpose)
        ):
            return True
        for claimed in group.names:
            other = names.entities[claimed]
            if set(entity.is_a) & (set(other.is_a) | {claimed}) - TOO_WIDE:
                return True
            if other.kind == "class" and names.genera(name) & names.genera(claimed) - TOO_WIDE:
                return True
            if set(entity.roles) & set(other.roles):
                return True
    return False


def has_amount(named: Named, product: Product) -> bool:
    """Whether a substance is put forward with its own amount, as an active is, and is no carrier."""
    quote = quote_of(product, named)
    return not CARRIERS.intersection(named.mention.candidates) and any(
        char.isdigit() for char in quote[len(named.mention.text) :]
    )


def is_comparable(named: Named, group: Group) -> bool:
    """Whether a name of the product is a single thing of the same kind as the claimed: a substance, a method."""
    return bool(_kinds(frozenset(named.mention.candidates)) & _kinds(group.names))


@remembered(maxsize=4096)
def _kinds(names: frozenset[str]) -> frozenset[str]:
    """The kinds of single things that names stand for; a class stands for what it holds."""
    entities = glossary().entities
    single = {entities[below].kind for name in names for below in glossary().species(name)}
    return frozenset({entities[name].kind for name in names} | single) - {"class"}
