"""Several vLLM servers behind vLLM's own router, as docs/server.md sets them up: one is killed under load.

Needs the router (`make router`); without it the test is skipped.
"""

import concurrent.futures
import contextlib
import importlib.util
import os
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
def running(command, **environment):
    """A process of its own group, ended with all it started."""
    process = subprocess.Popen(
        command, cwd=REPOSITORY, start_new_session=True, env=os.environ | environment, stdout=sys.stderr
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
    with contextlib.ExitStack() as processes:
        start = processes.enter_context
        one = start(running([*bini, "--vllm-only", "--port", str(first)], VLLM_CPU_OMP_THREADS_BIND="0"))
        other = start(running([*bini, "--vllm-only", "--port", str(second)], VLLM_CPU_OMP_THREADS_BIND="1"))
        for url in urls[:2]:
            wait_for(f"{url}/health", one, other)
        balancer = start(running(router))
        wait_for(f"{urls[2]}/health", balancer)
        gateway = start(
            running([*bini, "--upstream", urls[2], "--port", str(gateway_port), "--store", str(store)]),
        )
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
            at_work = running_requests(urls[0])
            kill(one)
            statuses = [answer.result().status_code for answer in answers]
        assert at_work > 0, "the killed server was idle: the test would show nothing"
        assert statuses == [200] * NUM_REQUESTS
        with httpx.Client(base_url=urls[3], timeout=60) as client:
            kept = client.get("/v1/assessments", params={"limit": 100}).json()["items"]
            assert len(kept) == NUM_REQUESTS == len({item["input_sha256"] for item in kept})
            assert client.get("/health").json()["ready"]


def running_requests(url):
    """How many requests a vLLM is answering, by its own count."""
    lines = httpx.get(f"{url}/metrics", timeout=30).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("vllm:num_requests_running{"))
