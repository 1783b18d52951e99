"""The audit log: who did what to which thing, and when. It only grows; SQL triggers refuse to change a row.

One row for each of these, written in the transaction of what it tells of:
    assess, no answer             one a pair, asked alone, with others, or in a batch (`detail`: the grade; the job)
    accepted, corrected           one a reviewed cell
    export                        one a file that is handed out, before it is
    put / delete patent, put glossary, make / remove key, make job, job finished / cancelled, delete everything
"""

import sqlite3

from bini.store.database import Database, now
from bini.store.nouns import AuditEntry

LOCAL_USER = "local"


class Audit:
    """Reads and writes the audit log."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def audit_log(self, limit: int = 1000) -> list[AuditEntry]:
        """Return the latest entries, newest first."""
        with self.database.reading() as connection:
            rows = connection.execute("SELECT * FROM audit ORDER BY audit_id DESC LIMIT ?", (limit,))
            return [AuditEntry.model_validate(dict(row)) for row in rows]

    def log_export(self, subject: str, detail: str, actor: str = LOCAL_USER) -> None:
        """Note that kept texts leave the store; called before they do."""
        with self.database.transaction() as connection:
            log(connection, actor, "export", subject, detail)

    def log_no_answer(self, subject: str, actor: str = LOCAL_USER) -> None:
        """Note that a pair was asked and nothing came of it that could be kept."""
        with self.database.transaction() as connection:
            log(connection, actor, "no answer", subject)

    def close(self) -> None:
        self.database.close()


def log(connection: sqlite3.Connection, actor: str, action: str, subject: str, detail: str = "") -> None:
    """Add an entry in the transaction of what it tells of. `detail` never holds a product's or a claim's text."""
    connection.execute(
        "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
        (now(), actor or LOCAL_USER, action, subject, detail),
    )
