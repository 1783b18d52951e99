"""Cross-validation: train and score on other cases, so that the number is about products the model has not seen.

    bini crossval RECIPE --folds 5               stratified group k-fold
    bini crossval RECIPE --leave-one-group-out   a fold per group
    bini crossval RECIPE --seeds 1,2,3           the same again with other seeds: the spread is reported

Each fold trains, merges and evaluates by the commands that a person would use, in processes of their own. A fold that
is finished is not run again, so a killed run goes on where it was. Every case is answered once, by a model that was
not trained on it; these answers are pooled and scored once. The baselines learn from the same folds.

Out: outputs/<run>/crossval/<protocol>/: predictions.jsonl, report.html, report.md, metrics.json.
"""

import statistics
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bini.baselines import NAMES, baseline
from bini.calibration import fit_temperature
from bini.cases import load_cases, training_cases
from bini.crossval.fold_run import FoldRun, run_fold
from bini.crossval.folds import Fold, folds_of
from bini.errors import BiniError
from bini.evaluate import about, judged, publish
from bini.leaks import find_leaks
from bini.metrics import risk_hits, score
from bini.predictions import read_predictions, write_predictions
from bini.recipe import Recipe, load_recipe
from bini.runs import run_of, write_json
from bini.schema import Case, Prediction
from bini.statistics import bootstrap, compare_pairs, ratio


def crossval(
    recipe_file: Path, overrides: Sequence[str] = (), num_folds: int | None = 5, seeds: Sequence[int] = ()
) -> dict[str, Any]:
    """Run every fold of every seed and return the pooled metrics; `num_folds` None leaves one group out at a time.

    Raises:
        BiniError: cases without labels, too few groups, or a fold whose training failed.
    """
    recipe = load_recipe(recipe_file, overrides)
    if recipe.lora.continue_from is not None:
        raise BiniError(
            f"{recipe_file} goes on with {recipe.lora.continue_from}, which may have read the cases that a fold holds out."
            "\nCross-validate a recipe without lora.continue_from (here: lora.continue_from=null)."
        )
    cases = load_cases(recipe.data.cases, recipe.data.labels)
    seeds = tuple(seeds) or (recipe.seed,)
    name = "leave-one-group-out" if num_folds is None else f"{num_folds}-fold"
    folder = run_of(recipe).folder / "crossval" / name
    corpus = training_cases(recipe)[len(cases) :]  # trained on in every fold
    splits = {seed: folds_of(cases, num_folds, seed, corpus) for seed in seeds}
    pooled = {}
    for seed, folds in splits.items():
        runs = [FoldRun(recipe_file, tuple(overrides), recipe, seed, fold, folder) for fold in folds]
        for run in runs:
            run_fold(run, len(folds))
        pooled[seed] = _in_order(cases, [p for run in runs for p in read_predictions(run.predictions)])
    metrics = pooled_metrics(recipe, cases, pooled, splits) | {"protocol": f"{name} cross-validation"}
    write_predictions(folder / "predictions.jsonl", pooled[seeds[0]])
    _store_temperature(folder, recipe, cases, pooled[seeds[0]])
    publish(folder, recipe, cases, pooled[seeds[0]], metrics)
    return metrics


def pooled_metrics(
    recipe: Recipe,
    cases: Sequence[Case],
    pooled: dict[int, list[Prediction]],
    splits: dict[int, list[Fold]],
) -> dict[str, Any]:
    """Return the metrics of the first seed's answers, the spread over seeds, the folds and the baselines."""
    seeds = list(pooled)
    predictions = pooled[seeds[0]]
    folds = splits[seeds[0]]
    leaks = [find_leaks(fold.train, fold.test) for fold in folds]
    return judged(recipe, cases, predictions) | {
        **about(recipe, recipe.data.cases, cases, is_tuned=False),
        "assessments_per_second": None,
        "flips": None,
        "model": f"{len(folds)} models of {recipe.name}, one per fold",
        "leaks": {
            "words": f"leaks between folds: {sum(r.leaked_test_cases for r in leaks)} of {len(cases)} cases",
            "verdict": "leaks" if any(r.leaks for r in leaks) else "clean",
            "leaks": [asdict(leak) for r in leaks for leak in r.leaks],
        },
        "folds": [_fold_row(fold, predictions, cases) for fold in folds],
        "seeds": seed_spread(cases, pooled),
        "baselines": _baselines(cases, predictions, folds),
    }


def seed_spread(cases: Sequence[Case], pooled: dict[int, list[Prediction]]) -> dict[str, Any]:
    """Return risk accuracy per seed, their mean and spread, and the mean's interval over cases."""
    hits = {seed: risk_hits(cases, predictions) for seed, predictions in pooled.items()}
    accuracies = {seed: sum(found) / len(found) for seed, found in hits.items()}
    per_case = [[sum(of_case), len(of_case)] for of_case in zip(*hits.values(), strict=True)]
    return {
        "risk_accuracy": {str(seed): accuracy for seed, accuracy in accuracies.items()},
        "mean": statistics.mean(accuracies.values()),
        "mean_ci95": bootstrap(per_case, ratio),
        "standard_deviation": statistics.stdev(accuracies.values()) if len(accuracies) > 1 else None,
        "lowest": min(accuracies.values()),
        "highest": max(accuracies.values()),
    }


def _baselines(cases: Sequence[Case], predictions: Sequence[Prediction], folds: Sequence[Fold]) -> list[dict[str, Any]]:
    """Return each baseline's score out of the same folds, and the model's paired verdict against it."""
    rows = []
    own = risk_hits(cases, predictions)
    for name in NAMES:
        found = _in_order(cases, [p for fold in folds for p in baseline(name, fold.train, fold.test)])
        metrics = score(cases, found)
        paired = compare_pairs(own, risk_hits(cases, found))
        rows.append({"name": name, "metrics": metrics, "paired": asdict(paired), "words": paired.words()})
    return rows


def _fold_row(fold: Fold, predictions: Sequence[Prediction], cases: Sequence[Case]) -> dict[str, Any]:
    names = {case.case_id for case in fold.test}
    held_out = [(c, p) for c, p in zip(cases, predictions, strict=True) if c.case_id in names]
    hits = risk_hits(*map(list, zip(*held_out, strict=True)))
    return {"fold": fold.number, "trained_on": len(fold.train), "tested_on": len(hits), "correct": sum(hits)}


def _store_temperature(folder: Path, recipe: Recipe, cases: Sequence[Case], predictions: Sequence[Prediction]) -> None:
    """Fit a temperature on the out-of-fold answers, beside which it is stored; the run itself is left as it is."""
    rows = [
        (p.assessment.risk_probabilities, c.label.risk_level)
        for c, p in zip(cases, predictions, strict=True)
        if c.label is not None and p.assessment is not None and p.assessment.risk_probabilities is not None
    ]
    if rows:
        temperature = fit_temperature([r for r, _ in rows], [level for _, level in rows])
        about = {"temperature": temperature, "source": recipe.calibration.source, "cases": len(rows)}
        write_json(folder / "calibration.json", about | {"fitted_on": "out-of-fold answers of this cross-validation"})


def _in_order(cases: Sequence[Case], predictions: Sequence[Prediction]) -> list[Prediction]:
    by_id = {prediction.case_id: prediction for prediction in predictions}
    missing = [case.case_id for case in cases if case.case_id not in by_id]
    if missing or len(by_id) != len(cases):
        raise BiniError(
            f"The folds' answers do not cover the cases: {missing[:3]} lack one.\nDelete the crossval folder."
        )
    return [by_id[case.case_id] for case in cases]
