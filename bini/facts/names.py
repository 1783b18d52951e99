"""Facts from names: is the claimed substance there, denied, undecided, or does another do its work?"""

import re
from dataclasses import replace

from bini.facts.cues import SENTENCE_END, read_status
from bini.facts.element import Element, Group
from bini.facts.fact import Fact
from bini.facts.product import COMPLETE, SECRET, Named, Product
from bini.facts.quotes import open_quote, quote_of, shortened
from bini.facts.related import Related, denial_of_all, first_with, is_open, is_wide, related_to, relates, with_relation
from bini.facts.rivals import filled_by, has_amount, is_comparable, is_rival
from bini.facts.wording import find_word
from bini.facts.words import content_words
from bini.glossary.hangul import PARTICLES
from bini.glossary.in_force import glossary
from bini.schema import Mark

DENIAL = re.compile(  # some denial, of whatever it may be: "물 한 모금 없이", "주정을 붓던 공정은 없앴고"
    r"없|않|아니|아닌|(?<![가-힣])(?:안|못) |대신|대체|제외|배제|빼|뺐|뺀|불필요|무첨가|금지|\b(?:no|not|nor|neither|never|without|free|absence|absent|instead|omit\w*|exclud\w*|zero|lack\w*)\b|n't\b",
    re.IGNORECASE,
)
MIN_LIST = 3  # named ingredients from which a text is a recipe, whose gaps mean something


def facts_of_group(group: Group, element: Element, product: Product, purpose: frozenset[str]) -> tuple[Fact, ...]:
    """Say what the product's names mean for one claimed substance; the first rule that fits decides."""
    related = related_to(group, product)
    if element.is_negative:
        absence = _absence(group, related, product)
        is_all = not element.words and not element.quantities
        return (absence if is_all else replace(absence, is_decided=False),)
    return (_presence(group, element, related, product, purpose),)


def _presence(
    group: Group, element: Element, related: list[Related], product: Product, purpose: frozenset[str]
) -> Fact:
    hits = with_relation(related, "same", "species_of")
    sure = [item for item in hits if not is_open(item.named)]
    if found := first_with(sure, "present"):
        return _met(found, group, product)
    unsure = [item for item in hits if is_open(item.named) and item.named.status == "present"]
    salts = [item for item in related if item.relation == "same_active" and item.named.status == "present"]
    genus = [item for item in related if item.relation == "genus_of" and not is_wide(item.named)]
    if found := first_with(sure, "undecided") or first_with(genus, "undecided"):
        note = f"'{found.mention.text}': 정해지지 않았거나 밝히지 않음"
        return Fact("undecided", "판단불가", True, quote_of(product, found), note)
    denials = denial_of_all(group, sure) or first_with(genus, "denied")
    if denials and not unsure and not salts and not first_with(sure, "present"):
        note = f"'{shortened(product.text[denials.start : denials.end])}': 없다고 밝힘"
        return Fact("denial", "미대응", True, quote_of(product, denials), note)
    if unsure:
        return _colliding(unsure[0].named, group, product)
    if salts:
        return _salt(salts[0].named, element, product)
    filled = filled_by(group, related, product)
    if filled is not None:
        note = f"{filled.mention.text}: 같은 자리의 다른 것"
        genera = {genus for name in group.names for genus in glossary().entities[name].is_a}
        is_sure = bool(element.roles) or len(genera) == 1
        return Fact("other_compound_for_role", "미대응", is_sure, quote_of(product, filled), note)
    if spelled := _spelled_out(group, product):
        return spelled
    if found := first_with(genus, "present"):
        note = f"'{found.mention.text}': 넓은 이름, 청구된 것인지 알 수 없음"
        return Fact("genus", "판단불가", True, quote_of(product, found), note)
    if secret := SECRET.search(product.text):
        quote = open_quote(product.text, secret.start(), secret.end())
        return Fact("undecided", "판단불가", False, quote, "성분을 밝히지 않음")
    return _another(group, element, related, product, purpose)


def _another(group: Group, element: Element, related: list[Related], product: Product, purpose: frozenset[str]) -> Fact:
    """The claimed name does not occur: is the list complete, or does another substance do the work?"""
    present = [item.named for item in related if item.named.status == "present" and is_comparable(item.named, group)]
    rivals = [named for named in present if is_rival(named, group, element, purpose)]
    if element.is_active:
        rivals += [named for named in present if named not in rivals and has_amount(named, product)]
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
    return Fact("wording", mark, False, quote, f"'{shortened(quote)}': 비슷한 표기")


def _is_apart(text: str, start: int, end: int) -> bool:
    """Whether a slice is no part of a longer name: 레티놀 in 하이드록시레티놀 is."""
    before, after = text[max(0, start - 1) : start], text[end : end + 8]
    rest = re.match(r"[가-힣]*", after)
    is_followed = rest is not None and rest[0] and not PARTICLES.match(rest[0])
    return not (before.isalnum() or is_followed or (after[:1].isascii() and after[:1].isalnum()))


def _absence(group: Group, related: list[Related], product: Product) -> Fact:
    """A negative limitation: met where absence is stated, missed where the thing is there, open where nothing is said."""
    inside = with_relation(related, "same", "species_of", "same_active")
    if found := first_with(inside, "present"):
        if any(sentence_with(product.text, item.named.mention.start, DENIAL) for item in inside):
            return Fact("negative_element", "대응", False, quote_of(product, found), "")  # a reader's matter
        return Fact("negative_element", "미대응", True, quote_of(product, found), f"'{found.mention.text}': 들어 있음")
    denials = with_relation(related, "same", "genus_of")
    if found := first_with(denials, "denied"):
        note = f"'{shortened(product.text[found.start : found.end])}': 없다고 밝힘"
        return Fact("negative_element", "대응", True, quote_of(product, found), note)
    for word in {group.text, *(word for name in group.names for word in glossary().entities[name].korean)}:
        if re.search(rf"(?<![가-힣])무{re.escape(word)}", product.text):
            return Fact("negative_element", "대응", True, f"무{word}", f"'무{word}': 없다고 밝힘")
    if found := first_with(inside, "undecided"):
        return Fact("undecided", "판단불가", True, quote_of(product, found), f"'{found.mention.text}': 미정")
    if product.list_state == "complete" and (stated := COMPLETE.search(product.text)):
        quote = open_quote(product.text, stated.start(), stated.end())
        return Fact("negative_element", "대응", False, quote, "밝힌 성분이 전부이고 그 안에 없음")
    return Fact("silence", "판단불가", False, None, "없다고 밝힌 말이 없음")


def sentence_with(text: str, place: int, words: re.Pattern[str]) -> bool:
    """Whether the sentence around a place holds one of the words."""
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    start = max((end for end in ends if end <= place), default=0)
    stop = min((end for end in ends if end > place), default=len(text))
    return words.search(text, start, stop) is not None


def _met(found: Named, group: Group, product: Product) -> Fact:
    names = glossary()
    reading = next((name for name in found.mention.candidates if relates(name, group) == "same"), None)
    quote = quote_of(product, found)
    if reading is None:
        species, genus = found.mention.candidates[0], next(iter(sorted(group.names)))
        genus = next((name for name in sorted(group.names) if name in names.genera(species)), genus)
        korean = names.entities[genus].korean[0]
        return Fact("species", "대응", True, quote, f"{found.mention.text}: {korean}에 속함")
    is_sure = found.mention.how != "fuzzy"
    described = names.describe(reading)
    note = "" if found.mention.text in (group.text, described) else f"{found.mention.text} = {described}"
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
