"""The corpus recipe: how much of what, by which seed. Unknown keys are refused with the nearest name."""

import difflib
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bini.errors import BiniError

Count = Annotated[int, Field(ge=0)]


class Section(BaseModel):
    """A part of the recipe: frozen, and a key that nobody declared is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Counts(Section):
    """Rows per split."""

    train: Count = 12000
    train_more: Count = 0  # wider: the stock and `more_stock`, products that differ in more than one element
    dev: Count = 600
    test_iid: Count = 399
    test_heldout_ingredients: Count = 300
    test_heldout_templates: Count = 300
    test_heldout_patents: Count = 300
    test_heldout_industry: Count = 300
    test_minimal_pairs: Count = 300
    test_negation: Count = 240
    test_numeric: Count = 300
    test_alias_cas: Count = 300
    test_noise: Count = 240


class Blocks(Section):
    """Weights of the three sorts of block."""

    product: Annotated[float, Field(ge=0)] = 0.5  # one product, three claims
    claim: Annotated[float, Field(ge=0)] = 0.25  # one claim, three products
    minimal: Annotated[float, Field(ge=0)] = 0.25  # one claim, one product with one fact flipped


class Gates(Section):
    """The bounds that the corpus must keep."""

    max_product_only: float = 0.40
    max_claim_only: float = 0.36
    max_bag_of_words: float = 0.55
    sampling_sigmas: float = 2.0  # of the test's own sampling error, added to each bound
    balance_points: float = 5.0  # a label's share in a cell may differ from a third by so many points …
    balance_sigmas: float = 3.0  # … and by so many of the cell's own sampling errors


class CorpusRecipe(Section):
    """A whole corpus."""

    seed: int = 20261124
    out: Path = Path("data/corpus")
    stock: Path = Path("data/corpus/stock")
    more_stock: Path | None = None  # scenes that train_more alone uses
    counts: Counts = Counts()
    blocks: Blocks = Blocks()
    gates: Gates = Gates()


def load_corpus_recipe(path: Path) -> CorpusRecipe:
    """Read a corpus recipe.

    Raises:
        BiniError: no such file, not YAML, unknown keys, wrong values: all in one message.
    """
    if not path.is_file():
        raise BiniError(f"There is no corpus recipe {path}. The shipped one is data/corpus/corpus.yaml.")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BiniError(f"{path} is not YAML: {error}") from error
    if not isinstance(values, dict):
        raise BiniError(f"{path} holds no corpus recipe: expected `key: value` lines such as `seed: 1`.")
    try:
        return CorpusRecipe.model_validate(values)
    except ValidationError as error:
        problems = [f"  {_problem(dict(problem))}" for problem in error.errors()]
        raise BiniError(f"{path}:\n" + "\n".join(problems)) from error


def _problem(problem: dict[str, object]) -> str:
    where = ".".join(str(part) for part in problem["loc"])  # type: ignore[attr-defined]
    if problem["type"] != "extra_forbidden":
        return f"{where}: {problem['msg']} (found {problem['input']!r})."
    keys = [*CorpusRecipe.model_fields]
    for name, section in (("counts", Counts), ("blocks", Blocks), ("gates", Gates)):
        keys += [f"{name}.{key}" for key in section.model_fields]
    return f"{where}: unknown key; the nearest is {difflib.get_close_matches(where, keys, n=1, cutoff=0.0)[0]}."
