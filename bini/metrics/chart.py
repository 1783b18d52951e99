"""The claim chart's rows: is each element's match right, and are both halves of a minimal pair right."""

from collections.abc import Sequence
from typing import Any

from bini.metrics.risk import INVALID, Labelled, f1_metrics, one_hot, predicted
from bini.schema import MATCHES, Case, Label, Prediction

PAIR_TAG = "pair:"  # cases that share such a tag differ in one fact


def match_hits(label: Label, prediction: Prediction) -> list[bool]:
    """Return, per labelled element, whether its match is right."""
    return [actual == answered for actual, answered in zip(*_matches(label, prediction), strict=True)]


def f1(labelled: Labelled) -> dict[str, Any]:
    """Return F1 per match, their mean over those that occur, and the mean's interval over whole cases."""
    return f1_metrics("match", MATCHES, [one_hot(MATCHES, *_matches(label, p)) for label, p in labelled])


def match_confusion(labelled: Labelled) -> dict[str, dict[str, int]]:
    """Return {actual: {answered: count}} over elements."""
    table: dict[str, dict[str, int]] = {actual: dict.fromkeys((*MATCHES, INVALID), 0) for actual in MATCHES}
    for label, prediction in labelled:
        for actual, answered in zip(*_matches(label, prediction), strict=True):
            table[actual][answered] += 1
    return table


def minimal_pairs(cases: Sequence[Case], predictions: Sequence[Prediction]) -> dict[str, bool]:
    """Return, per tag "pair:…" with two labelled cases or more, whether the grade of each is right.

    Guessing the same for both halves of a pair is never right where their labels differ.
    """
    hits: dict[str, list[bool]] = {}
    for case, prediction in zip(cases, predictions, strict=True):
        if case.label is not None:
            for tag in case.tags:
                if tag.startswith(PAIR_TAG):
                    hits.setdefault(tag, []).append(case.label.risk_level == predicted(prediction))
    return {tag: all(found) for tag, found in hits.items() if len(found) > 1}


def _matches(label: Label, prediction: Prediction) -> tuple[list[str], list[str]]:
    """Return the actual and the answered match per labelled element."""
    actual: list[str] = [comparison.match for comparison in label.comparisons]
    found: list[str] = [] if prediction.assessment is None else [f.match for f in prediction.assessment.comparisons]
    return actual, [found[i] if i < len(found) else INVALID for i in range(len(actual))]
