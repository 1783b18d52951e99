"""The decision table: from the marks of a claim chart to the grade.

All-elements rule (구성요소 완비의 원칙): the first line that holds decides.

    any element absent (미대응 without 균등 검토)  -> 낮음
    any element missed by a near variant (균등 검토) -> 애매
    any element undecided (판단불가)               -> 애매
    every element present (대응)                  -> 높음
"""

from collections.abc import Sequence

from bini.schema import EQUIVALENTS, RISK_LEVELS, ElementFinding, Label, Mark, Match, RiskLevel

MARKS: tuple[Mark, ...] = ("대응", "균등", "미대응", "판단불가")


def risk_level(findings: Sequence[ElementFinding]) -> RiskLevel:
    """Return the grade of a claim chart."""
    marks = [mark_of(finding) for finding in findings]
    if "미대응" in marks:
        return "낮음"
    return "애매" if "균등" in marks or "판단불가" in marks else "높음"


def riskiest(levels: Sequence[RiskLevel]) -> RiskLevel:
    """Return the grade that leads where several claims or patents are asked: 높음, then 애매, then 낮음."""
    return min(levels, key=RISK_LEVELS.index)


def deciding_element(findings: Sequence[ElementFinding]) -> str | None:
    """Return the element that settles the grade; None where all correspond."""
    marks = [mark_of(finding) for finding in findings]
    for mark in ("미대응", "균등", "판단불가"):
        if mark in marks:
            return findings[marks.index(mark)].patent_element
    return None


def mark_of(finding: ElementFinding) -> Mark:
    """Return the finding's match and equivalents flag as one word."""
    return "균등" if finding.match == "미대응" and EQUIVALENTS in finding.flags else finding.match


def match_and_flags(mark: Mark) -> tuple[Match, tuple[str, ...]]:
    """Return the public match and flags of a mark."""
    return ("미대응", (EQUIVALENTS,)) if mark == "균등" else (mark, ())


def marks_of(label: Label) -> tuple[Mark, ...]:
    """Return a label's marks.

    Labels of the paired form carry no flags. Where such a label says 애매, its 미대응 can only be a near variant
    under the decision table, so it is read as 균등.
    """
    marks = tuple(mark_of(comparison) for comparison in label.comparisons)
    if label.risk_level == "애매" and "미대응" in marks:
        return tuple("균등" if mark == "미대응" else mark for mark in marks)
    return marks
