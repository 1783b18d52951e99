"""The gateway as a process: more callers than it can serve, a fuzzer, and a kill at any moment."""

import asyncio
import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import psutil
import pytest
from conftest import REPOSITORY
from gateway_pieces import QuotingEngine, make_gateway

from bini.recipe import Recipe
from bini.serve import server_of
from bini.serve.gateway import create_app
from bini.serve.limits import Limits
from bini.store import Patent, open_store

pytestmark = [pytest.mark.slow, pytest.mark.long]
LOAD_SECONDS = float(os.environ.get("BINI_LOAD_SECONDS", "15"))
FUZZ_CASES = int(os.environ.get("BINI_FUZZ_CASES", "100"))
KILLS = int(os.environ.get("BINI_KILLS", "6"))
CLAIM = {"regit_num": "1", "claim_text": "c", "elements": ["ATBC"]}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serving(tmp_path):
    """Give a function that starts a gateway in this process and returns its address."""
    running = []

    def start(engine, **changes):
        gateway = make_gateway(tmp_path, Recipe(name="test", base_model="embedded:tiny-random"), engine, **changes)
        server = server_of(create_app(gateway), "127.0.0.1", free_port())
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread, gateway))
        while not server.started:
            time.sleep(0.02)
        return f"http://127.0.0.1:{server.config.port}", gateway

    yield start
    for server, thread, gateway in running:
        server.should_exit = True
        thread.join(20)
        gateway.store.close()


def test_three_times_the_capacity_loses_no_request_and_every_refusal_is_429(serving):
    capacity = 8
    limits = Limits(max_cases_in_line=capacity * 2, max_requests_at_work=capacity, max_requests_per_minute=10**9)
    address, gateway = serving(QuotingEngine(seconds=0.2, capacity=capacity), limits=limits)
    statuses, memory, retries = [], [], []

    async def caller(client, number, deadline):
        while time.monotonic() < deadline:
            body = {"user_query": f"ATBC {number} {len(statuses)}", **CLAIM}
            answer = await client.post("/v1/assessments", json=body)
            statuses.append(answer.status_code)
            if answer.status_code == 429:
                retries.append(int(answer.headers["retry-after"]))
                await asyncio.sleep(0.05)

    async def load():
        deadline = time.monotonic() + LOAD_SECONDS
        async with httpx.AsyncClient(base_url=address, timeout=60, limits=httpx.Limits(max_connections=100)) as client:
            callers = [asyncio.create_task(caller(client, number, deadline)) for number in range(capacity * 6)]
            while time.monotonic() < deadline:
                memory.append(psutil.Process().memory_info().rss)
                await asyncio.sleep(0.5)
            await asyncio.gather(*callers)

    asyncio.run(load())
    num_answered = statuses.count(200)
    assert set(statuses) == {200, 429} and min(retries) >= 1
    assert gateway.store.count_assessments() == num_answered == gateway.engine.num_answers
    settled = memory[len(memory) // 3 :]
    assert max(settled) - settled[0] < 60e6
    print(
        f"{num_answered} answered, {statuses.count(429)} refused in {LOAD_SECONDS} s; memory {settled[0]} to {settled[-1]}"
    )


def test_a_fuzzer_finds_no_server_error_and_no_answer_off_the_schema(serving):
    pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    address, gateway = serving(QuotingEngine(), limits=Limits(max_requests_per_minute=10**9, max_open_jobs=10**6))
    gateway.store.put_patent(Patent(regit_num="1", claim_text="ATBC를 포함하는 것.", elements=("ATBC",)))
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json", "--checks", checks]
    command += [
        "--max-examples",
        str(max(5, FUZZ_CASES // 20)),
        "--phases",
        "examples,coverage,fuzzing",
        "--seed",
        "7",
        "--request-timeout",
        "120",
    ]
    for path in ("/health", "/v1/models", "/v1/chat/completions"):  # no vLLM stands behind this gateway
        command += ["--exclude-path", path]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=800)
    print(result.stdout[-1500:])
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
    counted = re.search(r"(\d+) generated", result.stdout)
    assert counted and int(counted[1]) >= FUZZ_CASES


GATEWAY = """
import sys
sys.path[:0] = [sys.argv[1]]
from pathlib import Path
from gateway_pieces import QuotingEngine, make_gateway
from bini.recipe import Recipe
from bini.serve import server_of
from bini.serve.gateway import create_app
gateway = make_gateway(Path(sys.argv[2]), Recipe(name="t", base_model="x"), QuotingEngine(0.01))
server_of(create_app(gateway), "127.0.0.1", int(sys.argv[3])).run()
"""


def test_a_gateway_that_is_killed_loses_no_answer_and_doubles_none(tmp_path):
    command = [sys.executable, "-c", GATEWAY, str(REPOSITORY / "tests"), str(tmp_path)]
    promised, jobs = [], []
    moment = random.Random(7)
    for _ in range(KILLS):
        port = free_port()
        with (
            running([*command, str(port)]) as process,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
        ):
            wait_until_up(client, process)
            products = [{"product_id": f"p{n}", "user_query": f"ATBC {n}"} for n in range(20)]
            jobs.append(client.post("/v1/jobs", json={"products": products, "patents": [CLAIM]}).json()["job_id"])
            kill = threading.Timer(moment.uniform(0.05, 0.6), os.kill, (process.pid, signal.SIGKILL))
            kill.start()
            try:
                while True:
                    answer = client.post("/v1/assessments", json={"user_query": "ATBC 앰플", **CLAIM})
                    promised.append(answer.json()["results"][0]["assessment_id"])
            except (httpx.TransportError, ValueError):
                kill.join()
    port = free_port()
    with (
        running([*command, str(port)]) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        wait_until_up(client, process)
        deadline = time.monotonic() + 300
        while any(one["state"] != "finished" for one in client.get("/v1/jobs?limit=200").json()):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        rows = [client.get(f"/v1/jobs/{job}/results").json() for job in jobs]
    store = open_store(tmp_path / "history.sqlite")
    kept = [one.assessment_id for one in store.assessments(10_000)]
    store.close()
    of_jobs = [row["assessment_id"] for job in rows for row in job]
    assert set(promised) <= set(kept) and len(kept) == len(set(kept))
    assert [row["state"] for job in rows for row in job] == ["done"] * 20 * KILLS
    assert len(of_jobs) == len(set(of_jobs)) and 0 <= len(kept) - len(of_jobs) - len(promised) <= KILLS
    assert len(promised) > KILLS


@contextlib.contextmanager
def running(command):
    """Give a gateway's process that is ended whatever happens."""
    process = subprocess.Popen(command)
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


def wait_until_up(client, process):
    deadline = time.monotonic() + 300  # on a machine that trains beside it
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            client.get("/v1/jobs")
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the gateway did not start")
