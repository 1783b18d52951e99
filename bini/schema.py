"""The nouns: a case comes in, an assessment goes out.

A `Case` is one product against one claim; a `Label` is what a person said of it. BINI answers with an
`Assessment`: the label's shape and what a professional needs beside it. A `Prediction` is an assessment as
evaluation keeps it, with the text the model wrote. The keys are the contract with the outside world.

One case:
    {"case_id": "seed-01", "regit_num": "1029180910000", "claim_text": "…", "user_query": "…",
     "label": {"regit_num": "1029180910000", "risk_level": "높음", "decision_reason": "…",
               "comparisons": [{"patent_element": "…", "user_product_element": "…", "match": "대응"}]}}
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Mark = Literal["대응", "균등", "미대응", "판단불가"]  # what the model writes: the match and its flag in one word
Match = Literal["대응", "미대응", "판단불가"]
RiskLevel = Literal["높음", "애매", "낮음"]
SILENT = "무관"  # the second look's word for a quote that does not speak of the element
MATCHES: tuple[Match, ...] = ("대응", "미대응", "판단불가")
RISK_LEVELS: tuple[RiskLevel, ...] = ("높음", "애매", "낮음")

EQUIVALENTS = "균등 검토"  # flag of an element that is missed only by a near variant
INVENTED_QUOTE = "인용 없음: 제품 설명에 없는 문구라 근거로 쓰지 않음"
NO_EVIDENCE = "근거 없음: 대응이라 했으나 인용이 없음"
ABSTAINED = "확신 낮음: 사람의 검토가 필요함"
BY_CODE = "이름·수치 대조로 정함"  # opens the note of a finding that code settled, not the model
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Record(BaseModel):
    """Base of every noun: frozen, and a key that nobody declared is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ElementFinding(Record):
    """One row of a claim chart."""

    patent_element: Text
    user_product_element: Text | None = None  # verbatim quote from the product text
    match: Match
    flags: tuple[str, ...] = ()  # EQUIVALENTS and warnings about this cell
    note: str | None = None


class Label(Record):
    """What a person decided about a case."""

    regit_num: Text
    comparisons: Annotated[tuple[ElementFinding, ...], Field(min_length=1)]
    risk_level: RiskLevel
    decision_reason: Text


class Case(Record):
    """One product description against one claim; `group` keeps a patent family together in a split."""

    case_id: Text
    regit_num: Text
    claim_text: Text
    user_query: Text
    elements: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    label: Label | None = None
    group: str | None = None
    tags: tuple[str, ...] = ()


class Assessment(Record):
    """BINI's answer: claim chart, risk level, reason, and what would settle an open question."""

    regit_num: Text
    comparisons: tuple[ElementFinding, ...]
    risk_level: RiskLevel
    decision_reason: Text
    deciding_element: str | None = None  # the element that settles the grade; None where all correspond
    missing_information: tuple[str, ...] = ()  # questions whose answers would settle 판단불가
    flags: tuple[str, ...] = ()
    risk_probabilities: dict[RiskLevel, float] | None = None
    model_risk_level: RiskLevel | None = None  # the model's own word, only where it differs from the rule


class Look(Record):
    """The second look at an element: probabilities of the marks and SILENT beside a quote alone."""

    likelihoods: dict[str, float]
    quote: Text | None = None  # the clause that was read, where it was sought in place of the chart's own quote


class Prediction(Record):
    """One line of predictions.jsonl. `assessment` is None where the answer could not be parsed."""

    case_id: str
    assessment: Assessment | None
    model_risk_level: RiskLevel | None = None  # the model's own word, always
    quotes: int = 0  # quotes the model gave
    invented_quotes: int = 0  # of these, quotes that the product text does not hold
    raw_text: str
    finish_reason: str  # "stop", or "length" where the answer was cut off
    prompt_tokens: int
    generated_tokens: int
    error: str | None = None  # why the answer could not be parsed
    mark_likelihoods: tuple[dict[Mark, float], ...] | None = (
        None  # per element {mark: probability}, as the model had it in the chart
    )
    looks: tuple[Look | None, ...] | None = None  # per element the second look; None where there was none
