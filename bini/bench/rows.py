"""One row of the bench is one process: it ends with all its threads and memory before the next begins.

A row's module is run as `python -m MODULE ARGUMENTS…`; the last line of its stdout is its result as JSON. A library
that is not installed gives {"status": "not installed: …"}, a row that fails {"status": "failed: …"}: one row that
cannot be had does not cost the others.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

ROW_SECONDS = 1200


def run_row(title: str, module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a row and return its result; a status other than "measured" says why there is none."""
    print(f"{title} …", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", module, *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=ROW_SECONDS, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        return {"status": f"failed: no result within {ROW_SECONDS} s"}
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        words = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return {"status": f"failed: {words[0][:300]}"}
    try:
        result: dict[str, Any] = json.loads(lines[-1])
    except ValueError:
        return {"status": f"failed: its last words are no result: {lines[-1][:300]}"}
    return {"status": "measured"} | result


def not_installed(package: str) -> dict[str, Any]:
    return {"status": f"not installed: {package}"}
