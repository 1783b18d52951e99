"""`bini calibrate`: fit the temperature of a run's probabilities on development cases, and store it beside the run.

In: a recipe with a merged model, and labelled cases that were neither trained on nor read as a final test.
Out: outputs/<run>/calibration.json, which every later answer with probabilities uses.
"""

from pathlib import Path
from typing import Any

from bini.assess import assess
from bini.calibration import Probabilities, fit_temperature, risk_probabilities, tempered
from bini.cases import load_cases
from bini.engine import Engine, model_folder
from bini.errors import BiniError
from bini.evaluate import run_id, seen_in_training
from bini.ledger import looks_at
from bini.metrics.confidence import mean_log_loss
from bini.recipe import Recipe
from bini.runs import run_of, write_json
from bini.schema import Case, RiskLevel
from bini.weights import sha256

MIN_CASES = 20


def calibrate(recipe: Recipe, cases_file: Path, labels_file: Path | None = None) -> dict[str, Any]:
    """Fit, store and return {"temperature", "source", "log_loss_before", "log_loss_after", …}.

    Raises:
        BiniError: cases that were trained on, a final test, too few labels, or no merged model.
    """
    cases = load_cases(cases_file, labels_file)
    check_development(recipe, cases_file, cases)
    with Engine(model_folder(recipe), recipe) as engine:
        predictions = assess(cases, engine, recipe)
        found = risk_probabilities(cases, predictions, engine, recipe)
    rows = [(p, c.label.risk_level) for p, c in zip(found, cases, strict=True) if p is not None and c.label is not None]
    result = fitted(rows) | {
        "source": recipe.calibration.source,
        "run_id": run_id(recipe),
        "fitted_on": str(cases_file),
        "cases_sha256": sha256(cases_file),
    }
    path = run_of(recipe).folder / "calibration.json"
    write_json(path, result)
    print(
        f"{path}: temperature {result['temperature']:.2f} from {result['cases']} cases, "
        f"log-loss {result['log_loss_before']:.3f} -> {result['log_loss_after']:.3f} on them."
    )
    return result


def fitted(rows: list[tuple[Probabilities, RiskLevel]]) -> dict[str, Any]:
    """Return the temperature of {grade: probability} against the true grades, and the log-loss before and after."""
    if len(rows) < MIN_CASES:
        raise BiniError(
            f"{len(rows)} labelled cases were answered; a temperature needs at least {MIN_CASES}.\nAdd development cases."
        )
    temperature = fit_temperature([p for p, _ in rows], [level for _, level in rows])
    return {
        "temperature": temperature,
        "cases": len(rows),
        "log_loss_before": mean_log_loss(rows),
        "log_loss_after": mean_log_loss([(tempered(p, temperature), level) for p, level in rows]),
    }


def check_development(recipe: Recipe, cases_file: Path, cases: list[Case]) -> None:
    """Raise BiniError where the cases are no development data."""
    if seen := seen_in_training(cases, recipe):
        raise BiniError(
            f"{seen} of the {len(cases)} cases of {cases_file} were trained on; there the model is sure of everything.\n"
            "Calibrate on development cases, which training has not seen."
        )
    if looks_at(cases_file):
        raise BiniError(f"{cases_file} is a final test (see {cases_file}.looks).\nCalibrate on development cases.")
