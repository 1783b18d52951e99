"""Material slots: a role (점증제, 리튬염, 추천 모델) that an entity of the glossary's class fills.

Claims ask for one entity, a class, a Markush group, an amount, or its absence; products name it by any of its names,
name another for the role, deny it, leave it open, or name only its class.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from bini.corpus.material_claims import Role, write_requirement
from bini.corpus.material_facts import write_fact
from bini.corpus.nouns import Fact, Requirement, State
from bini.corpus.pool import Pool
from bini.corpus.roles import Says, Told, Wanted, judge
from bini.corpus.spans import Span, draw_span, draw_value, span_around


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
            "candidates",
        ]
        random.shuffle(kinds)
        if random.random() < 0.3:
            kinds.sort(key=lambda says: says not in ("collision", "genus"))
        for says in kinds:
            told = self._told(random, says, requirement.value if requirement else None)
            if told is not None:
                yield write_fact(random, self.pool, self._role, told)

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
        if says == "candidates" or (says == "role" and random.random() < 0.22):
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
                yield write_requirement(random, self.pool, self._role, wanted)

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
        return judge(self.pool, requirement.value, fact.value)

    @property
    def _role(self) -> Role:
        return Role(self.name, self.title_ko, self.title_en, self.has_amounts)
