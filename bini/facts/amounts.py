"""Facts from numbers: the product's quantity of the same thing, compared with the claimed range by arithmetic.

A number counts only for what it stands beside: the claimed substance by any of its names, or a noun that both texts
share (입경, 온도). Where only one number of a kind that is its own name occurs (pH, SPF), it is that one.
"""

import re
from dataclasses import replace

from rapidfuzz import fuzz

from bini.facts.cues import UNDECIDED
from bini.facts.element import Element, Group
from bini.facts.fact import Fact
from bini.facts.product import Named, Product, is_material, mentions_in
from bini.facts.wording import find_word
from bini.facts.words import content_words
from bini.glossary.in_force import glossary
from bini.quantities import Quantity, compare, find_quantities, measured_span, names_overlap, note
from bini.schema import Mark

SELF_NAMED = ("ph", "spf", "pa", "brix")
TABLE_UNIT = re.compile(
    r"[(\[（]\s?(?:단위 ?[:：] ?)?(중량 ?%|질량 ?%|wt\.? ?%|w/w ?%|%|ppm|중량부|mg/g)\s?[)\]）]", re.IGNORECASE
)
MARK_OF_STATE: dict[str, Mark] = {
    "inside": "대응",
    "near_miss": "균등",
    "outside": "미대응",
    "overlap": "판단불가",
    "not_comparable": "판단불가",
}
SIMILAR_NAME = 80  # rapidfuzz score from which two nouns name one thing
AT_NAME, BEHIND = re.compile(r"[을를은는이가]? ?[:(]? ?"), re.compile(r"의? ?(?:of )?")
NEAR = 24  # characters beside a lone number in which a word of the claim must stand
BRACKETS = re.compile(r"\([^()]*\)|[()]")
MEASURE = re.compile(  # nouns that are measured; in "단백질을 80 ℃에서" the name is no such noun
    r"(?:온도|시간|기간|주기|압력|두께|폭|길이|직경|외경|내경|입경|크기|높이|파장|용량|전압|전류|속도|주파수|수|개수|면적|반경|율|오차"
    r"|temperature|time|period|interval|pressure|thickness|width|length|diameter|size|height|wavelength|capacity|voltage|current|speed"
    r"|rate|number|area|radius|porosity|error|latency)$",
    re.IGNORECASE,
)
MAX_TABLE = 800  # characters that a table's head reaches
# "5개 이하로 남으면" says when something happens, not what the product has
CONDITION = re.compile(r"[^,.]{0,14}?(?:[으하되이지르가오나치]면(?=[\s,])|[을를이가]? ?넘[어으]|[일될할]? ?때|경우)")
OTHER_THING = re.compile(r"[,;/\n]|\d|\b(?:plus|and|with)\b")  # "bismuth plus 0.4 %" is not 0.4 % of bismuth
MAX_GAP = 25  # characters between a substance and its number


def facts_of_quantity(claimed: Quantity, element: Element, product: Product) -> tuple[Fact, ...]:
    """Compare one claimed quantity with what the product says of the same thing."""
    values = _values(claimed, element, product)
    if not values:
        return (_no_number(claimed),)
    facts = [_compared(value, claimed, product) for value in values[:4]]
    comparable = [fact for fact in facts if "비교할 수 없음" not in fact.note]
    facts = comparable or facts
    if CONDITION.match(element.text, claimed.end):
        facts = [replace(fact, is_decided=False) for fact in facts]
    marks = {fact.mark for fact in facts}
    if len(marks) == 1:
        return (facts[0],)
    met = [fact for fact in facts if fact.mark == "대응"]
    return (replace((met or facts)[0], is_decided=False),)


def _compared(value: Quantity, claimed: Quantity, product: Product) -> Fact:
    state = compare(value, claimed).state
    quote = product.text[value.start : value.end]
    is_open = bool(UNDECIDED.search(product.text[value.end : value.end + 12]))
    if is_open and state != "inside":
        return Fact("undecided", "판단불가", False, quote, f"{quote}: 정해지지 않음")
    return Fact("quantity", MARK_OF_STATE[state], state != "overlap", quote, note(value, claimed))


def _no_number(claimed: Quantity) -> Fact:
    words = f"{claimed.text}: 제품에 같은 대상의 수치가 없음"
    return Fact("quantity", "판단불가", False, None, words)


def _values(claimed: Quantity, element: Element, product: Product) -> list[Quantity]:
    candidates = [_with_table_unit(quantity, claimed, product) for quantity in product.quantities]
    alike = [quantity for quantity in candidates if quantity.kind == claimed.kind]
    if claimed.kind == "content" or claimed.kind == "parts":
        alike = [q for q in candidates if q.kind in ("content", "parts", "mass", "molarity")]
    if claimed.kind in SELF_NAMED:
        return alike
    group = _group_of(claimed, element)
    if group is not None:
        tied = [quantity for quantity in alike if _stands_at(quantity, group, product)]
        if tied or claimed.kind in ("content", "parts"):
            return tied
    own_name = element.text[slice(*measured_span(element.text, claimed))]
    same = [q for q in alike if _same_name(own_name, product.text[slice(*measured_span(product.text, q))])]
    if same:
        return same
    is_only_one = len(alike) == 1 and sum(q.kind == claimed.kind for q in element.quantities) == 1
    if not is_only_one or claimed.kind in ("content", "count"):
        return []
    their_name = product.text[slice(*measured_span(product.text, alike[0]))]
    is_named = all(MEASURE.search(BRACKETS.sub("", name).strip()) for name in (own_name, their_name))
    if is_named and not _shares_name(own_name, their_name):
        return []
    shown = product.text[max(0, alike[0].start - NEAR) : alike[0].end + NEAR]
    words = content_words(BRACKETS.sub(" ", own_name))
    named = (words[:-1] if is_named else words) or words or content_words(element.text)
    return alike if any(find_word(word, shown) for word in named) else []


