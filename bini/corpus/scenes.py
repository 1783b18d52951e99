"""From the stock and the glossary to scenes: the slots that one kind of product has.

A `Setting` is what a split may use. The last slot of every scene is kept for held-out patents, one industry and some
entities are kept whole, and so no sentence of theirs is ever seen in training.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bini.corpus.materials import MaterialSlot
from bini.corpus.nouns import Scene, Slot
from bini.corpus.numbers import NumberSlot
from bini.corpus.pool import Pool
from bini.corpus.registers import HELD_OUT, TRAINING, Register
from bini.corpus.stock import StockScene
from bini.corpus.values import KindSlot, ValueSlot
from bini.glossary import Glossary

HELD_OUT_INDUSTRY = "construction"
WEIGHTS = {"cosmetics": 2.2, "food": 1.4, "battery": 1.2}  # many of whose draws are refused, for roles share substances


DIFFERING_SHARE = 0.7


@dataclass(frozen=True)
class Setting:
    """What one split is made of."""

    scenes: tuple[Scene, ...]
    registers: tuple[Register, ...] = TRAINING
    wanted: frozenset[str] = frozenset()  # slots of which every claim has one
    noise: float = 0.0
    noisy_share: float = 0.08
    differing_share: float = 0.0  # of blocks whose rows differ from their claims in many elements


def build_settings(
    stock: Sequence[StockScene], glossary: Glossary, more: Sequence[StockScene] = ()
) -> dict[str, Setting]:
    """Return the settings by name: train, more, ingredients, templates, patents, industry, noise."""
    seen, held_out = Pool(glossary), Pool(glossary, held_out=True)
    known = [scene for scene in stock if scene.industry != HELD_OUT_INDUSTRY]
    unknown = [scene for scene in stock if scene.industry == HELD_OUT_INDUSTRY]
    plain = tuple(_scene(scene, seen) for scene in known)
    whole = tuple(_scene(scene, seen, last=True) for scene in known)
    last = frozenset(f"{scene.name}/slot/{scene.slots[-1].title_ko}" for scene in known)
    rare = tuple(_scene(scene, held_out) for scene in known)
    rare = tuple(scene for scene in rare if any(slot.is_material for slot in scene.slots))
    materials = frozenset(slot.name for scene in rare for slot in scene.slots if slot.is_material)
    return {
        "train": Setting(plain),
        "more": Setting((*plain, *(_scene(scene, seen, last=True) for scene in more)), differing_share=DIFFERING_SHARE),
        "ingredients": Setting(rare, wanted=materials),
        "templates": Setting(plain, registers=HELD_OUT),
        "patents": Setting(whole, wanted=last),
        "industry": Setting(tuple(_scene(scene, seen, last=True) for scene in unknown)),
        "noise": Setting(plain, noisy_share=1.0),
    }


def _scene(scene: StockScene, pool: Pool, last: bool = False) -> Scene:
    slots: list[Slot] = []
    for stock in scene.slots if last else scene.slots[:-1]:
        slots.append(ValueSlot(f"{scene.name}/slot/{stock.title_ko}", stock))
    for title_ko, title_en, unit, extent, decimals, other in scene.numbers_with_units():
        low, high = map(float, extent.split("-"))
        other_unit, _, factor = other.rpartition(" ")
        title_ko, *others = (part.strip() for part in title_ko.split(";"))
        name = f"{scene.name}/number/{title_ko}"
        slots.append(
            NumberSlot(
                name, title_ko, tuple(others), title_en, unit, low, high, int(decimals), other_unit, float(factor or 1)
            )
        )
    for genus, role_ko, role_en, extent in scene.materials:
        low, high = map(float, extent.split("-"))
        if len(pool.members(genus)) >= 2:
            slots.append(MaterialSlot(f"{scene.name}/material/{role_ko}", genus, role_ko, role_en, low, high, pool))
    kinds = tuple(tuple(kind) for kind in scene.kinds)
    extras = pool.strangers(scene.industry, [material[0] for material in scene.materials])
    return Scene(
        scene.name,
        scene.industry,
        KindSlot(f"{scene.name}/kind", kinds),
        tuple(slots),
        extras,
        WEIGHTS.get(scene.industry, 1.0),
    )
