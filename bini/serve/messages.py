"""What callers send and get: typed, bounded, with examples that stand in the OpenAPI. A field nobody declared is refused.

No field carries a grammar, a template or a model path.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bini.assess import DISCLAIMER
from bini.schema import Assessment, ElementFinding, RiskLevel
from bini.serve.limits import MAX_CLAIMS, MAX_ELEMENTS, MAX_JOB_PATENTS, MAX_JOB_PRODUCTS, MAX_TEXT_CHARACTERS
from bini.store import Job, KeptAssessment, Patent

Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT_CHARACTERS)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Elements = Annotated[list[Body], Field(min_length=1, max_length=MAX_ELEMENTS)]
Responses = dict[int | str, dict[str, Any]]  # as FastAPI takes them: status -> OpenAPI entry
EXAMPLE_PRODUCT = "아세틸트리부틸시트레이트 2%를 배합한 미백 앰플입니다."
EXAMPLE_CLAIM = "아세틸트리부틸시트레이트를 유효성분으로 함유하는 미백용 화장료 조성물."


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid")


def example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class Problem(BaseModel):
    """Why a request was not answered, in words that say what to do."""

    detail: str


class ClaimAsked(Message):
    """A claim: by its text, or by the number of a patent in the library."""

    regit_num: Number | None = None
    claim_text: Body | None = None
    elements: Elements | None = None


class AssessmentRequest(ClaimAsked):
    """One product against one claim, or against many in `patents`."""

    model_config = example(user_query=EXAMPLE_PRODUCT, claim_text=EXAMPLE_CLAIM)

    user_query: Body
    patents: Annotated[list[ClaimAsked], Field(min_length=1, max_length=MAX_CLAIMS)] | None = None


class Result(BaseModel):
    """The answer about one claim; `assessment` is null where the model's answer could not be read."""

    regit_num: str
    claim_text: str
    assessment: Assessment | None
    error: str | None = None
    assessment_id: str | None = None
    input_sha256: str | None = None
    created_at: str | None = None


class AssessmentResponse(BaseModel):
    """The riskiest assessment, all of them riskiest first, who gave them, and what they are not."""

    assessment: Assessment
    results: list[Result]
    model: str
    model_version: str
    prompt_sha256: str
    disclaimer: str = DISCLAIMER


class ClaimText(Message):
    model_config = example(claim_text=EXAMPLE_CLAIM)

    claim_text: Body


class SplitClaim(BaseModel):
    """A claim taken apart; a dependent one has its parents' elements too."""

    number: int | None
    depends_on: list[int]
    text: str
    elements: list[str]


class ProductAsked(Message):
    product_id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    user_query: Body


class JobRequest(Message):
    """Products x patents."""

    model_config = example(
        name="2026 신제품",
        products=[{"product_id": "A-1", "user_query": EXAMPLE_PRODUCT}],
        patents=[{"regit_num": "1029180910000", "claim_text": EXAMPLE_CLAIM}],
    )

    name: Annotated[str, StringConstraints(max_length=200)] = ""
    products: Annotated[list[ProductAsked], Field(min_length=1, max_length=MAX_JOB_PRODUCTS)]
    patents: Annotated[list[ClaimAsked], Field(min_length=1, max_length=MAX_JOB_PATENTS)]


class JobProgress(Job):
    """A job with the seconds that are left at the speed so far, null where nothing is measured yet."""

    seconds_left: float | None = None


class JobRow(BaseModel):
    """One pair of a job."""

    pair: int
    product_id: str
    regit_num: str
    state: Literal["waiting", "done", "failed"]
    risk_level: RiskLevel | None
    assessment_id: str | None
    error: str | None


class HistoryItem(BaseModel):
    """An assessment in the list: enough to recognise it."""

    assessment_id: str
    created_at: str
    regit_num: str
    product_start: str
    risk_level: RiskLevel
    num_reviewed: int
    num_elements: int
    model: str
    job_id: str | None


class HistoryPage(BaseModel):
    total: int
    items: list[HistoryItem]


class KeptWithReviews(BaseModel):
    """A kept assessment, and its chart as it stands after its reviews."""

    kept: KeptAssessment
    reviewed_comparisons: list[ElementFinding]
    reviewed_risk_level: RiskLevel


class LibraryPatent(Patent):
    """A patent that can be asked about by number; `source` is "recipe" for those of the recipe's cases."""

    source: Literal["library", "recipe"] = "library"


class PatentBody(Message):
    model_config = example(claim_text=EXAMPLE_CLAIM, title="미백용 화장료 조성물")

    claim_text: Body
    title: Annotated[str, StringConstraints(max_length=300)] = ""
    elements: Elements | None = None


class Health(BaseModel):
    live: bool
    ready: bool
    model: str


class ChatMessage(Message):
    role: Literal["system", "user", "assistant"]
    content: Annotated[str, StringConstraints(max_length=40_000)]


class ChatRequest(Message):
    """The fields of an OpenAI chat request that are passed on; any other is refused."""

    model_config = example(messages=[{"role": "user", "content": "안녕하세요"}], max_tokens=16)

    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=64)]
    model: Annotated[str, StringConstraints(max_length=200)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=2048)] = 256
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    seed: Annotated[int, Field(ge=0, le=2**31)] | None = None
    stop: Annotated[list[Annotated[str, StringConstraints(max_length=100)]], Field(max_length=8)] | None = None
    stream: bool = False


def problems(*statuses: int) -> Responses:
    """Return the OpenAPI entries of refusals; 4xx and 5xx all have one shape."""
    always = (400, 401, 403, 408, 413, 422, 429)
    return {status: {"model": Problem} for status in (*always, *statuses)}
