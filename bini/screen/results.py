"""The results of a batch: JSONL for machines, CSV and XLSX for people; riskiest first, written whole or not at all.

Folders of Parquet parts are written by parts.py.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from bini.assess import DISCLAIMER
from bini.exports.sheet import SIGNS, printable, spreadsheet_safe
from bini.runs import new_file
from bini.schema import RISK_LEVELS

FORMATS = (".jsonl", ".csv", ".xlsx")
COLUMNS = {
    "product_id": "제품",
    "regit_num": "특허번호",
    "risk_level": "위험도",
    "deciding_element": "결정 구성",
    "decision_reason": "이유",
    "comparisons": "구성대비",
    "missing_information": "확인할 사항",
    "flags": "표시",
    "error": "오류",
    "model": "모델",
    "model_version": "모델 버전",
    "input_sha256": "입력 해시",
    "answered_at": "시각 (UTC)",
}
MAX_CELL_CHARACTERS = 32_000
MAX_SHEET_ROWS = 1_048_576 - 2  # Excel's, less heading and disclaimer
MAX_SHEET_COLUMNS = 16_384 - 1
Rows = Iterable[dict[str, Any]]  # gone through once


def write_results(rows: Rows, path: Path) -> None:
    """Write rows, in their order, to a file in the format of its ending; the file appears when it is whole."""
    with new_file(path) as file:
        _WRITERS[path.suffix.lower()](rows, file)


def render_results(rows: Sequence[dict[str, Any]], suffix: str) -> bytes:
    """Return rows, riskiest first, as the bytes of a file with this ending."""
    file = io.BytesIO()
    _WRITERS[suffix](sorted(rows, key=lambda row: _rank(row["risk_level"])), file)
    return file.getvalue()


def _write_jsonl(rows: Rows, file: BinaryIO) -> None:
    for row in rows:
        file.write(json.dumps(row | {"disclaimer": DISCLAIMER}, ensure_ascii=False).encode("utf-8") + b"\n")


def _write_csv(rows: Rows, file: BinaryIO) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS.values())
    for row in rows:
        writer.writerow([_cell(row, column) for column in COLUMNS])
    writer.writerow([DISCLAIMER])
    text.detach()  # flushes, and leaves the file open


def _write_xlsx(rows: Rows, file: BinaryIO) -> None:
    """Write a workbook of two sheets: the list, and the matrix of products by patents."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet("결과")
    page.append(list(COLUMNS.values()))
    products, patents, grades = dict[str, None](), dict[str, None](), dict[tuple[str, str], str | None]()
    for row in rows:
        page.append([_cell(row, column) for column in COLUMNS])
        products[row["product_id"]] = patents[row["regit_num"]] = None
        grades.setdefault((row["product_id"], row["regit_num"]), row["risk_level"])  # a number may have several claims
    page.append([DISCLAIMER])
    matrix = book.create_sheet("제품 x 특허")
    matrix.append(["", *map(_safe, patents)])
    for product in products:
        matrix.append([_safe(product), *(grades.get((product, patent)) or "?" for patent in patents)])
    book.save(file)


_WRITERS = {".jsonl": _write_jsonl, ".csv": _write_csv, ".xlsx": _write_xlsx}


def _cell(row: dict[str, Any], column: str) -> str:
    value = row.get(column)
    if column == "comparisons" and value:
        value = [
            f"{number}. {SIGNS[c['match']]} {c['patent_element']} ← {c['user_product_element'] or '—'}"
            for number, c in enumerate(value, 1)
        ]
    text = "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
    return _safe(text)


def _safe(text: str) -> str:
    return spreadsheet_safe(printable(text))[:MAX_CELL_CHARACTERS]


def _rank(level: str | None) -> int:
    return RISK_LEVELS.index(level) if level in RISK_LEVELS else len(RISK_LEVELS)
