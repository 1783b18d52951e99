"""Kinds of goods: which kind a claim is for, and which kind the product is. 세럼 is a cosmetic, 사료 is not.

The use of a claim ("미백용") is read leniently: any product of the same kind meets it. What the product is stands in its
headline: behind a label ("제품 유형: …"), or in the first sentence; a word further on may name a component or a rival.
Where the table knows neither side, words are compared (`wording`).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from bini.facts.cues import UNDECIDED, Status, read_status
from bini.facts.fact import Fact
from bini.facts.goods_table import KINDS, Kind
from bini.facts.product import Product
from bini.facts.quotes import open_quote

LABEL = re.compile(
    r"(?:제품(?: ?(?:명|유형|종류|군))?|품목(?:명)?|(?:최종 |주 )?용도|적용 ?(?:제품|분야)|product(?: (?:type|name))?|application|end use)"
    r" ?(?:[:：|=–-]|은|는) ?(?P<words>[^\n/•|,]{1,60})",
    re.IGNORECASE,
)
FIRST_SENTENCE = re.compile(r".{0,110}?(?:[!?\n]|\.(?!\d)|$)", re.DOTALL)
USE_OPEN = re.compile(
    r"(?:용도|제품 ?군|제품 ?형태|제품 ?유형|제형|적용 ?제품|적용 ?분야|사용처|품목|application|end use|product type|use)"
    r"(?:[은는이가의을를에:|]|\s)[^.\n]{0,36}",
    re.IGNORECASE,
)
MAKING = re.compile(
    r"제조 ?(?:방법|장치)|\bmethod (?:for|of) (?:producing|making|manufacturing|preparing)", re.IGNORECASE
)
OPPOSITES = tuple(
    (re.compile(one, re.IGNORECASE), re.compile(other, re.IGNORECASE))
    for one, other in (
        ("무선", "유선"),
        (r"\bwireless", r"\bwired"),
        ("휴대|이동형|이동식", "고정형|고정식|거치형"),
        (r"\bportable", r"\b(?:stationary|fixed)"),
        ("전동|자동", "수동"),
        (r"\b(?:automatic|electric|motori[sz]ed)", r"\bmanual"),
        ("일회용", "다회용|재사용"),
        (r"\bdisposable", r"\breusable"),
    )
)
MAX_HEADLINES = 5
EVERYWHERE = ("cosmetic", "food", "feed", "packaging", "coating", "toy", "cleaner", "medicine", "textile", "oral care")
NOT_GOODS = re.compile(  # what stands behind makes the word a quality or a part: "젤리 향", "detergent base"
    r"(?:용(?=\s)|\s?(?:향|맛|모양|느낌|냄새|무늬|스타일|타입의?|용기|병|통)(?![가-힣]{2})|\s(?:base|bottle|scents?|flavou?rs?|smell|style|shelf|aisle|tubes?|caps?)\b)",
    re.IGNORECASE,
)
WORD_END = re.compile(
    r"[가-힣A-Za-z]*?(?=(?:입니다|이에요|인데|이다|으로|에서|은|는|이|가|을|를|의|에|도|용)?(?:[\s,.!?/)]|$))"
)
WORD_BEFORE = re.compile(r"(?:[가-힣A-Za-z·]+(?<![은는이가을를의에서로]) )?[가-힣A-Za-z·]*$")


@dataclass(frozen=True, slots=True)
class Goods:
    """One word in the product text that tells its kind."""

    kind: Kind
    status: Status
    start: int
    end: int


def facts_of_use(element: str, product: Product) -> tuple[Fact, ...]:
    """Say whether the product is of the claimed kind; nothing where the claimed kind is not in the table."""
    claimed = claimed_kinds(element)
    if not claimed:
        return ()
    goods = _goods_in(product.text)
    headlines = _headlines(product.text)
    headline = [item for item in goods if any(start <= item.start < end for start, end in headlines[:MAX_HEADLINES])]
    open_use = _open_use(product.text)
    if open_use and not any(item.status == "present" for item in headline):
        return (Fact("undecided", "판단불가", True, open_use, "용도가 정해지지 않음"),)
    shown = headline or [item for item in goods if item.kind.family in EVERYWHERE]
    same = [item for item in shown if is_same_kind(item.kind, claimed)]
    other = [item for item in shown if not is_same_kind(item.kind, claimed) and item.status == "present"]
    if found := next((item for item in same if item.status == "present"), None):
        quote = _widened(product.text, found)
        unmet = _unmet_qualifiers(element, quote)
        if any(unmet):
            return (Fact("use", "미대응", False, quote, f"'{quote}': 다른 종류의 물품"),)
        is_sure = bool(headline) and not other and not unmet
        return (Fact("use", "대응", is_sure, quote, f"'{quote}': 같은 종류의 물품"),)
    if found := next((item for item in same if item.status == "undecided"), None):
        return (Fact("undecided", "판단불가", True, product.text[found.start : found.end], "용도가 정해지지 않음"),)
    if other:
        is_sure = bool(headline) and all(item.kind.family != kind.family for item in other for kind in claimed)
        quote = _widened(product.text, other[0])
        return (Fact("use", "미대응", is_sure, quote, f"'{quote}': 다른 종류의 물품"),)
    return ()


@lru_cache(maxsize=4096)
def claimed_kinds(element: str) -> tuple[Kind, ...]:
    """Return the kinds of goods that an element names; a special kind leaves no room for its family."""
    found = [kind for kind in KINDS if kind.words.search(element)]
    if MAKING.search(element):
        found = [kind for kind in found if kind.family in EVERYWHERE]  # a method of making an electrode is no battery
    return tuple(
        kind
        for kind in found
        if not kind.is_general
        or not any(other.family == kind.family and not other.is_general for other in found)
        or (kind.name == "cosmetic" and all(other.name in ("cosmetic", "skin care") for other in found))
    )


def is_goods(kind: Kind, text: str) -> bool:
    """Whether one of a kind's words in a text names goods, and no quality or part of others."""
    return any(not NOT_GOODS.match(text, match.end()) for match in kind.words.finditer(text))


