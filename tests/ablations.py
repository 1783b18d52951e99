"""What each setting brings: one short training a variant, all from the untrained base, scored on the same cases.

    .venv/bin/python tests/ablations.py --rows 400 --cases 150
    | variant | tokens | model alone: risk | match | both: risk | won, lost, p | verbatim quotes | cut off or looping |

Every variant is recipes/gemma3-270m-bini-first.yaml with its overrides and `--rows` rows of the corpus; the cases are
every so-many-th of data/corpus/dev.jsonl. A variant that was trained and scored is read from its folder; a killed run goes
on where it was. Intervals are at 95 %; p is McNemar's exact test of the risk levels (both) against the first variant.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from bini.statistics import mcnemar

REPOSITORY = Path(__file__).resolve().parent.parent
RECIPE = "recipes/gemma3-270m-bini-first.yaml"
HEAD = "| variant | tokens | model alone: risk | match | both: risk | won, lost, p | verbatim quotes | cut off or looping |"


def variants(rows: int) -> dict[str, list[str]]:
    """Return the overrides by the variant's name; the first is what the others are held against."""
    return {
        "as shipped": [],
        "without hints": ["prompt.hints=false"],
        "mark before quote": ["answer.evidence=after"],
        "reason written": ["answer.reason=written"],
        "rank 32": ["lora.r=32", "lora.alpha=64"],
        "half the rows twice": [f"data.max_corpus_cases={rows // 2}", "train.epochs=2"],
        "a quarter of the rows": [f"data.max_corpus_cases={rows // 4}"],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("variants", nargs="*", help="only these, the first of which the others are held against")
    parser.add_argument("--rows", type=int, default=400, help="corpus rows that a variant is trained on")
    parser.add_argument("--cases", type=int, default=150, help="cases of dev that it is scored on")
    asked = parser.parse_args()
    cases = sample(asked.cases)
    known = variants(asked.rows)
    found = {name: scored(name, asked.rows, known[name], cases) for name in asked.variants or known}
    print(HEAD, "|---" * (HEAD.count("|") - 1) + "|", sep="\n")
    reference = next(iter(found.values()))
    for name, row in found.items():
        print(line(name, row, reference))
    return 0


def sample(number: int) -> Path:
    """Write `number` cases of dev, evenly spread, and return the file."""
    lines = (REPOSITORY / "data/corpus/dev.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    path = REPOSITORY / f"outputs/ablations/dev_{number}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines[:: len(lines) // number][:number]), encoding="utf-8")
    return path


def scored(name: str, rows: int, changes: list[str], cases: Path) -> dict:
    run = f"ablation-{name.replace(' ', '-')}-{rows}"
    overrides = [f"name={run}", f"data.max_corpus_cases={rows}", "calibration.score=false", *changes]
    asked = [
        ["train", RECIPE, *overrides],
        ["merge", RECIPE, *overrides],
        ["eval", RECIPE, *overrides, "--cases", str(cases), "--no-free"],
    ]
    for command in asked:
        done = subprocess.run([sys.executable, "-m", "bini.cli", *command], cwd=REPOSITORY, check=False)
        if done.returncode:
            raise SystemExit(f"{name}: bini {' '.join(command)}: exit code {done.returncode}")
    folder = REPOSITORY / "outputs" / run
    trained = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    results = folder / "eval" / cases.stem
    metrics = json.loads((results / "metrics.json").read_text(encoding="utf-8"))
    grades = [case["label"]["risk_level"] for case in rows_of(cases)]
    right = [
        answer["risk_level"] == grade
        for answer, grade in zip(rows_of(results / "predictions.jsonl"), grades, strict=True)
    ]
    return {"tokens": trained["tokens"], "right": right} | metrics


def line(name: str, row: dict, reference: dict) -> str:
    alone, guided = row["without_facts"], row["health"]["guided"]
    won = sum(now and not before for now, before in zip(row["right"], reference["right"], strict=True))
    lost = sum(before and not now for now, before in zip(row["right"], reference["right"], strict=True))
    cells = [
        name,
        f"{row['tokens']:,}",
        with_interval(alone["risk_accuracy"], alone["risk_accuracy_ci95"]),
        with_interval(alone["match_accuracy"], alone["match_accuracy_ci95"]),
        with_interval(row["risk_accuracy"], row["risk_accuracy_ci95"]),
        "" if row is reference else f"{won}, {lost}, {mcnemar(won, lost):.2f}",
        f"{row['quote_valid_fraction']:.1%}",
        str(guided["truncated"] + guided["too_long"] + guided["whitespace_loops"] + guided["repetition_loops"]),
    ]
    return "| " + " | ".join(cells) + " |"


def with_interval(value: float, interval: list[float]) -> str:
    return f"{value:.1%} ({interval[0]:.1%} to {interval[1]:.1%})"


def rows_of(path: Path) -> list[dict]:
    return [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    sys.exit(main())
