"""Blocks of three rows whose labels are 높음, 애매 and 낮음: what forces a reader to read both texts.

A product block is one product against three claims; a claim block is one claim against three products; a minimal
block is a claim block whose products differ in one fact each. Outcomes are drawn first, facts or requirements that
make them true afterwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from bini.corpus.claimtext import ClaimText, claim_text
from bini.corpus.nouns import Asked, Fact, Language, Requirement, Scene, Slot, State
from bini.corpus.render import Telling, Text, render
from bini.corpus.scenes import Setting
from bini.schema import RISK_LEVELS, RiskLevel

Block = Literal["product", "claim", "minimal"]
ELEMENTS = (2, 3, 4, 5, 6, 7, 8)
ELEMENT_WEIGHTS = (15, 25, 25, 20, 8, 4, 3)
SPECIAL: dict[RiskLevel, tuple[tuple[State, ...], ...]] = {
    "높음": ((),),
    "애매": (("U",), ("U",), ("E",), ("E",), ("U", "U"), ("E", "U"), ("U", "U", "U"), ("E", "U", "U")),
    "낮음": (("N",), ("N",), ("N", "N"), ("N", "U"), ("N", "E"), ("N", "N", "U"), ("N", "N", "N"), ("N", "U", "U")),
}
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


def draw_block(random: Random, setting: Setting, seed: str, sort: Block) -> list[Drawn] | None:
    """Draw one block; None where the draw cannot be made true, so that the caller draws again."""
    scene = random.choice(setting.scenes)
    num_elements = random.choices(ELEMENTS, ELEMENT_WEIGHTS)[0]
    if sort == "product":
        return _product_block(random, setting, scene, num_elements, seed)
    return _claim_block(random, setting, scene, num_elements, seed, sort)


def _product_block(random: Random, setting: Setting, scene: Scene, num_elements: int, seed: str) -> list[Drawn] | None:
    slots = _shuffled(random, scene.slots)[: num_elements + random.choice((1, 2, 3, 4))]
    facts = {slot.name: next(slot.facts(random)) for slot in slots if random.random() < 0.93}
    kind = _kind_fact(random, scene)
    telling = _telling(random, setting, scene, seed, kind, tuple(facts.values()))
    product = render(telling)
    known = facts | ({kind.slot: kind} if kind else {})
    drawn = []
    for level in RISK_LEVELS:
        asked = _fit_claim(random, setting, scene, known, num_elements, level)
        if asked is None:
            return None
        claim, ordered = _claim(random, asked, telling, f"{seed}:{level}")
        drawn.append(Drawn(scene, level, claim, ordered, product, telling, _language(claim), "product", _facts(known)))
    return drawn


def _shuffled(random: Random, slots: Sequence[Slot]) -> list[Slot]:
    """Shuffle slots so that heavier ones tend to come first."""
    return sorted(slots, key=lambda slot: random.random() ** (1 / slot.weight), reverse=True)


def _kind_fact(random: Random, scene: Scene) -> Fact | None:
    if random.random() < 0.06:
        return None
    return next(scene.kind.facts(random)) if random.random() < 0.35 else _decided_kind(random, scene)


def _decided_kind(random: Random, scene: Scene) -> Fact:
    return next(fact for fact in scene.kind.facts(random) if fact.items_ko)


def _fit_claim(
    random: Random, setting: Setting, scene: Scene, facts: dict[str, Fact], num_elements: int, level: RiskLevel
) -> list[Asked] | None:
    """Choose requirements that give a product the wanted level, the special outcomes before the literal ones."""
    outcomes = _outcomes(random, num_elements, level)
    slots = sorted(_shuffled(random, scene.slots), key=lambda slot: slot.name not in setting.wanted)
    asked: list[Asked] = []
    kind = _ask(
        random,
        scene.kind,
        facts.get(scene.kind.name),
        outcomes if random.random() < 0.25 else [s for s in outcomes if s == "L"],
    )
    if kind is None:
        kind = _ask(random, scene.kind, facts.get(scene.kind.name), list(outcomes))
    if kind is None:
        return None
    outcomes.remove(kind.state)
    for slot in slots:
        if not outcomes:
            break
        found = _ask(random, slot, facts.get(slot.name), outcomes)
        if found is not None:
            outcomes.remove(found.state)
            asked.append(found)
    return None if outcomes else [*asked, kind]


def _outcomes(random: Random, num_elements: int, level: RiskLevel) -> list[State]:
    special = random.choice([states for states in SPECIAL[level] if len(states) <= num_elements])
    literal: list[State] = ["L"] * (num_elements - len(special))
    return [*special, *literal]


def _ask(random: Random, slot: Slot, fact: Fact | None, states: Sequence[State]) -> Asked | None:
    """Find a requirement of a slot with one of the wanted states; a slot without a fact is silent."""
    if fact is None:
        if "U" not in states or random.random() > SILENT_SHARE * 2:
            return None
        requirement = next(slot.requirements(random), None)
        return Asked(requirement, "U", False) if requirement else None
    for requirement in slot.requirements(random, fact):
        judged = slot.judge(requirement, fact)
        if judged is not None and judged[0] in states:
            return Asked(requirement, *judged)
    return None


def _claim_block(
    random: Random, setting: Setting, scene: Scene, num_elements: int, seed: str, sort: Block
) -> list[Drawn] | None:
    requirements = _draw_claim(random, setting, scene, num_elements)
    if requirements is None:
        return None
    by_name = {slot.name: slot for slot in (*scene.slots, scene.kind)}
    extra = [slot for slot in scene.slots if slot.name not in {one.slot for one in requirements}]
    others = [next(slot.facts(random)) for slot in random.sample(extra, min(len(extra), random.randrange(0, 6)))]
    literal = _answer(random, by_name, requirements, "높음")
    if literal is None:
        return None
    drawn: list[Drawn] = []
    base: Telling | None = None
    claim: ClaimText | None = None
    for level in RISK_LEVELS:
        known = literal
        if level != "높음":
            found = _flip(random, by_name, requirements, literal, level) if sort == "minimal" else None
            found = found or (None if sort == "minimal" else _answer(random, by_name, requirements, level))
            if found is None:
                return None
            known = found
        kind = known.get(scene.kind.name)
        spoken = {name: fact for name, fact in known.items() if name != scene.kind.name}
        noise = others if sort == "minimal" else _distractors(random, extra, spoken, len(requirements))
        facts = (*spoken.values(), *noise)
        if base is None or sort == "claim":
            base = _telling(random, setting, scene, f"{seed}:{level}" if sort == "claim" else seed, kind, facts)
        telling = replace(base, kind=kind, facts=facts)
        asked = [_asked(by_name, one, known) for one in requirements]
        if claim is None:
            claim, ordered = _claim(random, asked, telling, seed)
        by_slot = {one.requirement.slot: one for one in asked}
        ordered = tuple(by_slot[one.slot] for one in claim.requirements)
        drawn.append(
            Drawn(
                scene,
                level,
                claim,
                ordered,
                render(telling),
                telling,
                _language(claim),
                sort,
                (*known.values(), *noise),
            )
        )
    return drawn


def _distractors(random: Random, extra: Sequence[Slot], spoken: dict[str, Fact], num_asked: int) -> list[Fact]:
    """Draw facts that touch no element, so many that the number of facts tells nothing of the silent ones."""
    total = max(len(spoken), num_asked + random.randrange(0, 5))
    slots = random.sample(list(extra), min(len(extra), total - len(spoken)))
    return [next(slot.facts(random)) for slot in slots]


def _draw_claim(random: Random, setting: Setting, scene: Scene, num_elements: int) -> list[Requirement] | None:
    slots = sorted(_shuffled(random, scene.slots), key=lambda slot: slot.name not in setting.wanted)
    first, *others = slots
    chosen = [first, *_shuffled(random, others)[: num_elements - 2]]
    requirements = [next(slot.requirements(random), None) for slot in chosen]
    kind = next(scene.kind.requirements(random))
    found = [one for one in (*requirements, kind) if one is not None]
    return found if len(found) == num_elements else None


def _answer(
    random: Random, by_name: dict[str, Slot], requirements: Sequence[Requirement], level: RiskLevel
) -> dict[str, Fact] | None:
    """Draw facts that give a claim the wanted level; a slot may stay silent where it is undecided."""
    outcomes = _outcomes(random, len(requirements), level)
    random.shuffle(outcomes)
    facts: dict[str, Fact] = {}
    for requirement, state in zip(requirements, outcomes, strict=True):
        if state == "U" and random.random() < SILENT_SHARE:
            continue
        fact = _fact_for(random, by_name[requirement.slot], requirement, state)
        if fact is None:
            return None
        facts[requirement.slot] = fact
    return facts


def _fact_for(random: Random, slot: Slot, requirement: Requirement, state: State) -> Fact | None:
    for _ in range(3):
        for fact in slot.facts(random, requirement):
            judged = slot.judge(requirement, fact)
            if judged is not None and judged[0] == state:
                return fact
    return None


def _flip(
    random: Random,
    by_name: dict[str, Slot],
    requirements: Sequence[Requirement],
    base: dict[str, Fact],
    level: RiskLevel,
) -> dict[str, Fact] | None:
    """Change one fact so that the level moves."""
    order = list(requirements)
    random.shuffle(order)
    for requirement in order:
        state: State = "N" if level == "낮음" else random.choice(("E", "U"))
        if state == "U" and random.random() < SILENT_SHARE:
            return {name: fact for name, fact in base.items() if name != requirement.slot}
        fact = _fact_for(random, by_name[requirement.slot], requirement, state)
        if fact is not None:
            return base | {requirement.slot: fact}
    return None


def _asked(by_name: dict[str, Slot], requirement: Requirement, facts: dict[str, Fact]) -> Asked:
    fact = facts.get(requirement.slot)
    if fact is None:
        return Asked(requirement, "U", False)
    judged = by_name[requirement.slot].judge(requirement, fact)
    assert judged is not None
    return Asked(requirement, *judged)


def _claim(random: Random, asked: Sequence[Asked], telling: Telling, seed: str) -> tuple[ClaimText, tuple[Asked, ...]]:
    english = telling.register.language == "en"
    language: Language = "en" if random.random() < (0.6 if english else 0.03) else "ko"
    *requirements, kind = [one.requirement for one in asked]
    claim = claim_text(requirements, kind, language, seed)
    by_slot = {one.requirement.slot: one for one in asked}
    return claim, tuple(by_slot[one.slot] for one in claim.requirements)


def _language(claim: ClaimText) -> Language:
    return "ko" if claim.text.endswith(".") and any("가" <= letter <= "힣" for letter in claim.text) else "en"


def _telling(
    random: Random, setting: Setting, scene: Scene, seed: str, kind: Fact | None, facts: tuple[Fact, ...]
) -> Telling:
    register = random.choices(setting.registers, [0.7 if one.language == "en" else 1.0 for one in setting.registers])[0]
    noise = random.choice((0.01, 0.02, 0.035)) if random.random() < setting.noisy_share else 0.0
    is_mixed = register.language == "ko" and random.random() < 0.08
    chatter = random.choice((0, 0, 0, 1, 1, 2))
    extras = tuple(random.sample(scene.extras, min(len(scene.extras), random.randrange(0, 9))))
    return Telling(kind, facts, register, seed, scene.industry, chatter, is_mixed, noise, extras)


def _facts(known: dict[str, Fact]) -> tuple[Fact, ...]:
    return tuple(known.values())


def twists(drawn: Drawn) -> Iterable[str]:
    """Name what makes the row hard."""
    asked = {one.requirement.slot: one for one in drawn.asked}
    for fact in drawn.facts:
        one = asked.get(fact.slot)
        if one is not None:
            if fact.twist:
                yield fact.twist
            if one.requirement.twist:
                yield one.requirement.twist
            if one.requirement.twist == "numeric" and one.has_evidence:
                yield {"L": "range_inside", "E": "range_near_miss", "N": "range_far_miss", "U": "range_open"}[one.state]
    if any(not one.has_evidence for one in drawn.asked):
        yield "silent"
    if any(fact.slot not in asked for fact in drawn.facts):
        yield "distractors"
    if drawn.telling.noise:
        yield "typo_or_ocr"
    if drawn.telling.is_mixed or drawn.telling.register.language == "en":
        yield "english_or_mixed"
