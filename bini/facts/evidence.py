"""What code says of the words that a reader quoted: a model finds, code compares.

A model finds the place where a product speaks of the claimed thing by another name ("화면 주사율은 142.6 Hz" for "표시부의
주사율이 59 내지 135 Hz"), where code sees two names; whether 142.6 lies in the range is no matter of reading.
"""

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from bini.facts.element import read_element
from bini.facts.fact import Fact, verdict
from bini.facts.goods import claimed_kinds, is_goods, is_same_kind
from bini.facts.product import mentions_in
from bini.facts.wording import find_word
from bini.facts.words import content_words
from bini.glossary.in_force import glossary
from bini.quantities import Quantity, compare, find_quantities, measured_span, note
from bini.quantities.quantity import Kind
from bini.schema import Mark

CAS = re.compile(r"\d{2,7}-\d{2}-\d")
# "20 m/min" measures, "332 pits" counts
OTHER_UNIT = re.compile(r"\d+(?:[.,]\d+)*\s?(?![a-z]{4})[A-Za-z%°℃㎛µ][\w/%°]*")
# English denies right before the thing
DENIED_IN_ENGLISH = re.compile(r"\b(?:no|without|free of|instead of)\b", re.IGNORECASE)
PRICE = re.compile(r"\d[\d.,]*(?: ?[만천] ?\d*(?: ?천)?)? ?(?:원|달러|엔|유로|dollars?|euros?)|[$€₩] ?\d[\d.,]*")
WORDED_NUMBER = re.compile(  # 천 건, 여섯 해, 백에 다섯, a fifth of the volume
    r"(?<![가-힣])(?:[수몇]?[십백천만]|한|두|세|네|다섯|여섯|일곱|여덟|아홉|열|스무) ?여? ?"
    r"(?:건|개|명|장|행|회|번|줄|매|가지|주|해|달|시간|배|컵|킬로|미터|그램|도(?![가-힣])|퍼센트)"
    r"|영도|하루|[십백천열]에 |하나꼴|절반|반나절|\b(?:half|third|quarter|fifth|tenth|dozen|per ?cent|hundred|thousand)\b",
    re.IGNORECASE,
)
EQUAL_PARTS = re.compile(
    r"(?:같은|똑같은|동일한) (?:양|비율)|동량|반반|절반씩|\b(?:equal|same) (?:amounts?|parts|volumes?)\b"
)
# "10 g" may well be told of a claimed 1 중량%: the whole is not known
SHARES: set[Kind] = {"content", "parts", "mass", "molarity"}
SIMILAR_NAME = 75  # rapidfuzz score from which a quote may hold a name, misspelt
COUNTED = ("count", "multiple")  # "적어도 하나의": met by what is there, without a number
MARK_OF_STATE: dict[str, Mark] = {"inside": "대응", "near_miss": "균등", "outside": "미대응"}
WORST_FIRST: tuple[Mark, ...] = ("미대응", "균등", "판단불가", "대응")


def mark_by_arithmetic(element: str, regit_num: str, quote: str, facts: Sequence[Fact]) -> tuple[Mark, str] | None:
    """Return the mark that the quoted numbers leave to an element that claims numbers, and why; None where none does.

    `facts` are the element's own: a quote without a number is no reason where the product gives it elsewhere.
    """
    read = read_element(element, regit_num)
    claimed = _limits(element, regit_num)
    if not claimed or read.is_negative:
        return None
    leading = verdict(facts)
    said = [found for limit in claimed if (found := _compared(limit, element, quote)) is not None]
    if said:
        worst = min(said, key=lambda found: WORST_FIRST.index(found[0]))
        if worst[0] != "대응" and _has_unread_number(quote):
            return None  # "C 0.42, Cr 13.5, Mo 0.8%": whose number is out of range, nobody knows
        is_whole = len(said) == len(claimed)
        return worst if worst[0] != "대응" or is_whole else None
    if leading is not None and leading.kind == "quantity" and leading.quote is None and not _tells(claimed, quote):
        return "판단불가", f"{claimed[0].text}: 인용에 비교할 수치가 없음"
    return None


def lacks_its_number(element: str, regit_num: str, words: str) -> bool:
    """Whether an element claims numbers and words hold none that could be meant for one of them."""
    limits = _limits(element, regit_num)
    return bool(limits) and not _tells(limits, words)


def clauses_with_its_number(element: str, regit_num: str, clauses: Sequence[str]) -> list[str]:
    """Return the clauses that tell a number of the kind that an element claims: of the claimed thing, where some do."""
    limits = _limits(element, regit_num)
    telling = [clause for clause in clauses if limits and _tells(limits, clause)]
    own = [clause for clause in telling if _names_its_thing(element, regit_num, limits, clause)]
    return own or telling


