"""The gateway: assessments over HTTP, and the OpenAI routes passed through without the fields that could harm.

A client sends products and claims, never a grammar, a template or a model path.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Literal

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.background import BackgroundTask

from bini import __version__
from bini.assess import DISCLAIMER, assess
from bini.engine import Answerer
from bini.errors import BiniError
from bini.recipe import Recipe
from bini.schema import Assessment, Case

Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class AssessmentRequest(BaseModel):
    """One product against one claim; the claim by its text or by the number of a known patent."""

    model_config = ConfigDict(extra="forbid")

    user_query: Body
    claim_text: Body | None = None
    regit_num: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)] | None = None
    elements: Annotated[list[Body], Field(min_length=1, max_length=40)] | None = None


class AssessmentResponse(BaseModel):
    """The assessment, who gave it, and what it is not."""

    assessment: Assessment
    model: str
    disclaimer: str = DISCLAIMER


class ChatMessage(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Literal["system", "user", "assistant"]
    content: Annotated[str, StringConstraints(max_length=40_000)]


class ChatRequest(BaseModel):
    """The fields of an OpenAI chat request that are passed on; any other is refused."""

    model_config = ConfigDict(extra="forbid")

    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=64)]
    model: str | None = None
    max_tokens: Annotated[int, Field(ge=1, le=2048)] = 256
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    seed: int | None = None
    stop: list[str] | str | None = None
    stream: bool = False


def create_app(engine: Answerer, recipe: Recipe, upstream_url: str, known: Sequence[Case] = ()) -> FastAPI:
    """Return the gateway over an answerer; `known` cases give claims by regit_num."""
    app = FastAPI(title="BINI", version=__version__, description=DISCLAIMER)
    upstream = httpx.AsyncClient(base_url=upstream_url, timeout=600)
    claims = {case.regit_num: case for case in known}

    @app.post("/v1/assessments")
    async def create_assessment(asked: AssessmentRequest) -> AssessmentResponse:
        case = _case(asked, claims)
        try:
            prediction = (await run_in_threadpool(assess, [case], engine, recipe))[0]
        except BiniError as error:
            raise HTTPException(502, str(error)) from error
        if prediction.assessment is None:
            raise HTTPException(422 if prediction.finish_reason == "too_long" else 502, prediction.error)
        return AssessmentResponse(assessment=prediction.assessment, model=recipe.name)

    @app.get("/health")
    async def health() -> JSONResponse:
        try:
            is_ready = (await upstream.get("/health", timeout=5)).status_code == 200
        except httpx.TransportError:
            is_ready = False
        return JSONResponse({"live": True, "ready": is_ready, "model": recipe.name}, 200 if is_ready else 503)

    @app.get("/v1/models")
    async def models() -> JSONResponse:
        answer = await upstream.get("/v1/models")
        return JSONResponse(answer.json(), answer.status_code)

    @app.post("/v1/chat/completions", response_model=None)
    async def chat(asked: ChatRequest) -> StreamingResponse | JSONResponse:
        body = asked.model_dump(exclude_none=True) | {"model": recipe.name}
        return await _passed_on(upstream, "/v1/chat/completions", body)

    @app.exception_handler(httpx.TransportError)
    async def upstream_gone(_: Request, error: httpx.TransportError) -> JSONResponse:
        return JSONResponse({"detail": f"The model server did not answer ({type(error).__name__})."}, 502)

    return app


def _case(asked: AssessmentRequest, claims: dict[str, Case]) -> Case:
    elements = tuple(asked.elements) if asked.elements else None
    if asked.claim_text is not None:
        values: dict[str, Any] = {"regit_num": asked.regit_num or "—", "claim_text": asked.claim_text}
    elif asked.regit_num is None:
        raise HTTPException(422, "Say which claim: claim_text, or regit_num of a known patent.")
    elif asked.regit_num not in claims:
        raise HTTPException(404, f"No patent {asked.regit_num} is known here. Send claim_text.")
    else:
        known = claims[asked.regit_num]
        values = {"regit_num": known.regit_num, "claim_text": known.claim_text, "label": known.label}
    return Case(case_id="request", user_query=asked.user_query, elements=elements, **values)


async def _passed_on(upstream: httpx.AsyncClient, path: str, body: dict[str, Any]) -> StreamingResponse | JSONResponse:
    if not body["stream"]:
        answer = await upstream.post(path, json=body)
        return JSONResponse(answer.json(), answer.status_code)
    answer = await upstream.send(upstream.build_request("POST", path, json=body), stream=True)

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in answer.aiter_raw():
            yield chunk

    return StreamingResponse(
        chunks(), answer.status_code, media_type="text/event-stream", background=BackgroundTask(answer.aclose)
    )
