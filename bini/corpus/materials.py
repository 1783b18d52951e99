"""Material slots: a role (점증제, 리튬염, 추천 모델) that an entity of the glossary's class fills.

Claims ask for one entity, a class, a Markush group, an amount, or its absence; products name it by any of its names,
name another for the role, deny it, leave it open, or name only its class.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from bini.corpus.korean import with_particle
from bini.corpus.nouns import Fact, Requirement, State
from bini.corpus.numbers import Span, draw_span, draw_value, number_text, span_around
from bini.corpus.pool import Pool
from bini.corpus.wording import (
    AMOUNT_OPEN_EN,
    AMOUNT_OPEN_KO,
    CODE_NAME_EN,
    CODE_NAME_KO,
    DENIED_EN,
    DENIED_KO,
    GENUS_EN,
    GENUS_KO,
    INSTEAD_EN,
    INSTEAD_KO,
    PRESENT_EN,
    PRESENT_KO,
    ROLE_EN,
    ROLE_KO,
    ROLE_OPEN_EN,
    ROLE_OPEN_KO,
    UNDECIDED_EN,
    UNDECIDED_KO,
    fill,
)

Says = Literal["present", "role", "denied", "undecided", "role_open", "genus", "code", "collision"]


@dataclass(frozen=True)
class Told:
    """What a product tells about a role."""

    says: Says
    entity: str = ""  # canonical name; of a genus where says is "genus"
    amount: float | None = None
    instead: str = ""  # an entity that gave way to this one


@dataclass(frozen=True)
class Wanted:
    """What a claim asks of a role."""

    entities: tuple[str, ...]  # one, a class, or the members of a Markush group
    span: Span | None = None
    is_negative: bool = False


@dataclass(frozen=True)
class MaterialSlot:
    """One role, filled from one class of the glossary."""

    name: str
    genus: str
    title_ko: str
    title_en: str
    low: float
    high: float
    pool: Pool
    is_material: bool = True
    weight: float = 0.9

    @property
    def has_amounts(self) -> bool:
        """Software and methods are used, not weighed."""
        return self.high > 0

    @property
    def decimals(self) -> int:
        """Decimal places that suit the typical amounts."""
        return 0 if self.low >= 20 else 1 if self.low >= 0.5 else 2

    def facts(self, random: Random, requirement: Requirement | None = None) -> Iterator[Fact]:
        """Propose what a product may tell of this role; entities that the claim names come first half of the time."""
        kinds: list[Says] = [
            "present",
            "role",
            "role",
            "denied",
            "undecided",
            "role_open",
            "genus",
            "code",
            "collision",
        ]
        random.shuffle(kinds)
        if random.random() < 0.3:
            kinds.sort(key=lambda says: says not in ("collision", "genus"))
        for says in kinds:
            told = self._told(random, says, requirement.value if requirement else None)
            if told is not None:
                yield self._fact(random, told)

    def _told(self, random: Random, says: Says, wanted: Wanted | None) -> Told | None:
        entity = random.choice(self.pool.members(self.genus))
        if wanted is not None and random.random() < 0.75:
            named = random.choice(wanted.entities)
            below = self.pool.members(named)
            entity = random.choice(below) if below else named
            if random.random() < 0.25 and (relatives := self.pool.relatives(entity)):
                entity = random.choice(relatives)
        if says == "genus":
            genera = self.pool.genera_of(entity, self.genus)
            return Told("genus", random.choice(genera)) if genera else None
        if says == "collision":
            return Told("collision", entity) if self.pool.collision(entity) else None
        amount = None
        if says in ("present", "role") and self.has_amounts and random.random() < 0.75:
            amount = self._amount(random, wanted.span if wanted else None)
        instead = ""
        if says == "role" and random.random() < 0.22:
            others = [name for name in self.pool.members(self.genus) if name != entity]
            asked = [name for name in (wanted.entities if wanted else ()) if name in others]
            instead = random.choice(asked if asked and random.random() < 0.7 else others)
        return Told(says, "" if says in ("role_open", "code") else entity, amount, instead)

    def _amount(self, random: Random, span: Span | None) -> float | None:
        span = span or draw_span(random, self.low, self.high, self.decimals)
        state: State = random.choice(("L", "L", "E", "N"))
        return draw_value(random, span, state, self.decimals)

    def requirements(self, random: Random, fact: Fact | None = None) -> Iterator[Requirement]:
        """Propose what a claim may ask: entity, class, Markush group, with or without an amount, or absence."""
        told: Told | None = fact.value if fact else None
        for _ in range(8):
            entity = random.choice(self.pool.members(self.genus))
            if told is not None and told.entity and random.random() < 0.7:
                below = self.pool.members(told.entity)
                entity = random.choice(below) if below else told.entity
                if random.random() < 0.2 and (relatives := self.pool.relatives(entity)):
                    entity = random.choice(relatives)
            wanted = self._wanted(random, entity, told)
            if wanted is not None:
                yield self._requirement(random, wanted)

    def _wanted(self, random: Random, entity: str, told: Told | None) -> Wanted | None:
        shape = random.random()
        span = None
        if self.has_amounts and shape < 0.5:
            span = draw_span(random, self.low, self.high, self.decimals)
            if told is not None and told.amount is not None:
                state: State = random.choice(("L", "L", "E", "N"))
                span = span_around(random, told.amount, state, self.low, self.high, self.decimals)
        if shape < 0.36:
            return Wanted((entity,), span)
        if shape < 0.42 or 0.5 <= shape < 0.58:
            genera = self.pool.genera_of(entity, self.genus)
            return Wanted((random.choice(genera),), span) if genera else None
        if shape < 0.7:
            others = [name for name in self.pool.members(self.genus) if name != entity]
            random.shuffle(others)
            names = [entity, *others[: random.choice((1, 2, 2, 3, 4))]]
            random.shuffle(names)
            return Wanted(tuple(names), span)
        if shape < 0.8:
            return Wanted((entity,), None, is_negative=True)
        return Wanted((entity,))

    def judge(self, requirement: Requirement, fact: Fact) -> tuple[State, bool] | None:
        """Compare by the decision table's first part."""
        wanted, told = requirement.value, fact.value
        if wanted.is_negative:
            return self._judge_negative(wanted, told)
        covered = self._covers(wanted, told.entity)
        match told.says:
            case "role_open" | "code":
                return "U", True
            case "genus":
                return self._judge_genus(wanted, told)
            case "collision":
                return ("U", True) if covered else None
            case "denied" | "undecided" if not covered:
                return None if self._touches(wanted, told.entity) else ("U", False)
            case "denied":
                return ("N", True) if len(wanted.entities) == 1 and told.entity == wanted.entities[0] else None
            case "undecided":
                return ("U", True) if len(wanted.entities) == 1 and told.entity == wanted.entities[0] else None
        if not covered:
            if any(self.pool.same_base(told.entity, name) for name in wanted.entities):
                return ("E", True) if len(wanted.entities) == 1 and wanted.span is None else None
            if any(told.entity == name or self.pool.unclear(told.entity, name) for name in wanted.entities):
                return None
            return ("N", True) if told.says == "role" else None
        if wanted.span is None:
            return "L", True
        if told.amount is None:
            return "U", True
        state = wanted.span.state(told.amount)
        return None if state is None else (state, True)

    def clashes(self, requirement: Requirement, fact: Fact) -> bool:
        """Say whether the fact of another role speaks of what this requirement asks, so that no slot judges it alone."""
        named = [name for name in (fact.value.entity, fact.value.instead) if name]
        return any(
            name == entity
            or self.pool.is_below(name, entity)
            or self.pool.is_below(entity, name)
            or self.pool.same_base(name, entity)
            for name in named
            for entity in requirement.value.entities
        )

    def _judge_negative(self, wanted: Wanted, told: Told) -> tuple[State, bool] | None:
        if told.instead and self._covers(wanted, told.instead):
            return None
        if not self._covers(wanted, told.entity):
            return ("U", False) if told.says in ("denied", "undecided") else None
        states: dict[str, tuple[State, bool]] = {"denied": ("L", True), "undecided": ("U", True)}
        states |= {"present": ("N", True), "role": ("N", True)}
        return states.get(told.says)

    def _judge_genus(self, wanted: Wanted, told: Told) -> tuple[State, bool] | None:
        if any(self.pool.is_below(told.entity, name) for name in wanted.entities):
            return ("L", True) if wanted.span is None else ("U", True)
        above = any(self.pool.is_below(name, told.entity) for name in wanted.entities)
        return ("U", True) if above and told.entity not in wanted.entities else None

    def _covers(self, wanted: Wanted, entity: str) -> bool:
        return any(entity == name or self.pool.is_below(entity, name) for name in wanted.entities)

    def _touches(self, wanted: Wanted, entity: str) -> bool:
        return any(self.pool.is_below(name, entity) or self.pool.same_base(entity, name) for name in wanted.entities)

    def _requirement(self, random: Random, wanted: Wanted) -> Requirement:
        names_ko = [self.pool.claim_name(random, name, "ko") for name in wanted.entities]
        names_en = [self.pool.claim_name(random, name, "en") for name in wanted.entities]
        korean, english = names_ko[0], names_en[0]
        charts: list[str] = []
        twist = ""
        if len(wanted.entities) > 1:
            joined = ", ".join(names_ko[:-1])
            group = random.choice(("하나 이상", "1종 이상", "어느 하나", "적어도 하나"))
            tail = random.choice((f"의 {self.title_ko}", f"의 {self.title_ko}", ""))
            korean = f"{joined} 및 {names_ko[-1]}"
            korean = f"{with_particle(korean, '으로')} 이루어진 군에서 선택되는 {group}{tail}"
            english = f"at least one {self.title_en} selected from the group consisting of {', '.join(names_en[:-1])} and {names_en[-1]}"
            charts = [
                f"{self.title_ko}: {', '.join(names_ko)} 중 {random.choice(('1종 이상', '하나 이상'))}",
                f"{', '.join(names_ko)}에서 선택된 {self.title_ko}",
                f"{with_particle(self.title_ko, '이')} {', '.join(names_ko[:-1])} 또는 {names_ko[-1]}",
            ]
            twist = "markush"
        elif wanted.is_negative:
            korean = random.choice(
                (f"{with_particle(korean, '을')} 포함하지 않는다", f"{with_particle(korean, '을')} 함유하지 않는다")
            )
            return Requirement(
                self.name,
                korean,
                f"wherein {english} is not contained",
                (f"{names_ko[0]} 불포함",),
                wanted,
                "negative",
                wanted.entities,
            )
        elif random.random() < 0.45:
            korean = (
                f"{with_particle(self.title_ko, '으로')}서 {korean}"
                if random.random() < 0.6
                else f"{self.title_ko}인 {korean}"
            )
            english = f"{names_en[0]} as {'an' if self.title_en[0] in 'aeiou' else 'a'} {self.title_en}"
            charts = [
                f"{self.title_ko}: {names_ko[0]}",
                f"{with_particle(self.title_ko, '으로')} {names_ko[0]} 사용",
                f"{with_particle(self.title_ko, '이')} {with_particle(names_ko[0], '을')} 포함",
            ]
        if wanted.span is not None:
            unit = random.choice(("중량%", "중량%", "중량%", "wt%", "질량%"))
            text = wanted.span.text_ko(unit, random.randrange(4))
            forms = [f"{korean} {text}", f"{korean} {text}", f"조성물 총 중량에 대하여 {korean} {text}"]
            if len(wanted.entities) == 1:
                forms += [f"{text}의 {korean}", f"상기 {names_ko[0]}의 함량은 조성물 총 중량에 대하여 {text}이다"]
            korean = random.choice(forms)
            english = f"{wanted.span.text_en('wt%')} of {english}"
            charts = [f"{charts[0] if charts else names_ko[0]} {text}"]
            twist = "numeric"
        elif random.random() < 0.35:
            korean = self._clause(random, korean, names_ko, len(wanted.entities) > 1)
        if not charts:
            charts = [f"{names_ko[0]} 함유" if self.has_amounts else f"{names_ko[0]} 사용"]
        return Requirement(self.name, korean, english, tuple(charts), wanted, twist, wanted.entities)

    def _clause(self, random: Random, korean: str, names: list[str], is_group: bool) -> str:
        """Write the requirement as a clause: 상기 점증제는 카보머이다."""
        role = with_particle(f"상기 {self.title_ko}", "은")
        if is_group:
            listed = with_particle(f"{', '.join(names[:-1])} 및 {names[-1]}", "으로")
            return f"{role} {listed} 이루어진 군에서 선택되는 {random.choice(('하나 이상', '1종 이상'))}이다"
        name = with_particle(names[0], "을")
        taken = "함유" if self.has_amounts else "사용"
        forms = [
            f"{role} {names[0]}이다",
            f"{role} {name} 포함한다",
            f"{name} {with_particle(self.title_ko, '으로')} {taken}한다",
        ]
        return random.choice(forms)

    def _fact(self, random: Random, told: Told) -> Fact:
        values = {"R": self.title_ko, "A": "", "V": ""}
        english = {"R": self.title_en, "A": "", "V": ""}
        twist: str = told.says if told.says not in ("present", "role") else "replaced" if told.instead else ""
        if told.instead:
            values["O"], _ = self.pool.product_name(random, told.instead, "ko")
            english["O"], _ = self.pool.product_name(random, told.instead, "en")
        if told.entity:
            if told.says == "collision":
                values["N"] = english["N"] = self.pool.collision(told.entity) or ""
            else:
                values["N"], name_twist = self.pool.product_name(random, told.entity, "ko")
                english["N"], _ = self.pool.product_name(random, told.entity, "en")
                twist = twist or name_twist
        if told.amount is not None:
            text, unit_twist = _amount_text(random, told.amount)
            values["A"] = english["A"] = text
            twist = twist or unit_twist
        if told.says == "code":
            values["N"] = english["N"] = (
                random.choice("BCDHKMNPRSTX") + random.choice("AELNQRTX") + f"-{random.randrange(10, 990)}"
            )
        frames_ko, frames_en = _frames(told, self.has_amounts)
        ko = tuple(fill(frame, values) for frame in frames_ko)
        en = tuple(fill(frame, english) for frame in frames_en)
        items_ko, items_en = _items(told, values, self.title_ko), _items(told, english, self.title_en)
        return Fact(self.name, ko, en, items_ko, items_en, told, twist)


