"""Blocks of three rows whose labels are 높음, 애매 and 낮음: what forces a reader to read both texts.

A product block is one product against three claims; a claim block is one claim against three products; a minimal
block is a claim block whose products differ in one fact each. Outcomes are drawn first, facts or requirements that
make them true afterwards.
"""

from collections.abc import Iterable
from random import Random

from bini.corpus.claim_block import claim_block
from bini.corpus.drawing import ELEMENT_WEIGHTS, ELEMENTS, Block, Drawn
from bini.corpus.product_block import product_block
from bini.corpus.scenes import Setting


def draw_block(random: Random, setting: Setting, seed: str, sort: Block) -> list[Drawn] | None:
    """Draw one block; None where the draw cannot be made true, so that the caller draws again."""
    scene = random.choices(setting.scenes, [scene.weight for scene in setting.scenes])[0]
    num_elements = random.choices(ELEMENTS, ELEMENT_WEIGHTS)[0]
    if sort == "product":
        return product_block(random, setting, scene, num_elements, seed)
    return claim_block(random, setting, scene, num_elements, seed, sort)


OPEN_TWISTS = ("undecided", "role_open", "candidates", "code")


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
    if any(fact.twist == "denied" for fact in drawn.facts):
        yield "has_denial"
    if any(fact.twist in OPEN_TWISTS for fact in drawn.facts):
        yield "has_open_fact"
    if any(fact.slot not in asked for fact in drawn.facts):
        yield "distractors"
    if drawn.telling.noise:
        yield "typo_or_ocr"
    if drawn.telling.is_mixed or drawn.telling.register.language == "en":
        yield "english_or_mixed"
