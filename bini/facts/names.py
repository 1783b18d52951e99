"""Facts from names: is the claimed substance there, denied, undecided, or does another do its work?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bini.facts.cues import read_status
from bini.facts.element import Element, Group
from bini.facts.fact import Fact
from bini.facts.product import COMPLETE, SECRET, Named, Product, glossary
from bini.facts.quotes import open_quote, quote_of
from bini.facts.wording import find_word
from bini.facts.words import content_words
from bini.glossary import Relation
from bini.glossary.hangul import PARTICLES
from bini.rules import Mark

TOO_WIDE = frozenset(  # classes whose mere mention says nothing about one member
    {"Cosmetic Composition", "Food Composition", "Natural Extract", "Vitamin", "Solvent", "Polymer"}
)
CARRIERS = frozenset(
    {"Water", "Glycerin", "Butylene Glycol", "Propylene Glycol", "Dipropylene Glycol", "Ethanol", "Alcohol"}
)
ROLE_GAP = re.compile(  # what stands between a role and what fills it
    r"(?:(?:의)? ?(?:역할|쪽|자리|용도|성분|종류|모듈|수단|방식|소자|재료|방법)?(?:으로|로)?(?:서|써)?[은는이가에을를]?(?:는)? ?[:(\-–] ?|(?:의)? ?(?:역할|쪽|자리|모듈|수단|방식|소자|재료)?(?:으로|로|에)?(?:서|써)?[은는이가을를]?(?:는)? "
    r"(?:여러 후보 (?:가운데|중에서|중) |주로 |모두 |전량 )?|(?:[을를]|[\d.,]+ ?[^\s,.;]{0,8}[을를]?)? |,? (?:is|are|as|as the|as a|as an|serves as the|serves as|we use|we settled on|used as the) (?:an? |the )?|,? )(?:CAS ?(?:No\.?|번호)? ?)?"
)
MAX_ROLE_GAP = 40
MIN_LIST = 3  # named ingredients from which a text is a recipe, whose gaps mean something


@dataclass(frozen=True, slots=True)
class Related:
    """A name of the product and how its nearest reading is related to the claimed names."""

    named: Named
    relation: Relation


def facts_of_group(group: Group, element: Element, product: Product, purpose: frozenset[str]) -> tuple[Fact, ...]:
    """Say what the product's names mean for one claimed substance; the first rule that fits decides."""
    related = [Related(named, _nearest(named, group)) for named in product.named if named.mention.candidates]
    if element.is_negative:
        return (_absence(group, related, product),)
    return (_presence(group, element, related, product, purpose),)


def _presence(
    group: Group, element: Element, related: list[Related], product: Product, purpose: frozenset[str]
) -> Fact:
    hits = [item for item in related if item.relation in ("same", "species_of")]
    sure = [item for item in hits if not _is_open(item.named)]
    if found := _first(sure, "present"):
        return _met(found, group, product)
    unsure = [item for item in hits if _is_open(item.named) and item.named.status == "present"]
    salts = [item for item in related if item.relation == "same_active" and item.named.status == "present"]
    genus = [item for item in related if item.relation == "genus_of" and not _is_wide(item.named)]
    if found := _first(sure, "undecided") or _first(genus, "undecided"):
        note = f"'{found.mention.text}': 정해지지 않았거나 밝히지 않음"
        return Fact("undecided", "판단불가", True, quote_of(product, found), note)
    denials = _denial_of_all(group, sure) or _first(genus, "denied")
    if denials and not unsure and not salts and not _is_elsewhere(sure):
        note = f"'{_short(product.text[denials.start : denials.end])}': 없다고 밝힘"
        return Fact("denial", "미대응", True, quote_of(product, denials), note)
    if unsure:
        return _colliding(unsure[0].named, group, product)
    if salts:
        return _salt(salts[0].named, element, product)
    filled = _fills(group, related, product)
    if filled is not None:
        note = f"{filled.mention.text}: 같은 자리의 다른 것"
        genera = {genus for name in group.names for genus in glossary().entities[name].is_a}
        is_sure = bool(element.roles) or len(genera) == 1
        return Fact("other_compound_for_role", "미대응", is_sure, quote_of(product, filled), note)
    if spelled := _spelled_out(group, product):
        return spelled
    if found := _first(genus, "present"):
        note = f"'{found.mention.text}': 넓은 이름, 청구된 것인지 알 수 없음"
        return Fact("genus", "판단불가", True, quote_of(product, found), note)
    if secret := SECRET.search(product.text):
        quote = open_quote(product.text, secret.start(), secret.end())
        return Fact("undecided", "판단불가", False, quote, "성분을 밝히지 않음")
    return _another(group, element, related, product, purpose)


