"""Tables from files: CSV as Excel and others write it, XLSX. Cells are text; nothing is guessed but the encoding."""

import csv
import io
import zipfile
from pathlib import Path

from bini.errors import BiniError
from bini.exchange.form import unescaped

MAX_CELL_CHARACTERS = 32767  # what Excel keeps in one cell
Table = list[tuple[int, list[str]]]  # row number as the spreadsheet shows it, cells


def read_table(path: Path) -> Table:
    """Return the rows of a table file, the header first; rows without any text are left out."""
    rows = _read_xlsx(path) if path.suffix.lower() == ".xlsx" else _read_csv(path)
    rows = [(number, [unescaped(cell.strip()) for cell in cells]) for number, cells in rows]
    rows = [(number, cells) for number, cells in rows if any(cells)]
    if not rows:
        raise BiniError(f"{path} is empty: expected a header row. `bini template form{path.suffix}` writes one.")
    return rows


def _read_csv(path: Path) -> Table:
    text = _decoded(path)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text.partition("\n")[0], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    csv.field_size_limit(10_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter, strict=True)
    rows: Table = []
    try:
        for number, cells in enumerate(reader, start=1):
            rows.append((number, cells))
    except csv.Error as error:
        raise BiniError(
            f"{path}, row {len(rows) + 1}: not CSV ({error}). Check the quotation marks, or save the table as .xlsx."
        ) from error
    return rows


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BiniError(f"{path} is neither UTF-8 nor CP949. Save it as 'CSV UTF-8' or as .xlsx.")


def _read_xlsx(path: Path) -> Table:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = [
            (number, [_text(value) for value in values])
            for number, values in enumerate(sheet.iter_rows(values_only=True), start=1)
        ]
        book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError) as error:
        raise BiniError(
            f"{path} is no XLSX workbook ({error}). Save the table anew as .xlsx or as CSV UTF-8."
        ) from error
    return rows


def _text(value: object) -> str:
    """Return a cell as text; a number that Excel keeps as 1029180910000.0 reads as it was typed."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
