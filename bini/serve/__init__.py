"""`bini serve`: vLLM's server on a loopback port of its own, the gateway in front of it.

    POST /v1/assessments   {"user_query": …, "claim_text": … or "regit_num": …} -> an assessment
    GET  /health           whether vLLM answers
    POST /v1/chat/completions, GET /v1/models   passed through to vLLM

Ctrl-C ends both. A vLLM that dies ends the gateway with an error that holds its last words.
"""

import sys
import threading
import time

import uvicorn

from bini.cases import load_cases
from bini.engine import model_folder
from bini.errors import BiniError
from bini.recipe import Recipe
from bini.remote import RemoteEngine
from bini.runs import run_of
from bini.serve.gateway import create_app
from bini.serve.upstream import Upstream, check_port

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(recipe: Recipe, host: str, port: int, model: str | None = None) -> None:
    """Serve until interrupted.

    Raises:
        BiniError: a host beyond loopback, a taken port, no model, or a vLLM that does not start or dies.
    """
    if host not in LOOPBACK:
        raise BiniError(
            f"--host {host} would open the gateway to the network, and it asks nobody for a key yet.\n"
            "Use 127.0.0.1, and an SSH tunnel from other machines."
        )
    check_port(host, port)
    from transformers import AutoTokenizer

    folder = model_folder(recipe, model)
    known = load_cases(recipe.data.cases, recipe.data.labels) if recipe.data.cases.exists() else []
    with Upstream(folder, recipe, log=run_of(recipe).folder / "vllm.log") as upstream:
        upstream.wait_until_ready()
        engine = RemoteEngine(upstream.url, recipe.name, AutoTokenizer.from_pretrained(folder), recipe.seed)
        app = create_app(engine, recipe, upstream.url, known)
        server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning"))
        watcher = threading.Thread(target=_stop_when_dead, args=(upstream, server), daemon=True)
        watcher.start()
        print(f"BINI answers at http://{host}:{port} (Ctrl-C stops it).", file=sys.stderr, flush=True)
        try:
            server.run()
        finally:
            engine.close()
        if not upstream.is_alive():
            raise BiniError(upstream.last_words())


def _stop_when_dead(upstream: Upstream, server: uvicorn.Server) -> None:
    while not server.should_exit:
        if not upstream.is_alive():
            server.should_exit = True
        time.sleep(0.5)
