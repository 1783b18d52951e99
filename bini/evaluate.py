"""Evaluation: a cases file through the engine, scored, written down, and said in words.

In: a recipe and a cases file. Out, in outputs/<run>/eval/<cases>/ or where --out says: predictions.jsonl, summary.txt,
report.html, report.md and, last, metrics.json. The last stdout line is metrics.json in one line.

The protocol is named for what it is: "resubstitution" where the cases were trained on, "held-out" where none was,
"final" for a test file that is read once per model (see ledger).
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bini.assess import assess, prediction
from bini.calibration import with_probabilities
from bini.cases import load_cases, training_cases
from bini.continued import files_read_before
from bini.engine import Completion, Engine, model_folder
from bini.errors import BiniError
from bini.fitted import fitted_for
from bini.leaks import find_leaks
from bini.ledger import check_not_looked_at, looks_at, record_look
from bini.metrics import breakdown, flips, health, score, valid_fraction
from bini.metrics.confidence import confidence_metrics
from bini.predictions import read_predictions, write_predictions
from bini.recipe import Recipe, as_written
from bini.runs import Run, environment, run_of, write_json, write_text
from bini.schema import BY_CODE, Case, Prediction
from bini.summary import summary
from bini.weighing import Weights
from bini.weights import sha256

MAX_FLIP_CASES = 50


@dataclass(frozen=True)
class Answers:
    """What the engine was asked for, while it was up."""

    guided: list[Prediction]
    free: list[Prediction] | None
    seconds: float | None  # of the guided pass, prompts cold; None where the model was not asked
    flips: dict[str, Any] | None


def evaluate(
    recipe: Recipe,
    cases_file: Path | None = None,
    labels_file: Path | None = None,
    out: Path | None = None,
    model: str | None = None,
    *,
    is_final: bool = False,
    with_flips: bool = False,
    rescore: bool = False,
) -> dict[str, Any]:
    """Evaluate a model on a cases file and return the metrics.

    With `rescore` the model is not asked: what it wrote the last time, in out/predictions.jsonl, is read by today's code.

    Raises:
        BiniError: wrong cases, no merged model, a model that cannot be had, a final test that was read before, or no
            answers to score again.
    """
    run = run_of(recipe)
    if cases_file is None:
        cases_file = recipe.data.eval_cases or recipe.data.cases
        labels_file = recipe.data.eval_labels if recipe.data.eval_cases else recipe.data.labels
    if is_final:
        check_not_looked_at(cases_file, run_id(recipe, model))
    cases = load_cases(cases_file, labels_file)
    if model is not None:
        recipe = as_written(recipe)  # weights fitted for the run's own adapter say nothing about another model
    out = out or run.eval_folder(cases_file)
    out.mkdir(parents=True, exist_ok=True)
    if rescore:
        answers = Answers(reread(cases, answered_before(out, run_id(recipe, model)), recipe), None, None, None)
    else:
        with Engine(model_folder(recipe, model), recipe) as engine:
            answers = ask(cases, engine, recipe, with_flips=with_flips)
    if is_final:
        record_look(cases_file, run_id(recipe, model), recipe.name, out)
    metrics = judged(recipe, cases, answers.guided, answers.free) | {
        "assessments_per_second": len(cases) / answers.seconds if answers.seconds else None,
        "flips": answers.flips,
        "mask_overhead_fraction": _mask_overhead(run) if model is None else None,
        "model": model or str(run.merged),
        "run_id": run_id(recipe, model),
        **about(recipe, cases_file, cases, is_final=is_final, is_tuned=model is None),
    }
    write_predictions(out / "predictions.jsonl", answers.guided)
    if answers.free is not None:
        write_predictions(out / "predictions_free.jsonl", answers.free)
    publish(out, recipe, cases, answers.guided, metrics)
    return metrics


def ask(cases: Sequence[Case], engine: Engine, recipe: Recipe, *, with_flips: bool) -> Answers:
    """Ask all that the recipe and the command want to know, while the engine is up."""
    started = time.monotonic()
    guided = assess(cases, engine, recipe)
    seconds = time.monotonic() - started
    free = assess(cases, engine, recipe, guided=False) if recipe.evaluation.free else None
    if recipe.calibration.score and not recipe.calibration.watches:
        guided = with_probabilities(cases, guided, engine, recipe)
    return Answers(guided, free, seconds, measure_flips(cases, guided, engine, recipe) if with_flips else None)


def reread(
    cases: Sequence[Case], predictions: Sequence[Prediction], recipe: Recipe, looks: Weights | None = None
) -> list[Prediction]:
    """Return what the model wrote, turned into assessments by the recipe and today's code.

    `looks` weigh the second look in place of what was fitted for the run.

    Raises:
        BiniError: the answers are not these cases'.
    """
    if [case.case_id for case in cases] != [found.case_id for found in predictions]:
        raise BiniError("The predictions are of other cases.\nEvaluate again without --rescore.")
    return [
        prediction(
            case,
            Completion(found.raw_text, found.finish_reason, found.prompt_tokens, found.generated_tokens),
            recipe,
            found.mark_likelihoods,
            found.looks,
            looks,
        )
        if found.raw_text
        else found
        for case, found in zip(cases, predictions, strict=True)
    ]


def answered_before(out: Path, model_id: str) -> list[Prediction]:
    """Return what an evaluation in `out` kept of a model's answers.

    Raises:
        BiniError: no predictions there, or another model's.
    """
    predictions = read_predictions(out / "predictions.jsonl")
    metrics = out / "metrics.json"
    asked = json.loads(metrics.read_text(encoding="utf-8")).get("run_id") if metrics.exists() else None
    if asked != model_id:
        raise BiniError(f"{out} holds the answers of another model ({asked}).\nEvaluate again without --rescore.")
    return predictions


def judged(
    recipe: Recipe, cases: Sequence[Case], guided: Sequence[Prediction], free: Sequence[Prediction] | None = None
) -> dict[str, Any]:
    """Return every metric that follows from the answers alone."""
    decodings = {"guided": guided} | ({} if free is None else {"free": free})
    calibration = confidence_metrics(cases, guided, recipe.calibration.abstain_below)
    if calibration is not None:
        source = "marks" if recipe.calibration.watches else recipe.calibration.source
        calibration |= {"source": source, "temperature": fitted_for(recipe, source).temperature}
    return score(cases, guided) | {
        "json_valid_fraction_free": valid_fraction(free) if free is not None else None,
        "without_facts": without_facts(cases, guided, recipe),
        "rule_alone": rule_alone(cases, recipe),
        "health": {name: health(cases, found, recipe.answer) for name, found in decodings.items()},
        "calibration": calibration,
        "breakdown": breakdown(cases, guided),
    }


def about(
    recipe: Recipe, cases_file: Path, cases: Sequence[Case], *, is_final: bool = False, is_tuned: bool = True
) -> dict[str, Any]:
    """Return what the numbers are numbers of: cases, protocol, leaks, machine."""
    seen = seen_in_training(cases, recipe) if is_tuned else 0
    return {
        "recipe": recipe.name,
        "cases_file": str(cases_file),
        "cases_sha256": sha256(cases_file),
        "cases_seen_in_training": seen,
        "protocol": protocol(seen, len(cases), is_final),
        "final_looks": len(looks_at(cases_file)),
        "leaks": _leaks(cases, recipe) if is_tuned else None,
        "environment": environment(),
    }


def publish(
    out: Path, recipe: Recipe, cases: Sequence[Case], predictions: Sequence[Prediction], metrics: dict[str, Any]
) -> None:
    """Write summary, report and metrics.json, and say the result."""
    from bini.report import write_report

    text = summary(metrics)
    write_text(out / "summary.txt", text)
    write_report(out, recipe, cases, predictions, metrics)
    write_json(out / "metrics.json", metrics)
    print(text)
    print(f"{out}/report.html\n{out}/metrics.json")
    print(json.dumps(metrics, ensure_ascii=False))


def run_id(recipe: Recipe, model: str | None = None) -> str:
    """Return what tells this model from every other: the adapter's fingerprint, or the other model's name."""
    marker = run_of(recipe).merged / "fingerprint"
    if model is not None:
        return model
    return marker.read_text(encoding="utf-8").strip() if marker.exists() else "untrained"


def seen_in_training(cases: Sequence[Case], recipe: Recipe) -> int:
    """Return how many of the cases (claim and product) are among the recipe's training cases."""
    trained = {(c.claim_text, c.user_query) for c in known_training_cases(recipe)}
    return sum((case.claim_text, case.user_query) in trained for case in cases)


