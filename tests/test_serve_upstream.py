"""`bini serve --upstream URL` as a user starts it, with a model server that answers on schema and knows nothing."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest
import uvicorn
from conftest import REPOSITORY
from fastapi import FastAPI

pytestmark = [pytest.mark.slow, pytest.mark.long]
START_SECONDS = 500  # on a machine that trains beside it


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def first_of(schema):
    """Return a value that a schema allows: the first of each choice."""
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return first_of(schema["anyOf"][-1])
    if schema["type"] == "object":
        return {name: first_of(part) for name, part in schema["properties"].items()}
    if schema["type"] == "array":
        return [first_of(part) for part in schema["prefixItems"]]
    return {"null": None, "string": ""}[schema["type"]]


@pytest.fixture
def upstream():
    app = FastAPI()

    @app.get("/health")
    def health() -> dict:
        return {}

    @app.get("/v1/models")
    def models() -> dict:
        return {"data": [{"id": "model-elsewhere"}]}

    @app.post("/v1/completions")
    def complete(body: dict) -> dict:
        assert body["model"] == "model-elsewhere" and all(isinstance(token, int) for token in body["prompt"])
        text = json.dumps(first_of(body["structured_outputs"]["json"]), ensure_ascii=False)
        usage = {"prompt_tokens": len(body["prompt"]), "completion_tokens": 9}
        return {"choices": [{"text": text, "finish_reason": "stop"}], "usage": usage}

    server = uvicorn.Server(uvicorn.Config(app, port=free_port(), log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{server.config.port}"
    server.should_exit = True
    thread.join(20)


def test_a_model_server_elsewhere_is_asked_and_ctrl_c_ends_the_gateway(upstream, tmp_path, embedded_tiny):
    port = free_port()
    command = [sys.executable, "-m", "bini.cli", "serve", "recipes/smoke.yaml", "--model", str(embedded_tiny)]
    command += ["--upstream", upstream, "--port", str(port), "--store", str(tmp_path / "history.sqlite")]
    process = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            deadline = time.monotonic() + START_SECONDS
            while True:
                assert process.poll() is None and time.monotonic() < deadline
                try:
                    health = client.get("/health")
                    break
                except httpx.TransportError:
                    time.sleep(0.3)
            assert health.json() == {"live": True, "ready": True, "model": "smoke"}
            asked = {"user_query": "ATBC 앰플", "regit_num": "1029180910000"}
            answer = client.post("/v1/assessments", json=asked)
            assert answer.status_code == 200, answer.text
            assert len(answer.json()["assessment"]["comparisons"]) == 2 and len(answer.json()["model_version"]) == 12
            assert client.get("/v1/models").json()["data"][0]["id"] == "model-elsewhere"
            assert "구성대비표" in client.get("/").text
            assert client.get("/health", headers={"host": "rebound.example"}).status_code == 403
            assert oct((tmp_path / "history.sqlite").stat().st_mode & 0o777) == "0o600"
        process.send_signal(signal.SIGINT)
        assert process.wait(120) in (0, 130)
    finally:
        process.kill()
        said = process.communicate()[1]
    assert "BINI answers at" in said and "ATBC 앰플" not in said and "Traceback" not in said
