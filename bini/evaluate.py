"""Evaluation: a cases file through the engine, scored, written down, and said in words.

In: a recipe and a cases file. Out: predictions.jsonl, metrics.json (the last file written) and summary.txt in
outputs/<run>/eval/<cases>/ or where --out says. The last stdout line is metrics.json in one line.
"""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bini.assess import assess
from bini.cases import load_cases
from bini.engine import Engine, model_folder
from bini.metrics import INVALID, score, valid_fraction
from bini.recipe import Recipe
from bini.runs import environment, run_of, write_json, write_text
from bini.schema import RISK_LEVELS, Case, Prediction
from bini.weights import sha256


def evaluate(
    recipe: Recipe,
    cases_file: Path | None = None,
    labels_file: Path | None = None,
    out: Path | None = None,
    model: str | None = None,
) -> dict[str, Any]:
    """Evaluate a model on a cases file and return the metrics.

    Raises:
        BiniError: wrong cases, no merged model, or a model that cannot be had.
    """
    run = run_of(recipe)
    if cases_file is None:
        cases_file = recipe.data.eval_cases or recipe.data.cases
        labels_file = recipe.data.eval_labels if recipe.data.eval_cases else recipe.data.labels
    cases = load_cases(cases_file, labels_file)
    out = out or run.eval_folder(cases_file)
    out.mkdir(parents=True, exist_ok=True)
    with Engine(model_folder(recipe, model), recipe) as engine:
        started = time.monotonic()
        guided = assess(cases, engine, recipe)
        seconds = time.monotonic() - started
        free = assess(cases, engine, recipe, guided=False) if recipe.evaluation.free else None
    metrics = score(cases, guided) | {
        "json_valid_fraction_free": valid_fraction(free) if free is not None else None,
        "assessments_per_second": len(cases) / seconds,
        "model": model or str(run.merged),
        "recipe": recipe.name,
        "cases_file": str(cases_file),
        "cases_sha256": sha256(cases_file),
        "cases_seen_in_training": seen_in_training(cases, recipe),
        "environment": environment(),
    }
    write_predictions(out / "predictions.jsonl", guided)
    if free is not None:
        write_predictions(out / "predictions_free.jsonl", free)
    text = summary(metrics)
    write_text(out / "summary.txt", text)
    write_json(out / "metrics.json", metrics)
    print(text)
    print(f"{out}/metrics.json")
    print(json.dumps(metrics, ensure_ascii=False))
    return metrics


def seen_in_training(cases: Sequence[Case], recipe: Recipe) -> int:
    """Return how many of the cases (claim and product) are among the recipe's training cases."""
    if not recipe.data.cases.exists():
        return 0
    trained = {(c.claim_text, c.user_query) for c in load_cases(recipe.data.cases, recipe.data.labels)}
    return sum((case.claim_text, case.user_query) in trained for case in cases)


def write_predictions(path: Path, predictions: Sequence[Prediction]) -> None:
    """Write one JSON line per case: the answer in the label's shape, and what the model wrote."""
    write_text(path, "".join(json.dumps(as_row(p), ensure_ascii=False) + "\n" for p in predictions))


def as_row(prediction: Prediction) -> dict[str, Any]:
    """Return a prediction as one flat object: case_id, the assessment's keys, then how it came about."""
    row = prediction.model_dump(mode="json")
    assessment = row.pop("assessment")
    model_risk_level = row.pop("model_risk_level")
    answer = assessment or {"comparisons": None, "risk_level": None, "decision_reason": None}
    answer["model_risk_level"] = model_risk_level
    return {"case_id": row.pop("case_id"), **answer, "is_valid": assessment is not None, **row}


def summary(metrics: dict[str, Any]) -> str:
    """Return the result as a person reads it."""
    lines = [f"{metrics['cases']} cases of {metrics['cases_file']}, model {metrics['model']}"]
    if seen := metrics["cases_seen_in_training"]:
        lines.append(
            f"RESUBSTITUTION: {seen} of these {metrics['cases']} cases were trained on. "
            "This shows what was learned by heart, not what the model would say of a new product."
        )
    lines.append(f"JSON valid, guided     {_share(metrics, 'json_valid_fraction', metrics['cases'])}")
    if metrics["json_valid_fraction_free"] is not None:
        lines.append(f"JSON valid, unguided   {metrics['json_valid_fraction_free']:.1%}")
    if metrics["labelled_cases"]:
        lines += [
            f"risk_level             {_share(metrics, 'risk_accuracy', metrics['labelled_cases'])}",
            f"match                  {_share(metrics, 'match_accuracy', metrics['comparisons'])}",
            f"risk macro F1          {metrics['risk_macro_f1']:.3f}",
            f"dangerous errors       {metrics['dangerous_errors']} (높음 answered 낮음)",
            "",
            *_confusion_table(metrics["risk_confusion"]),
        ]
    if metrics["quote_valid_fraction"] is not None:
        lines.append(f"quotes verbatim        {metrics['quote_valid_fraction']:.1%} of {metrics['quotes']}")
    if metrics["rule_agreement_fraction"] is not None:
        lines.append(f"model's word = rule    {metrics['rule_agreement_fraction']:.1%}")
    lines.append(f"speed                  {metrics['assessments_per_second']:.2f} assessments/s, guided, prompts cold")
    return "\n".join(lines) + "\n"


def _share(metrics: dict[str, Any], key: str, total: int) -> str:
    value, interval = metrics[key], metrics[f"{key}_ci95"]
    return f"{round(value * total)}/{total}  {value:.1%}  (95 % interval {interval[0]:.1%} to {interval[1]:.1%})"


def _confusion_table(confusion: dict[str, dict[str, int]]) -> list[str]:
    columns = [*RISK_LEVELS, *([INVALID] if any(row[INVALID] for row in confusion.values()) else [])]
    lines = ["actual \\ answered  " + "  ".join(columns)]
    for actual in RISK_LEVELS:
        lines.append(f"{actual}             " + "  ".join(f"{confusion[actual][column]:4d}" for column in columns))
    return lines
