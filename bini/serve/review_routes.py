"""History and review: what was answered, what a person said of it, exports, and cases for training."""

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from bini.cases import dump_jsonl
from bini.errors import BiniError
from bini.exports import MEDIA_TYPES, export
from bini.rules import risk_level
from bini.serve.answers import Gateway
from bini.serve.messages import HistoryItem, HistoryPage, KeptWithReviews, Responses, problems
from bini.store import AuditEntry, CellReview, KeptAssessment, Review
from bini.store.review import reviewed_findings

AssessmentId = Annotated[str, Path(min_length=1, max_length=64)]
FormatName = Literal["docx", "xlsx", "csv", "html", "pdf", "json"]
START_CHARACTERS = 80
MAX_EXPORTED = 200
BINARY = {"schema": {"type": "string", "format": "binary"}}
FILES: Responses = {200: {"content": {media_type.partition(";")[0]: BINARY for media_type in MEDIA_TYPES.values()}}}
LINES: Responses = {200: {"content": {"application/x-ndjson": BINARY}}}


def review_routes(gateway: Gateway) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["history"])
    store = gateway.store

    @router.get("/assessments", responses=problems())
    def list_assessments(
        limit: Annotated[int, Query(ge=1, le=200)] = 50, offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0
    ) -> HistoryPage:
        """List assessments, newest first."""
        return HistoryPage(total=store.count_assessments(), items=[_item(k) for k in store.assessments(limit, offset)])

    @router.get("/assessments/{assessment_id}", responses=problems(404))
    def get_assessment(assessment_id: AssessmentId) -> KeptWithReviews:
        kept = _found(gateway, assessment_id)
        findings = reviewed_findings(kept)
        return KeptWithReviews(kept=kept, reviewed_comparisons=list(findings), reviewed_risk_level=risk_level(findings))

    @router.post("/assessments/{assessment_id}/reviews", status_code=201, responses=problems(404))
    def review_cell(assessment_id: AssessmentId, review: Review, request: Request) -> CellReview:
        """Accept a cell, or correct it with a reason."""
        _found(gateway, assessment_id)
        try:
            return store.review(assessment_id, review, request.state.caller)
        except BiniError as error:
            raise HTTPException(422, str(error)) from error

    @router.get("/exports", responses=problems(404) | FILES, response_class=Response)
    def export_assessments(
        assessment_id: Annotated[list[str], Query(min_length=1, max_length=MAX_EXPORTED)],
        request: Request,
        format: FormatName = "docx",
        language: Literal["ko", "en"] = "ko",
    ) -> Response:
        """Give assessments as claim charts in one file."""
        kept = [_found(gateway, one) for one in assessment_id]
        content = export(kept, format, language)
        store.log_export(" ".join(one.assessment_id for one in kept), format, request.state.caller)
        headers = {"content-disposition": f'attachment; filename="bini-{kept[0].assessment_id[:8]}.{format}"'}
        return Response(content, media_type=MEDIA_TYPES[format], headers=headers)

    @router.get("/reviewed-cases", responses=problems() | LINES, response_class=Response)
    def reviewed_cases(request: Request) -> Response:
        """Give the wholly reviewed assessments as a cases file that `bini train` takes."""
        cases, num_partly = store.reviewed_cases()
        store.log_export("reviewed cases", f"{len(cases)} cases", request.state.caller)
        headers = {
            "content-disposition": 'attachment; filename="reviewed_cases.jsonl"',
            "x-reviewed-in-part": str(num_partly),
        }
        return Response(dump_jsonl(cases), media_type="application/x-ndjson", headers=headers)

    @router.get("/audit", responses=problems())
    def audit_log(limit: Annotated[int, Query(ge=1, le=5000)] = 200) -> list[AuditEntry]:
        """List who did what, newest first."""
        return store.audit_log(limit)

    return router


def _found(gateway: Gateway, assessment_id: str) -> KeptAssessment:
    kept = gateway.store.assessment(assessment_id)
    if kept is None:
        raise HTTPException(404, "There is no such assessment.")
    return kept


def _item(kept: KeptAssessment) -> HistoryItem:
    return HistoryItem(
        assessment_id=kept.assessment_id,
        created_at=kept.created_at,
        regit_num=kept.case.regit_num,
        product_start=kept.case.user_query[:START_CHARACTERS],
        risk_level=risk_level(reviewed_findings(kept)),
        num_reviewed=len(kept.reviews),
        num_elements=len(kept.assessment.comparisons),
        model=kept.origin.model,
        job_id=kept.job_id,
    )