def is_same_kind(kind: Kind, claimed: tuple[Kind, ...]) -> bool:
    """Whether goods of a kind are goods of one of the claimed kinds; a family's general kind is all of its kinds."""
    return any(
        kind.name == other.name or (kind.family == other.family and (kind.is_general or other.is_general))
        for other in claimed
    )


def _unmet_qualifiers(element: str, quote: str) -> list[bool]:
    """Return, per qualifier of the claimed goods that the product's word lacks, whether it has the opposite: 유선."""
    pairs = [*OPPOSITES, *((theirs, ours) for ours, theirs in OPPOSITES)]
    return [bool(theirs.search(quote)) for ours, theirs in pairs if ours.search(element) and not ours.search(quote)]


@lru_cache(maxsize=512)
def _goods_in(text: str) -> tuple[Goods, ...]:
    found = []
    for kind in KINDS:
        for match in kind.words.finditer(text):
            if NOT_GOODS.match(text, match.end()):
                continue
            reading = read_status(text, match.start(), match.end())
            found.append(Goods(kind, reading.status, match.start(), max(match.end(), reading.end)))
    return tuple(sorted(found, key=lambda item: item.start))


@lru_cache(maxsize=512)
def _headlines(text: str) -> list[tuple[int, int]]:
    labelled = [found.span("words") for found in LABEL.finditer(text)]
    first = FIRST_SENTENCE.match(text)
    return labelled or ([first.span()] if first else [])


def _open_use(text: str) -> str | None:
    for use in USE_OPEN.finditer(text):
        if cue := UNDECIDED.search(use[0]):
            return open_quote(text, use.start(), use.start() + cue.end())
    return None


def _widened(text: str, goods: Goods) -> str:
    """Return the kind's word with the word before it: "미백 앰플"."""
    matched = goods.kind.words.search(text, goods.start)
    end = matched.end() if matched else goods.end
    found = WORD_END.match(text, end)
    stop = found.end() if found and found.end() - end <= 6 else end
    before = WORD_BEFORE.search(text[max(0, goods.start - 16) : goods.start])
    start = goods.start - (len(before[0]) if before and "\n" not in before[0] else 0)
    return text[start:stop].strip()
