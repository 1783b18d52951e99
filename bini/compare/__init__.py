"""Comparison: models on the same cases, the same schema, each asked fairly, and what can be concluded from it.

    bini compare RECIPE                                   the tuned model, its base, the baselines
    bini compare RECIPE OTHER.yaml --model FOLDER         more of them
    bini compare RECIPE --endpoint http://host/v1#NAME    any OpenAI-compatible server

One model after the other, each in a process of its own. A contestant's answers are kept under a hash of model, cases
and prompt, so that a killed comparison goes on where it was and a new contestant costs only itself.

Out: outputs/<run>/compare/<cases>/: report.html, report.md, comparison.json. The last stdout line is the JSON.
"""

import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bini.baselines import NAMES, baseline
from bini.cases import dump_jsonl, load_cases
from bini.compare.contestant import DECODINGS, SHOTS, Contestant, Decoding, Shots
from bini.compare.endpoint import ask_endpoint
from bini.compare.line_up import contestants_of, models_of
from bini.compare.table import Row, as_text, comparison
from bini.crossval.folds import folds_of
from bini.errors import BiniError
from bini.evaluate import known_training_cases, protocol, seen_in_training
from bini.predictions import read_predictions, write_predictions
from bini.recipe import Recipe
from bini.runs import environment, run_of, write_json, write_text
from bini.schema import Case, Prediction
from bini.weights import sha256

BASELINE_FOLDS = 5
LAST_LINES = 8


