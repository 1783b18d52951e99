"""The commonest answer: what is right without having read the product."""

from collections import Counter
from collections.abc import Sequence

from bini.baselines.answer import guess
from bini.cases import elements_for
from bini.errors import BiniError
from bini.schema import Case, Label, Match, Prediction, RiskLevel


def majority(train: Sequence[Case], test: Sequence[Case]) -> list[Prediction]:
    """Answer every case with the commonest grade; a known element with its commonest match, others with the overall."""
    labels = labels_of(train)
    level = Counter[RiskLevel](label.risk_level for label in labels).most_common(1)[0][0]
    overall = Counter[Match](c.match for label in labels for c in label.comparisons).most_common(1)[0][0]
    by_element: dict[str, Counter[Match]] = {}
    for label in labels:
        for comparison in label.comparisons:
            by_element.setdefault(comparison.patent_element, Counter()).update([comparison.match])
    common = {element: counts.most_common(1)[0][0] for element, counts in by_element.items()}
    return [
        guess(case, level, [common.get(element, overall) for element in elements_for(case)], "가장 흔한 답")
        for case in test
    ]


def labels_of(cases: Sequence[Case]) -> list[Label]:
    """Return the labels of the cases that have one; BiniError where none has."""
    labels = [case.label for case in cases if case.label is not None]
    if not labels:
        raise BiniError("A baseline needs labelled cases to learn from; there are none.\nGive data.cases with labels.")
    return labels