def known_training_cases(recipe: Recipe) -> list[Case]:
    """Return what the recipe and the adapters before it are trained on, each case once; none whose files are not here."""
    files = recipe.data.training_files
    own = training_cases(recipe) if all(path.exists() for path in files) else []
    whole = files if recipe.data.max_corpus_cases is None else ()
    earlier = [path for path in files_read_before(recipe) if path.exists() and path not in whole]
    read = own + [case for path in earlier for case in load_cases(path)]
    once = {(case.claim_text, case.user_query): case for case in reversed(read)}
    return list(reversed(once.values()))


def protocol(seen: int, total: int, is_final: bool) -> str:
    """Return the name of how the cases relate to training."""
    if seen:
        return "resubstitution" if seen == total else "partly resubstitution"
    return "final" if is_final else "held-out"


def without_facts(cases: Sequence[Case], predictions: Sequence[Prediction], recipe: Recipe) -> dict[str, Any] | None:
    """Return what the model alone would score where the recipe lets code settle cells; None where it does not."""
    if recipe.answer.facts == "ignored":
        return None
    answer = recipe.answer.model_copy(update={"facts": "ignored"})
    alone = as_written(recipe).model_copy(update={"answer": answer})
    found = reread(cases, predictions, alone)
    findings = [f for p in predictions if p.assessment is not None for f in p.assessment.comparisons]
    settled = sum((finding.note or "").startswith(BY_CODE) for finding in findings)
    return {"cells_settled_by_code": settled, "cells": len(findings)} | _main_figures(cases, found)


