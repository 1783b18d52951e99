"""A baseline's guess as a prediction, so that it is scored like a model's answer."""

from collections.abc import Sequence

from bini.cases import elements_for
from bini.schema import Assessment, Case, ElementFinding, Match, Prediction, RiskLevel


def guess(
    case: Case,
    level: RiskLevel,
    matches: Sequence[Match],
    reason: str,
    probabilities: dict[RiskLevel, float] | None = None,
) -> Prediction:
    """Return a prediction with one match per element, and no quotes."""
    findings = tuple(
        ElementFinding(patent_element=element, match=match)
        for element, match in zip(elements_for(case), matches, strict=True)
    )
    assessment = Assessment(
        regit_num=case.regit_num,
        comparisons=findings,
        risk_level=level,
        decision_reason=reason,
        risk_probabilities=probabilities,
    )
    return as_prediction(case, assessment)


def as_prediction(case: Case, assessment: Assessment) -> Prediction:
    """Return an assessment that no model wrote as a prediction."""
    return Prediction(
        case_id=case.case_id,
        assessment=assessment,
        model_risk_level=assessment.risk_level,
        quotes=sum(finding.user_product_element is not None for finding in assessment.comparisons),
        raw_text="",
        finish_reason="stop",
        prompt_tokens=0,
        generated_tokens=0,
    )
