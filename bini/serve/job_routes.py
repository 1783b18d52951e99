"""Jobs: batches by JSON or by upload, their progress as server-sent events, cancel, results and exports."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path as FilePath
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, HTTPException, Path, Query, Request, Response, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from bini.assess import DISCLAIMER
from bini.errors import BiniError
from bini.exports import MEDIA_TYPES
from bini.screen.results import render_results
from bini.screen.tables import read_patents, read_products
from bini.serve.answers import Gateway, case_of
from bini.serve.guard import Refused
from bini.serve.messages import ClaimAsked, JobProgress, JobRequest, JobRow, Responses, problems
from bini.serve.runner import Runner
from bini.store import Job, JobPair, JobPatent, JobProduct

JobId = Annotated[str, Path(min_length=1, max_length=64)]
POLL_SECONDS = 0.5
HEARTBEAT_POLLS = 20
RETRY_SECONDS = "30"
SUFFIXES = {"jsonl": "application/x-ndjson", "csv": MEDIA_TYPES["csv"], "xlsx": MEDIA_TYPES["xlsx"]}


def job_routes(gateway: Gateway, runner: Runner) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["jobs"])

    @router.post("/jobs", status_code=202, responses=problems(404))
    async def create_job(asked: JobRequest, request: Request) -> JobProgress:
        """Take a batch; it is worked through in the background and survives a restart."""
        products = [JobProduct.model_validate(product.model_dump()) for product in asked.products]
        patents = await run_in_threadpool(lambda: [_patent(gateway, claim) for claim in asked.patents])
        return await run_in_threadpool(_made, gateway, runner, products, patents, asked.name, request.state.caller)

    @router.post("/uploads", status_code=202, responses=problems(404))
    async def upload_job(
        request: Request,
        products: Annotated[UploadFile, File(description="Products: id, text (.csv, .xlsx, .jsonl)")],
        patents: Annotated[UploadFile | None, File(description="Patents: regit_num, claim_text")] = None,
        regit_nums: Annotated[str, Form(max_length=30_000, description="Numbers of known patents, by commas")] = "",
    ) -> JobProgress:
        """Take a batch as tables, like `bini screen`."""
        try:
            product_list = await run_in_threadpool(read_products, *await _upload(products))
            patent_list = await run_in_threadpool(read_patents, *await _upload(patents)) if patents else []
        except BiniError as error:
            raise HTTPException(422, str(error)) from error
        numbers = [number.strip() for number in regit_nums.split(",") if number.strip()]
        asked = [ClaimAsked(regit_num=number[:40]) for number in numbers]
        patent_list += await run_in_threadpool(lambda: [_patent(gateway, claim) for claim in asked])
        name = FilePath(products.filename or "").name[:200]
        return await run_in_threadpool(_made, gateway, runner, product_list, patent_list, name, request.state.caller)

    @router.get("/jobs", responses=problems())
    def list_jobs(limit: Annotated[int, Query(ge=1, le=200)] = 50) -> list[JobProgress]:
        return [_progress(job, runner) for job in gateway.store.jobs(limit)]

    @router.get("/jobs/{job_id}", responses=problems(404))
    def get_job(job_id: JobId) -> JobProgress:
        return _progress(_found(gateway, job_id), runner)

    @router.get("/jobs/{job_id}/events", responses=problems(404) | EVENTS, response_class=StreamingResponse)
    async def job_events(job_id: JobId) -> StreamingResponse:
        """Stream the job's progress as server-sent events until it ends."""
        await run_in_threadpool(_found, gateway, job_id)
        return StreamingResponse(_events(gateway, runner, job_id), media_type="text/event-stream")

    @router.get("/jobs/{job_id}/results", responses=problems(404))
    def job_results(
        job_id: JobId,
        limit: Annotated[int, Query(ge=1, le=20_000)] = 1000,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> list[JobRow]:
        """List the pairs, riskiest first; those that still wait come last."""
        _found(gateway, job_id)
        return [_row(pair) for pair in gateway.store.pairs(job_id, limit, offset)]

    @router.get("/jobs/{job_id}/export", responses=problems(404) | FILES, response_class=Response)
    def export_job(job_id: JobId, request: Request, format: Literal["jsonl", "csv", "xlsx"] = "xlsx") -> Response:
        """Give what is answered so far as a file."""
        _found(gateway, job_id)
        rows = [_export_row(gateway, pair) for pair in gateway.store.pairs(job_id) if pair.state != "waiting"]
        content = render_results(rows, f".{format}")
        gateway.store.log_export(job_id, f"{format}, {len(rows)} pairs", request.state.caller)
        headers = {"content-disposition": f'attachment; filename="bini-{job_id[:8]}.{format}"'}
        return Response(content, media_type=SUFFIXES[format], headers=headers)

    @router.post("/jobs/{job_id}/cancel", responses=problems(404, 409))
    def cancel_job(job_id: JobId, request: Request) -> JobProgress:
        """Ask no more pairs of a job; what is answered stays."""
        _found(gateway, job_id)
        if not gateway.store.set_job_state(job_id, "cancelled", request.state.caller):
            raise HTTPException(409, "The job has ended already.")
        return _progress(_found(gateway, job_id), runner)

    return router


EVENT = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    "required": ["data"],
}
EVENTS: Responses = {200: {"content": {"text/event-stream": {"schema": EVENT}}}}
FILES: Responses = {
    200: {"content": {media: {"schema": {"type": "string", "format": "binary"}} for media in SUFFIXES.values()}}
}


