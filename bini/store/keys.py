"""API keys: shown once when made, kept as SHA-256 only, compared in constant time.

A key is 32 random bytes, so a plain hash cannot be turned round by guessing, as a password's could.
"""

import hashlib
import hmac
import secrets

from bini.errors import BiniError
from bini.store.audit import LOCAL_USER, Audit, log
from bini.store.database import now
from bini.store.nouns import Key

PREFIX = "bini_"


class Keys(Audit):
    """Makes, finds and removes API keys."""

    def make_key(self, name: str, actor: str = LOCAL_USER) -> str:
        """Return a new key's secret. It is not kept, so it cannot be shown again."""
        secret = PREFIX + secrets.token_urlsafe(32)
        with self.database.transaction() as connection:
            key_id = secrets.token_hex(4)
            connection.execute("INSERT INTO keys VALUES (?, ?, ?, ?)", (key_id, name, _hash(secret), now()))
            log(connection, actor, "make key", key_id, name)
        return secret

    def list_keys(self) -> list[Key]:
        with self.database.reading() as connection:
            rows = connection.execute("SELECT key_id, name, created_at FROM keys ORDER BY created_at")
            return [Key.model_validate(dict(row)) for row in rows]

    def remove_key(self, key_id: str, actor: str = LOCAL_USER) -> None:
        """Remove a key; it opens nothing from now on.

        Raises:
            BiniError: no key of that id.
        """
        with self.database.transaction() as connection:
            if not connection.execute("DELETE FROM keys WHERE key_id = ?", (key_id,)).rowcount:
                raise BiniError(f"There is no key {key_id}. `bini key list` shows those there are.")
            log(connection, actor, "remove key", key_id)

    def key_of(self, secret: str) -> Key | None:
        """Return whose key this is, None where it is nobody's; every key is compared, in constant time."""
        offered = _hash(secret)
        with self.database.reading() as connection:
            rows = connection.execute("SELECT * FROM keys").fetchall()
        matching = [row for row in rows if hmac.compare_digest(row["sha256"], offered)]
        if not matching:
            return None
        row = matching[0]
        return Key(key_id=row["key_id"], name=row["name"], created_at=row["created_at"])


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
