"""The corpus recipe: how much of what, by which seed. Unknown keys are refused with the nearest name."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from bini.errors import BiniError
from bini.recipe import Section, explanations, read_mapping

Count = Annotated[int, Field(ge=0)]


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
    values = read_mapping(path, "corpus recipe: expected `key: value` lines such as `seed: 1`.")
    try:
        return CorpusRecipe.model_validate(values)
    except ValidationError as error:
        raise BiniError(f"{path}:\n" + "\n".join(explanations(error, CorpusRecipe))) from error
