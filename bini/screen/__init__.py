"""`bini screen`: products x patents from tables, each pair answered once, whatever is killed in between.

    bini screen products.xlsx --patents patents.csv --out results.xlsx
    bini screen products.parquet --patents patents.csv --out results.parquet --ray

In: CSV, XLSX, JSONL or Parquet with `id, text` (products) and `regit_num, claim_text` (patents); rows.py lists other
headings. Out, riskiest first: JSONL, CSV, XLSX, or a folder of Parquet parts; failed pairs also in a file of their own.
Beside it grows `results.xlsx.journal`, one checked line per answered pair; a second call goes on with what is left. One
process answers (answering.py), or the workers of a Ray cluster (cluster.py); this one alone writes (journal.py).
"""

import sys
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from bini.engine import Engine, model_folder
from bini.recipe import Recipe, as_written
from bini.screen.answering import Asking, Row, answers_here
from bini.screen.journal import Journal, Results
from bini.screen.out import check_out, check_size, write_out
from bini.screen.pairs import Pairs
from bini.screen.tables import ProductTable, read_patents
from bini.store.origin import origin_of

SECONDS_BETWEEN_LINES = 10  # of progress, where nobody looks at a terminal


def screen(
    recipe: Recipe,
    products_file: Path,
    patents_file: Path,
    out: Path,
    model: str | None = None,
    *,
    ray: str | None = None,
    workers: int | None = None,
    skip_settled: bool = False,
    retry_failed: bool = False,
) -> None:
    """Answer every pair of two tables and write the results.

    `ray` is the address of a cluster, or "local" to start one here; None answers in this process.

    Raises:
        BiniError: tables that cannot be read, an ending of `out` that is no format, no model, a journal in use, no Ray.
    """
    check_out(out)
    products, patents = ProductTable(products_file), read_patents(patents_file)
    check_size(out, len(products), len(patents))
    recipe = recipe if model is None else as_written(recipe)
    folder = str(Path(model_folder(recipe, model)).resolve())
    asking = Asking(recipe, origin_of(recipe, folder), skip_settled)
    pairs = Pairs(products, patents, asking.origin)
    redo = {"failed"} if retry_failed else set()
    with Journal(out.with_name(out.name + ".journal"), redo if skip_settled else redo | {"settled"}) as journal:
        if num_left := count_left(pairs, journal):
            make_engine = partial(Engine, folder, recipe)
            if ray is None:
                todo = (pair for pair in pairs if pair.pair_id not in journal)
                answers: Iterable[list[Row]] = answers_here(todo, make_engine, asking)
            else:
                from bini.screen.cluster import answers_by_ray

                answers = answers_by_ray(pairs, journal, make_engine, asking, ray, workers)
            keep(answers, journal, num_left)
        results = journal.results(pair.pair_id for pair in pairs)
        write_out(results, out)
    print(summary(results))
    print(out)


def count_left(pairs: Pairs, journal: Journal) -> int:
    """Return how many pairs have no answer yet; say how many have."""
    num_left = sum(pair.pair_id not in journal for pair in pairs)
    if num_left < len(pairs):
        print(f"{len(pairs) - num_left} of {len(pairs)} pairs are answered already.", file=sys.stderr, flush=True)
    return num_left


def keep(answers: Iterable[list[Row]], journal: Journal, num_left: int) -> None:
    """Write each chunk of rows down before the next is asked for, and say how far it is."""
    started = last_line = time.monotonic()
    done = 0
    for rows in answers:
        journal.add(rows)
        done += len(rows)
        last_line = _say_progress(min(done, num_left), num_left, started, last_line)


def summary(results: Results) -> str:
    """Return how many pairs have which grade."""
    counts = results.counts()
    failed, settled = counts.pop("failed"), counts.pop("settled")
    counts["낮음"] += settled
    grades = ", ".join(f"{level} {count}" for level, count in counts.items())
    by_code = f" ({settled} by code)" if settled else ""
    return f"{len(results)} pairs: {grades}{by_code}" + (f", without an answer {failed}" if failed else "")


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


__all__ = ["count_left", "keep", "screen", "summary"]
