"""CSV for Excel: UTF-8 with a byte order mark, no cell that starts like a formula, one line per element."""

import csv
import io
from collections.abc import Sequence

from bini.exports.sheet import Sheet, spreadsheet_safe


def render(sheets: Sequence[Sheet]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for place, sheet in enumerate(sheets):
        if place:
            writer.writerow([])
        blank = [(label, "") for label in sheet.sign_off]
        missing = [(sheet.missing_title, question) for question in sheet.missing]
        for row in [
            (sheet.title,),
            *sheet.facts,
            (),
            sheet.columns,
            *sheet.rows,
            (),
            *missing,
            *blank,
            (sheet.disclaimer,),
        ]:
            writer.writerow([spreadsheet_safe(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")