def _group_of(claimed: Quantity, element: Element) -> Group | None:
    """The substance that the claimed number measures: the nearest before it, else the nearest behind."""
    before = [group for group in element.groups if group.end <= claimed.start]
    behind = [group for group in element.groups if group.start >= claimed.end]
    return before[-1] if before else behind[0] if behind else None


def _stands_at(quantity: Quantity, group: Group, product: Product) -> bool:
    """Whether a product's number belongs to a name of the group: measured name, else the nearest name before it."""
    start, end = measured_span(product.text, quantity)
    owner = _named_behind(quantity, product)
    if owner is not None:
        start = end = quantity.start
    for named in product.named_near(quantity.start, quantity.end):
        mention = named.mention
        if start < end and mention.start < end and start < mention.end:
            owner = named
        elif owner is None and mention.end <= quantity.start and start == end:
            gap = product.text[mention.end : quantity.start]
            if len(gap) <= MAX_GAP and not OTHER_THING.search(gap):
                owner = named
    if owner is None or not owner.mention.candidates:
        return False
    relations = {glossary().relation(name, claimed) for name in owner.mention.candidates for claimed in group.names}
    return bool(relations & {"same", "species_of", "same_active"})


def _named_behind(quantity: Quantity, product: Product) -> Named | None:
    """The name right behind a number that has none right before it: "with 2.2 M LiPF6", "3 %의 레티놀"."""
    near = product.named_near(quantity.start, quantity.end)
    names = [named for named in near if is_material(named.mention)]
    before = any(AT_NAME.fullmatch(product.text, named.mention.end, quantity.start) for named in names)
    behind = (named for named in names if BEHIND.fullmatch(product.text, quantity.end, named.mention.start))
    return None if before else next(behind, None)


def _same_name(ours: str, theirs: str) -> bool:
    if not ours or not theirs:
        return False
    words = content_words(ours)
    if words and all(find_word(word, theirs) for word in words):
        return True
    if MEASURE.search(BRACKETS.sub("", ours).strip()) and _shares_modifier(ours, theirs):
        return True
    return names_overlap(ours, theirs) or fuzz.token_set_ratio(_bare(ours), _bare(theirs)) >= SIMILAR_NAME


def _shares_name(ours: str, theirs: str) -> bool:
    """Whether two names have one head and no rival words before it: 입경 and 평균 입경, not 응답 시간 and 유지 시간."""
    left, right = content_words(BRACKETS.sub(" ", ours)), content_words(BRACKETS.sub(" ", theirs))
    if not left or not right or not find_word(left[-1], right[-1]):
        return False
    alike = any(find_word(word, theirs) for word in left[:-1]) or bool(_named_in(ours) & _named_in(theirs))
    return alike or not left[:-1] or not [word for word in right[:-1] if not word.endswith(("며", "고"))]


def _shares_modifier(ours: str, theirs: str) -> bool:
    """Whether two measured nouns are of one thing by another name: 분리막의 기공률, 세퍼레이터 기공도."""
    left, right = content_words(BRACKETS.sub(" ", ours)), content_words(BRACKETS.sub(" ", theirs))
    if len(left) < 2 or len(right) < 2 or not find_word(left[-1], right[-1]):
        return False
    return any(find_word(word, theirs) for word in left[:-1]) or bool(_named_in(ours) & _named_in(theirs))


def _named_in(text: str) -> set[str]:
    return {name for mention in mentions_in(text, "") for name in mention.candidates}


def _bare(name: str) -> str:
    return " ".join(content_words(name)) or name


def _with_table_unit(quantity: Quantity, claimed: Quantity, product: Product) -> Quantity:
    """Give a bare number of a table its head's unit: "조성(중량%): ATBC 3.0, 에탄올 20.0"."""
    if quantity.kind == "number" and claimed.kind == "count":
        worded = find_quantities(f"{quantity.text} {claimed.unit_text}")
        return replace(worded[0], start=quantity.start, end=quantity.end, text=quantity.text) if worded else quantity
    if quantity.kind != "number" or claimed.kind not in ("content", "parts"):
        return quantity
    head = TABLE_UNIT.search(product.text[max(0, quantity.start - MAX_TABLE) : quantity.start])
    worded = find_quantities(f"{quantity.text} {head[1]}") if head else []
    return replace(worded[0], start=quantity.start, end=quantity.end, text=quantity.text) if worded else quantity
