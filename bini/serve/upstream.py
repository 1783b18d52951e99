"""vLLM's OpenAI-compatible server as a child process: started on loopback, watched, and ended with all it started.

`become_vllm` is the other way: this process turns into vLLM, one of several behind a router.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import httpx

from bini.engine import model_folder, prepare_environment, server_command
from bini.errors import BiniError
from bini.recipe import Recipe, as_written

LOOPBACK = ("127.0.0.1", "localhost", "::1")
START_SECONDS = 600
STOP_SECONDS = 20
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Upstream:
    """A running vLLM server; `url` is where it listens."""

    def __init__(self, model: str, recipe: Recipe, log: Path) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = log
        self._command = server_command(model, recipe, self.port)
        self._process: subprocess.Popen[bytes] | None = None
        prepare_environment(recipe, in_process=False)

    def __enter__(self) -> "Upstream":
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, start_new_session=True, preexec_fn=_die_with_parent
            )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        _signal_group(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        _signal_group(self._process.pid, signal.SIGKILL)  # what SIGTERM left behind
        self._process.wait()

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Return when the server answers; raise BiniError where it dies first or takes too long."""
        print("Starting vLLM (about a minute) …", file=sys.stderr, flush=True)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.is_alive():
                raise BiniError(self.last_words())
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/health", timeout=5).status_code == 200:
                    return
            time.sleep(0.3)
        raise BiniError(f"vLLM did not answer within {START_SECONDS} s.\nSee {self._log}.")

    def last_words(self) -> str:
        """Return what there is to say about a server that died."""
        code = self._process.poll() if self._process else None
        tail = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        return f"vLLM ended with exit code {code}. Its last words, the rest is in {self._log}:\n" + "\n".join(tail)


def become_vllm(recipe: Recipe, host: str, port: int, model: str | None) -> NoReturn:
    """Replace this process by vLLM on `host`:`port`.

    Raises:
        BiniError: a taken port, no model.
    """
    check_port(host, port)
    recipe = recipe if model is None else as_written(recipe)
    command = server_command(model_folder(recipe, model), recipe, port, host)
    prepare_environment(recipe, in_process=False)
    if host not in LOOPBACK:
        print(
            f"vLLM on {host} asks nobody for a key: let only the router and the gateway reach port {port}.",
            file=sys.stderr,
        )
    sys.stdout.flush()
    os.execv(command[0], command)


def check_port(host: str, port: int) -> None:
    """Raise BiniError where the port is taken."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BiniError(
                f"Port {port} on {host} cannot be used ({error.strerror}).\nUse --port with another."
            ) from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)
