"""The grade: {actual: {predicted: count}}, F1 per level, and the mean of those that occur."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bini.schema import RISK_LEVELS, Label, Prediction
from bini.statistics import Sums, bootstrap

INVALID = "invalid"  # predicted column of an answer that could not be parsed
Labelled = Sequence[tuple[Label, Prediction]]


def predicted(prediction: Prediction) -> str:
    """Return the grade that was answered, or INVALID."""
    return prediction.assessment.risk_level if prediction.assessment is not None else INVALID


def risk_confusion(labelled: Labelled) -> dict[str, dict[str, int]]:
    """Return {actual: {predicted: count}} over the three levels, with a column for answers that were not parsed."""
    table: dict[str, dict[str, int]] = {actual: dict.fromkeys((*RISK_LEVELS, INVALID), 0) for actual in RISK_LEVELS}
    for label, prediction in labelled:
        table[label.risk_level][predicted(prediction)] += 1
    return table


def f1(labelled: Labelled) -> dict[str, Any]:
    """Return F1 per level, their mean over the levels that occur as a label, and the mean's interval."""
    rows = [one_hot(RISK_LEVELS, [label.risk_level], [predicted(p)]) for label, p in labelled]
    return f1_metrics("risk", RISK_LEVELS, rows)


def one_hot(classes: Sequence[str], actual: Sequence[str], answered: Sequence[str]) -> list[float]:
    """Return what one case adds to (right, actual, answered) per class: 3 x classes columns."""
    row = [0.0] * (3 * len(classes))
    for a, b in zip(actual, answered, strict=True):
        for i, name in enumerate(classes):
            row[i] += a == b == name
            row[len(classes) + i] += a == name
            row[2 * len(classes) + i] += b == name
    return row


def f1_metrics(prefix: str, classes: Sequence[str], rows: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Return {prefix}_macro_f1, its interval and {prefix}_f1 per class from rows of `one_hot`."""
    if not rows:
        return {f"{prefix}_macro_f1": None, f"{prefix}_macro_f1_ci95": None, f"{prefix}_f1": {}}
    sums = np.asarray(rows).sum(axis=0, keepdims=True)
    per_class = _f1(sums)[0]
    mean = _macro(sums)[0]
    return {
        f"{prefix}_macro_f1": None if np.isnan(mean) else float(mean),
        f"{prefix}_macro_f1_ci95": bootstrap(rows, _macro),
        f"{prefix}_f1": {c: None if np.isnan(v) else float(v) for c, v in zip(classes, per_class, strict=True)},
    }


def _f1(sums: Sums) -> NDArray[np.float64]:
    """Return F1 (samples, classes); NaN where nobody labelled the class: it says nothing."""
    right, actual, answered = np.split(sums, 3, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(actual > 0, 2 * right / (actual + answered), np.nan)


def _macro(sums: Sums) -> NDArray[np.float64]:
    values = _f1(sums)
    counted = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: NDArray[np.float64] = np.where(counted, values, 0).sum(axis=1) / counted.sum(axis=1)
    return means
