"""The gateway: one app over an answerer and a store, the guard before it, the page beside it."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException

from bini import __version__
from bini.assess import DISCLAIMER
from bini.serve.answers import Gateway
from bini.serve.assessment_routes import assessment_routes
from bini.serve.guard import Guard, Refused
from bini.serve.health_routes import PAGE, health_routes
from bini.serve.job_routes import job_routes
from bini.serve.library_routes import library_routes
from bini.serve.line import Line
from bini.serve.measures import Measures
from bini.serve.openai_routes import openai_routes
from bini.serve.review_routes import review_routes
from bini.serve.runner import Runner

UPSTREAM_SECONDS = 600
MAX_PROBLEMS_SHOWN = 10


def create_app(gateway: Gateway) -> FastAPI:
    """Return the app; its jobs run while it is up."""
    measures = Measures()
    runner = Runner(gateway, measures)
    line = Line(gateway.limits, measures)
    upstream = httpx.AsyncClient(base_url=gateway.upstream_url, timeout=UPSTREAM_SECONDS)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        runner.start()
        yield
        runner.stop()
        await upstream.aclose()

    app = FastAPI(
        title="BINI",
        version=__version__,
        description=DISCLAIMER,
        lifespan=lifespan,
        docs_url=None,  # FastAPI's pages load scripts from elsewhere
        redoc_url=None,
    )
    for router in (
        health_routes(gateway, measures, upstream),
        assessment_routes(gateway, line, measures),
        job_routes(gateway, runner),
        review_routes(gateway),
        library_routes(gateway),
        openai_routes(gateway, line, upstream),
    ):
        app.router.routes.extend(router.routes)  # include_router would make every route a second time
    app.mount("/page", StaticFiles(directory=PAGE), name="page")
    _add_error_handlers(app, measures)
    app.add_middleware(
        Guard,
        store=gateway.store,
        limits=gateway.limits,
        measures=measures,
        needs_key=gateway.needs_key,
        allowed_hosts=gateway.allowed_hosts,
    )
    return app


def _add_error_handlers(app: FastAPI, measures: Measures) -> None:
    """Give every error one shape, {"detail": text}, that never repeats what was sent."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"detail": explained(error.errors())}, 422)

    @app.exception_handler(StarletteHTTPException)
    async def refused(_: Request, error: StarletteHTTPException) -> JSONResponse:
        return JSONResponse({"detail": str(error.detail)}, error.status_code, error.headers)

    @app.exception_handler(Refused)
    async def full(_: Request, error: Refused) -> JSONResponse:
        measures.refusals.labels(str(error.status)).inc()
        return JSONResponse({"detail": error.detail}, error.status, error.headers)

    @app.exception_handler(RecursionError)
    async def nested(_: Request, error: RecursionError) -> JSONResponse:
        return JSONResponse({"detail": "The JSON is nested too deeply."}, 422)

    @app.exception_handler(httpx.HTTPError)
    async def upstream_gone(_: Request, error: httpx.HTTPError) -> JSONResponse:
        return JSONResponse({"detail": f"The model server did not answer ({type(error).__name__})."}, 502)


def explained(errors: Sequence[Any]) -> str:
    """Say which fields are wrong and why, without the values: they may be a secret product."""
    lines = [f"{'.'.join(map(str, problem['loc'][1:])) or 'body'}: {problem['msg']}" for problem in errors]
    more = [f"… and {len(lines) - MAX_PROBLEMS_SHOWN} more"] if len(lines) > MAX_PROBLEMS_SHOWN else []
    return "; ".join(lines[:MAX_PROBLEMS_SHOWN] + more)


__all__ = ["Gateway", "create_app", "explained"]
