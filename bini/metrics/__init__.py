"""Scores: predictions against labels, with 95 % intervals. Fractions are 0 to 1; null where nothing can be counted.

    risk        the grade: confusion, F1, the dangerous error
    chart       the rows: match, quotes, minimal pairs
    health      the JSON: valid, truncated, loops, order, waste
    breakdown   the same accuracy per tag, kind of element and length of claim
    flips       how often the same question gets another answer

An answer that cannot be parsed counts as wrong, never as missing. Proportions of cases have Wilson intervals; what is
counted inside cases (matches, F1) has a bootstrap over whole cases, because rows of one case are not independent.
"""

from collections.abc import Sequence
from typing import Any

from bini.metrics import chart, risk
from bini.metrics.breakdown import breakdown
from bini.metrics.chart import match_hits, minimal_pairs
from bini.metrics.flips import flips
from bini.metrics.health import health
from bini.metrics.risk import INVALID, predicted, risk_confusion
from bini.schema import Case, Label, Prediction
from bini.statistics import Interval, bootstrap, ratio, wilson


def score(cases: Sequence[Case], predictions: Sequence[Prediction]) -> dict[str, Any]:
    """Return the metrics of guided predictions, in the order of their cases (metrics.json, docs/evaluation.md)."""
    if [case.case_id for case in cases] != [prediction.case_id for prediction in predictions]:
        raise ValueError("predictions are not in the order of their cases")
    labelled = [(c.label, p) for c, p in zip(cases, predictions, strict=True) if c.label is not None]
    confusion = risk_confusion(labelled)
    hits = [label.risk_level == predicted(p) for label, p in labelled]
    matches = [match_hits(label, p) for label, p in labelled]
    parsed = [p for p in predictions if p.assessment is not None]
    quotes, invented = sum(p.quotes for p in parsed), sum(p.invented_quotes for p in parsed)
    pairs = minimal_pairs(cases, predictions)
    return {
        "cases": len(cases),
        "labelled_cases": len(labelled),
        "groups": len({case.group or case.case_id for case in cases}),
        **_proportion("json_valid_fraction", len(parsed), len(predictions)),
        "truncated_fraction": _share(sum(p.finish_reason == "length" for p in predictions), len(predictions)),
        **_proportion("risk_accuracy", sum(hits), len(hits)),
        "risk_accuracy_group_ci95": _over_groups(cases, hits),
        **risk.f1(labelled),
        "risk_confusion": confusion,
        "match_accuracy": _share(sum(map(sum, matches)), sum(map(len, matches))),
        "match_accuracy_ci95": bootstrap([[sum(m), len(m)] for m in matches], ratio),
        "comparisons": sum(map(len, matches)),
        "comparisons_correct": sum(map(sum, matches)),
        **chart.f1(labelled),
        "match_confusion": chart.match_confusion(labelled),
        "dangerous_errors": confusion["높음"]["낮음"],
        **_proportion("dangerous_fraction", confusion["높음"]["낮음"], sum(confusion["높음"].values())),
        "minimal_pairs": len(pairs),
        **_proportion("minimal_pair_accuracy", sum(pairs.values()), len(pairs)),
        "quotes": quotes,
        "invented_quotes": invented,
        "quote_valid_fraction": _share(quotes - invented, quotes),
        "rule_agreement_fraction": _share(sum(_model_agrees(p) for p in parsed), len(parsed)),
        "model_risk_accuracy": _share(sum(p.model_risk_level == x.risk_level for x, p in labelled), len(labelled)),
        "generated_tokens": sum(p.generated_tokens for p in predictions),
        "prompt_tokens": sum(p.prompt_tokens for p in predictions),
    }


def valid_fraction(predictions: Sequence[Prediction]) -> float | None:
    """Return the fraction of predictions that could be parsed."""
    return _share(sum(p.assessment is not None for p in predictions), len(predictions))


def risk_hits(cases: Sequence[Case], predictions: Sequence[Prediction]) -> list[bool]:
    """Return, per labelled case, whether its grade is right: what two models are paired by."""
    pairs = zip(cases, predictions, strict=True)
    return [case.label.risk_level == predicted(p) for case, p in pairs if case.label is not None]


def _model_agrees(prediction: Prediction) -> bool:
    return prediction.assessment is not None and prediction.assessment.model_risk_level is None


def _over_groups(cases: Sequence[Case], hits: Sequence[bool]) -> Interval:
    """Return risk accuracy's interval from resampling whole groups; None where no group holds two cases."""
    groups: dict[str, list[bool]] = {}
    for case, hit in zip([case for case in cases if case.label is not None], hits, strict=True):
        groups.setdefault(case.group or case.case_id, []).append(hit)
    return None if len(groups) == len(hits) else bootstrap([[sum(g), len(g)] for g in groups.values()], ratio)


def _proportion(name: str, successes: int, total: int) -> dict[str, Any]:
    return {name: _share(successes, total), f"{name}_ci95": wilson(successes, total)}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


__all__ = [
    "INVALID",
    "Label",
    "breakdown",
    "flips",
    "health",
    "match_hits",
    "predicted",
    "risk_confusion",
    "risk_hits",
    "score",
    "valid_fraction",
    "wilson",
]
