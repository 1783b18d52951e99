"""One claim chart as every format lays it out: a title, facts, rows, what is missing, who signs."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from bini.assess import DISCLAIMER
from bini.rules import mark_of, risk_level
from bini.schema import ElementFinding
from bini.store.nouns import CellReview, KeptAssessment
from bini.store.review import reviewed_findings

Language = Literal["ko", "en"]
SIGNS = {"대응": "O", "판단불가": "△", "미대응": "X"}
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # XML has no way to hold them
FORMULA_START = re.compile(r"[\s\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
COLUMNS = {
    "ko": ("번호", "청구항 구성요소", "제품의 대응 문구", "판단", "비고"),
    "en": ("No.", "Claim element", "Words of the product", "Mark", "Notes"),
}
WORDS: dict[Language, dict[str, str]] = {
    "ko": {
        "title": "구성대비표",
        "patent": "특허번호",
        "claim": "청구항",
        "product": "제품 설명",
        "risk": "침해 위험도",
        "deciding": "결정 구성",
        "reason": "이유",
        "model": "모델",
        "input": "입력 해시 (SHA-256)",
        "prompt": "프롬프트 해시 (SHA-256)",
        "date": "작성일 (UTC)",
        "id": "판단 번호",
        "missing": "확인할 사항",
        "accepted": "검토: 인정",
        "corrected": "검토: 수정",
        "author": "작성자",
        "reviewer": "검토자 (변리사)",
        "signature": "서명",
        "signed_on": "일자",
        "model_risk": "수정 전 위험도",
        "disclaimer": DISCLAIMER,
    },
    "en": {
        "title": "Claim chart",
        "patent": "Patent",
        "claim": "Claim",
        "product": "Product",
        "risk": "Infringement risk",
        "deciding": "Deciding element",
        "reason": "Reason",
        "model": "Model",
        "input": "Input hash (SHA-256)",
        "prompt": "Prompt hash (SHA-256)",
        "date": "Date (UTC)",
        "id": "Assessment",
        "missing": "To be clarified",
        "accepted": "review: accepted",
        "corrected": "review: corrected",
        "author": "Prepared by",
        "reviewer": "Reviewed by (patent attorney)",
        "signature": "Signature",
        "signed_on": "Date",
        "model_risk": "Risk before correction",
        "disclaimer": "Not legal advice. Infringement needs the review of a patent attorney or lawyer. " + DISCLAIMER,
    },
}
RISKS = {"높음": "높음 (high)", "애매": "애매 (unclear)", "낮음": "낮음 (low)"}


@dataclass(frozen=True)
class Sheet:
    """A chart ready for layout: printable strings only."""

    language: Language
    title: str
    facts: tuple[tuple[str, str], ...]  # (label, value), the patent first
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    missing_title: str
    missing: tuple[str, ...]
    disclaimer: str
    sign_off: tuple[str, ...]  # labels of fields to be filled in by hand
    record: dict[str, Any]  # the same for machines


def sheet_of(kept: KeptAssessment, language: Language = "ko") -> Sheet:
    """Return the chart of an assessment as it stands after its reviews."""
    words = WORDS[language]
    findings = reviewed_findings(kept)
    reviews = {review.element: review for review in kept.reviews}
    return Sheet(
        language=language,
        title=words["title"],
        facts=tuple((label, printable(value)) for label, value in _facts(kept, findings, words) if value),
        columns=COLUMNS[language],
        rows=tuple(
            tuple(map(printable, _row(number, finding, reviews.get(number), words)))
            for number, finding in enumerate(findings, 1)
        ),
        missing_title=words["missing"],
        missing=tuple(map(printable, kept.assessment.missing_information)),
        disclaimer=words["disclaimer"],
        sign_off=tuple(words[field] for field in ("author", "reviewer", "signature", "signed_on")),
        record=_record(kept, findings),
    )


def printable(text: str) -> str:
    """Return the text without the characters that no XML or page can hold."""
    return UNPRINTABLE.sub("", text)


def spreadsheet_safe(text: str) -> str:
    """Return the text so that no spreadsheet runs it: an apostrophe stands before what starts like a formula."""
    return f"'{text}" if FORMULA_START.match(text) else text


def _facts(kept: KeptAssessment, findings: tuple[ElementFinding, ...], words: dict[str, str]) -> list[tuple[str, str]]:
    level = risk_level(findings)
    assessment = kept.assessment
    return [
        (words["patent"], kept.case.regit_num),
        (words["claim"], kept.case.claim_text),
        (words["product"], kept.case.user_query),
        (words["risk"], RISKS[level]),
        (words["model_risk"], RISKS[assessment.risk_level] if assessment.risk_level != level else ""),
        (words["deciding"], assessment.deciding_element or ""),
        (words["reason"], assessment.decision_reason),
        (words["model"], f"{kept.origin.model} · {kept.origin.model_version}"),
        (words["input"], kept.input_sha256),
        (words["prompt"], kept.origin.prompt_sha256),
        (words["date"], kept.created_at),
        (words["id"], kept.assessment_id),
    ]


def _row(number: int, finding: ElementFinding, review: CellReview | None, words: dict[str, str]) -> tuple[str, ...]:
    notes = [*finding.flags, finding.note or ""]
    if review is not None:
        notes.append(words[review.decision] + (f" ({review.reviewer})" if review.reviewer else ""))
    return (
        str(number),
        finding.patent_element,
        finding.user_product_element or "—",
        f"{SIGNS[finding.match]} {mark_of(finding)}",
        "\n".join(note for note in notes if note),
    )


def _record(kept: KeptAssessment, findings: tuple[ElementFinding, ...]) -> dict[str, Any]:
    record = kept.model_dump(mode="json")
    record["reviewed"] = {
        "comparisons": [finding.model_dump(mode="json") for finding in findings],
        "risk_level": risk_level(findings),
    }
    record["sign_off"] = {"author": None, "reviewer": None, "signature": None, "date": None}
    return record | {"disclaimer": DISCLAIMER}
