"""Several vLLM servers behind vLLM's own router, as docs/server.md sets them up: one is killed under load.

Needs the router (`make router`); without it the test is skipped.
"""

import concurrent.futures
import contextlib
import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from conftest import REPOSITORY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(importlib.util.find_spec("vllm_router") is None, reason="no vllm-router: make router"),
]
START_SECONDS = 500  # of two vLLMs on one core each
NUM_REQUESTS = 40
NUM_CALLERS = 8


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, log, **environment):
    """A process of its own group, ended with all it started."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, start_new_session=True, env=os.environ | environment, stdout=said, stderr=said
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for(url, *processes):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert all(process.poll() is None for process in processes), f"a process ended before {url} answered"
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, timeout=5).status_code == 200:
                return
        time.sleep(0.3)
    raise AssertionError(f"{url} did not answer")


def test_one_of_two_servers_is_killed_under_load_and_no_request_is_lost(embedded_tiny, tmp_path):
    bini = [sys.executable, "-m", "bini.cli", "serve", "recipes/smoke.yaml", "--model", str(embedded_tiny)]
    ports = first, second, router_port, gateway_port = [free_port() for _ in range(4)]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    router = [str(Path(sys.executable).parent / "vllm-router"), "--worker-urls", *urls[:2], "--port", str(router_port)]
    router += ["--policy", "power_of_two", "--prometheus-port", str(free_port())]
    router += ["--health-check-interval-secs", "2", "--health-failure-threshold", "1", "--cb-failure-threshold", "1"]
    store = tmp_path / "history.sqlite"
    log = {name: tmp_path / f"{name}.log" for name in ("one", "other", "router", "gateway")}
    with contextlib.ExitStack() as processes:
        start = processes.enter_context
        vllm = [*bini, "--vllm-only", "--port"]
        one = start(running([*vllm, str(first)], log["one"], VLLM_CPU_OMP_THREADS_BIND="0"))
        other = start(running([*vllm, str(second)], log["other"], VLLM_CPU_OMP_THREADS_BIND="1"))
        for url in urls[:2]:
            wait_for(f"{url}/health", one, other)
        balancer = start(running(router, log["router"]))
        wait_for(f"{urls[2]}/health", balancer)
        served = ["--upstream", urls[2], "--port", str(gateway_port), "--store", str(store)]
        gateway = start(running([*bini, *served], log["gateway"]))
        wait_for(f"{urls[3]}/health", gateway)
        answered = threading.Semaphore(0)

        def ask(number):
            asked = {"user_query": f"ATBC 앰플 {number}호", "regit_num": "1029180910000"}
            with httpx.Client(base_url=urls[3], timeout=400) as client:
                answer = client.post("/v1/assessments", json=asked)
            answered.release()
            return answer

        with concurrent.futures.ThreadPoolExecutor(NUM_CALLERS) as pool:
            answers = [pool.submit(ask, number) for number in range(NUM_REQUESTS)]
            for _ in range(NUM_CALLERS):  # both have work, some of it is done
                answered.acquire(timeout=START_SECONDS)
            time.sleep(0.5)
            kill(one)
            statuses = [answer.result().status_code for answer in answers]
        lost = f"Failed to send typed request worker_url={urls[0]}"
        assert lost in plain(log["router"]), "the killed server was idle: the test would show nothing"
        assert statuses == [200] * NUM_REQUESTS
        with httpx.Client(base_url=urls[3], timeout=60) as client:
            kept = client.get("/v1/assessments", params={"limit": 100}).json()
            assert kept["total"] == NUM_REQUESTS == len({item["product_start"] for item in kept["items"]})
            assert client.get("/health").json()["ready"]


def plain(log):
    """What was logged, without its colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(encoding="utf-8", errors="replace"))