def _another(group: Group, element: Element, related: list[Related], product: Product, purpose: frozenset[str]) -> Fact:
    """The claimed name does not occur: is the list complete, or does another substance do the work?"""
    present = [item.named for item in related if item.named.status == "present" and _is_comparable(item.named, group)]
    rivals = [named for named in present if _is_rival(named, group, element, purpose)]
    if element.is_active:
        rivals += [named for named in present if named not in rivals and _has_amount(named, product)]
    if spelled := _spelled_out(group, product):
        return spelled
    if product.list_state == "complete" and present:
        stated = COMPLETE.search(product.text)
        quote = quote_of(product, (rivals or present)[0])
        if stated and not rivals:
            quote = open_quote(product.text, stated.start(), stated.end())
        return Fact("complete_list", "미대응", True, quote, "밝힌 성분이 전부인데 그 안에 없음")
    if product.list_state == "cut":
        return Fact("silence", "판단불가", False, None, "성분이 일부만 적혀 있고 그 안에 없음")
    if rivals:
        note = f"{glossary().describe(rivals[0].mention.candidates[0])}: 다른 물질"
        return Fact("other_compound_for_role", "미대응", False, quote_of(product, rivals[0]), note)
    if product.list_state == "label" and len(present) >= MIN_LIST:
        return Fact("complete_list", "미대응", False, quote_of(product, present[0]), "전성분에 없음")
    return Fact("silence", "판단불가", False, None, "제품에 이 이름이 없음")


def _spelled_out(group: Group, product: Product) -> Fact | None:
    """The claimed name written in a way that the glossary does not know, as "대두단백" for 대두 단백질."""
    words = content_words(group.text)
    found = [find_word(word, product.text)[:1] for word in words]
    if not words or not all(found):
        return None
    start, end = min(hit[0].start for hit in found), max(hit[0].end for hit in found)
    if end - start > len(group.text) + 8 or not _is_apart(product.text, start, end):
        return None
    reading = read_status(product.text, start, end)
    mark: Mark = {"present": "대응", "denied": "미대응"}.get(reading.status, "판단불가")  # type: ignore[assignment]
    quote = product.text[reading.start : reading.end]
    return Fact("wording", mark, False, quote, f"'{_short(quote)}': 비슷한 표기")


def _is_apart(text: str, start: int, end: int) -> bool:
    """Whether a slice is no part of a longer name: 레티놀 in 하이드록시레티놀 is."""
    before, after = text[max(0, start - 1) : start], text[end : end + 8]
    rest = re.match(r"[가-힣]*", after)
    is_followed = rest is not None and rest[0] and not PARTICLES.match(rest[0])
    return not (before.isalnum() or is_followed or (after[:1].isascii() and after[:1].isalnum()))


def _absence(group: Group, related: list[Related], product: Product) -> Fact:
    """A negative limitation: met where absence is stated, missed where the thing is there, open where nothing is said."""
    inside = [item for item in related if item.relation in ("same", "species_of", "same_active")]
    if found := _first(inside, "present"):
        return Fact("negative_element", "미대응", True, quote_of(product, found), f"'{found.mention.text}': 들어 있음")
    denials = [item for item in related if item.relation in ("same", "genus_of")]
    if found := _first(denials, "denied"):
        note = f"'{_short(product.text[found.start : found.end])}': 없다고 밝힘"
        return Fact("negative_element", "대응", True, quote_of(product, found), note)
    for word in {group.text, *(word for name in group.names for word in glossary().entities[name].korean)}:
        if f"무{word}" in product.text:
            return Fact("negative_element", "대응", True, f"무{word}", f"'무{word}': 없다고 밝힘")
    if found := _first(inside, "undecided"):
        return Fact("undecided", "판단불가", True, quote_of(product, found), f"'{found.mention.text}': 미정")
    if product.list_state == "complete" and (stated := COMPLETE.search(product.text)):
        quote = open_quote(product.text, stated.start(), stated.end())
        return Fact("negative_element", "대응", False, quote, "밝힌 성분이 전부이고 그 안에 없음")
    return Fact("silence", "판단불가", False, None, "없다고 밝힌 말이 없음")


