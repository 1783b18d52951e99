"""`bini serve`: the page and the API on this machine, vLLM behind them on a loopback port of its own.

    GET  /                     the page
    POST /v1/assessments       a product against one claim or many -> claim charts, riskiest first
    POST /v1/jobs              a batch, with progress by server-sent events
    GET  /openapi.json         all the rest, with examples

Ctrl-C ends both. A vLLM that dies ends the gateway with an error that holds its last words. `--upstream URL` asks a
vLLM or a router elsewhere instead. Read in this order: `gateway` (what the app is made of), `guard` (who may come in, how much at
a time), `line` (how many wait), `answers` (assess and keep), then the routes: `assessment_routes`, `job_routes`,
`review_routes`, `library_routes`, `openai_routes`, `health_routes`; `page/` holds the page's files.
"""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from bini.cases import load_cases
from bini.engine import model_folder
from bini.errors import BiniError
from bini.recipe import Recipe, as_written
from bini.remote import RemoteEngine
from bini.runs import run_of
from bini.serve.gateway import Gateway, create_app
from bini.serve.limits import Limits
from bini.serve.tokens import OneAtATime
from bini.serve.upstream import LOOPBACK, Upstream, check_port
from bini.store import DEFAULT_STORE, Store, open_store
from bini.store.origin import origin_of

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
UPSTREAM_SECONDS = 30  # to say its name
KEEP_ALIVE_SECONDS = 75
MAX_CONNECTIONS = 512


def serve(
    recipe: Recipe,
    host: str,
    port: int,
    model: str | None = None,
    upstream: str | None = None,
    store_file: Path = DEFAULT_STORE,
) -> None:
    """Serve until interrupted.

    Raises:
        BiniError: a host beyond loopback without an API key, a taken port, a faulty glossary, no model, or a vLLM that
            does not answer.
    """
    check_port(host, port)
    store = open_store(store_file)
    store.glossary()  # a name that fits no more is said now
    is_local = host in LOOPBACK
    if not is_local:
        check_keys(store, host)
    recipe = recipe if model is None else as_written(recipe)
    folder = model_folder(recipe, model)
    from transformers import AutoTokenizer

    with _answering(folder, recipe, upstream) as (url, process):
        name = served_name(url) if upstream else recipe.name
        engine = RemoteEngine(url, name, OneAtATime(AutoTokenizer.from_pretrained(folder)), recipe.seed)
        gateway = Gateway(
            engine=engine,
            recipe=recipe,
            store=store,
            origin=origin_of(recipe, folder),
            upstream_url=url,
            upstream_model=name,
            known=tuple(load_cases(recipe.data.cases, recipe.data.labels)) if recipe.data.cases.exists() else (),
            limits=Limits(),
            needs_key=not is_local,
            allowed_hosts=LOOPBACK_NAMES if is_local else None,
        )
        try:
            _run(gateway, host, port, process)
        finally:
            engine.close()
            store.close()
        if process is not None and not process.is_alive():
            raise BiniError(process.last_words())


def check_keys(store: Store, host: str) -> None:
    """Raise BiniError where nobody could be told from anybody."""
    if not store.list_keys():
        raise BiniError(
            f"--host {host} opens the gateway to the network, and there is no API key yet.\n"
            "Make one with `bini key make NAME`, or stay on 127.0.0.1 and use an SSH tunnel from other machines."
        )


def served_name(url: str) -> str:
    """Return the name of the first model that a vLLM serves."""
    try:
        answer = httpx.get(f"{url.rstrip('/')}/v1/models", timeout=UPSTREAM_SECONDS)
        return str(answer.raise_for_status().json()["data"][0]["id"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError) as error:
        raise BiniError(
            f"--upstream {url}: no vLLM answers there ({type(error).__name__}: {error}).\n"
            "Expected the URL of a running `vllm serve` or vLLM router, such as http://127.0.0.1:8001."
        ) from error


@contextlib.contextmanager
def _answering(folder: str, recipe: Recipe, url: str | None) -> Iterator[tuple[str, Upstream | None]]:
    """Give the URL of a vLLM that answers, and its process where it is this command's own."""
    if url is not None:
        yield url.rstrip("/"), None
        return
    with Upstream(folder, recipe, log=run_of(recipe).folder / "vllm.log") as process:
        process.wait_until_ready()
        yield process.url, process


def server_of(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """Return the web server as BINI runs it.

    An idle connection is kept for longer than a busy machine makes a caller wait: one that is closed while a request is
    on its way loses that request.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,  # addresses hold ids of assessments
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=5,
        limit_concurrency=MAX_CONNECTIONS,
    )
    return uvicorn.Server(config)


def _run(gateway: Gateway, host: str, port: int, process: Upstream | None) -> None:
    server = server_of(create_app(gateway), host, port)
    if process is not None:
        threading.Thread(target=_stop_when_dead, args=(process, server), daemon=True).start()
    print(f"BINI answers at http://{host}:{port} (Ctrl-C stops it).", file=sys.stderr, flush=True)
    server.run()


def _stop_when_dead(upstream: Upstream, server: uvicorn.Server) -> None:
    while not server.should_exit:
        if not upstream.is_alive():
            server.should_exit = True
        time.sleep(0.5)
