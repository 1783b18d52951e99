"""Scores: predictions against labels, with 95 % intervals. Fractions are 0 to 1; null where nothing can be counted.

An answer that cannot be parsed counts as wrong, never as missing.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bini.schema import RISK_LEVELS, Case, Label, Prediction

INVALID = "invalid"  # predicted column of an answer that could not be parsed
BOOTSTRAP_SAMPLES = 2000
Interval = tuple[float, float] | None


def score(cases: Sequence[Case], predictions: Sequence[Prediction]) -> dict[str, Any]:
    """Return the metrics of guided predictions, in the order of their cases (metrics.json, docs/evaluation.md)."""
    if [case.case_id for case in cases] != [prediction.case_id for prediction in predictions]:
        raise ValueError("predictions are not in the order of their cases")
    labelled = [(c.label, p) for c, p in zip(cases, predictions, strict=True) if c.label is not None]
    confusion = risk_confusion(labelled)
    hits = [label.risk_level == _predicted(p) for label, p in labelled]
    matches = [match_hits(label, p) for label, p in labelled]
    parsed = [p for p in predictions if p.assessment is not None]
    quotes = sum(p.quotes for p in parsed)
    return {
        "cases": len(cases),
        "labelled_cases": len(labelled),
        **_proportion("json_valid_fraction", len(parsed), len(predictions)),
        "truncated_fraction": _ratio(sum(p.finish_reason == "length" for p in predictions), len(predictions)),
        **_proportion("risk_accuracy", sum(hits), len(hits)),
        "risk_macro_f1": _macro_f1(labelled),
        "risk_macro_f1_ci95": _bootstrap(labelled, _macro_f1),
        "risk_confusion": confusion,
        "match_accuracy": _match_accuracy(matches),
        "match_accuracy_ci95": _bootstrap(matches, _match_accuracy),
        "comparisons": sum(map(len, matches)),
        "comparisons_correct": sum(map(sum, matches)),
        "dangerous_errors": confusion["높음"]["낮음"],
        "quotes": quotes,
        "quote_valid_fraction": _ratio(quotes - sum(p.invented_quotes for p in parsed), quotes),
        "rule_agreement_fraction": _ratio(sum(_model_agrees(p) for p in parsed), len(parsed)),
        "model_risk_accuracy": _ratio(sum(p.model_risk_level == x.risk_level for x, p in labelled), len(labelled)),
        "generated_tokens": sum(p.generated_tokens for p in predictions),
        "prompt_tokens": sum(p.prompt_tokens for p in predictions),
    }


def valid_fraction(predictions: Sequence[Prediction]) -> float | None:
    """Return the fraction of predictions that could be parsed."""
    return _ratio(sum(p.assessment is not None for p in predictions), len(predictions))


def match_hits(label: Label, prediction: Prediction) -> list[bool]:
    """Return, per labelled element, whether its match is right."""
    wanted = [comparison.match for comparison in label.comparisons]
    if prediction.assessment is None:
        return [False] * len(wanted)
    found = [finding.match for finding in prediction.assessment.comparisons]
    return [i < len(found) and found[i] == match for i, match in enumerate(wanted)]


def risk_confusion(labelled: Sequence[tuple[Label, Prediction]]) -> dict[str, dict[str, int]]:
    """Return {actual: {predicted: count}} over the three levels, with a column for answers that were not parsed."""
    table: dict[str, dict[str, int]] = {actual: dict.fromkeys((*RISK_LEVELS, INVALID), 0) for actual in RISK_LEVELS}
    for label, prediction in labelled:
        table[label.risk_level][_predicted(prediction)] += 1
    return table


def wilson(successes: int, total: int) -> Interval:
    """Return the 95 % Wilson interval of a proportion (E. B. Wilson, JASA 1927)."""
    from scipy.stats import binomtest  # here: it takes seconds to import

    if total == 0:
        return None
    interval = binomtest(successes, total).proportion_ci(confidence_level=0.95, method="wilson")
    return float(interval.low), float(interval.high)


def _predicted(prediction: Prediction) -> str:
    return prediction.assessment.risk_level if prediction.assessment is not None else INVALID


def _model_agrees(prediction: Prediction) -> bool:
    return prediction.assessment is not None and prediction.assessment.model_risk_level is None


def _proportion(name: str, successes: int, total: int) -> dict[str, Any]:
    return {name: _ratio(successes, total), f"{name}_ci95": wilson(successes, total)}


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _match_accuracy(matches: Sequence[Sequence[bool]]) -> float | None:
    return _ratio(sum(map(sum, matches)), sum(map(len, matches)))


def _macro_f1(labelled: Sequence[tuple[Label, Prediction]]) -> float | None:
    """Return the mean F1 of the levels that occur as a label; a level nobody labelled says nothing."""
    actual = Counter[str](label.risk_level for label, _ in labelled)
    predicted = Counter[str](_predicted(prediction) for _, prediction in labelled)
    right = Counter[str](label.risk_level for label, p in labelled if label.risk_level == _predicted(p))
    scores = [2 * right[level] / (actual[level] + predicted[level]) for level in RISK_LEVELS if actual[level]]
    return sum(scores) / len(scores) if scores else None


def _bootstrap(clusters: Sequence[Any], statistic: Callable[[Sequence[Any]], float | None]) -> Interval:
    """Return the 95 % percentile interval from resampling whole cases (Efron & Tibshirani 1993, chapter 13)."""
    if not clusters or statistic(clusters) is None:
        return None
    generator = np.random.default_rng(0)
    draws = generator.integers(len(clusters), size=(BOOTSTRAP_SAMPLES, len(clusters)))
    values = [value for draw in draws if (value := statistic([clusters[i] for i in draw])) is not None]
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
