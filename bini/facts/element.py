"""A claim element, read: which names it asks for, which numbers, in what way, and what is left in plain words."""

import re
from dataclasses import dataclass

from bini.facts.product import is_material, mentions_in
from bini.facts.words import content_words
from bini.glossary import Mention
from bini.glossary.in_force import glossary, remembered
from bini.quantities import Quantity, find_quantities

NEGATIVE = re.compile(
    r"[가-힣](?:지|진)(?:는|도)? ?(?:않[는고으은도]|아니[하한])|무첨가|불포함|미포함|무함유|미함유|비함유|미사용|불사용|배제|제외|(?:[을를이가]|\s)(?:실질적으로 )?없(?:이|는|음)"
    r"|\bfree (?:of|from)\b|-free\b|\b(?:is|are|do|does) not\b|\bwithout\b|\bexcluding\b|\bnot (?:contain|compris|includ)|\bno (?!more|less|fewer|later|greater)|\bnever\b",
    re.IGNORECASE,
)
DENIES_BEHIND = re.compile(
    r"free (?:of|from)|without|excluding|not (?:contain|compris|includ)|no |(?:is|are|do|does) not", re.I
)
HAVING = re.compile(
    r"포함|함유|첨가|배합|사용|무첨가|제외|배제|없|free|without|contain|compris|includ|added", re.IGNORECASE
)  # a thing is not there, not: an act is not done
ALTERNATIVES = re.compile(
    r"또는|혹은|이거나|에서 ?(?:선택|선정)|가운데|중 하나|중 ?(?:에서 )?(?:선택|하나|적어도|어느|1 ?종|선정)|(?:군|그룹) ?(?:으로 ?부터|에서|중)|\bor\b|\bselected from\b|\bgroup consisting\b"
    r"|\b(?:at least one|one or more|any one) of\b",
    re.IGNORECASE,
)
SALTS_TOO = re.compile(
    r"(?<=[의은 ])염(?=[을이,. ]|$)|이의 .{0,14}염|유도체|이들의 염|\bsalts?\b|\bderivatives?\b|\besters? thereof\b",
    re.I,
)
ACTIVE = re.compile(r"유효 ?성분|활성 ?성분|주성분|\bactive (?:ingredient|agent|substance)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Group:
    """Names of which one is enough, and where they stand in the element."""

    names: frozenset[str]
    is_collision: bool
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Element:
    """One limitation: every group, every quantity and the words left over must be found in the product."""

    text: str
    is_negative: bool
    is_alternative: bool
    takes_salts: bool
    is_active: bool
    groups: tuple[Group, ...]
    roles: frozenset[str]  # classes that only say what a name is for: "점증제인 잔탄검"
    quantities: tuple[Quantity, ...]
    words: tuple[str, ...]  # content words outside names and numbers

    @property
    def is_only_names(self) -> bool:
        """Whether names and numbers say all of it."""
        return bool(self.groups) and not self.words


@remembered(maxsize=4096)
def read_element(text: str, regit_num: str) -> Element:
    """Read an element of the claim of a patent."""
    mentions = [mention for mention in mentions_in(text, regit_num) if mention.candidates]
    is_alternative = ALTERNATIVES.search(text) is not None
    quantities = tuple(q for q in find_quantities(text) if q.kind != "count" or not is_alternative)
    materials = [mention for mention in mentions if is_material(mention)]
    every_span = [(m.start, m.end) for m in mentions] + [(q.start, q.end) for q in quantities]
    if not content_words(_blanked(text, every_span)):
        materials = mentions  # nothing but names: "추천 모델: 협업 필터링"
    negative = NEGATIVE.search(text)
    if negative and not HAVING.search(text):
        materials = []  # "키를 서버에 저장하지 않는": what is denied is no material
    spans = [(m.start, m.end) for m in materials] + [(q.start, q.end) for q in quantities]
    if negative and re.match(r"\s?없(?!음)|[을를이가] ?없", negative[0]):
        materials = [
            mention
            for mention in materials
            if mention.end <= negative.end() and not re.search(r"[을를]\s", text[mention.end : negative.start()])
        ]  # "변색 없는 색소" is no "색소 없는"
    if negative and DENIES_BEHIND.match(negative[0]):
        materials = [
            mention for mention in materials if mention.start >= negative.start()
        ]  # "the shampoo is free of silicone" denies no shampoo
    kept = _without_roles(materials)
    return Element(
        text=text,
        is_negative=negative is not None,
        is_alternative=is_alternative,
        takes_salts=SALTS_TOO.search(text) is not None,
        is_active=ACTIVE.search(text) is not None,
        groups=_groups(kept, is_alternative),
        roles=frozenset(name for mention in materials if mention not in kept for name in mention.candidates),
        quantities=quantities,
        words=content_words(_blanked(text, spans)),
    )


def _without_roles(mentions: list[Mention]) -> list[Mention]:
    """Drop a class that only says what a member beside it is for: "점증제인 잔탄검", "A 및 B 중 1종 이상의 점증제"."""
    genera = {genus for mention in mentions for name in mention.candidates for genus in glossary().genera(name)}
    kept = [mention for mention in mentions if not genera.issuperset(mention.candidates)]
    return kept or mentions


def _groups(mentions: list[Mention], is_alternative: bool) -> tuple[Group, ...]:
    """Join an alias in brackets to its name, and all alternatives into one group."""
    groups: list[Group] = []
    for mention in mentions:
        group = Group(frozenset(mention.candidates), mention.is_collision, mention.text, mention.start, mention.end)
        same = groups and (is_alternative or groups[-1].names & group.names)
        if same:
            last = groups[-1]
            # of an alias and an ambiguous abbreviation beside it only the sure reading stays
            names = last.names | group.names if is_alternative else last.names & group.names
            is_collision = last.is_collision and group.is_collision
            groups[-1] = Group(names, is_collision, last.text, last.start, group.end)
        else:
            groups.append(group)
    return tuple(groups)


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return re.sub(r"\([\s,;]*\)", " ", text)
