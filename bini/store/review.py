"""Reviews: a person accepts or corrects each cell, and a chart that was looked at whole becomes a labelled case."""

from bini.errors import BiniError
from bini.quotes import find_quote
from bini.reason import composed_reason
from bini.rules import risk_level
from bini.schema import EQUIVALENTS, Case, ElementFinding, Label
from bini.store.audit import LOCAL_USER, log
from bini.store.database import now
from bini.store.history import History
from bini.store.nouns import CellReview, KeptAssessment, Review

PAGE = 500


class Reviews(History):
    """Keeps reviews and turns them into cases."""

    def review(self, assessment_id: str, review: Review, actor: str = LOCAL_USER) -> CellReview:
        """Keep a review; a later one of the same cell replaces it, and both stay in the file.

        Raises:
            BiniError: no such assessment or cell, or a correction that a label could not hold.
        """
        kept = self.assessment(assessment_id)
        if kept is None:
            raise BiniError(f"There is no assessment {assessment_id}. See the history for those there are.")
        checked = _checked(review, kept)
        with self.database.transaction() as connection:
            at = now()
            cursor = connection.execute(
                "INSERT INTO reviews (assessment_id, element, created_at, review_json) VALUES (?, ?, ?, ?)",
                (assessment_id, checked.element, at, checked.model_dump_json()),
            )
            detail = f"element {checked.element}" + (f": {checked.match}" if checked.match else "")
            log(connection, actor, checked.decision, assessment_id, detail)
        return CellReview(review_id=int(cursor.lastrowid or 0), created_at=at, **checked.model_dump())

    def reviewed_cases(self) -> tuple[list[Case], int]:
        """Return the wholly reviewed assessments as labelled cases, and how many are reviewed in part only.

        Where the same product was charted against the same elements more than once, the newest chart counts.
        """
        cases: dict[str, Case] = {}
        num_partly = 0
        for kept in self._all():
            num_partly += bool(kept.reviews) and not kept.is_reviewed
            if kept.is_reviewed:
                cases.setdefault(kept.input_sha256, reviewed_case(kept))
        return list(cases.values()), num_partly

    def _all(self) -> list[KeptAssessment]:
        found: list[KeptAssessment] = []
        while page := self.assessments(PAGE, len(found)):
            found += page
        return found


def reviewed_findings(kept: KeptAssessment) -> tuple[ElementFinding, ...]:
    """Return the chart as it stands after its reviews."""
    by_element = {review.element: review for review in kept.reviews}
    return tuple(
        _reviewed(finding, by_element.get(number)) for number, finding in enumerate(kept.assessment.comparisons, 1)
    )


def reviewed_case(kept: KeptAssessment) -> Case:
    """Return a reviewed assessment as a labelled case; the grade follows from the chart by the decision table."""
    findings = tuple(
        finding.model_copy(update={"flags": tuple(flag for flag in finding.flags if flag == EQUIVALENTS), "note": None})
        for finding in reviewed_findings(kept)
    )
    level = risk_level(findings)
    label = Label(
        regit_num=kept.case.regit_num,
        comparisons=findings,
        risk_level=level,
        decision_reason=composed_reason(findings, level),
    )
    return kept.case.model_copy(
        update={"case_id": f"review-{kept.assessment_id}", "label": label, "tags": ("reviewed",)}
    )


def _reviewed(finding: ElementFinding, review: CellReview | None) -> ElementFinding:
    if review is None or review.decision == "accepted" or review.match is None:
        return finding
    return ElementFinding(
        patent_element=finding.patent_element,
        user_product_element=review.quote,
        match=review.match,
        flags=(EQUIVALENTS,) if review.equivalents else (),
        note=review.reason,
    )


def _checked(review: Review, kept: KeptAssessment) -> Review:
    """Return the review with its quote as the product text has it; raise BiniError where it cannot be a label."""
    num_elements = len(kept.assessment.comparisons)
    if review.element > num_elements:
        raise BiniError(f"element: found {review.element}; the chart has {num_elements} elements.")
    if review.decision == "accepted":
        return Review(element=review.element, decision="accepted", reason=review.reason, reviewer=review.reviewer)
    if review.match is None:
        raise BiniError("match: missing. A correction says 대응, 미대응 or 판단불가.")
    if not review.reason.strip():
        raise BiniError("reason: empty. Say why the cell is corrected.")
    if review.equivalents and review.match != "미대응":
        raise BiniError(f"equivalents: only 미대응 can be a near variant; match is {review.match}.")
    quote = find_quote(review.quote, kept.case.user_query) if review.quote else None
    if review.quote and quote is None:
        raise BiniError(f"quote: the product text does not hold {review.quote[:80]!r}. Copy it word for word.")
    if review.match == "대응" and quote is None:
        raise BiniError("quote: empty. 대응 needs the words of the product text that show it.")
    return review.model_copy(update={"quote": quote})
