"""`bini corpus RECIPE.yaml`: draw the splits, check the gates, write the files, verify the hashes."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bini.cases import content_hash, dump_jsonl
from bini.corpus.gates import Gate, check_gates, table
from bini.corpus.recipe import CorpusRecipe, load_corpus_recipe
from bini.corpus.scenes import build_settings
from bini.corpus.splits import draw_splits
from bini.corpus.stock import read_stock
from bini.errors import BiniError
from bini.glossary import load_glossary
from bini.runs import write_text
from bini.schema import Case

HASHES = "hashes.json"
Splits = Mapping[str, Sequence[Case]]


def build_corpus(path: Path, out: Path | None = None, accept: bool = False) -> list[Gate]:
    """Make the corpus of a recipe.

    `accept` writes new hashes where the recipe, the stock or the glossary were changed on purpose.

    Raises:
        BiniError: a gate fails, or the test splits are not those of the checked-in hashes.
    """
    recipe = load_corpus_recipe(path)
    started = time.perf_counter()
    splits = draw_corpus(recipe)
    rows = sum(map(len, splits.values()))
    seconds = time.perf_counter() - started
    print(f"{rows} rows in {seconds:.1f} s ({rows / seconds * 60:.0f} a minute)", file=sys.stderr)
    gates = check_gates(splits, recipe)
    print(table(gates))
    if failing := [gate.name for gate in gates if not gate.holds]:
        raise BiniError(f"Gates fail: {', '.join(failing)}.\nNothing was written. docs/data.md says what each means.")
    write(splits, out or recipe.out, accept)
    return gates


def draw_corpus(recipe: CorpusRecipe) -> dict[str, list[Case]]:
    """Draw all splits of a recipe from the stock and the shipped glossary."""
    more = read_stock(recipe.more_stock) if recipe.more_stock else []
    return draw_splits(recipe, build_settings(read_stock(recipe.stock), load_glossary(), more))


def write(splits: Splits, folder: Path, accept: bool) -> None:
    """Write one file per split, each whole or not, and last the hashes, which must be those already there."""
    hashes = {name: {"rows": len(cases), "sha256": content_hash(cases)} for name, cases in splits.items()}
    known_file = folder / HASHES
    if known_file.is_file() and not accept:
        known = json.loads(known_file.read_text(encoding="utf-8"))
        if changed := [name for name in hashes if known.get(name) != hashes[name]]:
            raise BiniError(
                f"{known_file}: {', '.join(changed)} came out otherwise than the file says.\n"
                "Expected the same rows from the same seed, stock and glossary. Where the change is meant, use --accept."
            )
    for name, cases in splits.items():
        write_text(folder / f"{name}.jsonl", dump_jsonl(cases))
    write_text(known_file, json.dumps(hashes, indent=1) + "\n")
