"""One claim against three products: the claim alone tells nothing, in a minimal block not even most words do."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from bini.corpus.claimtext import ClaimText
from bini.corpus.drawing import (
    DIFFERING_TRIES,
    SILENT_SHARE,
    Block,
    Drawn,
    differs,
    draw_telling,
    language_of,
    outcomes,
    shuffled,
    write_claim,
)
from bini.corpus.nouns import Asked, Fact, Requirement, Scene, Slot, State
from bini.corpus.render import Telling, render
from bini.corpus.scenes import Setting
from bini.schema import RISK_LEVELS, RiskLevel


def claim_block(
    random: Random, setting: Setting, scene: Scene, num_elements: int, seed: str, sort: Block
) -> list[Drawn] | None:
    """Draw a claim first, then for each level facts that give it; in a minimal block one fact is changed."""
    requirements = _drawwrite_claim(random, setting, scene, num_elements)
    if requirements is None:
        return None
    by_name = {slot.name: slot for slot in (*scene.slots, scene.kind)}
    extra = [slot for slot in scene.slots if slot.name not in {one.slot for one in requirements}]
    others = [next(slot.facts(random)) for slot in random.sample(extra, min(len(extra), random.randrange(0, 6)))]
    literal = _answer(random, by_name, requirements, "높음")
    if literal is None:
        return None
    is_differing = differs(random, setting)
    drawn: list[Drawn] = []
    base: Telling | None = None
    claim: ClaimText | None = None
    for level in RISK_LEVELS:
        known = literal
        if level != "높음":
            found = _flip(random, by_name, requirements, literal, level) if sort == "minimal" else None
            for _ in range(0 if sort == "minimal" else DIFFERING_TRIES if is_differing else 1):
                found = found or _answer(random, by_name, requirements, level, is_differing)
            if found is None:
                return None
            known = found
        kind = known.get(scene.kind.name)
        spoken = {name: fact for name, fact in known.items() if name != scene.kind.name}
        noise = others if sort == "minimal" else _distractors(random, extra, spoken, len(requirements))
        facts = (*spoken.values(), *noise)
        if base is None or sort == "claim":
            base = draw_telling(random, setting, scene, f"{seed}:{level}" if sort == "claim" else seed, kind, facts)
        telling = replace(base, kind=kind, facts=facts)
        asked = [_asked(by_name, one, known) for one in requirements]
        if claim is None:
            claim, ordered = write_claim(random, asked, telling, seed)
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
                language_of(claim),
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


def _drawwrite_claim(random: Random, setting: Setting, scene: Scene, num_elements: int) -> list[Requirement] | None:
    slots = sorted(shuffled(random, scene.slots), key=lambda slot: slot.name not in setting.wanted)
    first, *others = slots
    chosen = [first, *shuffled(random, others)[: num_elements - 2]]
    requirements = [next(slot.requirements(random), None) for slot in chosen]
    kind = next(scene.kind.requirements(random))
    found = [one for one in (*requirements, kind) if one is not None]
    return found if len(found) == num_elements else None


def _answer(
    random: Random,
    by_name: dict[str, Slot],
    requirements: Sequence[Requirement],
    level: RiskLevel,
    is_differing: bool = False,
) -> dict[str, Fact] | None:
    """Draw facts that give a claim the wanted level; a slot may stay silent where it is undecided."""
    states = outcomes(random, len(requirements), level, is_differing)
    random.shuffle(states)
    facts: dict[str, Fact] = {}
    for requirement, state in zip(requirements, states, strict=True):
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
