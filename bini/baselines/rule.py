"""The pure rule: what the glossary, the quantities and the decision table say without a model."""

from collections.abc import Sequence

from bini.baselines.answer import as_prediction
from bini.schema import Case, Prediction


def rule(test: Sequence[Case]) -> list[Prediction]:
    """Answer every case from facts and the decision table."""
    from bini.facts import rule_assessment

    return [as_prediction(case, rule_assessment(case)) for case in test]
