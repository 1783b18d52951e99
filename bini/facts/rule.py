"""The pure rule: an assessment from facts and the decision table, without a model. The number a model has to beat."""

from bini.assess import assessment_of
from bini.cases import elements_for
from bini.facts.about import facts_about
from bini.facts.fact import ASSUMES_COMPLETE, Fact, verdict
from bini.prompts import ModelAnswer
from bini.rules import match_and_flags, risk_level
from bini.schema import Assessment, Case, ElementFinding, Mark


def rule_assessment(case: Case) -> Assessment:
    """Return the assessment that facts alone give."""
    elements = elements_for(case)
    leading = [verdict(facts) for facts in facts_about(case)]
    marks = tuple(_mark(fact) for fact in leading)
    findings = [ElementFinding(patent_element="-", match=m, flags=f) for m, f in map(match_and_flags, marks)]
    answer = ModelAnswer(
        quotes=tuple(fact.quote if fact else None for fact in leading), marks=marks, risk_level=risk_level(findings)
    )
    assessment = assessment_of(case, elements, answer)
    flagged = tuple(
        finding.model_copy(update={"flags": (*finding.flags, ASSUMES_COMPLETE)}) if _assumes(fact) else finding
        for finding, fact in zip(assessment.comparisons, leading, strict=True)
    )
    flags = tuple(dict.fromkeys(flag for finding in flagged for flag in finding.flags))
    return assessment.model_copy(update={"comparisons": flagged, "flags": flags})


def _mark(fact: Fact | None) -> Mark:
    """A mark without a quote cannot be 대응; without any fact the element is open."""
    if fact is None or fact.mark is None or (fact.mark == "대응" and not fact.quote):
        return "판단불가"
    return fact.mark


def _assumes(fact: Fact | None) -> bool:
    return fact is not None and fact.kind in ("other_compound_for_role", "complete_list") and not fact.is_decided
