"""Are the probabilities honest: log-loss, Brier score, calibration error, and what abstaining would buy.

An answer without probabilities (one that could not be parsed) counts as a wrong one that knew nothing: a third each.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bini.metrics.risk import predicted
from bini.schema import RISK_LEVELS, Case, Prediction, RiskLevel
from bini.statistics import Sums, bootstrap, ratio, wilson

BINS = 10
UNKNOWN: dict[RiskLevel, float] = dict.fromkeys(RISK_LEVELS, 1 / 3)
FLOOR = 1e-12
CURVE_POINTS = 50


def confidence_metrics(
    cases: Sequence[Case], predictions: Sequence[Prediction], abstain_below: float | None = None
) -> dict[str, Any] | None:
    """Return the metrics of the predictions' risk_probabilities; None where there are none or no labels.

    The confidence of an answer is the probability of its own grade. ECE is the mean distance of confidence and
    accuracy over ten bins of equal width.
    """
    rows = [(c.label.risk_level, p) for c, p in zip(cases, predictions, strict=True) if c.label is not None]
    if not rows or all(_given(p) is None for _, p in rows):
        return None
    losses = [-math.log(max(_probabilities(p)[actual], FLOOR)) for actual, p in rows]
    briers = [sum((_probabilities(p)[x] - (x == actual)) ** 2 for x in RISK_LEVELS) for actual, p in rows]
    sure = [confidence(p) for _, p in rows]
    hits = [actual == predicted(p) for actual, p in rows]
    binned = [_binned(c, hit) for c, hit in zip(sure, hits, strict=True)]
    return {
        "cases": len(rows),
        "log_loss": float(np.mean(losses)),
        "log_loss_ci95": bootstrap([[x, 1] for x in losses], ratio),
        "brier": float(np.mean(briers)),
        "brier_ci95": bootstrap([[x, 1] for x in briers], ratio),
        "ece": float(_ece(np.asarray(binned).sum(axis=0, keepdims=True))[0]),
        "ece_ci95": bootstrap(binned, _ece),
        "mean_confidence": float(np.mean(sure)),
        "reliability": _reliability(binned),
        "risk_coverage": thinned(risk_coverage(sure, hits)),
        "abstention": None if abstain_below is None else abstention(sure, hits, abstain_below),
    }


def mean_log_loss(rows: Sequence[tuple[dict[RiskLevel, float], RiskLevel]]) -> float:
    """Return the mean negative log-probability (nats) of the true grades."""
    return float(np.mean([-math.log(max(probabilities[actual], FLOOR)) for probabilities, actual in rows]))


def confidence(prediction: Prediction) -> float:
    """Return the probability of the grade that was answered."""
    level = predicted(prediction)
    return max([p for name, p in _probabilities(prediction).items() if name == level] or [1 / 3])


def risk_coverage(sure: Sequence[float], hits: Sequence[bool]) -> list[dict[str, float]]:
    """Return {threshold, coverage, error} where only answers at least that sure are given, surest first."""
    order = sorted(range(len(sure)), key=lambda i: -sure[i])
    points, right = [], 0
    for rank, i in enumerate(order, start=1):
        right += hits[i]
        if rank == len(order) or sure[order[rank]] < sure[i]:  # answers equally sure come together
            points.append({"threshold": sure[i], "coverage": rank / len(order), "error": 1 - right / rank})
    return points


def thinned(points: list[dict[str, float]]) -> list[dict[str, float]]:
    """Return at most about CURVE_POINTS of a curve's points, evenly, the last one among them."""
    every = max(1, len(points) // CURVE_POINTS)
    return points[every - 1 :: every] if len(points) % every == 0 else [*points[every - 1 :: every], points[-1]]


def abstention(sure: Sequence[float], hits: Sequence[bool], threshold: float) -> dict[str, Any]:
    """Return what is answered at a threshold, and how well."""
    answered = [hit for c, hit in zip(sure, hits, strict=True) if c >= threshold]
    return {
        "threshold": threshold,
        "answered": len(answered),
        "abstained": len(hits) - len(answered),
        "accuracy": sum(answered) / len(answered) if answered else None,
        "accuracy_ci95": wilson(sum(answered), len(answered)),
    }


def _given(prediction: Prediction) -> dict[RiskLevel, float] | None:
    return prediction.assessment.risk_probabilities if prediction.assessment is not None else None


def _probabilities(prediction: Prediction) -> dict[RiskLevel, float]:
    return _given(prediction) or UNKNOWN


def _binned(sure: float, hit: bool) -> list[float]:
    """Return what one answer adds to (count, confidence, right) per bin: 3 x BINS columns."""
    row = [0.0] * (3 * BINS)
    place = min(BINS - 1, int(sure * BINS))
    row[place], row[BINS + place], row[2 * BINS + place] = 1.0, sure, float(hit)
    return row


def _ece(sums: Sums) -> NDArray[np.float64]:
    count, sure, right = np.split(sums, 3, axis=1)
    distances: NDArray[np.float64] = np.abs(sure - right).sum(axis=1) / count.sum(axis=1)
    return distances


def _reliability(binned: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    count, sure, right = np.split(np.asarray(binned).sum(axis=0), 3)
    return [
        {
            "low": i / BINS,
            "high": (i + 1) / BINS,
            "count": int(count[i]),
            "confidence": float(sure[i] / count[i]),
            "accuracy": float(right[i] / count[i]),
            "accuracy_ci95": wilson(int(right[i]), int(count[i])),
        }
        for i in range(BINS)
        if count[i]
    ]
