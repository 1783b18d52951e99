"""The guard before every route: who may come in, how much at a time, and what a browser may do with the answer.

In this order: the name the caller used for this machine (against DNS rebinding), other sites' pages (against forged
requests), the API key where one is needed, the caller's rate, the body's size. Every refusal is {"detail": …}.
"""

import asyncio
import json
import math
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bini.serve.limits import Limits
from bini.serve.measures import Measures
from bini.store import Store

UPLOADS = "/v1/uploads"
OPEN_TO_ALL = ("/", "/health", "/favicon.ico")  # and the page's own files
PAGE_FILES = "/page/"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
MAX_CALLERS = 10_000  # whose rate is remembered
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


class Guard:
    """ASGI middleware around the whole gateway."""

    def __init__(
        self,
        app: ASGIApp,
        store: Store,
        limits: Limits,
        measures: Measures,
        needs_key: bool,
        allowed_hosts: tuple[str, ...] | None,
    ) -> None:
        self.app = app
        self._store = store
        self._limits = limits
        self._measures = measures
        self._needs_key = needs_key
        self._allowed_hosts = allowed_hosts
        self._rates = Rates(limits.max_requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope["path"])
            await send(message)

        try:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            self._check_host(headers)
            _check_site(scope, headers)
            caller = await self._caller(scope, headers)
            scope.setdefault("state", {})["caller"] = caller
            self._rates.take(caller)
            body = await self._body(scope, headers, receive)
            await self.app(scope, _replayed(body, receive), send_guarded)
        except Refused as refusal:
            self._measures.refusals.labels(str(refusal.status)).inc()
            await _refuse(refusal, send_guarded)
        finally:
            self._measures.took(scope, status, time.perf_counter() - started)

    def _check_host(self, headers: dict[str, str]) -> None:
        if self._allowed_hosts is None:
            return
        host = headers.get("host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
        if name.lower() not in self._allowed_hosts:
            raise Refused(403, f"This gateway answers to {', '.join(self._allowed_hosts)} only.")

    async def _caller(self, scope: Scope, headers: dict[str, str]) -> str:
        """Return who asks: the key's name where keys are needed, else the address."""
        address = scope["client"][0] if scope.get("client") else "unknown"
        path = scope["path"]
        if not self._needs_key or path in OPEN_TO_ALL or path.startswith(PAGE_FILES):
            return str(address)
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            secret = headers.get("x-api-key", "")
        key = await run_in_threadpool(self._store.key_of, secret.strip()) if secret else None
        if key is None:
            self._rates.take(f"without a key from {address}")
            raise Refused(401, "An API key is needed: Authorization: Bearer KEY.", {"www-authenticate": "Bearer"})
        return f"key {key.key_id}"

    async def _body(self, scope: Scope, headers: dict[str, str], receive: Receive) -> bytes:
        limit = self._limits.max_upload_bytes if scope["path"].startswith(UPLOADS) else self._limits.max_body_bytes
        too_large = Refused(413, f"The body is larger than {limit} bytes. Send less at a time.")
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > limit:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.max_body_seconds):
                while True:
                    message = await receive()
                    body += message.get("body", b"")
                    if len(body) > limit:
                        raise too_large
                    if message["type"] == "http.disconnect" or not message.get("more_body"):
                        return bytes(body)
        except TimeoutError as error:
            raise Refused(408, "The body did not arrive in time. Send it again.") from error


class Rates:
    """A bucket of tokens per caller, refilled evenly over the minute."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # caller -> tokens left, when

    def take(self, caller: str) -> None:
        now = time.monotonic()
        tokens, before = self._buckets.pop(caller, (float(self._per_minute), now))
        tokens = min(self._per_minute, tokens + (now - before) * self._per_minute / 60)
        self._buckets[caller] = (max(0.0, tokens - 1), now)
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
        if tokens < 1:
            wait_seconds = math.ceil((1 - tokens) * 60 / self._per_minute)
            raise Refused(
                429, f"More than {self._per_minute} requests a minute.", {"retry-after": str(max(1, wait_seconds))}
            )


def _check_site(scope: Scope, headers: dict[str, str]) -> None:
    """Refuse what another site's page sends: a browser says so in these headers."""
    if scope["method"] in SAFE_METHODS:
        return
    origin = headers.get("origin")
    is_foreign = origin is not None and urlsplit(origin).netloc != headers.get("host")
    if is_foreign or headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise Refused(403, "Requests from other sites' pages are not taken.")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body that was read, then what comes after it."""
    is_given = False

    async def replay() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _add_headers(message: Message, path: str) -> None:
    present = {name for name, _ in message["headers"]}
    extra: dict[str, str] = HEADERS | {"cache-control": "no-store" if path.startswith("/v1/") else "no-cache"}
    message["headers"] = [
        *message["headers"],
        *((name.encode(), value.encode()) for name, value in extra.items() if name.encode() not in present),
    ]


async def _refuse(refusal: Refused, send: Any) -> None:
    content = json.dumps({"detail": refusal.detail}, ensure_ascii=False).encode()
    headers = {"content-type": "application/json", "content-length": str(len(content)), **refusal.headers}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "http.response.body", "body": content})
