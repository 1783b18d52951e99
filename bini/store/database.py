"""One SQLite file: a connection per thread, transactions, and migrations by alembic."""

import contextlib
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bini.errors import BiniError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30


class Connection(sqlite3.Connection):
    """A connection that can be held weakly: it closes with its thread, and a server's threads come and go."""


class Database:
    """The file. Reading and writing happen in `transaction`; connections belong to their threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            migrate(path)
        except sqlite3.DatabaseError as error:
            raise BiniError(
                f"{path} cannot be opened as a history ({error}).\nUse --store with another file."
            ) from error
        path.chmod(0o600)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give a connection in a transaction that is committed whole, or not at all where the block raises."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.rollback()
            raise
        connection.commit()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection to read from; what others write meanwhile is not seen."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.rollback()

    def shrink(self) -> None:
        """Give deleted rows' room back, so that their texts are in no file any more."""
        connection = self._connection()
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        with self._lock:
            for connection in list(self._connections):
                connection.close()
        self._local = threading.local()

    def _connection(self) -> Connection:
        if not hasattr(self._local, "connection"):
            connection = Connection(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            connection.row_factory = sqlite3.Row
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
            with self._lock:
                self._connections.add(connection)
            self._local.connection = connection
        connection_of_thread: Connection = self._local.connection
        return connection_of_thread


def migrate(path: Path) -> None:
    """Bring the file to this version's tables, all steps in one transaction; two processes wait for each other."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError
    from sqlalchemy import create_engine, pool
    from sqlalchemy.exc import DatabaseError

    engine = create_engine(
        f"sqlite:///{path}", poolclass=pool.NullPool, connect_args={"timeout": BUSY_SECONDS, "isolation_level": None}
    )
    config = Config(attributes={})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.exec_driver_sql("COMMIT")
    except CommandError as error:
        raise BiniError(
            f"{path} was written by a newer BINI ({error}).\nUse that version, or another --store."
        ) from error
    except DatabaseError as error:
        raise sqlite3.DatabaseError(str(error.orig)) from error
    finally:
        engine.dispose()


def now() -> str:
    """Return the time as it is kept: UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
