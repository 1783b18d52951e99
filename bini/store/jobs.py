"""Jobs: batches of products x patents that survive a kill. A pair is answered and marked in one transaction.

So after a restart each pair is either done, with its assessment in the history, or waits as before: none is lost, none
is kept twice.
"""

import sqlite3
import uuid
from collections.abc import Sequence

from bini.schema import Assessment, Case
from bini.store.audit import LOCAL_USER, Audit, log
from bini.store.database import now
from bini.store.history import insert_assessment, kept_now
from bini.store.nouns import Job, JobPair, JobPatent, JobProduct, JobState, Origin

COUNTS = (
    "SELECT jobs.*, count(pair) AS total, coalesce(sum(job_pairs.state = 'done'), 0) AS done, "
    "coalesce(sum(job_pairs.state = 'failed'), 0) AS failed FROM jobs LEFT JOIN job_pairs USING (job_id) "
)
PAIRS = (
    "SELECT job_pairs.*, product_json, patent_json FROM job_pairs "
    "JOIN job_products ON job_products.job_id = job_pairs.job_id AND job_products.number = job_pairs.product "
    "JOIN job_patents ON job_patents.job_id = job_pairs.job_id AND job_patents.number = job_pairs.patent "
)
RISKIEST_FIRST = "CASE risk_level WHEN '높음' THEN 0 WHEN '애매' THEN 1 WHEN '낮음' THEN 2 ELSE 3 END"


class Jobs(Audit):
    """Keeps jobs and their pairs."""

    def make_job(
        self, products: Sequence[JobProduct], patents: Sequence[JobPatent], name: str = "", actor: str = LOCAL_USER
    ) -> Job:
        """Keep a new job with every pair waiting, product by product."""
        job_id = uuid.uuid4().hex
        with self.database.transaction() as connection:
            connection.execute("INSERT INTO jobs VALUES (?, ?, 'waiting', ?, NULL, ?)", (job_id, now(), name, actor))
            connection.executemany(
                "INSERT INTO job_products VALUES (?, ?, ?)",
                [(job_id, number, product.model_dump_json()) for number, product in enumerate(products)],
            )
            connection.executemany(
                "INSERT INTO job_patents VALUES (?, ?, ?)",
                [(job_id, number, patent.model_dump_json()) for number, patent in enumerate(patents)],
            )
            connection.executemany(
                "INSERT INTO job_pairs (job_id, pair, product, patent, state) VALUES (?, ?, ?, ?, 'waiting')",
                [
                    (job_id, product * len(patents) + patent, product, patent)
                    for product in range(len(products))
                    for patent in range(len(patents))
                ],
            )
            log(connection, actor, "make job", job_id, f"{len(products)} products x {len(patents)} patents")
        return self._needed(job_id)

    def job(self, job_id: str) -> Job | None:
        with self.database.reading() as connection:
            row = connection.execute(COUNTS + "WHERE job_id = ? GROUP BY job_id", (job_id,)).fetchone()
            return _job(row) if row else None

    def jobs(self, limit: int = 50) -> list[Job]:
        """Return jobs, newest first."""
        with self.database.reading() as connection:
            rows = connection.execute(COUNTS + "GROUP BY job_id ORDER BY created_at DESC LIMIT ?", (limit,))
            return [_job(row) for row in rows]

    def open_jobs(self) -> list[str]:
        """Return the ids of jobs that still have something to do, oldest first."""
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT job_id FROM jobs WHERE state IN ('waiting', 'running') ORDER BY created_at"
            )
            return [row["job_id"] for row in rows]

    def waiting_pairs(self, job_id: str, limit: int) -> list[JobPair]:
        """Return the next pairs of a job that is not cancelled."""
        with self.database.reading() as connection:
            rows = connection.execute(
                PAIRS + "JOIN jobs ON jobs.job_id = job_pairs.job_id WHERE job_pairs.job_id = ? "
                "AND job_pairs.state = 'waiting' AND jobs.state IN ('waiting', 'running') ORDER BY pair LIMIT ?",
                (job_id, limit),
            )
            return [_pair(row) for row in rows]

    def pairs(self, job_id: str, limit: int = 100_000, offset: int = 0) -> list[JobPair]:
        """Return the pairs of a job, riskiest first, what is not answered last."""
        with self.database.reading() as connection:
            rows = connection.execute(
                PAIRS + f"WHERE job_pairs.job_id = ? ORDER BY {RISKIEST_FIRST}, pair LIMIT ? OFFSET ?",
                (job_id, limit, offset),
            )
            return [_pair(row) for row in rows]

    def finish_pair(self, pair: JobPair, case: Case, answer: Assessment | str, origin: Origin) -> None:
        """Keep a pair's answer, or why there is none, and mark it, in one transaction; a pair that is done stays."""
        with self.database.transaction() as connection:
            kept = None if isinstance(answer, str) else kept_now(case, answer, origin, pair.job_id)
            values = (
                ("failed", None, None, answer)
                if kept is None
                else ("done", kept.assessment_id, kept.assessment.risk_level, None)
            )
            cursor = connection.execute(
                "UPDATE job_pairs SET state = ?, assessment_id = ?, risk_level = ?, error = ? "
                "WHERE job_id = ? AND pair = ? AND state = 'waiting'",
                (*values, pair.job_id, pair.pair),
            )
            if not cursor.rowcount:
                return
            (actor,) = connection.execute("SELECT actor FROM jobs WHERE job_id = ?", (pair.job_id,)).fetchone()
            if kept is None:
                log(connection, actor, "no answer", f"{pair.job_id}/{pair.pair}")
            else:
                insert_assessment(connection, kept)
                log(connection, actor, "assess", kept.assessment_id, f"{kept.assessment.risk_level}, job {pair.job_id}")

    def start_job(self, job_id: str) -> None:
        """Mark a waiting job as running; any other stays as it is."""
        with self.database.transaction() as connection:
            connection.execute("UPDATE jobs SET state = 'running' WHERE job_id = ? AND state = 'waiting'", (job_id,))

    def set_job_state(self, job_id: str, state: JobState, actor: str = LOCAL_USER) -> bool:
        """Change an unfinished job's state; False where it is finished, cancelled or unknown."""
        finished_at = now() if state in ("finished", "cancelled") else None
        with self.database.transaction() as connection:
            cursor = connection.execute(
                "UPDATE jobs SET state = ?, finished_at = ? WHERE job_id = ? AND state IN ('waiting', 'running')",
                (state, finished_at, job_id),
            )
            if cursor.rowcount:
                log(connection, actor, f"job {state}", job_id)
            return bool(cursor.rowcount)

    def _needed(self, job_id: str) -> Job:
        job = self.job(job_id)
        assert job is not None
        return job


def _job(row: sqlite3.Row) -> Job:
    return Job.model_validate(dict(row))


def _pair(row: sqlite3.Row) -> JobPair:
    return JobPair(
        job_id=row["job_id"],
        pair=row["pair"],
        product=JobProduct.model_validate_json(row["product_json"]),
        patent=JobPatent.model_validate_json(row["patent_json"]),
        state=row["state"],
        assessment_id=row["assessment_id"],
        risk_level=row["risk_level"],
        error=row["error"],
    )