def mark_by_name(element: str, regit_num: str, quote: str, facts: Sequence[Fact]) -> tuple[Mark, str] | None:
    """Return 판단불가 where an element is nothing but substances and neither product nor quote names one; else None.

    A spelling near to a name counts as that name: an answer may know a slip that code did not dare to read.
    """
    read, leading = read_element(element, regit_num), verdict(facts)
    if not read.is_only_names or read.is_negative or leading is None or leading.kind != "silence":
        return None
    entities = [glossary().entities[name] for group in read.groups for name in group.names]
    if any(entity.kind != "substance" for entity in entities):
        return None
    names = [name for entity in entities for name in entity.names() if len(name) > 1]
    if any(fuzz.partial_ratio(name.lower(), quote.lower()) >= SIMILAR_NAME for name in names):
        return None
    return "판단불가", "인용에 청구된 성분의 이름이 없음"


def mark_by_denial(element: str, regit_num: str, quote: str, facts: Sequence[Fact]) -> tuple[Mark, str] | None:
    """Return 미대응 where the quoted words are those in which code found the claimed thing denied or replaced."""
    leading = verdict(facts)
    if leading is None or leading.kind not in ("denial", "other_compound_for_role") or leading.mark != "미대응":
        return None
    if leading.kind == "denial" and not leading.is_decided and not DENIED_IN_ENGLISH.search(quote):
        return None  # words overlap in part only: what is denied may be something else
    is_same = leading.quote is not None and (leading.quote in quote or quote in leading.quote)
    return ("미대응", leading.note) if is_same and not read_element(element, regit_num).is_negative else None


def mark_by_kind(element: str, quote: str) -> tuple[Mark, str] | None:
    """Return 미대응 where the quoted goods are of another kind than the claim's subject; None where a kind is unknown."""
    claimed = claimed_kinds(element)
    quoted = [kind for kind in claimed_kinds(quote) if is_goods(kind, quote)]
    if not claimed or not quoted or any(is_same_kind(kind, claimed) for kind in quoted):
        return None
    return "미대응", f"'{quote}': 다른 종류의 물품"


def _compared(limit: Quantity, element: str, quote: str) -> tuple[Mark, str] | None:
    """Return the best mark that one of the quoted numbers allows; None where none can be compared."""
    found: list[tuple[Mark, str]] = []
    for value in find_quantities(quote):
        state = compare(value, limit).state
        if state == "inside" or (state in MARK_OF_STATE and _is_of_one_thing(limit, element, quote)):
            found.append((MARK_OF_STATE[state], note(value, limit)))
        elif state in MARK_OF_STATE:
            found.append(("판단불가", f"{value.text}: 다른 대상의 수치"))
    return max(found, key=lambda mark: WORST_FIRST.index(mark[0])) if found else None


def _limits(element: str, regit_num: str) -> list[Quantity]:
    return [quantity for quantity in read_element(element, regit_num).quantities if quantity.kind not in COUNTED]


def _tells(limits: Sequence[Quantity], words: str) -> bool:
    """Whether words hold a number that could be meant for one of the limits, though its unit may be another."""
    kinds: set[Kind] = {limit.kind for limit in limits}
    if kinds & SHARES:
        kinds |= SHARES
    if any(value.kind in kinds for value in find_quantities(words)):
        return True
    if "ratio" in kinds and EQUAL_PARTS.search(words):
        return True
    return WORDED_NUMBER.search(words) is not None or _has_unread_number(words)


def _names_its_thing(element: str, regit_num: str, limits: Sequence[Quantity], clause: str) -> bool:
    """Whether a clause names what the claim measures, or the claimed substance by any name."""
    if any(_is_of_one_thing(limit, element, clause) for limit in limits):
        return True
    claimed = {name for group in read_element(element, regit_num).groups for name in group.names}
    said = {name for mention in mentions_in(clause, regit_num) for name in mention.candidates}
    return any(glossary().relation(name, other) in ("same", "species_of") for name in said for other in claimed)


def _has_unread_number(quote: str) -> bool:
    """Whether a digit stands in the quote whose unit nobody knows: "9바", "0.56"; not "20 m/min", not a CAS number."""
    left = OTHER_UNIT.sub(" ", CAS.sub(" ", PRICE.sub(" ", quote)))
    for value in find_quantities(left):
        left = left[: value.start] + " " * (value.end - value.start) + left[value.end :]
    return any(character.isdigit() for character in left)


def _is_of_one_thing(limit: Quantity, element: str, quote: str) -> bool:
    """Whether the quoted words share one with what the claim measures: 화면 주사율 and 표시부의 주사율."""
    return any(find_word(word, quote) for word in content_words(element[slice(*measured_span(element, limit))]))
