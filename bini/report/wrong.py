"""Every wrong case with its chart: what was expected beside what was answered, quotes marked in the product text."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from bini.metrics import INVALID, match_hits, predicted
from bini.quotes import find_quote
from bini.schema import Case, Prediction

MAX_SHOWN = 200


@dataclass(frozen=True)
class ChartRow:
    """One element: expected and answered match and quote."""

    element: str
    expected: str
    expected_quote: str | None
    answered: str
    answered_quote: str | None
    flags: tuple[str, ...]
    is_right: bool


@dataclass(frozen=True)
class Wrong:
    """A case whose grade or chart differs from its label."""

    case_id: str
    regit_num: str
    product: str
    product_html: Markup
    expected: str
    answered: str
    expected_reason: str
    answered_reason: str
    rows: tuple[ChartRow, ...]
    raw_text: str
    error: str | None
    tags: tuple[str, ...]

    @property
    def is_risk_wrong(self) -> bool:
        return self.expected != self.answered

    @property
    def is_dangerous(self) -> bool:
        return self.expected == "높음" and self.answered == "낮음"


def wrong_cases(cases: Sequence[Case], predictions: Sequence[Prediction]) -> list[Wrong]:
    """Return the wrong cases: dangerous ones first, then wrong grades, then wrong charts under a right grade."""
    found = [_wrong(c, p) for c, p in zip(cases, predictions, strict=True) if c.label is not None and is_wrong(c, p)]
    return sorted(found, key=lambda w: (not w.is_dangerous, not w.is_risk_wrong))[:MAX_SHOWN]


def is_wrong(case: Case, prediction: Prediction) -> bool:
    """Return whether a labelled case's grade or any of its matches is wrong."""
    assert case.label is not None
    return case.label.risk_level != predicted(prediction) or not all(match_hits(case.label, prediction))


def marked(text: str, quotes: Sequence[str | None]) -> Markup:
    """Return the text as HTML with the quotes marked; overlapping ones are marked once."""
    spans = []
    for quote in quotes:
        found = find_quote(quote, text) if quote else None
        if found:
            spans.append((text.index(found), text.index(found) + len(found)))
    html, at = Markup(""), 0
    for start, end in sorted(spans):
        if start >= at:
            html += escape(text[at:start]) + Markup("<mark>") + escape(text[start:end]) + Markup("</mark>")
            at = end
    return html + escape(text[at:])


def _wrong(case: Case, prediction: Prediction) -> Wrong:
    assert case.label is not None
    answer = prediction.assessment
    rows = []
    for i, (comparison, is_right) in enumerate(
        zip(case.label.comparisons, match_hits(case.label, prediction), strict=True)
    ):
        finding = answer.comparisons[i] if answer is not None and i < len(answer.comparisons) else None
        rows.append(
            ChartRow(
                element=comparison.patent_element,
                expected=comparison.match,
                expected_quote=comparison.user_product_element,
                answered=finding.match if finding else INVALID,
                answered_quote=finding.user_product_element if finding else None,
                flags=finding.flags if finding else (),
                is_right=is_right,
            )
        )
    return Wrong(
        case_id=case.case_id,
        regit_num=case.regit_num,
        product=case.user_query,
        product_html=marked(case.user_query, [row.answered_quote for row in rows]),
        expected=case.label.risk_level,
        answered=predicted(prediction),
        expected_reason=case.label.decision_reason,
        answered_reason=answer.decision_reason if answer is not None else "",
        rows=tuple(rows),
        raw_text=prediction.raw_text,
        error=prediction.error,
        tags=case.tags,
    )
