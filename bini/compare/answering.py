"""The process that answers for one model: loads it once, writes every contestant's predictions, and ends.

    python -m bini.compare.answering JOB.json

A process of its own, because a model that is loaded after another in one process finds half of the memory taken.
JOB.json: {"name", "model", "recipe", "cases", "pool", "tasks": [{"decoding", "shots", "out"}]}; `cases` and `pool` are files.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from bini.cases import load_cases
from bini.compare.asking import answers_of
from bini.engine import Answerer, Engine, model_folder
from bini.errors import BiniError
from bini.predictions import write_predictions
from bini.quiet import quiet
from bini.recipe import Recipe
from bini.runs import write_json


def answer_job(job: dict[str, Any], engine: Answerer) -> None:
    """Answer every task of a job; predictions.jsonl first, answered.json last."""
    recipe = Recipe.model_validate(job["recipe"])
    cases, pool = load_cases(Path(job["cases"])), load_cases(Path(job["pool"])) if job["pool"] else []
    for task in job["tasks"]:
        out = Path(task["out"])
        started = time.monotonic()
        predictions = answers_of(cases, engine, recipe, task["decoding"], task["shots"], pool)
        seconds = time.monotonic() - started
        write_predictions(out / "predictions.jsonl", predictions)
        write_json(out / "answered.json", {"seconds": seconds, "cases": len(cases)})
        print(f"  {task['decoding']}, {task['shots']}: {seconds:.0f} s", file=sys.stderr, flush=True)


def main() -> None:
    quiet()
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    recipe = Recipe.model_validate(job["recipe"])
    try:
        with Engine(model_folder(recipe, job["model"]), recipe) as engine:
            answer_job(job, engine)
    except BiniError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
