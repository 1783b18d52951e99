"""Rows of a table file, one at a time: CSV (UTF-8 or CP949, as Korean Excel writes it), JSONL, Parquet, and XLSX.

A file of the first three may be of any length: no more than a row is held. An upload comes as bytes and is held to the
limits below, as every workbook is. A workbook is looked at before it is opened: its parts must not unpack to more than
a table can need, declare XML entities, or carry macros.
"""

import codecs
import csv
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from bini.errors import BiniError

HEADINGS = {
    "id": ("id", "product_id", "case_id", "제품번호", "제품 번호", "제품id", "제품명", "이름", "name", "번호"),
    "text": ("text", "user_query", "product", "description", "제품", "제품설명", "제품 설명", "설명", "본문"),
    "regit_num": ("regit_num", "patent", "patent_no", "number", "등록번호", "특허번호", "특허 번호"),
    "claim_text": ("claim_text", "claim", "청구항", "청구항 전문", "청구범위"),
    "elements": ("elements", "구성요소"),
}
KNOWN = {name for names in HEADINGS.values() for name in names}
EXPECTED = "Expected .csv, .xlsx, .jsonl or .parquet."
MAX_FILE_BYTES = 20_000_000
MAX_ROWS = 10_000
MAX_UNPACKED_BYTES = 100_000_000
MAX_RATIO = 200  # unpacked to packed; text packs to a tenth or a twentieth
MAX_PARTS = 2_000
BLOCK_BYTES = 1 << 20
Row = tuple[int, dict[str, Any]]  # row number as a spreadsheet shows it, cells by heading


def rows_of(path: Path, content: bytes | None, needed: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a file, or of an upload's bytes, with their cells by noun (the keys of HEADINGS).

    Raises:
        BiniError: a file that cannot be read, is no table, is over a limit, or lacks a column that is needed.
    """
    suffix = path.suffix.lower()
    readers = {".csv": _csv_rows, ".tsv": _csv_rows, ".txt": _csv_rows, ".xlsx": _xlsx_rows, ".jsonl": _jsonl_rows}
    reader = _parquet_rows if suffix == ".parquet" and content is None else readers.get(suffix)
    if reader is None:
        raise BiniError(f"{path.name}: the ending {path.suffix or '(none)'} is no table. {EXPECTED}")
    is_limited = content is not None or suffix == ".xlsx"
    with _opened(path, content) as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        if is_limited and size > MAX_FILE_BYTES:
            raise BiniError(f"{path.name}: {size / 1e6:.0f} MB; at most {MAX_FILE_BYTES // 10**6} MB. Split the table.")
        for count, (number, cells) in enumerate(reader(path, file)):
            if is_limited and count >= MAX_ROWS:
                raise BiniError(f"{path.name}: more than {MAX_ROWS} rows. Split the table.")
            known = _by_noun(cells)
            if count == 0 and (missing := [noun for noun in needed if noun not in known]):
                expected = "; ".join(f"{noun} (or {', '.join(HEADINGS[noun][1:4])})" for noun in missing)
                raise BiniError(
                    f"{path.name}: columns {', '.join(map(str, cells))}; missing: {expected}. Name it in row 1."
                )
            yield number, known


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


def _opened(path: Path, content: bytes | None) -> BinaryIO:
    if content is not None:
        return io.BytesIO(content)
    try:
        return path.open("rb")
    except OSError as error:
        raise BiniError(f"{path} cannot be read ({error.strerror}). {EXPECTED}") from error


def _by_noun(cells: dict[str, Any]) -> dict[str, Any]:
    by_heading = {str(heading).strip().lower(): value for heading, value in cells.items()}
    return {
        noun: by_heading[name] for noun, names in HEADINGS.items() for name in reversed(names) if name in by_heading
    }


def _csv_rows(path: Path, file: BinaryIO) -> Iterator[Row]:
    with io.TextIOWrapper(file, encoding=_encoding(path, file), newline="") as text:
        first_line = text.readline()
        text.seek(0)
        delimiter = max(",\t;", key=first_line.count)
        try:
            yield from _headed(enumerate(csv.reader(text, delimiter=delimiter, strict=True), 1))
        except csv.Error as error:
            raise BiniError(f"{path.name}: is not CSV ({error}). Save it anew as CSV UTF-8.") from error


def _encoding(path: Path, file: BinaryIO) -> str:
    """Return the encoding that the whole file is in; leave it at its start."""
    for encoding in ("utf-8-sig", "cp949"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while block := file.read(BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
            return encoding
        except UnicodeDecodeError:
            continue
        finally:
            file.seek(0)
    raise BiniError(f"{path.name}: is neither UTF-8 nor CP949. Save it as CSV UTF-8.")


def _xlsx_rows(path: Path, file: BinaryIO) -> Iterator[Row]:
    from openpyxl import load_workbook

    check_workbook(path, file.read())
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
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


def _jsonl_rows(path: Path, file: BinaryIO) -> Iterator[Row]:
    with io.TextIOWrapper(file, encoding=_encoding(path, file), newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise BiniError(f"{path.name}:{number}: not JSON ({error}). Expected one object a line.") from error
            if not isinstance(value, dict):
                raise BiniError(f"{path.name}:{number}: found {type(value).__name__}; expected an object a line.")
            yield number, value


def _parquet_rows(path: Path, file: BinaryIO) -> Iterator[Row]:
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        table = ParquetFile(file)
        columns = [name for name in table.schema_arrow.names if name.strip().lower() in KNOWN]
        batches = table.iter_batches(batch_size=256, columns=columns or None)
        rows = (row for batch in batches for row in batch.to_pylist())
        yield from enumerate(rows, start=1)
    except (pyarrow.ArrowException, OSError) as error:
        raise BiniError(
            f"{path.name}: is no Parquet file that can be read ({error}). Save it anew, or as CSV."
        ) from error
