"""The generator's nouns: a product is facts, a claim is requirements, and both speak of slots.

A slot is one thing that a product can be asked about: the separator's coating, the thickener, the pH. A `Fact` says
what the product does in a slot, a `Requirement` what the claim asks there; `Slot.judge` compares the two by the
decision table. So one product meets many claims with different outcomes, and no sentence carries a label by itself.

Wordings are plain clauses (…한다); `«…»` marks the words that a claim chart quotes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, Protocol

State = Literal["L", "E", "U", "N"]  # literally met, near variant, undecided, absent
Language = Literal["ko", "en"]


@dataclass(frozen=True)
class Fact:
    """What a product does in one slot, with all its wordings; `items` are short forms for lists and tables."""

    slot: str
    ko: tuple[str, ...]
    en: tuple[str, ...]
    items_ko: tuple[str, ...] = ()
    items_en: tuple[str, ...] = ()
    value: Any = None
    twist: str = ""


@dataclass(frozen=True)
class Requirement:
    """What a claim asks in one slot; `ko` that ends in 다 is a clause, else a noun phrase."""

    slot: str
    ko: str
    en: str
    chart_ko: tuple[str, ...] = ()
    value: Any = None
    twist: str = ""
    hidden: tuple[str, ...] = field(default=())  # entities that the row names; for held-out checks


class Slot(Protocol):
    """One thing that a claim can ask and a product can have."""

    @property
    def name(self) -> str:
        """Scene, sort and title: cell/material/리튬염."""
        ...

    @property
    def title_ko(self) -> str:
        """Its name in Korean."""
        ...

    @property
    def title_en(self) -> str:
        """Its name in English."""
        ...

    @property
    def is_material(self) -> bool:
        """Say whether the slot is filled from the glossary."""
        ...

    @property
    def weight(self) -> float:
        """How often the slot is drawn beside others."""
        ...

    def facts(self, random: Random, requirement: Requirement | None = None) -> Iterator[Fact]:
        """Propose facts, those that touch the requirement first."""
        ...

    def requirements(self, random: Random, fact: Fact | None = None) -> Iterator[Requirement]:
        """Propose requirements that can be compared with the fact."""
        ...

    def judge(self, requirement: Requirement, fact: Fact) -> tuple[State, bool] | None:
        """Return the state and whether the fact is its evidence; None where nobody should ask."""
        ...


@dataclass(frozen=True)
class Scene:
    """Slots that belong together in one kind of product, and what such products are called."""

    name: str
    industry: str
    kind: Slot
    slots: tuple[Slot, ...]
    extras: tuple[str, ...] = ()  # entities that belong to no role of the scene
    weight: float = 1.0


@dataclass(frozen=True)
class Asked:
    """One element of a claim, its state and whether the product's text holds evidence."""

    requirement: Requirement
    state: State
    has_evidence: bool
    witness: str = ""  # the slot whose fact is the evidence, where it is not the requirement's own
