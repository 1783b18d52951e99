"""Tables of products and patents: CSV (UTF-8 or CP949, as Korean Excel writes it), XLSX and JSONL; files or uploads.

Every fault is said with its row and column, all at once. A workbook is looked at before it is opened: its parts must not
unpack to more than a table can need, declare XML entities, or carry macros.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bini.errors import BiniError
from bini.store.nouns import JobPatent, JobProduct

HEADINGS = {
    "id": ("id", "product_id", "case_id", "제품번호", "제품 번호", "제품id", "제품명", "이름", "name", "번호"),
    "text": ("text", "user_query", "product", "description", "제품", "제품설명", "제품 설명", "설명", "본문"),
    "regit_num": ("regit_num", "patent", "patent_no", "number", "등록번호", "특허번호", "특허 번호"),
    "claim_text": ("claim_text", "claim", "청구항", "청구항 전문", "청구범위"),
    "elements": ("elements", "구성요소"),
}
MAX_FILE_BYTES = 20_000_000
MAX_UNPACKED_BYTES = 100_000_000
MAX_RATIO = 200  # unpacked to packed; text packs to a tenth or a twentieth
MAX_PARTS = 2_000
MAX_ROWS = 10_000
MAX_CHARACTERS = 20_000
MAX_ERRORS_SHOWN = 20
Row = tuple[int, dict[str, Any]]  # row number as a spreadsheet shows it, cells by heading


def read_products(path: Path, content: bytes | None = None) -> list[JobProduct]:
    """Return the products of a table; a product without an id gets its row's number."""
    faults: list[str] = []
    products, places = [], dict[str, int]()
    for number, cells in _rows(path, content, ("text",)):
        text = _cell(cells, "text", path, number, faults)
        product_id = str(cells.get("id") or number).strip()
        if (first := places.setdefault(product_id, number)) != number:
            faults.append(
                f"{path.name}:{number}, id: {product_id!r} is also in row {first}. Give each product its own."
            )
        products.append(JobProduct(product_id=product_id, user_query=text))
    return _whole(products, faults, path, "product")


def read_patents(path: Path, content: bytes | None = None) -> list[JobPatent]:
    """Return the claims of a table."""
    faults: list[str] = []
    patents, seen = [], dict[tuple[str, str], int]()
    for number, cells in _rows(path, content, ("regit_num", "claim_text")):
        regit_num = _cell(cells, "regit_num", path, number, faults)
        claim_text = _cell(cells, "claim_text", path, number, faults)
        if (first := seen.setdefault((regit_num, claim_text), number)) != number:
            faults.append(f"{path.name}:{number}: the same claim as in row {first}. Remove one.")
        elements = _elements(cells.get("elements"), path, number, faults)
        patents.append(JobPatent(regit_num=regit_num, claim_text=claim_text, elements=elements))
    return _whole(patents, faults, path, "patent")


