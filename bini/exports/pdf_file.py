"""PDF: A4 across, the Korean font within the file, so that it reads the same everywhere.

The font is NanumGothic (SIL Open Font License), which the package koreanize-matplotlib brings; its code is not run.
"""

import html
import io
from collections.abc import Sequence
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import LongTable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from bini.exports.sheet import Sheet

WIDTHS = (14 * mm, 88 * mm, 88 * mm, 25 * mm, 42 * mm)
FACT_WIDTHS = (45 * mm, 212 * mm)
HEAD = colors.HexColor("#E8EDF3")


def render(sheets: Sequence[Sheet]) -> bytes:
    _register_fonts()
    buffer = io.BytesIO()
    margins: Any = {"leftMargin": 20 * mm, "rightMargin": 20 * mm, "topMargin": 18 * mm, "bottomMargin": 18 * mm}
    title = sheets[0].title if sheets else "BINI"
    document = SimpleDocTemplate(buffer, pagesize=landscape(A4), title=title, author="BINI", **margins)
    story: list[Any] = []
    for number, sheet in enumerate(sheets):
        story += [PageBreak()] if number else []
        story += _story(sheet)
    document.build(story or [Spacer(1, 1)], onFirstPage=_page_number, onLaterPages=_page_number)
    return buffer.getvalue()


@cache
def _register_fonts() -> None:
    package = distribution("koreanize-matplotlib")
    for name in ("NanumGothic", "NanumGothicBold"):
        path = Path(str(package.locate_file(f"koreanize_matplotlib/fonts/{name}.ttf")))
        pdfmetrics.registerFont(TTFont(name, path))


def _story(sheet: Sheet) -> list[Any]:
    missing = [_paragraph(f"{sheet.missing_title}: {question}") for question in sheet.missing]
    blank = ["" for _ in sheet.sign_off]
    return [
        _paragraph(sheet.title, size=17, is_bold=True),
        Spacer(1, 4 * mm),
        _table(sheet.facts, FACT_WIDTHS, has_head=False),
        Spacer(1, 5 * mm),
        _table([sheet.columns, *sheet.rows], WIDTHS),
        Spacer(1, 3 * mm),
        *missing,
        Spacer(1, 5 * mm),
        _table([sheet.sign_off, blank], (64 * mm,) * len(blank)),
        Spacer(1, 4 * mm),
        _paragraph(sheet.disclaimer, size=8),
    ]


def _table(rows: Sequence[Sequence[str]], widths: Sequence[float], *, has_head: bool = True) -> LongTable:
    cells = [
        [_paragraph(text, is_bold=number == 0 if has_head else place == 0) for place, text in enumerate(row)]
        for number, row in enumerate(rows)
    ]
    table = LongTable(cells, colWidths=list(widths), repeatRows=1 if has_head else 0, splitInRow=1)
    head = ("BACKGROUND", (0, 0), (-1, 0) if has_head else (0, -1), HEAD)
    table.setStyle(
        TableStyle([("GRID", (0, 0), (-1, -1), 0.4, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP"), head])
    )
    return table


def _paragraph(text: str, *, size: int = 9, is_bold: bool = False) -> Paragraph:
    font = "NanumGothicBold" if is_bold else "NanumGothic"
    style = ParagraphStyle("cell", fontName=font, fontSize=size, leading=size * 1.45, wordWrap="CJK")
    return Paragraph(html.escape(text).replace("\n", "<br/>"), style)


def _page_number(canvas: Any, document: Any) -> None:
    canvas.setFont("NanumGothic", 8)
    canvas.drawRightString(277 * mm, 10 * mm, str(document.page))
