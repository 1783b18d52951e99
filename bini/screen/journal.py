"""The journal of a batch: one line per answered pair, each with its checksum, only ever appended to.

    3f1c9a2b… {"pair_id": "…", "product_id": "…", "risk_level": "높음", …}

A line is written whole and synced before the next chunk is asked for. What a kill leaves half written fails its checksum
and is cut off; a line that was damaged later is answered anew. A pair's id is a hash of product, claim and model, so a
changed text or model is another pair, and everything else is not asked twice.
"""

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from bini.cases import elements_for
from bini.errors import BiniError
from bini.schema import Case
from bini.store.history import input_hash
from bini.store.nouns import JobPatent, JobProduct, Origin

CHECKSUM_DIGITS = 16


@dataclass(frozen=True)
class Pair:
    """One product against one claim, answered by one model."""

    pair_id: str
    product_id: str
    case: Case
    input_sha256: str


class Journal:
    """The file; `rows` are the answered pairs by id."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, dict[str, Any]] = {}
        self._lock = FileLock(f"{path}.lock")

    def __enter__(self) -> "Journal":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise BiniError(f"{self.path} is in use by another process.\nWait for it, or use another --out.") from error
        self._read()
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Append answered pairs and return when they are on the disk."""
        with self.path.open("ab") as file:
            file.writelines(_line(row) for row in rows)
            file.flush()
            os.fsync(file.fileno())
        self.rows.update({row["pair_id"]: row for row in rows})

    def _read(self) -> None:
        if not self.path.exists():
            return
        content = self.path.read_bytes()
        end = content.rfind(b"\n") + 1
        if end < len(content):  # a line that a kill left half written
            os.truncate(self.path, end)
        num_damaged = 0
        for line in content[:end].splitlines():
            row = _checked(line)
            num_damaged += row is None
            if row is not None:
                self.rows[row["pair_id"]] = row
        if num_damaged:
            print(f"{self.path}: {num_damaged} damaged lines; their pairs are answered anew.", file=sys.stderr)


def pairs_of(products: Sequence[JobProduct], patents: Sequence[JobPatent], origin: Origin) -> list[Pair]:
    """Return every product against every claim, product by product."""
    elements = [elements_for(_case(JobProduct(product_id="", user_query="x"), patent)) for patent in patents]
    return [
        _pair(product, patent.model_copy(update={"elements": charted}), origin)
        for product in products
        for patent, charted in zip(patents, elements, strict=True)
    ]


def _pair(product: JobProduct, patent: JobPatent, origin: Origin) -> Pair:
    case = _case(product, patent)
    asked = input_hash(case)
    parts = [product.product_id, patent.regit_num, asked, origin.model_version, origin.prompt_sha256]
    pair_id = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]
    return Pair(pair_id, product.product_id, case, asked)


def _case(product: JobProduct, patent: JobPatent) -> Case:
    return Case(
        case_id=product.product_id or "claim",
        regit_num=patent.regit_num,
        claim_text=patent.claim_text,
        user_query=product.user_query,
        elements=patent.elements,
    )


def _line(row: dict[str, Any]) -> bytes:
    content = json.dumps(row, ensure_ascii=False).encode("utf-8")
    return _checksum(content) + b" " + content + b"\n"


def _checked(line: bytes) -> dict[str, Any] | None:
    checksum, _, content = line.partition(b" ")
    if checksum != _checksum(content):
        return None
    row: dict[str, Any] = json.loads(content)
    return row


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest()[:CHECKSUM_DIGITS].encode()
