"""What a pair costs as a batch grows: seconds, memory and disk of `bini screen` at several sizes, each from nothing.

    .venv/bin/python tests/growth.py 100 1000 10000
    | pairs | seconds | pairs/s after loading | memory at most, MB | journal, bytes/pair | results, bytes/pair |

Short pairs, a tiny model (tests/pair_model.py), one process. Memory is the largest of the process and what it started,
sampled every half second; loading is the time until the journal's first line. The last line is JSON.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
from pair_model import REPOSITORY, tables, trained_recipe

SAMPLE_SECONDS = 0.5
HEAD = "| pairs | seconds | pairs/s after loading | memory at most, MB | journal, bytes/pair | results, bytes/pair |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", type=int, nargs="+")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "outputs/growth")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    recipe = trained_recipe(asked.out)
    found = [measured(asked.out, recipe, size) for size in asked.sizes]
    print(HEAD, "|---" * HEAD.count(" |") + "|", sep="\n")
    for row in found:
        print("| " + " | ".join(str(value) for value in row.values()) + " |")
    print(json.dumps(found))
    return 0


def measured(folder: Path, recipe: Path, num_pairs: int) -> dict[str, float]:
    products, patents = tables(folder, num_pairs)
    out = folder / f"results-{num_pairs}.jsonl"
    journal = out.with_name(out.name + ".journal")
    for old in (out, journal):
        old.unlink(missing_ok=True)
    command = [sys.executable, "-m", "bini.cli", "screen", products, "--patents", patents, "--out", out]
    started = time.monotonic()
    process = subprocess.Popen([*map(str, command), "--recipe", str(recipe)], cwd=REPOSITORY)
    memory_bytes, first_answer = 0, None
    while process.poll() is None:
        memory_bytes = max(memory_bytes, held_bytes(process.pid))
        if first_answer is None and journal.exists() and journal.stat().st_size:
            first_answer = time.monotonic()
        time.sleep(SAMPLE_SECONDS)
    ended = time.monotonic()
    rows = len(out.read_text(encoding="utf-8").splitlines())
    if process.returncode or rows != num_pairs or first_answer is None:
        raise SystemExit(f"{num_pairs} pairs: exit code {process.returncode}, {rows} rows")
    return {
        "pairs": num_pairs,
        "seconds": round(ended - started, 1),
        "pairs_per_second_after_loading": round(num_pairs / (ended - first_answer), 1),
        "memory_mb": round(memory_bytes / 1e6),
        "journal_bytes_per_pair": round(journal.stat().st_size / num_pairs),
        "result_bytes_per_pair": round(out.stat().st_size / num_pairs),
    }


def held_bytes(pid: int) -> int:
    """Return the memory (resident set) of a process and all that it started."""
    held = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        for one in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                held += one.memory_info().rss
    return held


if __name__ == "__main__":
    sys.exit(main())
