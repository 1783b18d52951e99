"""XLSX: one worksheet per assessment, cells as text, so that nothing in them is computed."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from bini.exports.sheet import Sheet, spreadsheet_safe

WIDTHS = {"A": 22, "B": 46, "C": 46, "D": 14, "E": 34}
MAX_CELL_CHARACTERS = 32_000  # Excel holds 32,767
LINE = Side(style="thin", color="999999")
BOX = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)
HEAD = PatternFill("solid", fgColor="E8EDF3")


def render(sheets: Sequence[Sheet]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for number, sheet in enumerate(sheets, 1):
        _write(book.create_sheet(f"{number}"), sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _write(page: Worksheet, sheet: Sheet) -> None:
    for letter, width in WIDTHS.items():
        page.column_dimensions[letter].width = width
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", 9  # A4
    page.page_setup.fitToHeight, page.sheet_properties.pageSetUpPr = 0, PageSetupProperties(fitToPage=True)
    row = 1
    _cell(page, row, 1, sheet.title, bold=True, size=16)
    for label, value in sheet.facts:
        row += 1
        _cell(page, row, 1, label, bold=True)
        _cell(page, row, 2, value)
        page.merge_cells(start_row=row, start_column=2, end_row=row, end_column=5)
    row += 2
    for column, name in enumerate(sheet.columns, 1):
        _cell(page, row, column, name, bold=True, boxed=True).fill = HEAD
    page.print_title_rows = f"{row}:{row}"
    for cells in sheet.rows:
        row += 1
        for column, text in enumerate(cells, 1):
            _cell(page, row, column, text, boxed=True)
    row += 1
    for question in sheet.missing:
        row += 1
        _cell(page, row, 1, sheet.missing_title, bold=True)
        _cell(page, row, 2, question)
    for label in sheet.sign_off:
        row += 1
        _cell(page, row, 1, label, bold=True)
        _cell(page, row, 2, "", boxed=True)
    _cell(page, row + 2, 1, sheet.disclaimer, size=9)
    page.merge_cells(start_row=row + 2, start_column=1, end_row=row + 2, end_column=5)


def _cell(
    page: Worksheet, row: int, column: int, text: str, *, bold: bool = False, boxed: bool = False, size: int = 10
) -> Cell:
    cell = page.cell(row, column)
    assert isinstance(cell, Cell)  # merging comes after writing
    cell.value = spreadsheet_safe(text)[:MAX_CELL_CHARACTERS]
    cell.data_type = "s"
    cell.font = Font(bold=bold, size=size)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if boxed:
        cell.border = BOX
    return cell
