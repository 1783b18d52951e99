"""Products and patents from tables; every fault is said with its row and column, all at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bini.errors import BiniError, raise_all
from bini.screen.rows import rows_of
from bini.store.nouns import JobPatent, JobProduct

MAX_CHARACTERS = 20_000
HALF_A_CHARACTER = "holds half a character (surrogate). Save the file anew as UTF-8."


class ProductTable:
    """The products of a file, checked once and then read anew each time: one product is held, however many there are.

    Raises:
        BiniError: from the start, all faults of the table; later, a file that was changed in between.
    """

    def __init__(self, path: Path) -> None:
        faults: list[str] = []
        self.path = path.resolve()
        self._length = sum(1 for _ in _products(self.path, None, faults))
        _check(self._length, faults, path, "product")
        self._state = self._state_now()

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[JobProduct]:
        if self._state_now() != self._state:
            raise BiniError(
                f"{self.path} was changed while it was worked on.\n"
                "Give the same command again: what is answered already is kept."
            )
        return _products(self.path, None, [])

    def _state_now(self) -> tuple[int, int]:
        status = self.path.stat()
        return status.st_size, status.st_mtime_ns


def read_products(path: Path, content: bytes | None = None) -> list[JobProduct]:
    """Return the products of a table; a product without an id gets its row's number."""
    faults: list[str] = []
    products = list(_products(path, content, faults))
    _check(len(products), faults, path, "product")
    return products


def read_patents(path: Path, content: bytes | None = None) -> list[JobPatent]:
    """Return the claims of a table."""
    faults: list[str] = []
    patents, seen = [], dict[tuple[str, str], int]()
    for number, cells in rows_of(path, content, ("regit_num", "claim_text")):
        regit_num = _cell(cells, "regit_num", path, number, faults)
        claim_text = _cell(cells, "claim_text", path, number, faults)
        if (first := seen.setdefault((regit_num, claim_text), number)) != number:
            faults.append(f"{path.name}:{number}: the same claim as in row {first}. Remove one.")
        elements = _elements(cells.get("elements"), path, number, faults)
        patents.append(JobPatent(regit_num=regit_num, claim_text=claim_text, elements=elements))
    _check(len(patents), faults, path, "patent")
    return patents


def _products(path: Path, content: bytes | None, faults: list[str]) -> Iterator[JobProduct]:
    places = dict[str, int]()
    for number, cells in rows_of(path, content, ("text",)):
        text = _cell(cells, "text", path, number, faults)
        product_id = str(cells.get("id") or number).strip()
        if _has_half_a_character(product_id):
            faults.append(f"{path.name}:{number}, id: {HALF_A_CHARACTER}")
        if (first := places.setdefault(product_id, number)) != number:
            faults.append(
                f"{path.name}:{number}, id: {product_id!r} is also in row {first}. Give each product its own."
            )
        yield JobProduct(product_id=product_id, user_query=text)


def _cell(cells: dict[str, Any], noun: str, path: Path, number: int, faults: list[str]) -> str:
    text = str(cells.get(noun) or "").strip()
    if not text:
        faults.append(f"{path.name}:{number}, {noun}: empty. Fill it in, or remove the row.")
    elif len(text) > MAX_CHARACTERS:
        faults.append(f"{path.name}:{number}, {noun}: {len(text)} characters; at most {MAX_CHARACTERS}. Shorten it.")
    elif _has_half_a_character(text):
        faults.append(f"{path.name}:{number}, {noun}: {HALF_A_CHARACTER}")
    return text


def _has_half_a_character(text: str) -> bool:
    return not text.isprintable() and any("\ud800" <= character <= "\udfff" for character in text)


def _elements(value: Any, path: Path, number: int, faults: list[str]) -> tuple[str, ...] | None:
    if not value:
        return None
    lines = value if isinstance(value, list) else str(value).splitlines()
    elements = tuple(str(line).strip() for line in lines if str(line).strip())
    if len(elements) > 40:
        faults.append(f"{path.name}:{number}, elements: {len(elements)}; at most 40. Join some.")
    return elements or None


def _check(count: int, faults: list[str], path: Path, noun: str) -> None:
    if not count:
        faults.append(f"{path.name}: holds no {noun}. Expected a heading in row 1 and one {noun} a row.")
    raise_all(faults)
