"""Where the results of a batch go: a file or a folder of parts, and the failed rows beside it."""

import sys
from pathlib import Path

from bini.errors import BiniError
from bini.screen.journal import Results
from bini.screen.results import FORMATS, MAX_SHEET_COLUMNS, MAX_SHEET_ROWS, write_results


def check_out(out: Path) -> None:
    """Raise BiniError where `out` is neither a format nor a folder that may be replaced."""
    if _is_folder(out):
        from bini.screen.parts import check_is_ours

        check_is_ours(out)
    elif out.suffix.lower() not in FORMATS:
        formats = ", ".join((*FORMATS, ".parquet"))
        raise BiniError(f"--out {out}: the ending is no format. Expected one of {formats}, or a folder.")


def check_size(out: Path, num_products: int, num_patents: int) -> None:
    """Raise BiniError where the results would not fit into a sheet of Excel."""
    too_long = num_products * num_patents > MAX_SHEET_ROWS or num_patents > MAX_SHEET_COLUMNS
    if out.suffix.lower() == ".xlsx" and too_long:
        pairs = f"{num_products} products x {num_patents} patents"
        raise BiniError(f"--out {out}: {pairs} are more than a sheet of Excel holds.\nUse .parquet, .jsonl or .csv.")


def write_out(results: Results, out: Path) -> None:
    """Write the results; the failed rows also as OUT.failed.jsonl, which is not there where none has failed."""
    if _is_folder(out):
        from bini.screen.parts import write_parts

        write_parts(results, out)
    else:
        write_results(results, out)
    failed = out.with_name(out.name + ".failed.jsonl")
    if count := results.counts()["failed"]:
        write_results(results.of_kind("failed"), failed)
        print(f"{failed}: pairs without an answer, and why: {count}", file=sys.stderr, flush=True)
    else:
        failed.unlink(missing_ok=True)


def _is_folder(out: Path) -> bool:
    return out.suffix.lower() in ("", ".parquet") or out.is_dir()
