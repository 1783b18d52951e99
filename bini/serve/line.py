"""The line before the model: bounded, so that a crowd is told to come back instead of waiting for ever."""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator

from bini.serve.guard import Refused
from bini.serve.limits import Limits
from bini.serve.measures import Measures

MAX_RETRY_SECONDS = 60


class Line:
    """Counts cases that are asked and not yet answered."""

    def __init__(self, limits: Limits, measures: Measures) -> None:
        self._max_cases = limits.max_cases_in_line
        self._at_work = asyncio.Semaphore(limits.max_requests_at_work)
        self._measures = measures
        self._num_cases = 0
        self._seconds_per_case = 0.5  # until one is measured

    @contextlib.asynccontextmanager
    async def place(self, num_cases: int) -> AsyncIterator[None]:
        """Wait for a turn; raise Refused (429, Retry-After) where the line is full."""
        if self._num_cases + num_cases > self._max_cases and self._num_cases > 0:
            seconds = min(MAX_RETRY_SECONDS, max(1, math.ceil(self._num_cases * self._seconds_per_case)))
            raise Refused(
                429, f"{self._num_cases} cases are waiting already. Try again later.", {"retry-after": str(seconds)}
            )
        self._count(num_cases)
        try:
            async with self._at_work:
                started = time.monotonic()
                yield
                self._learn((time.monotonic() - started) / num_cases)
        finally:
            self._count(-num_cases)

    def _count(self, change: int) -> None:
        self._num_cases += change
        self._measures.in_line.set(self._num_cases)

    def _learn(self, seconds: float) -> None:
        self._seconds_per_case = 0.8 * self._seconds_per_case + 0.2 * seconds
