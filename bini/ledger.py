"""Final tests: a file that is scored once per run, with a ledger beside it of who looked and when.

    data/test.jsonl          the cases
    data/test.jsonl.looks    {"time", "run_id", "recipe", "cases_sha256", "out"} per look, one JSON line each

Whoever looks twice and keeps the better number has no test set any more. So a second look with the same model is
refused, and every report says how many looks there were, by any model.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

from bini.errors import BiniError
from bini.weights import sha256


def looks_file(cases_file: Path) -> Path:
    return cases_file.with_name(cases_file.name + ".looks")


def looks_at(cases_file: Path) -> list[dict[str, Any]]:
    """Return the looks taken at a final test so far, oldest first."""
    path = looks_file(cases_file)
    if not path.exists():
        return []
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except ValueError as error:
        raise BiniError(f"{path} is damaged ({error}).\nRestore it from version control; it is evidence.") from error


def check_not_looked_at(cases_file: Path, run_id: str) -> None:
    """Raise BiniError where this model was scored on this very file before."""
    if not cases_file.is_file():
        return  # load_cases says so
    digest = sha256(cases_file)
    for look in looks_at(cases_file):
        if look["run_id"] == run_id and look["cases_sha256"] == digest:
            raise BiniError(
                f"{cases_file} was read as a final test of this model on {look['time']}; its results are in "
                f"{look['out']}.\nA final test is read once per model. Read that report, or evaluate another file."
            )


def record_look(cases_file: Path, run_id: str, recipe: str, out: Path) -> int:
    """Write a look down, before anything of it is shown, and return how many looks there are now."""
    look = {
        "time": time.strftime("%Y-%m-%d %H:%M:%S"),
        "run_id": run_id,
        "recipe": recipe,
        "cases_sha256": sha256(cases_file),
        "out": str(out),
    }
    try:
        with looks_file(cases_file).open("a", encoding="utf-8") as file:
            file.write(json.dumps(look, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise BiniError(
            f"{looks_file(cases_file)} cannot be written ({error.strerror}), so the look would leave no trace.\n"
            "Put the final test where it can be written beside."
        ) from error
    return len(looks_at(cases_file))