def check_workbook(path: Path, content: bytes) -> None:
    """Raise BiniError where a workbook could harm: a zip bomb, XML entities, macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            packed = sum(part.compress_size for part in parts)
            if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * max(packed, 1000):
                raise BiniError(
                    f"{path.name}: unpacks to {unpacked / 1e6:.0f} MB from {packed / 1e6:.1f} MB in {len(parts)} parts, "
                    "more than a table needs. Save the table alone as CSV."
                )
            for part in parts:
                if part.filename.lower().endswith("vbaproject.bin"):
                    raise BiniError(f"{path.name}: holds macros. Save it as .xlsx without macros, or as CSV.")
                if part.filename.lower().endswith((".xml", ".rels")):
                    _check_xml(path, archive, part)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise BiniError(
            f"{path.name}: is no workbook that can be read ({error}). Save it anew as .xlsx or CSV."
        ) from error


def _check_xml(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    with archive.open(part) as file:
        content = file.read(MAX_UNPACKED_BYTES + 1)
    if len(content) > MAX_UNPACKED_BYTES:
        raise BiniError(f"{path.name}: {part.filename} unpacks to more than it says. Save the table alone as CSV.")
    flat = content.replace(b"\x00", b"")  # UTF-16 too
    if b"<!DOCTYPE" in flat or b"<!ENTITY" in flat:
        raise BiniError(
            f"{path.name}: {part.filename} declares XML entities, which no spreadsheet does. Save it as CSV."
        )


def _rows(path: Path, content: bytes | None, needed: Sequence[str]) -> Iterator[Row]:
    if content is None:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BiniError(f"{path} cannot be read ({error.strerror}). Expected .csv, .xlsx or .jsonl.") from error
    if len(content) > MAX_FILE_BYTES:
        raise BiniError(
            f"{path.name}: {len(content) / 1e6:.0f} MB; at most {MAX_FILE_BYTES // 10**6} MB. Split the table."
        )
    readers = {".csv": _csv_rows, ".tsv": _csv_rows, ".txt": _csv_rows, ".xlsx": _xlsx_rows, ".jsonl": _jsonl_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BiniError(
            f"{path.name}: the ending {path.suffix or '(none)'} is no table. Expected .csv, .xlsx or .jsonl."
        )
    for count, (number, cells) in enumerate(reader(path, content)):
        if count >= MAX_ROWS:
            raise BiniError(f"{path.name}: more than {MAX_ROWS} rows. Split the table.")
        known = _by_noun(cells)
        if count == 0 and (missing := [noun for noun in needed if noun not in known]):
            expected = "; ".join(f"{noun} (or {', '.join(HEADINGS[noun][1:4])})" for noun in missing)
            raise BiniError(
                f"{path.name}: columns {', '.join(map(str, cells))}; missing: {expected}. Name it in row 1."
            )
        yield number, known


def _by_noun(cells: dict[str, Any]) -> dict[str, Any]:
    by_heading = {str(heading).strip().lower(): value for heading, value in cells.items()}
    return {
        noun: by_heading[name] for noun, names in HEADINGS.items() for name in reversed(names) if name in by_heading
    }


def _csv_rows(path: Path, content: bytes) -> Iterator[Row]:
    text = _decoded(path, content)
    first_line = text.partition("\n")[0]
    delimiter = max(",\t;", key=first_line.count)
    try:
        yield from _headed(enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1))
    except csv.Error as error:
        raise BiniError(f"{path.name}: is not CSV ({error}). Save it anew as CSV UTF-8.") from error


def _decoded(path: Path, content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BiniError(f"{path.name}: is neither UTF-8 nor CP949. Save it as CSV UTF-8.")


def _xlsx_rows(path: Path, content: bytes) -> Iterator[Row]:
    from openpyxl import load_workbook

    check_workbook(path, content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        page = book.worksheets[0]
        yield from _headed(enumerate(page.iter_rows(values_only=True, max_row=MAX_ROWS + 2, max_col=100), 1))
    except (KeyError, ValueError, TypeError, IndexError, SyntaxError, AttributeError, zipfile.BadZipFile) as error:
        # openpyxl has no error of its own for broken parts; SyntaxError is the base of XML parse errors
        raise BiniError(
            f"{path.name}: is no workbook that can be read ({error}). Save it anew as .xlsx or CSV."
        ) from error


def _headed(rows: Iterator[tuple[int, Sequence[Any]]]) -> Iterator[Row]:
    """Yield rows by the headings of the first one that is not empty."""
    headings: list[str] | None = None
    for number, cells in rows:
        texts = ["" if cell is None else str(cell) for cell in cells]
        if not any(text.strip() for text in texts):
            continue
        if headings is None:
            headings = texts
        else:
            yield number, dict(zip(headings, texts, strict=False))


def _jsonl_rows(path: Path, content: bytes) -> Iterator[Row]:
    for number, line in enumerate(_decoded(path, content).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BiniError(f"{path.name}:{number}: not JSON ({error}). Expected one object a line.") from error
        if not isinstance(value, dict):
            raise BiniError(f"{path.name}:{number}: found {type(value).__name__}; expected an object a line.")
        yield number, value


def _cell(cells: dict[str, Any], noun: str, path: Path, number: int, faults: list[str]) -> str:
    text = str(cells.get(noun) or "").strip()
    if not text:
        faults.append(f"{path.name}:{number}, {noun}: empty. Fill it in, or remove the row.")
    elif len(text) > MAX_CHARACTERS:
        faults.append(f"{path.name}:{number}, {noun}: {len(text)} characters; at most {MAX_CHARACTERS}. Shorten it.")
    elif not text.isprintable() and any("\ud800" <= character <= "\udfff" for character in text):
        faults.append(f"{path.name}:{number}, {noun}: holds half a character (surrogate). Save the file anew as UTF-8.")
    return text


def _elements(value: Any, path: Path, number: int, faults: list[str]) -> tuple[str, ...] | None:
    if not value:
        return None
    lines = value if isinstance(value, list) else str(value).splitlines()
    elements = tuple(str(line).strip() for line in lines if str(line).strip())
    if len(elements) > 40:
        faults.append(f"{path.name}:{number}, elements: {len(elements)}; at most 40. Join some.")
    return elements or None


def _whole(nouns: list[Any], faults: list[str], path: Path, noun: str) -> list[Any]:
    if not nouns:
        faults.append(f"{path.name}: holds no {noun}. Expected a heading in row 1 and one {noun} a row.")
    if faults:
        more = [f"… and {len(faults) - MAX_ERRORS_SHOWN} more."] if len(faults) > MAX_ERRORS_SHOWN else []
        raise BiniError("\n".join(faults[:MAX_ERRORS_SHOWN] + more))
    return nouns
