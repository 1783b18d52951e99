"""Kills workers at random while a batch runs on a local Ray cluster, and compares with what one process answers.

    .venv/bin/python tests/kill_workers.py 10000 --seconds 30
    {"pairs": 10000, "kills": 41, "distinct": 10000, "equal": 10000, "one_process_seconds": …, "ray_seconds": …}

Short pairs, a tiny model (tests/pair_model.py), two workers of a core each, all by `bini screen` itself. The last line
is JSON; exit code 1 where a row is missing or doubled. It goes on where it was if it is killed itself.
"""

import argparse
import contextlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
from pair_model import PATENTS, REPOSITORY, tables, trained_recipe

WORKERS = 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", type=int, help=f"rounded up to a multiple of {PATENTS}")
    parser.add_argument("--seconds", type=float, default=30, help="between two kills, on average")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "outputs/kill_workers")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    recipe = trained_recipe(asked.out)
    products, patents = tables(asked.out, asked.pairs)
    seconds, kills = {}, 0
    for name, more in (("one", []), ("many", ["--ray", "--workers", str(WORKERS)])):
        out = asked.out / f"{name}.jsonl"
        command = [sys.executable, "-m", "bini.cli", "screen", products, "--patents", patents, "--out", out, *more]
        started = time.monotonic()
        process = subprocess.Popen([*map(str, command), "--recipe", str(recipe)], cwd=REPOSITORY)
        if more:
            kills = kill_until_done(process, out.with_name(out.name + ".journal"), asked.seconds)
        if process.wait():
            return process.returncode
        seconds[name] = round(time.monotonic() - started, 1)
    return compare(asked.out, kills, seconds)


def kill_until_done(process: subprocess.Popen[bytes], journal: Path, seconds: float) -> int:
    """Kill one of the batch's workers now and then, each time some chunk has come through; return how many were."""
    chance, kills, size = random.Random(1), 0, 0
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0, 2 * seconds))
            return kills
        grown = journal.stat().st_size if journal.exists() else 0
        if grown > size and (workers := workers_of(process.pid)):
            with contextlib.suppress(psutil.NoSuchProcess):
                chance.choice(workers).kill()
                kills, size = kills + 1, grown


def workers_of(pid: int) -> list[psutil.Process]:
    """Return the processes with an engine that a batch has started."""
    workers = []
    for one in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "ray::MapWorker" in " ".join(one.cmdline()):
                workers.append(one)
    return workers


def compare(folder: Path, kills: int, seconds: dict[str, float]) -> int:
    one, many = (read(folder / f"{name}.jsonl") for name in ("one", "many"))
    by_id = {row["pair_id"]: row for row in one}
    equal = sum(by_id.get(row["pair_id"]) == row for row in many)
    distinct = len({row["pair_id"] for row in many})
    found = {"pairs": len(one), "kills": kills, "rows": len(many), "distinct": distinct, "equal": equal}
    found |= {"failed": sum(row["error"] is not None for row in many)}
    print(json.dumps(found | {"one_process_seconds": seconds["one"], "ray_seconds": seconds["many"]}))
    return 0 if len(one) == len(many) == distinct else 1


def read(path: Path) -> list[dict[str, object]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [{key: value for key, value in row.items() if key != "answered_at"} for row in rows]


if __name__ == "__main__":
    sys.exit(main())
