"""What both sorts of block draw: outcomes, slots, how the product is told, the claim's text."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from bini.corpus.claimtext import ClaimText, claim_text
from bini.corpus.nouns import Asked, Fact, Language, Scene, Slot, State
from bini.corpus.render import Telling, Text
from bini.corpus.scenes import Setting
from bini.schema import RiskLevel

Block = Literal["product", "claim", "minimal"]
ELEMENTS = (2, 3, 4, 5, 6, 7, 8)
ELEMENT_WEIGHTS = (15, 25, 25, 20, 8, 4, 3)
SPECIAL: dict[RiskLevel, tuple[tuple[State, ...], ...]] = {
    "높음": ((),),
    "애매": (("U",), ("U",), ("E",), ("E",), ("U", "U"), ("E", "U"), ("U", "U", "U"), ("E", "U", "U")),
    "낮음": (("N",), ("N",), ("N", "N"), ("N", "U"), ("N", "E"), ("N", "N", "U"), ("N", "N", "N"), ("N", "U", "U")),
}
DIFFERING_TRIES = 6  # outcomes drawn for one row that differs in many elements, before its block is given up
SILENT_SHARE = 0.45  # of undecided elements, those of which the text says nothing


@dataclass(frozen=True)
class Drawn:
    """One row before it is written as a case."""

    scene: Scene
    level: RiskLevel
    claim: ClaimText
    asked: tuple[Asked, ...]  # in the order of the claim's elements
    product: Text
    telling: Telling
    language: Language
    block: Block
    facts: tuple[Fact, ...]


def shuffled(random: Random, slots: Sequence[Slot]) -> list[Slot]:
    """Shuffle slots so that heavier ones tend to come first."""
    return sorted(slots, key=lambda slot: random.random() ** (1 / slot.weight), reverse=True)


def outcomes(random: Random, num_elements: int, level: RiskLevel, is_differing: bool = False) -> list[State]:
    """Draw the outcome of every element of a claim, those that make its level first."""
    if is_differing and level != "높음":
        return _differing_outcomes(random, num_elements, level)
    special = random.choice([states for states in SPECIAL[level] if len(states) <= num_elements])
    literal: list[State] = ["L"] * (num_elements - len(special))
    return [*special, *literal]


def differs(random: Random, setting: Setting) -> bool:
    """Draw whether a block's rows differ from their claims in many elements."""
    return setting.differing_share > 0 and random.random() < setting.differing_share


def _differing_outcomes(random: Random, num_elements: int, level: RiskLevel) -> list[State]:
    """Draw outcomes of which a third and more are not literal, as between a claim and a product of another maker."""
    num_special = random.randint(-(-num_elements // 3), num_elements)
    if level == "애매":
        special: list[State] = random.choices(("U", "E"), (5, 1), k=num_special)
    else:
        special = ["N", *random.choices(("N", "U", "E"), (5, 4, 1), k=num_special - 1)]
    literal: list[State] = ["L"] * (num_elements - num_special)
    return [*special, *literal]


def write_claim(
    random: Random, asked: Sequence[Asked], telling: Telling, seed: str
) -> tuple[ClaimText, tuple[Asked, ...]]:
    """Write the claim that asks all this, the last of them its kind; its elements come in the order of the claim."""
    english = telling.register.language == "en"
    language: Language = "en" if random.random() < (0.6 if english else 0.03) else "ko"
    *requirements, kind = [one.requirement for one in asked]
    claim = claim_text(requirements, kind, language, seed)
    by_slot = {one.requirement.slot: one for one in asked}
    return claim, tuple(by_slot[one.slot] for one in claim.requirements)


def language_of(claim: ClaimText) -> Language:
    """Return the language that a claim is written in."""
    return "ko" if claim.text.endswith(".") and any("가" <= letter <= "힣" for letter in claim.text) else "en"


def draw_telling(
    random: Random, setting: Setting, scene: Scene, seed: str, kind: Fact | None, facts: tuple[Fact, ...]
) -> Telling:
    """Draw how a product is told."""
    register = random.choices(setting.registers, [0.7 if one.language == "en" else 1.0 for one in setting.registers])[0]
    noise = random.choice((0.01, 0.02, 0.035)) if random.random() < setting.noisy_share else 0.0
    is_mixed = register.language == "ko" and random.random() < 0.08
    chatter = random.choice((0, 0, 0, 1, 1, 2))
    extras = tuple(random.sample(scene.extras, min(len(scene.extras), random.randrange(0, 9))))
    return Telling(kind, facts, register, seed, scene.industry, chatter, is_mixed, noise, extras)