def rule_alone(cases: Sequence[Case], recipe: Recipe) -> dict[str, Any] | None:
    """Return what code would score without any model, where the recipe lets it settle cells; None where it does not."""
    if recipe.answer.facts == "ignored":
        return None
    from bini.baselines import rule

    return _main_figures(cases, rule(cases))


def _main_figures(cases: Sequence[Case], predictions: Sequence[Prediction]) -> dict[str, Any]:
    keys = ("risk_accuracy", "risk_accuracy_ci95", "match_accuracy", "match_accuracy_ci95", "dangerous_errors")
    metrics = score(cases, predictions)
    return {key: metrics[key] for key in keys}


def measure_flips(
    cases: Sequence[Case], batched: Sequence[Prediction], engine: Engine, recipe: Recipe
) -> dict[str, Any]:
    """Ask again, once in a batch and once case by case, and count other answers."""
    first = list(batched[:MAX_FLIP_CASES])
    repeated = assess(cases[:MAX_FLIP_CASES], engine, recipe)
    alone = [assess([case], engine, recipe)[0] for case in cases[:MAX_FLIP_CASES]]
    return {"repeated": flips(first, repeated), "alone_against_batched": flips(first, alone)}


def _leaks(cases: Sequence[Case], recipe: Recipe) -> dict[str, Any]:
    report = find_leaks(known_training_cases(recipe), cases)
    return {"words": report.words(), **report.as_dict()}


def _mask_overhead(run: Run) -> float | None:
    """Return how much longer a guided token takes, as `bini bench` measured it; None where it has not been run."""
    path = run.folder / "bench" / "bench.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found.get("guided_overhead_fraction")
