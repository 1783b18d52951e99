"""The history: what was asked, what was answered, by which model, when."""

import hashlib
import json
import sqlite3
import uuid
from collections.abc import Iterator
from typing import Any

from bini.cases import elements_for
from bini.schema import Assessment, Case
from bini.store.audit import LOCAL_USER, Audit, log
from bini.store.database import now
from bini.store.nouns import CellReview, KeptAssessment, Origin

DATA_TABLES = (
    "reviews", "assessments", "job_pairs", "job_products", "job_patents", "jobs", "patents", "glossary_additions",
)  # fmt: skip


class History(Audit):
    """Keeps and finds assessments."""

    def keep(self, case: Case, assessment: Assessment, origin: Origin, actor: str = LOCAL_USER) -> KeptAssessment:
        """Keep an answer and return it with its id."""
        kept = kept_now(case, assessment, origin)
        with self.database.transaction() as connection:
            insert_assessment(connection, kept)
            log(connection, actor, "assess", kept.assessment_id, assessment.risk_level)
        return kept

    def assessment(self, assessment_id: str) -> KeptAssessment | None:
        """Return one assessment with the latest review of each cell, None where there is none of that id."""
        with self.database.reading() as connection:
            row = connection.execute("SELECT * FROM assessments WHERE assessment_id = ?", (assessment_id,)).fetchone()
            return _kept(connection, row) if row else None

    def assessments(self, limit: int = 50, offset: int = 0) -> list[KeptAssessment]:
        """Return assessments, newest first."""
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM assessments ORDER BY created_at DESC, rowid DESC LIMIT ? OFFSET ?", (limit, offset)
            ).fetchall()
            return [_kept(connection, row) for row in rows]

    def count_assessments(self) -> int:
        with self.database.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM assessments").fetchone()[0])

    def everything(self) -> Iterator[dict[str, Any]]:
        """Yield every kept row as {"table", …}; keys without their hashes."""
        with self.database.reading() as connection:
            for table in (*DATA_TABLES[::-1], "audit"):
                for row in connection.execute(f"SELECT * FROM {table}"):
                    yield {"table": table} | {
                        name: json.loads(value) if name.endswith("_json") else value
                        for name, value in dict(row).items()
                    }

    def delete_everything(self, actor: str = LOCAL_USER) -> int:
        """Delete every kept text and return how many assessments there were. The audit log, which has none, says so."""
        with self.database.transaction() as connection:
            (count,) = connection.execute("SELECT count(*) FROM assessments").fetchone()
            for table in DATA_TABLES:
                connection.execute(f"DELETE FROM {table}")
            log(connection, actor, "delete everything", "history", f"{count} assessments")
        self.database.shrink()
        return int(count)


def kept_now(case: Case, assessment: Assessment, origin: Origin, job_id: str | None = None) -> KeptAssessment:
    """Return an assessment ready to be kept, with an id of its own and its input's hash."""
    asked = case.model_copy(update={"elements": elements_for(case), "label": None})
    return KeptAssessment(
        assessment_id=uuid.uuid4().hex,
        created_at=now(),
        case=asked,
        assessment=assessment,
        origin=origin,
        input_sha256=input_hash(asked),
        job_id=job_id,
    )


def input_hash(case: Case) -> str:
    """Return the SHA-256 of claim, elements and product: the same for the same question."""
    parts = [case.claim_text, *elements_for(case), case.user_query]
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def insert_assessment(connection: sqlite3.Connection, kept: KeptAssessment) -> None:
    connection.execute(
        "INSERT INTO assessments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            kept.assessment_id,
            kept.created_at,
            kept.case.model_dump_json(),
            kept.assessment.model_dump_json(),
            kept.origin.model_dump_json(),
            kept.input_sha256,
            kept.assessment.risk_level,
            kept.case.regit_num,
            kept.job_id,
        ),
    )


def _kept(connection: sqlite3.Connection, row: sqlite3.Row) -> KeptAssessment:
    reviews = connection.execute(
        "SELECT * FROM reviews WHERE review_id IN "
        "(SELECT max(review_id) FROM reviews WHERE assessment_id = ? GROUP BY element) ORDER BY element",
        (row["assessment_id"],),
    )
    return KeptAssessment(
        assessment_id=row["assessment_id"],
        created_at=row["created_at"],
        case=Case.model_validate_json(row["case_json"]),
        assessment=Assessment.model_validate_json(row["assessment_json"]),
        origin=Origin.model_validate_json(row["origin_json"]),
        input_sha256=row["input_sha256"],
        job_id=row["job_id"],
        reviews=tuple(
            CellReview.model_validate(
                json.loads(review["review_json"])
                | {"review_id": review["review_id"], "created_at": review["created_at"]}
            )
            for review in reviews
        ),
    )