def _met(found: Named, group: Group, product: Product) -> Fact:
    names = glossary()
    reading = next((name for name in found.mention.candidates if _relates(name, group) == "same"), None)
    quote = quote_of(product, found)
    if reading is None:
        species, genus = found.mention.candidates[0], next(iter(sorted(group.names)))
        genus = next((name for name in sorted(group.names) if name in names.genera(species)), genus)
        korean = names.entities[genus].korean[0]
        return Fact("species", "대응", True, quote, f"{found.mention.text}: {korean}에 속함")
    is_sure = found.mention.how != "fuzzy"
    note = "" if found.mention.text == group.text else f"{found.mention.text} = {names.describe(reading)}"
    if found.mention.is_collision:
        note = f"{found.mention.text}: 이 특허에서는 {names.describe(reading)}"
    return Fact("name", "대응", is_sure, quote, note)


def _colliding(found: Named, group: Group, product: Product) -> Fact:
    readings = " 또는 ".join(found.mention.candidates[:2])
    return Fact(
        "collision", "판단불가", True, quote_of(product, found), f"{found.mention.text}: 뜻이 둘 이상({readings})"
    )


def _salt(found: Named, element: Element, product: Product) -> Fact:
    quote = quote_of(product, found)
    described = glossary().describe(found.mention.candidates[0])
    if element.takes_salts:
        return Fact("other_salt", "대응", False, quote, f"{described}: 같은 활성의 염 또는 유도체")
    return Fact("other_salt", "균등", True, quote, f"{described}: 같은 활성의 다른 염 또는 에스터")


def _nearest(named: Named, group: Group) -> Relation:
    order: tuple[Relation, ...] = ("same", "species_of", "same_active", "genus_of", "different", "unknown")
    relations = {_relates(name, group) for name in named.mention.candidates}
    return next((relation for relation in order if relation in relations), "unknown")


def _relates(name: str, group: Group) -> Relation:
    order: tuple[Relation, ...] = ("same", "species_of", "same_active", "genus_of", "different")
    relations = {glossary().relation(name, claimed) for claimed in group.names}
    return next((relation for relation in order if relation in relations), "unknown")


def _is_open(named: Named) -> bool:
    """Whether the name has another reading that nothing rules out."""
    return named.mention.is_collision and len(named.mention.candidates) != 1


def _is_wide(named: Named) -> bool:
    return bool(TOO_WIDE.intersection(named.mention.candidates))


@lru_cache(maxsize=4096)
def _kinds(names: frozenset[str]) -> frozenset[str]:
    """The kinds of single things that names stand for; a class stands for what it holds."""
    entities = glossary().entities
    single = {entities[below].kind for name in names for below in glossary().species(name)}
    return frozenset({entities[name].kind for name in names} | single) - {"class"}


def _is_comparable(named: Named, group: Group) -> bool:
    """Whether a name of the product is a single thing of the same kind as the claimed: a substance, a method."""
    return bool(_kinds(frozenset(named.mention.candidates)) & _kinds(group.names))


def _fills(group: Group, related: list[Related], product: Product) -> Named | None:
    """The other thing that the product names for the claimed one's role: "점증제로는 카보머를 쓴다"."""
    names = glossary()
    roles = [item.named for item in related if item.relation == "genus_of" and item.named.status == "present"]
    for role in roles:
        for item in related:
            named = item.named
            if item.relation != "different" or named.status != "present" or not _is_comparable(named, group):
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
    for named in product.named:
        if start <= named.mention.start and named.mention.end <= end:
            gap = gap.replace(named.mention.text, "", 1)
    return re.sub(r"\s?[/,·+]\s?", "", gap)


def _denial_of_all(group: Group, items: list[Related]) -> Named | None:
    """The denial of a claimed name, where every alternative is denied; that one species is not there denies no class."""
    denied = [item.named for item in items if item.relation == "same" and item.named.status == "denied"]
    names = {name for named in denied for name in named.mention.candidates}
    return denied[0] if denied and group.names <= names else None


def _is_elsewhere(items: Iterable[Related]) -> bool:
    return any(item.named.status == "present" for item in items)


def _is_rival(named: Named, group: Group, element: Element, purpose: frozenset[str]) -> bool:
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


def _has_amount(named: Named, product: Product) -> bool:
    """Whether a substance is put forward with its own amount, as an active is, and is no carrier."""
    quote = quote_of(product, named)
    return not CARRIERS.intersection(named.mention.candidates) and any(
        char.isdigit() for char in quote[len(named.mention.text) :]
    )


def _first(items: Iterable[Related], status: str) -> Named | None:
    return next((item.named for item in items if item.named.status == status), None)


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= 40 else words[:38] + "…"
