"""The journal of a batch: one line per answered pair, each with its checksum, only ever appended to.

    3f1c9a2b… {"pair_id": "…", "product_id": "…", "risk_level": "높음", …}

One process writes it, however many answer. Lines are whole and on the disk before more is asked for. What a kill leaves
half written is cut off; a line that was damaged later is answered anew; where a pair has two lines, the later counts.
In memory is where each pair's line begins, not the line: some 0.2 kB a pair.
"""

import hashlib
import json
import os
import sys
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from bini.errors import BiniError
from bini.runs import sync
from bini.schema import RISK_LEVELS

CHECKSUM_DIGITS = 16
KINDS = (*RISK_LEVELS, "settled", "failed")  # of rows, in the order of results; settled: 낮음 by code, no model asked
Row = dict[str, Any]


class Journal:
    """The file. Lines of the kinds in `redo` do not count as answered."""

    def __init__(self, path: Path, redo: Collection[str] = ()) -> None:
        self.path = path
        self.redo = frozenset(redo)
        self._places: dict[str, int] = {}  # pair id -> offset of its line * len(KINDS) + number of its kind
        self._lock = FileLock(f"{path}.lock")

    def __enter__(self) -> "Journal":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise BiniError(f"{self.path} is in use by another process.\nWait for it, or use another --out.") from error
        self.path.touch()
        sync(self.path.parent)
        _cut_off_torn_line(self.path)
        self._places, num_damaged = read_places(self.path, self.redo)
        if num_damaged:
            print(f"{self.path}: {num_damaged} damaged lines; their pairs are answered anew.", file=sys.stderr)
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def __contains__(self, pair_id: str) -> bool:
        return pair_id in self._places

    def __len__(self) -> int:
        return len(self._places)

    def add(self, rows: Sequence[Row]) -> None:
        """Append the rows of pairs that have none yet, and return when they are on the disk."""
        with self.path.open("ab") as file:
            for row in rows:
                if row["pair_id"] not in self:
                    self._places[row["pair_id"]] = _place(file.tell(), row)
                    file.write(_line(row))
            file.flush()
            os.fsync(file.fileno())

    def results(self, pair_ids: Iterable[str]) -> "Results":
        """Return the rows of pairs.

        Raises:
            BiniError: a pair has no answer yet.
        """
        offsets = tuple(array("q") for _ in KINDS)
        for pair_id in pair_ids:
            if pair_id not in self:
                raise BiniError(
                    f"{self.path} lacks pair {pair_id}.\nGive the same command again: it asks what is left."
                )
            offset, kind = divmod(self._places[pair_id], len(KINDS))
            offsets[kind].append(offset)
        return Results(self.path, offsets)


class Results:
    """Rows in the order of results, riskiest first, then as the pairs came; read from the journal one at a time."""

    def __init__(self, path: Path, offsets: Sequence[Sequence[int]]) -> None:
        self._path = path
        self._offsets = offsets

    def __len__(self) -> int:
        return sum(map(len, self._offsets))

    def __iter__(self) -> Iterator[Row]:
        return self._read(offset for offsets in self._offsets for offset in offsets)

    def of_kind(self, kind: str) -> Iterator[Row]:
        return self._read(self._offsets[KINDS.index(kind)])

    def counts(self) -> dict[str, int]:
        """Return how many rows there are of each kind."""
        return {kind: len(offsets) for kind, offsets in zip(KINDS, self._offsets, strict=True)}

    def _read(self, offsets: Iterable[int]) -> Iterator[Row]:
        with self._path.open("rb") as file:
            for offset in offsets:
                file.seek(offset)
                row = _checked(file.readline())
                if row is None:
                    raise BiniError(
                        f"{self._path}: the line at byte {offset} was damaged.\n"
                        "Give the same command again: its pair is answered anew."
                    )
                yield row


def read_places(path: Path, redo: Collection[str], end: int | None = None) -> tuple[dict[str, int], int]:
    """Return the place of each answered pair's line before byte `end`, and how many lines are damaged."""
    places: dict[str, int] = {}
    num_damaged = offset = 0
    with path.open("rb") as file:
        for line in file:
            if end is not None and offset >= end:
                break
            row = _checked(line)
            num_damaged += row is None
            if row is not None and kind_of(row) not in redo:
                places[row["pair_id"]] = _place(offset, row)
            offset += len(line)
    return places, num_damaged


def kind_of(row: Row) -> str:
    """Return which of KINDS a row is."""
    if row.get("settled_by_code"):
        return "settled"
    return row["risk_level"] or "failed"


def _cut_off_torn_line(path: Path) -> None:
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end and (start := max(0, end - 65536)) < end:
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            end = start
    if end < path.stat().st_size:
        os.truncate(path, end)


def _place(offset: int, row: Row) -> int:
    return offset * len(KINDS) + KINDS.index(kind_of(row))


def _line(row: Row) -> bytes:
    content = json.dumps(row, ensure_ascii=False).encode("utf-8")
    return _checksum(content) + b" " + content + b"\n"


def _checked(line: bytes) -> Row | None:
    checksum, _, content = line.rstrip(b"\n").partition(b" ")
    if checksum != _checksum(content):
        return None
    row: Row = json.loads(content)
    return row


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest()[:CHECKSUM_DIGITS].encode()
