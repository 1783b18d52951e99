"""`bini screen`: products x patents from tables, each pair answered once, whatever is killed in between.

    bini screen products.xlsx --patents patents.csv --out results.xlsx

In: CSV, XLSX or JSONL with `id, text` (products) and `regit_num, claim_text` (patents); tables.py lists other headings.
Out: JSONL, CSV or XLSX, riskiest first. Beside it grows `results.xlsx.journal`, one checked line per answered pair; a
second call reads it and goes on with what is left. results.py writes the output, journal.py keeps the journal.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bini.assess import assess
from bini.engine import Answerer, Engine, model_folder
from bini.errors import BiniError
from bini.recipe import Recipe
from bini.schema import RISK_LEVELS, Prediction
from bini.screen.journal import Journal, Pair, pairs_of
from bini.screen.results import FORMATS, write_results
from bini.screen.tables import read_patents, read_products
from bini.store.nouns import Origin
from bini.store.origin import origin_of

CHUNK = 32  # pairs answered together; what a kill can cost
SECONDS_BETWEEN_LINES = 10  # of progress, where nobody looks at a terminal


def screen(recipe: Recipe, products_file: Path, patents_file: Path, out: Path, model: str | None = None) -> None:
    """Answer every pair of two tables and write the results.

    Raises:
        BiniError: tables that cannot be read, an ending of `out` that is no format, no model, a journal in use.
    """
    if out.suffix.lower() not in FORMATS:
        raise BiniError(f"--out {out}: the ending is no format. Expected one of {', '.join(FORMATS)}.")
    products, patents = read_products(products_file), read_patents(patents_file)
    folder = model_folder(recipe, model)
    origin = origin_of(recipe, folder)
    pairs = pairs_of(products, patents, origin)
    with Journal(out.with_name(out.name + ".journal")) as journal:
        if any(pair.pair_id not in journal.rows for pair in pairs):
            with Engine(folder, recipe) as engine:
                answer_pairs(pairs, journal, engine, recipe, origin)
        write_results([journal.rows[pair.pair_id] for pair in pairs], out)
    print(summary(pairs, journal))
    print(out)


def answer_pairs(
    pairs: Sequence[Pair], journal: Journal, engine: Answerer, recipe: Recipe, origin: Origin, chunk: int = CHUNK
) -> None:
    """Answer the pairs that the journal lacks, and write each chunk down before the next."""
    left = [pair for pair in pairs if pair.pair_id not in journal.rows]
    if len(left) < len(pairs):
        print(f"{len(pairs) - len(left)} of {len(pairs)} pairs are answered already.", file=sys.stderr, flush=True)
    started = last_line = time.monotonic()
    for first in range(0, len(left), chunk):
        some = left[first : first + chunk]
        predictions = assess([pair.case for pair in some], engine, recipe)
        journal.add([_row(pair, prediction, origin) for pair, prediction in zip(some, predictions, strict=True)])
        last_line = _say_progress(first + len(some), len(left), started, last_line)


def summary(pairs: Sequence[Pair], journal: Journal) -> str:
    """Return how many pairs have which grade."""
    levels = [journal.rows[pair.pair_id]["risk_level"] for pair in pairs]
    counts = [f"{level} {levels.count(level)}" for level in RISK_LEVELS]
    unread = levels.count(None)
    return f"{len(pairs)} pairs: {', '.join(counts)}" + (f", without an answer {unread}" if unread else "")


def _row(pair: Pair, prediction: Prediction, origin: Origin) -> dict[str, object]:
    assessment = prediction.assessment
    return {
        "pair_id": pair.pair_id,
        "product_id": pair.product_id,
        **(
            assessment.model_dump(mode="json") if assessment else {"regit_num": pair.case.regit_num, "risk_level": None}
        ),
        "error": prediction.error,
        **origin.model_dump(),
        "input_sha256": pair.input_sha256,
        "answered_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _say_progress(done: int, total: int, started: float, last_line: float) -> float:
    """Say how far it is on stderr; return when a line was last written."""
    now = time.monotonic()
    is_terminal = sys.stderr.isatty()
    if not is_terminal and done < total and now - last_line < SECONDS_BETWEEN_LINES:
        return last_line
    seconds_left = (total - done) * (now - started) / done
    line = f"{done}/{total} pairs · {done / (now - started + 1e-9):.1f} pairs/s · {seconds_left / 60:.1f} min left"
    print(f"\r{line}\033[K" if is_terminal else line, end="" if is_terminal and done < total else "\n", file=sys.stderr)
    sys.stderr.flush()
    return now


__all__ = ["answer_pairs", "screen", "summary"]
