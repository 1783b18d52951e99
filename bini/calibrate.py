"""`bini calibrate`: fit what the model's likelihoods are worth on development cases, and store it beside the run.

Where the likelihoods come with the answer (calibration.source: marks) two things are fitted: the weights of marks and
facts, and the weights of the grades that follow, on parts that the first have not seen. Otherwise the second alone; from
few cases a temperature takes their place.

In: a recipe with a merged model, and labelled cases that were neither trained on nor read as a final test.
Out: outputs/<run>/calibration.json, which every later answer with probabilities uses. A recipe with a second look has
its weights fitted first, and the answers are read again by them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bini.assess import assess
from bini.calibration import fit_temperature, risk_probabilities
from bini.cases import load_cases
from bini.engine import Engine, model_folder
from bini.errors import BiniError
from bini.evaluate import answered_before, reread, run_id, seen_in_training
from bini.facts import facts_about
from bini.fitted import Fitted, Probabilities, grade_features
from bini.ledger import looks_at
from bini.metrics.confidence import mean_log_loss
from bini.recipe import Recipe
from bini.rules import mark_of, marks_of
from bini.runs import run_of, write_json
from bini.schema import Assessment, Case, Label, Mark, Prediction, RiskLevel
from bini.second_look import SEEN, likelihoods_by_both, look_features
from bini.weighing import Likelihoods, Weights, features, fit, is_by_code, is_settled, weighed_charts
from bini.weighing import risk_probabilities as grades_of
from bini.weights import sha256

MIN_CASES = 20
FOLDS = 5
MIN_CASES_FOR_GRADES = 100  # fewer teach a temperature, one number, and no more
GRADES_STRENGTH = 1.0
Answered = tuple[Case, Label, Assessment, tuple[Likelihoods, ...]]
Graded = tuple[Probabilities, RiskLevel, RiskLevel]  # by the chart, the grade answered, the true one


def calibrate(
    recipe: Recipe, *cases_files: Path, labels_file: Path | None = None, rescore: bool = False
) -> dict[str, Any]:
    """Fit, store and return {"temperature", "source", "log_loss_before", "log_loss_after", …}.

    Of several files, such as generated and written cases, all cases count alike. With `rescore` the model is not asked:
    what an evaluation on these cases kept is read by today's code.

    Raises:
        BiniError: labels for several files, cases that were trained on, a final test, too few labels, no merged model,
            or nothing kept that tells likelihoods.
    """
    if labels_file is not None and len(cases_files) > 1:
        raise BiniError("--labels belongs to one file of cases; of several, each carries its own labels.")
    by_file = {path: load_cases(path, labels_file) for path in cases_files}
    for path, found in by_file.items():
        check_development(recipe, path, found)
    cases = [case for found in by_file.values() for case in found]
    recipe = recipe.model_copy(update={"calibration": recipe.calibration.model_copy(update={"score": True})})
    if rescore and not recipe.calibration.watches:
        raise BiniError("Only likelihoods that come with the answers are kept (calibration.source=marks).")
    if rescore:
        kept = [p for path in by_file for p in answered_before(run_of(recipe).eval_folder(path), run_id(recipe))]
        looks, found_weights, rows = _weighed(cases, kept, recipe)
    else:
        with Engine(model_folder(recipe), recipe) as engine:
            looks, found_weights, rows = _weighed(cases, assess(cases, engine, recipe), recipe, engine)
    result = fitted(rows) | {
        "source": "marks" if recipe.calibration.watches else recipe.calibration.source,
        "looks": looks and looks.model_dump(mode="json"),
        "weights": found_weights and found_weights.model_dump(mode="json"),
        "run_id": run_id(recipe),
        "fitted_on": " + ".join(map(str, by_file)),
        "cases_sha256": " + ".join(map(sha256, by_file)),
    }
    path = run_of(recipe).folder / "calibration.json"
    write_json(path, result)
    print(
        f"{path}: {'grade weights' if result['grades'] else 'a temperature'} from {result['cases']} cases, "
        f"log-loss {result['log_loss_before']:.3f} -> {result['log_loss_after']:.3f} on them."
    )
    return result


def look_fit(cases: Sequence[Case], predictions: Sequence[Prediction]) -> Weights:
    """Return the weights that make the labels' marks likeliest in the cells that were looked at again.

    Raises:
        BiniError: too few such cells.
    """
    rows = [
        (look_features(chart, look), mark)
        for case, prediction in zip(cases, predictions, strict=True)
        if case.label is not None and prediction.mark_likelihoods and prediction.looks
        for chart, look, mark in zip(prediction.mark_likelihoods, prediction.looks, marks_of(case.label), strict=True)
        if look is not None and mark in SEEN
    ]
    if len(rows) < MIN_CASES or {mark for _, mark in rows} != set(SEEN):
        raise BiniError(f"{len(rows)} cells were looked at again; that is too few, or not all three marks among them.")
    return fit(rows)


def _weighed(
    cases: list[Case], predictions: Sequence[Prediction], recipe: Recipe, engine: Engine | None = None
) -> tuple[Weights | None, Weights | None, list[Graded]]:
    """Return the weights of the second look, where there is one, those of the marks, and what grades follow."""
    looks = look_fit(cases, predictions) if recipe.answer.second_look else None
    predictions = reread(cases, predictions, recipe, looks)
    if engine is None or recipe.calibration.watches:
        return looks, *weigh(cases, predictions, looks)
    found = risk_probabilities(cases, predictions, engine, recipe)
    return (
        looks,
        None,
        [
            (raw, prediction.assessment.risk_level, case.label.risk_level)
            for raw, prediction, case in zip(found, predictions, cases, strict=True)
            if raw is not None and prediction.assessment is not None and case.label is not None
        ],
    )


def weigh(
    cases: Sequence[Case], predictions: Sequence[Prediction], looks: Weights | None = None
) -> tuple[Weights, list[Graded]]:
    """Return the weights of all cases, and each case's grade probabilities by the weights of the other folds.

    Raises:
        BiniError: too few cases with a label and likelihoods.
    """
    answered = [
        (case, case.label, prediction.assessment, likelihoods_by_both(charted, prediction.looks, looks))
        for case, prediction in zip(cases, predictions, strict=True)
        if case.label is not None
        and prediction.assessment is not None
        and (charted := prediction.mark_likelihoods) is not None
    ]
    _check_enough(len(answered))
    rows: list[Graded] = []
    for fold in range(FOLDS):
        weights = _fit([some for i, some in enumerate(answered) if i % FOLDS != fold])
        rows += [_graded(some, weights) for some in answered[fold::FOLDS]]
    return _fit(answered), rows


def _fit(answered: Sequence[Answered]) -> Weights:
    """Return the weights of the elements that the model decides, and how often code was right about its own."""
    right = [
        mark_of(finding) == mark
        for _, label, assessment, _ in answered
        for finding, mark in zip(assessment.comparisons, marks_of(label), strict=True)
        if is_by_code(finding)
    ]
    certainty = (sum(right) + 1) / (len(right) + 2)  # Laplace: a few right ones are no proof
    return fit(_rows(answered)).model_copy(update={"certainty": certainty})


def _rows(answered: Sequence[Answered]) -> list[tuple[dict[str, float], Mark]]:
    """Return features and true mark of every element that the weights decide."""
    return [
        (features(likely, finding.user_product_element is not None, facts), mark)
        for case, label, assessment, likelihoods in answered
        for finding, likely, facts, mark in zip(
            assessment.comparisons, likelihoods, facts_about(case), marks_of(label), strict=True
        )
        if not is_settled(finding)
    ]


def _graded(answered: Answered, weights: Weights) -> Graded:
    case, label, assessment, likelihoods = answered
    charts = weighed_charts(assessment.comparisons, likelihoods, facts_about(case), weights)
    return grades_of(charts), assessment.risk_level, label.risk_level


def _check_enough(count: int) -> None:
    if count < MIN_CASES:
        raise BiniError(
            f"{count} labelled cases were answered; a fit needs at least {MIN_CASES}.\nAdd development cases."
        )


def fitted(rows: Sequence[Graded]) -> dict[str, Any]:
    """Return the temperature, of enough cases the grades' weights, and the log-loss before and after, on these cases."""
    _check_enough(len(rows))
    temperature = fit_temperature([raw for raw, _, _ in rows], [level for *_, level in rows])
    grades = None
    if len(rows) >= MIN_CASES_FOR_GRADES and len({level for *_, level in rows}) > 1:
        grades = fit([(grade_features(raw, answered), level) for raw, answered, level in rows], GRADES_STRENGTH)
    honest = Fitted(temperature=temperature, source="", grades=grades).honest
    return {
        "temperature": temperature,
        "grades": grades and grades.model_dump(mode="json"),
        "cases": len(rows),
        "log_loss_before": mean_log_loss([(raw, level) for raw, _, level in rows]),
        "log_loss_after": mean_log_loss([(honest(raw, answered), level) for raw, answered, level in rows]),
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
