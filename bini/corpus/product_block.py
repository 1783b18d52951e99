"""One product against three claims: the product alone tells nothing of the label."""

from collections.abc import Iterable, Sequence
from random import Random

from bini.corpus.drawing import (
    DIFFERING_TRIES,
    SILENT_SHARE,
    Drawn,
    differs,
    draw_telling,
    language_of,
    outcomes,
    shuffled,
    write_claim,
)
from bini.corpus.nouns import Asked, Fact, Scene, Slot, State
from bini.corpus.render import render
from bini.corpus.scenes import Setting
from bini.schema import RISK_LEVELS


def product_block(random: Random, setting: Setting, scene: Scene, num_elements: int, seed: str) -> list[Drawn] | None:
    """Draw a product first, then for each level requirements that give it."""
    slots = shuffled(random, scene.slots)[: num_elements + random.choice((1, 2, 3, 4))]
    facts = {slot.name: next(slot.facts(random)) for slot in slots if random.random() < 0.93}
    kind = _kind_fact(random, scene)
    telling = draw_telling(random, setting, scene, seed, kind, tuple(facts.values()))
    product = render(telling)
    known = facts | ({kind.slot: kind} if kind else {})
    is_differing = differs(random, setting)
    drawn = []
    for level in RISK_LEVELS:
        asked = None
        for _ in range(DIFFERING_TRIES if is_differing else 1):
            states = outcomes(random, num_elements, level, is_differing)
            asked = asked or _fitwrite_claim(random, setting, scene, known, states)
        if asked is None:
            return None
        claim, ordered = write_claim(random, asked, telling, f"{seed}:{level}")
        drawn.append(
            Drawn(scene, level, claim, ordered, product, telling, language_of(claim), "product", tuple(known.values()))
        )
    return drawn


def _kind_fact(random: Random, scene: Scene) -> Fact | None:
    if random.random() < 0.06:
        return None
    return next(scene.kind.facts(random)) if random.random() < 0.35 else _decided_kind(random, scene)


def _decided_kind(random: Random, scene: Scene) -> Fact:
    return next(fact for fact in scene.kind.facts(random) if fact.items_ko)


def _fitwrite_claim(
    random: Random, setting: Setting, scene: Scene, facts: dict[str, Fact], states: list[State]
) -> list[Asked] | None:
    """Choose requirements that a product answers with the wanted outcomes, the special ones before the literal ones."""
    slots = sorted(shuffled(random, scene.slots), key=lambda slot: slot.name not in setting.wanted)
    asked: list[Asked] = []
    kind = _ask(
        random,
        scene.kind,
        facts.get(scene.kind.name),
        states if random.random() < 0.25 else [s for s in states if s == "L"],
    )
    if kind is None:
        kind = _ask(random, scene.kind, facts.get(scene.kind.name), list(states))
    if kind is None:
        return None
    states.remove(kind.state)
    list_slot = complete_list(facts.values())
    for slot in slots:
        if not states:
            break
        if list_slot and slot.is_material and slot.name not in facts:
            found = _ask_complete_list(random, slot, list_slot, states)
        else:
            found = _ask(random, slot, facts.get(slot.name), states)
        if found is not None:
            states.remove(found.state)
            asked.append(found)
    return None if states else [*asked, kind]


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


def complete_list(facts: Iterable[Fact]) -> str | None:
    """Return the slot whose fact says that the ingredients named are all."""
    return next((fact.slot for fact in facts if fact.slot.endswith("/성분 한정") and fact.value == 0), None)


def _ask_complete_list(random: Random, slot: Slot, list_slot: str, states: Sequence[State]) -> Asked | None:
    """Ask for what a complete list does not name: it is absent, and the list's completeness is the evidence."""
    for requirement in slot.requirements(random):
        state: State = "L" if requirement.value.is_negative else "N"
        if state in states:
            return Asked(requirement, state, True, list_slot)
    return None
