"""The audit log: who did what to which thing, and when. It only grows; SQL triggers refuse UPDATE and DELETE."""

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

    def close(self) -> None:
        self.database.close()


def log(connection: sqlite3.Connection, actor: str, action: str, subject: str, detail: str = "") -> None:
    """Add an entry in the transaction of what it tells of. `detail` never holds a product's or a claim's text."""
    connection.execute(
        "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
        (now(), actor or LOCAL_USER, action, subject, detail),
    )