def in_own_process(job_file: Path) -> None:
    """Answer a job (see `answering`) in a process of its own, and say how far it is.

    Raises:
        BiniError: the process failed; its last words.
    """
    name = json.loads(job_file.read_text(encoding="utf-8"))["name"]
    tail: deque[str] = deque(maxlen=LAST_LINES)
    command = [sys.executable, "-m", "bini.compare.answering", str(job_file)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            tail.append(line)
            if line.startswith("  "):  # the job's own progress; the rest is the stack's
                print(line, end="", file=sys.stderr, flush=True)
    if process.returncode != 0:
        raise BiniError(f"{name} did not answer (exit code {process.returncode}):\n{''.join(tail).rstrip()}")


def compare(
    recipes: Sequence[Recipe],
    cases_file: Path | None = None,
    labels_file: Path | None = None,
    models: Sequence[str] = (),
    endpoints: Sequence[str] = (),
    decodings: Sequence[Decoding] = DECODINGS,
    shots: Sequence[Shots] = SHOTS,
    answer: Callable[[Path], None] = in_own_process,
) -> dict[str, Any]:
    """Compare and return the comparison; the first recipe's tuned model, in the first decoding, is the reference.

    `answer` answers one model's job, a file, as `answering.answer_job` does.

    Raises:
        BiniError: cases without labels, no merged model, a model or endpoint that does not answer.
    """
    recipe = recipes[0]
    if cases_file is None:
        cases_file = recipe.data.eval_cases or recipe.data.cases
        labels_file = recipe.data.eval_labels if recipe.data.eval_cases else recipe.data.labels
    cases = _labelled(cases_file, load_cases(cases_file, labels_file))
    read = known_training_cases(recipe)  # of several files, which may give one name to two cases
    pool = [case.model_copy(update={"case_id": f"example-{i}"}) for i, case in enumerate(read)]
    folder = run_of(recipe).folder / "compare" / cases_file.stem
    contestants = contestants_of(models_of(recipes, models, endpoints), decodings, shots)
    answer_all(contestants, cases, pool, folder, answer)
    seen = seen_in_training(cases, recipe)
    rows = [_row(contestant, cases, pool, folder, seen) for contestant in contestants]
    result = comparison(cases, rows + baseline_rows(recipe, cases, pool, seen)) | {
        "recipe": recipe.name,
        "cases": len(cases),
        "cases_file": str(cases_file),
        "cases_sha256": sha256(cases_file),
        "cases_seen_in_training": seen,
        "protocol": protocol(seen, len(cases), is_final=False),
        "environment": environment(),
    }
    _publish(folder, recipe, result)
    return result


def answer_all(
    contestants: Sequence[Contestant],
    cases: list[Case],
    pool: list[Case],
    folder: Path,
    answer: Callable[[Path], None] = in_own_process,
) -> None:
    """Bring every contestant's predictions about; those that are there stay as they are."""
    write_text(folder / "cases.jsonl", dump_jsonl(cases))
    write_text(folder / "examples.jsonl", dump_jsonl(pool))
    for model in dict.fromkeys(contestant.model for contestant in contestants):
        open_tasks = [
            c for c in contestants if c.model == model and not (_out(c, cases, pool, folder) / "answered.json").exists()
        ]
        if not open_tasks:
            print(f"{model.name}: answered before.", file=sys.stderr)
        elif model.url is not None:
            for contestant in open_tasks:
                _ask_endpoint(contestant, cases, pool, folder)
        else:
            print(f"{model.name}: {len(open_tasks)} ways of asking, {len(cases)} cases …", file=sys.stderr, flush=True)
            answer(_job_file(open_tasks, cases, pool, folder))


def baseline_rows(recipe: Recipe, cases: Sequence[Case], train: Sequence[Case], seen: int) -> list[Row]:
    """Return the baselines: trained on the recipe's training file, or out of fold where the cases are in it."""
    rows = []
    for name in NAMES:
        started = time.monotonic()
        print(f"baseline {name} …", file=sys.stderr, flush=True)  # tfidf takes minutes where the cases are thousands
        if name == "rule":
            found, note = baseline(name, (), cases), "glossary, quantities and decision table; learns nothing"
        elif seen or not train:
            levels = [case.label.risk_level for case in cases if case.label is not None]
            groups = {case.group or case.case_id for case in cases}
            folds = min([BASELINE_FOLDS, len(groups), *[max(map(levels.count, levels))] * bool(levels)])
            if folds < 2:
                print(f"baseline {name}: left out, no grade has two cases to learn from.", file=sys.stderr)
                continue
            by_id = {
                p.case_id: p
                for fold in folds_of(cases, folds, recipe.seed)
                for p in baseline(name, fold.train, fold.test)
            }
            found, note = [by_id[case.case_id] for case in cases], f"out of fold, {folds}-fold over these cases"
        else:
            found, note = (
                baseline(name, train, cases),
                f"trained on the {len(train):,} cases of the files that {recipe.name} has read",
            )
        rows.append(Row(f"baseline: {name}", note, tuple(found), time.monotonic() - started, None))
    return rows


def _row(contestant: Contestant, cases: list[Case], pool: list[Case], folder: Path, seen: int) -> Row:
    out = _out(contestant, cases, pool, folder)
    predictions = read_predictions(out / "predictions.jsonl")
    seconds = json.loads((out / "answered.json").read_text(encoding="utf-8"))["seconds"]
    recipe = contestant.model.recipe
    return Row(contestant.name, _note(contestant, len(cases), seen), tuple(predictions), seconds, recipe.answer)


def _note(contestant: Contestant, total: int, seen: int) -> str:
    if contestant.model.is_tuned:
        trained = f"; trained on {seen} of these {total} cases" if seen else ""
        return f"tuned, {contestant.model.recipe.prompt.instructions} instructions as trained{trained}{_by_code(contestant)}"
    examples = ""
    if contestant.shots == "few-shot":
        source = "these cases, never the asked one nor its group" if seen else "the training file"
        examples = f", a worked example per grade from {source}"
    return f"untuned, full instructions{examples}{_by_code(contestant)}"


def _by_code(contestant: Contestant) -> str:
    return (
        "; cells that code is sure of are settled by code" if contestant.model.recipe.answer.facts == "decided" else ""
    )


def _job_file(open_tasks: Sequence[Contestant], cases: list[Case], pool: list[Case], folder: Path) -> Path:
    """Write down what one model is to be asked."""
    model = open_tasks[0].model
    job = {
        "name": model.name,
        "model": model.model,
        "recipe": model.recipe.model_dump(mode="json"),
        "cases": str(folder / "cases.jsonl"),
        "pool": str(folder / "examples.jsonl") if pool else None,
        "tasks": [
            {"decoding": c.decoding, "shots": c.shots, "out": str(_out(c, cases, pool, folder))} for c in open_tasks
        ],
    }
    job_file = _out(open_tasks[0], cases, pool, folder) / "job.json"
    write_json(job_file, job)
    return job_file


def _ask_endpoint(contestant: Contestant, cases: list[Case], pool: list[Case], folder: Path) -> None:
    print(f"{contestant.name}: {len(cases)} cases …", file=sys.stderr, flush=True)
    started = time.monotonic()
    predictions = ask_endpoint(contestant, cases, pool)
    out = _out(contestant, cases, pool, folder)
    write_predictions(out / "predictions.jsonl", predictions)
    write_json(out / "answered.json", {"seconds": time.monotonic() - started, "cases": len(cases)})


def _publish(folder: Path, recipe: Recipe, result: dict[str, Any]) -> None:
    from bini.report import write_comparison

    write_comparison(folder, recipe, result)
    write_json(folder / "comparison.json", result)
    if result["cases_seen_in_training"]:
        print(
            f"The tuned model was trained on {result['cases_seen_in_training']} of these {result['cases']} cases: "
            "its lead here is partly memory. `bini crossval` gives the number for new products."
        )
    print(as_text(result))
    print(f"{folder}/report.html\n{folder}/comparison.json")
    print(json.dumps(result, ensure_ascii=False))


def _out(contestant: Contestant, cases: list[Case], pool: list[Case], folder: Path) -> Path:
    return folder / "answers" / contestant.key(cases, pool)


def _labelled(cases_file: Path, cases: list[Case]) -> list[Case]:
    labelled = [case for case in cases if case.label is not None]
    if not labelled:
        raise BiniError(f"{cases_file} holds no label.\nModels are compared by who is right: give --labels.")
    return labelled


__all__ = ["Prediction", "compare"]
