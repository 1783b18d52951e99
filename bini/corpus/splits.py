"""The splits: what each is drawn from, and that none shares a product text or a claim skeleton with another."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import get_args

from bini.corpus.blocks import draw_block
from bini.corpus.drawing import Block
from bini.corpus.recipe import CorpusRecipe
from bini.corpus.scenes import Setting
from bini.corpus.writing import to_case
from bini.schema import Case

DIGITS = re.compile(r"\d+(?:\.\d+)?")


@dataclass
class Seen:
    """Product texts and claim skeletons of the splits drawn so far, by the split that has them."""

    products: dict[str, str] = field(default_factory=dict)
    skeletons: dict[str, str] = field(default_factory=dict)

    def is_free(self, case: Case, split: str) -> bool:
        """Say whether no other split has the case's product text or skeleton."""
        product = self.products.get(case.user_query, split)
        return product == split and self.skeletons.get(skeleton(case.claim_text), split) == split

    def add(self, case: Case, split: str) -> None:
        """Remember a case."""
        self.products[case.user_query] = split
        self.skeletons[skeleton(case.claim_text)] = split


@dataclass(frozen=True)
class Plan:
    """One split: its setting, what its rows must have, and the only sort of block it is made of, if any."""

    name: str
    setting: str
    keeps: Callable[[Case], bool] = lambda case: True
    sort: Block | None = None


def _has(*tags: str) -> Callable[[Case], bool]:
    return lambda case: bool(set(tags) & set(case.tags))


PLANS: tuple[Plan, ...] = (
    Plan("test_iid", "train"),
    Plan("test_heldout_ingredients", "ingredients"),
    Plan("test_heldout_templates", "templates"),
    Plan("test_heldout_patents", "patents"),
    Plan("test_heldout_industry", "industry"),
    Plan("test_minimal_pairs", "train", sort="minimal"),
    Plan("test_negation", "train", _has("denied", "negative")),
    Plan("test_numeric", "train", _has("range_inside", "range_near_miss", "range_far_miss", "unit_conversion")),
    Plan("test_alias_cas", "train", _has("alias_only", "cas_only", "collision")),
    Plan("test_noise", "noise"),
    Plan("dev", "train"),
    Plan("train", "train"),
    Plan("train_more", "more"),
)


def skeleton(claim: str) -> str:
    """Return a claim without its numbers."""
    return DIGITS.sub("#", claim)


def draw_splits(recipe: CorpusRecipe, settings: dict[str, Setting]) -> dict[str, list[Case]]:
    """Draw every split; the test splits come first, so that training takes what they leave."""
    seen = Seen()
    return {plan.name: _draw_split(plan, recipe, settings[plan.setting], seen) for plan in PLANS}


def _draw_split(plan: Plan, recipe: CorpusRecipe, setting: Setting, seen: Seen) -> list[Case]:
    wanted = getattr(recipe.counts, plan.name)
    cases: list[Case] = []
    blocks = _blocks(plan, recipe, setting)
    while len(cases) < wanted:
        block = next(blocks)
        if all(seen.is_free(case, plan.name) for case in block):
            for case in block:
                seen.add(case, plan.name)
            cases += block
    return cases[:wanted]


def _blocks(plan: Plan, recipe: CorpusRecipe, setting: Setting) -> Iterator[list[Case]]:
    """Yield whole blocks, all of whose rows the split keeps."""
    weights = [recipe.blocks.product, recipe.blocks.claim, recipe.blocks.minimal]
    number = kept = 0
    while True:
        number += 1
        seed = f"{recipe.seed}:{plan.name}:{number}"
        random = Random(seed)
        sort = plan.sort or random.choices(get_args(Block), weights)[0]
        drawn = draw_block(random, setting, seed, sort)
        if drawn is None:
            continue
        pair = f"{plan.name}-{kept:05}"
        rows = [to_case(one, f"{pair}-{i}", f"{seed}:{i}", pair) for i, one in enumerate(drawn, start=1)]
        cases = [case for case in rows if case is not None and plan.keeps(case)]
        if len(cases) == len(rows) and len({(case.user_query, case.claim_text) for case in cases}) == len(cases):
            kept += 1
            yield cases