def _made(
    gateway: Gateway,
    runner: Runner,
    products: list[JobProduct],
    patents: list[JobPatent],
    name: str,
    caller: str,
) -> JobProgress:
    limits = gateway.limits
    if not patents:
        raise HTTPException(422, "Give at least one patent: a table of patents, or numbers of known ones.")
    if len({product.product_id for product in products}) < len(products):
        raise HTTPException(422, "products: two have the same product_id. Give each its own.")
    if (num_pairs := len(products) * len(patents)) > limits.max_job_pairs:
        raise HTTPException(413, f"{num_pairs} pairs; at most {limits.max_job_pairs} in a job. Split it.")
    if len(gateway.store.open_jobs()) >= limits.max_open_jobs:
        raise Refused(
            429, f"{limits.max_open_jobs} jobs are open. Wait for one to end.", {"retry-after": RETRY_SECONDS}
        )
    job = gateway.store.make_job(products, patents, name, caller)
    runner.wake()
    return _progress(job, runner)


def _patent(gateway: Gateway, asked: ClaimAsked) -> JobPatent:
    from bini.cases import elements_for

    case = case_of(gateway, asked, "x")
    return JobPatent(regit_num=case.regit_num, claim_text=case.claim_text, elements=elements_for(case))


async def _upload(upload: UploadFile) -> tuple[FilePath, bytes]:
    return FilePath(upload.filename or "table"), await upload.read()


def _found(gateway: Gateway, job_id: str) -> Job:
    job = gateway.store.job(job_id)
    if job is None:
        raise HTTPException(404, "There is no such job.")
    return job


def _progress(job: Job, runner: Runner) -> JobProgress:
    return JobProgress(**job.model_dump(), seconds_left=runner.seconds_left(job))


async def _events(gateway: Gateway, runner: Runner, job_id: str) -> AsyncIterator[str]:
    last = None
    num_quiet = 0
    while (job := await run_in_threadpool(gateway.store.job, job_id)) is not None:
        progress = _progress(job, runner)
        if progress != last:
            yield f"event: progress\ndata: {progress.model_dump_json()}\n\n"
            last, num_quiet = progress, 0
        elif (num_quiet := num_quiet + 1) % HEARTBEAT_POLLS == 0:
            yield ": still here\n\n"
        if job.state in ("finished", "cancelled"):
            return
        await asyncio.sleep(POLL_SECONDS)


def _row(pair: JobPair) -> JobRow:
    return JobRow(
        pair=pair.pair,
        product_id=pair.product.product_id,
        regit_num=pair.patent.regit_num,
        state=pair.state,
        risk_level=pair.risk_level,
        assessment_id=pair.assessment_id,
        error=pair.error,
    )


def _export_row(gateway: Gateway, pair: JobPair) -> dict[str, object]:
    row: dict[str, object] = {"product_id": pair.product.product_id, "regit_num": pair.patent.regit_num}
    kept = gateway.store.assessment(pair.assessment_id) if pair.assessment_id else None
    if kept is None:
        return row | {"risk_level": None, "error": pair.error, "disclaimer": DISCLAIMER}
    answer = kept.assessment.model_dump(mode="json")
    facts = {"input_sha256": kept.input_sha256, "answered_at": kept.created_at, "assessment_id": kept.assessment_id}
    return row | answer | kept.origin.model_dump() | facts
