"""Reports: metrics and predictions in, one HTML file that opens anywhere, and the same in Markdown.

    report.html   self-contained: style, plots (SVG) and text in one file, for a phone and for paper
    report.md     the numbers, for a repository
    metrics.json  the numbers, for a machine (written by whoever calls this room)

Plots carry Latin letters and numbers only; Korean stands in HTML, where the reader's own fonts draw it.
"""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bini.assess import DISCLAIMER
from bini.recipe import Recipe
from bini.report import plots
from bini.report.page import render
from bini.report.wrong import Wrong, wrong_cases
from bini.runs import run_of, write_text
from bini.schema import Case, Prediction

PROTOCOLS = {
    "resubstitution": "Scored on the very cases it was trained on. This shows what was learned by heart, not what the "
    "model would say of a new product.",
    "partly resubstitution": "Some of these cases were trained on; their answers say nothing about new products.",
    "held-out": "None of these cases was trained on, word for word; the leak check below says how alike they are.",
    "final": "A test file that is read once per model.",
}
CROSS_VALIDATION = "Every case was answered by a model that was trained on the other folds only."


def write_report(
    out: Path, recipe: Recipe, cases: Sequence[Case], predictions: Sequence[Prediction], metrics: dict[str, Any]
) -> None:
    """Write report.html and report.md of one evaluation into `out`."""
    context = evaluation_context(recipe, cases, predictions, metrics)
    write_text(out / "report.html", render("evaluation.html.jinja", **context))
    write_text(out / "report.md", render("evaluation.md.jinja", **context))


def write_comparison(out: Path, recipe: Recipe, comparison: dict[str, Any]) -> None:
    """Write report.html and report.md of a comparison into `out`."""
    rows = [
        (row["name"], row["metrics"]["risk_accuracy"], row["metrics"]["risk_accuracy_ci95"])
        for row in comparison["rows"]
    ]
    context = {
        "c": comparison,
        "title": f"BINI comparison: {comparison['recipe']}",
        "plots": {"accuracy": plots.intervals(rows)},
        "training": training_facts(recipe),
        "written": time.strftime("%Y-%m-%d %H:%M"),
        "disclaimer": DISCLAIMER,
    }
    write_text(out / "report.html", render("comparison.html.jinja", **context))
    write_text(out / "report.md", render("comparison.md.jinja", **context))


def evaluation_context(
    recipe: Recipe, cases: Sequence[Case], predictions: Sequence[Prediction], metrics: dict[str, Any]
) -> dict[str, Any]:
    """Return what the templates show."""
    wrong, training = wrong_cases(cases, predictions), training_facts(recipe)
    return {
        "m": metrics,
        "title": f"BINI evaluation: {metrics['recipe']}",
        "protocol_text": PROTOCOLS.get(metrics["protocol"], CROSS_VALIDATION),
        "wrong": wrong,
        "dangerous": [found for found in wrong if found.is_dangerous],
        "training": training,
        "recipe": recipe,
        "plots": evaluation_plots(metrics, training),
        "written": time.strftime("%Y-%m-%d %H:%M"),
        "disclaimer": DISCLAIMER,
    }


def evaluation_plots(metrics: dict[str, Any], training: dict[str, Any] | None) -> dict[str, str]:
    """Return the plots that the metrics have data for, as SVG text by name."""
    found: dict[str, str] = {}
    if metrics["labelled_cases"]:
        names = {
            "risk_accuracy": "risk level",
            "risk_macro_f1": "risk macro F1",
            "match_accuracy": "match",
            "match_macro_f1": "match macro F1",
            "json_valid_fraction": "JSON valid",
        }
        found["headline"] = plots.intervals(
            [(label, metrics[key], metrics[f"{key}_ci95"]) for key, label in names.items() if metrics[key] is not None]
        )
    if calibration := metrics.get("calibration"):
        found["reliability"] = plots.reliability(calibration["reliability"])
        found["risk_coverage"] = plots.risk_coverage(calibration["risk_coverage"])
    if training is not None and training.get("steps"):
        found["loss"] = plots.loss_curve(training["steps"])
    return found


def training_facts(recipe: Recipe) -> dict[str, Any] | None:
    """Return run.json of the recipe's run; None where it has not been trained here."""
    path = run_of(recipe).folder / "run.json"
    if not path.exists():
        return None
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return facts


__all__ = ["Wrong", "write_comparison", "write_report"]
