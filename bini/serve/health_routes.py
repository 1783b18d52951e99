"""GET /health (live, ready), GET /metrics (Prometheus), and the page's files."""

from pathlib import Path

import httpx
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from bini.serve.answers import Gateway
from bini.serve.measures import Measures
from bini.serve.messages import Health, Responses, problems

PAGE = Path(__file__).parent / "page"
HEALTH_SECONDS = 5
TEXT: Responses = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


async def answers(upstream: httpx.AsyncClient) -> bool:
    """Return whether vLLM answers, or, behind a router, at least one of several: its /health asks for all of them."""
    try:
        for path in ("/health", "/readiness"):
            if (await upstream.get(path, timeout=HEALTH_SECONDS)).status_code == 200:
                return True
    except httpx.TransportError:
        pass
    return False


def health_routes(gateway: Gateway, measures: Measures, upstream: httpx.AsyncClient) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/health", responses={503: {"model": Health}})
    async def health() -> JSONResponse:
        """Say whether the gateway lives and whether the model server behind it answers (503 where it does not)."""
        is_ready = await answers(upstream)
        content = Health(live=True, ready=is_ready, model=gateway.recipe.name)
        return JSONResponse(content.model_dump(), 200 if is_ready else 503)

    @router.get("/metrics", responses=problems() | TEXT, response_class=Response)
    def metrics() -> Response:
        return Response(measures.text(), media_type=CONTENT_TYPE_LATEST)

    @router.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(PAGE / "index.html")

    return router
