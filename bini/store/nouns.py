"""The nouns that are kept: an assessment with where it came from, its reviews, jobs, the library, keys, the audit log."""

from typing import Annotated, Literal

from pydantic import Field

from bini.schema import Assessment, Case, Match, Record, RiskLevel, Text

Decision = Literal["accepted", "corrected"]
JobState = Literal["waiting", "running", "finished", "cancelled"]
PairState = Literal["waiting", "done", "failed"]


class Origin(Record):
    """What gave an answer: enough to ask the same again and to know that it was the same."""

    model: str
    model_version: str
    prompt_sha256: str
    data_sha256: str | None = None  # of the cases that the model was trained on


class KeptAssessment(Record):
    """An assessment as the history holds it."""

    assessment_id: str
    created_at: str  # UTC, ISO 8601
    case: Case
    assessment: Assessment
    origin: Origin
    input_sha256: str
    job_id: str | None = None
    reviews: tuple["CellReview", ...] = ()  # the latest of each cell, in the chart's order

    @property
    def is_reviewed(self) -> bool:
        """Whether a person has looked at every cell."""
        return len(self.reviews) == len(self.assessment.comparisons)


class Review(Record):
    """What a person says about one cell. An accepted cell stays as it is; a corrected one is replaced whole."""

    element: Annotated[int, Field(ge=1)]  # the row's number in the chart
    decision: Decision
    reason: Annotated[str, Field(max_length=2000)] = ""  # needed where the cell is corrected
    match: Match | None = None
    quote: Annotated[str, Field(max_length=20_000)] | None = None  # verbatim from the product text
    equivalents: bool = False  # 미대응, by a near variant only
    reviewer: Annotated[str, Field(max_length=100)] = ""


class CellReview(Review):
    """A review as it is kept."""

    review_id: int
    created_at: str


class Patent(Record):
    """A claim of the library, by its number."""

    regit_num: Annotated[Text, Field(max_length=40)]
    claim_text: Annotated[Text, Field(max_length=20_000)]
    title: Annotated[str, Field(max_length=300)] = ""
    elements: Annotated[tuple[Text, ...], Field(min_length=1, max_length=40)] | None = None
    updated_at: str | None = None  # set by the store


class GlossaryAddition(Record):
    """A row of the glossary that a user adds; the columns are those of data/glossary.csv, lists separated by ;."""

    canonical: Annotated[Text, Field(max_length=200)]
    industry: Annotated[str, Field(max_length=40)] = "cosmetics"
    kind: Annotated[str, Field(max_length=40)] = "substance"
    korean: Annotated[Text, Field(max_length=500)]
    inci: Annotated[str, Field(max_length=200)] = ""
    aliases: Annotated[str, Field(max_length=1000)] = ""
    cas: Annotated[str, Field(max_length=200)] = ""
    abbreviations: Annotated[str, Field(max_length=200)] = ""
    is_a: Annotated[str, Field(max_length=200)] = ""
    base: Annotated[str, Field(max_length=200)] = ""
    roles: Annotated[str, Field(max_length=200)] = ""
    source: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=500)] = ""


class JobProduct(Record):
    """A product of a batch."""

    product_id: str
    user_query: str


class JobPatent(Record):
    """A claim of a batch."""

    regit_num: str
    claim_text: str
    elements: tuple[str, ...] | None = None


class Job(Record):
    """A batch: products x patents, and how far it is."""

    job_id: str
    created_at: str
    state: JobState
    name: str = ""
    total: int
    done: int
    failed: int
    finished_at: str | None = None
    actor: str = "local"  # who asked for it


class JobPair(Record):
    """One product against one patent of a job."""

    job_id: str
    pair: int
    product: JobProduct
    patent: JobPatent
    state: PairState
    assessment_id: str | None = None
    risk_level: RiskLevel | None = None
    error: str | None = None


class Key(Record):
    """An API key without its secret."""

    key_id: str
    name: str
    created_at: str


class AuditEntry(Record):
    """One line of the audit log. It holds no text of a product or claim."""

    audit_id: int
    at: str
    actor: str
    action: str
    subject: str
    detail: str = ""
