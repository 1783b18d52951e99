"""DOCX: the claim chart as attorneys lay it out: facts, the element table with a repeated head, sign-off, disclaimer."""

import io
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from bini.exports.sheet import Sheet

FONT = "Malgun Gothic"
WIDTHS_MM = (14, 85, 85, 26, 47)
FACT_WIDTHS_MM = (48, 209)


def render(sheets: Sequence[Sheet]) -> bytes:
    document: Any = Document()
    _set_page(document)
    for number, sheet in enumerate(sheets):
        if number:
            document.add_page_break()
        document.add_heading(sheet.title, level=1)
        _table(document, sheet.facts, FACT_WIDTHS_MM)
        document.add_paragraph()
        chart = _table(document, (sheet.columns, *sheet.rows), WIDTHS_MM, has_head=True)
        _repeat_head(chart)
        for question in sheet.missing:
            document.add_paragraph(f"{sheet.missing_title}: {question}", style="List Bullet")
        document.add_paragraph()
        blank = tuple("" for _ in sheet.sign_off)
        _table(document, (sheet.sign_off, blank), (65, 65, 65, 62), has_head=True)
        document.add_paragraph(sheet.disclaimer).runs[0].font.size = Pt(9)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(18)
    for name in ("Normal", "Heading 1"):
        style = document.styles[name]
        style.font.name = FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    document.styles["Normal"].font.size = Pt(10)


def _table(document: Any, rows: Sequence[Sequence[str]], widths_mm: Sequence[int], *, has_head: bool = False) -> Any:
    table = document.add_table(rows=0, cols=len(widths_mm))
    table.style = "Table Grid"
    table.autofit = False
    for number, texts in enumerate(rows):
        for place, (cell, text, width) in enumerate(zip(table.add_row().cells, texts, widths_mm, strict=True)):
            cell.width = Mm(width)
            cell.text = text
            is_label = number == 0 if has_head else place == 0
            for paragraph in cell.paragraphs:
                for run in paragraph.runs:
                    run.bold = is_label
    return table


def _repeat_head(table: Any) -> None:
    """Have Word repeat the first row on every page."""
    head = OxmlElement("w:tblHeader")
    head.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(head)
