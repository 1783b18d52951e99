"""The OpenAI-compatible routes, passed through to vLLM without the fields that could harm."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
from fastapi import APIRouter
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.background import BackgroundTask

from bini.serve.answers import Gateway
from bini.serve.line import Line
from bini.serve.messages import ChatRequest, Responses, problems

ANY_OBJECT: Responses = {200: {"content": {"application/json": {"schema": {"type": "object"}}}}}


def openai_routes(gateway: Gateway, line: Line, upstream: httpx.AsyncClient) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["openai"])

    @router.get("/models", responses=problems(502) | ANY_OBJECT, response_class=JSONResponse)
    async def models() -> JSONResponse:
        return _answer_of(await upstream.get("/v1/models"))

    @router.post("/chat/completions", response_model=None, responses=problems(400, 502) | ANY_OBJECT)
    async def chat(asked: ChatRequest) -> StreamingResponse | JSONResponse:
        body = asked.model_dump(exclude_none=True) | {"model": gateway.upstream_model}
        async with line.place(1):
            return await _passed_on(upstream, "/v1/chat/completions", body)

    return router


async def _passed_on(upstream: httpx.AsyncClient, path: str, body: dict[str, Any]) -> StreamingResponse | JSONResponse:
    if not body["stream"]:
        return _answer_of(await upstream.post(path, json=body))
    answer = await upstream.send(upstream.build_request("POST", path, json=body), stream=True)

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in answer.aiter_raw():
            yield chunk

    return StreamingResponse(
        chunks(), answer.status_code, media_type="text/event-stream", background=BackgroundTask(answer.aclose)
    )


def _answer_of(answer: httpx.Response) -> JSONResponse:
    """Return vLLM's answer; its errors get this gateway's shape."""
    if answer.is_success:
        return JSONResponse(answer.json(), answer.status_code)
    status = answer.status_code if answer.status_code < 500 else 502
    return JSONResponse({"detail": f"The model server refused: {answer.text[:500]}"}, status)
