"""Works through jobs in a thread of its own: a few pairs of one job, then of the next, until none is left.

Each pair's answer and its mark are one transaction, so a kill costs at most the pairs being asked, and they wait as
before. Where the model server does not answer, the pairs wait for it.
"""

import logging
import threading
import time
from collections import deque

from bini.errors import BiniError
from bini.schema import Case
from bini.serve.answers import Gateway, answer
from bini.serve.measures import Measures
from bini.store import Job, JobPair

logger = logging.getLogger(__name__)
MAX_WAIT_SECONDS = 30
SPEEDS_REMEMBERED = 20


class Runner:
    """The thread. `wake` after a job is made; `stop` ends it after the pairs being asked."""

    def __init__(self, gateway: Gateway, measures: Measures) -> None:
        self._gateway = gateway
        self._measures = measures
        self._news = threading.Event()
        self._is_stopping = False
        self._seconds_per_pair: deque[float] = deque(maxlen=SPEEDS_REMEMBERED)
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._news.set()

    def stop(self, timeout_seconds: float = 5) -> None:
        self._is_stopping = True
        self._news.set()
        self._thread.join(timeout_seconds)

    def seconds_left(self, job: Job) -> float | None:
        """Return how long a job still takes at the speed so far, None where none is known."""
        left = job.total - job.done - job.failed
        speeds = list(self._seconds_per_pair)
        return round(left * sum(speeds) / len(speeds), 1) if speeds and left else None

    def _work(self) -> None:
        wait_seconds = 1.0
        while not self._is_stopping:
            self._news.clear()
            try:
                has_worked = self._round()
                wait_seconds = 1.0
            except BiniError:  # the model server is away
                wait_seconds = min(MAX_WAIT_SECONDS, wait_seconds * 2)
                has_worked = False
                self._pause(wait_seconds)  # news of another job brings no server back
            except Exception as error:  # a thread that ends silently would leave every job waiting for ever
                logger.error("jobs: %s; trying again in %s s", type(error).__name__, MAX_WAIT_SECONDS)
                has_worked = False
                self._pause(MAX_WAIT_SECONDS)
            if not has_worked and not self._is_stopping:
                self._news.wait(wait_seconds)

    def _round(self) -> bool:
        """Answer a few pairs of every open job; return whether there was one."""
        jobs = self._gateway.store.open_jobs()
        self._measures.open_jobs.set(len(jobs))
        for job_id in jobs:
            if self._is_stopping:
                return False
            pairs = self._gateway.store.waiting_pairs(job_id, self._gateway.limits.job_chunk)
            if pairs:
                self._gateway.store.start_job(job_id)
                self._answer(pairs)
            else:
                self._gateway.store.set_job_state(job_id, "finished")
        return bool(jobs)

    def _answer(self, pairs: list[JobPair]) -> None:
        started = time.monotonic()
        cases = [case_of_pair(pair) for pair in pairs]
        predictions, origin = answer(self._gateway, cases)
        self._measures.answered(predictions)
        for pair, case, prediction in zip(pairs, cases, predictions, strict=True):
            found = prediction.assessment or prediction.error or "no answer"
            self._gateway.store.finish_pair(pair, case, found, origin)
            self._measures.pairs.labels("done" if prediction.assessment else "failed").inc()
        self._seconds_per_pair.append((time.monotonic() - started) / len(pairs))

    def _pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self._is_stopping and time.monotonic() < deadline:
            time.sleep(0.2)


def case_of_pair(pair: JobPair) -> Case:
    return Case(
        case_id=pair.product.product_id,
        regit_num=pair.patent.regit_num,
        claim_text=pair.patent.claim_text,
        user_query=pair.product.user_query,
        elements=pair.patent.elements,
    )