def _frames(told: Told, is_weighed: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    tables = {
        "denied": (DENIED_KO, DENIED_EN),
        "undecided": (UNDECIDED_KO, UNDECIDED_EN),
        "role_open": (ROLE_OPEN_KO, ROLE_OPEN_EN),
        "genus": (GENUS_KO, GENUS_EN),
        "collision": (PRESENT_KO, PRESENT_EN),
        "code": (CODE_NAME_KO, CODE_NAME_EN),
        "present": (PRESENT_KO, PRESENT_EN),
        "role": (ROLE_KO, ROLE_EN),
    }
    frames_ko, frames_en = tables[told.says]
    if told.instead:
        return INSTEAD_KO, INSTEAD_EN
    if told.says in ("present", "role") and told.amount is None and is_weighed:
        frames_ko, frames_en = frames_ko + AMOUNT_OPEN_KO, frames_en + AMOUNT_OPEN_EN
        if told.says == "role":
            frames_ko, frames_en = ROLE_KO, ROLE_EN
    if not is_weighed:
        frames_ko = tuple(frame for frame in frames_ko if not set(WEIGHED_WORDS) & set(frame.replace("«", "").split()))
    return frames_ko, frames_en


WEIGHED_WORDS = ("넣는다", "넣었다", "배합한다", "배합했다", "무첨가이다", "첨가", "함유한다", "들어간다", "처방에서")


def _items(told: Told, values: dict[str, str], role: str) -> tuple[str, ...]:
    if told.says == "present":
        return (f"«{values['N']} {values['A']}".strip() + "»",)
    if told.says == "role" and not told.instead:
        shown = f"{values['N']} {values['A']}".strip()
        return (f"«{role}: {shown}»", f"«{shown}»({role})", f"«{role} - {shown}»")
    return ()


def _amount_text(random: Random, amount: float) -> tuple[str, str]:
    shape = random.random()
    if amount <= 1 and shape < 0.2:
        return f"{number_text(round(amount * 10000, 2))} ppm", "unit_conversion"
    if shape < 0.07:
        return f"{number_text(round(amount * 10, 3))} mg/g", "unit_conversion"
    unit = random.choice(("%", "%", "%", " %", " 중량%", "wt%", " wt%", "중량%"))
    return f"{number_text(amount)}{unit}", ""


def renamed(slot: MaterialSlot, name: str) -> MaterialSlot:
    """Return the slot under another name, for a second pair of role and class in one scene."""
    return replace(slot, name=name)
