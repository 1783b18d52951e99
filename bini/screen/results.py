"""The results of a batch: JSONL for machines, CSV and XLSX for people; riskiest first, written whole or not at all."""

import csv
import io
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bini.assess import DISCLAIMER
from bini.errors import BiniError
from bini.exports.sheet import SIGNS, printable, spreadsheet_safe
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
Rows = Sequence[dict[str, Any]]


def write_results(rows: Rows, path: Path) -> None:
    """Write rows to a file in the format of its ending; the file appears when it is whole."""
    content = render_results(rows, path.suffix.lower())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise BiniError(f"{path} cannot be written ({error.strerror}). Give another --out; nothing is lost.") from error


def render_results(rows: Rows, suffix: str) -> bytes:
    """Return rows, riskiest first, as the bytes of a file with this ending."""
    ordered = sorted(rows, key=lambda row: _rank(row["risk_level"]))
    if suffix == ".jsonl":
        lines = [json.dumps(row | {"disclaimer": DISCLAIMER}, ensure_ascii=False) + "\n" for row in ordered]
        return "".join(lines).encode("utf-8")
    return _as_csv(ordered) if suffix == ".csv" else _as_xlsx(ordered)


def _as_csv(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS.values())
    for row in rows:
        writer.writerow([_cell(row, column) for column in COLUMNS])
    writer.writerow([DISCLAIMER])
    return text.getvalue().encode("utf-8-sig")


def _as_xlsx(rows: Rows) -> bytes:
    """Return a workbook of two sheets: the list, and the matrix of products by patents."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet("결과")
    page.append(list(COLUMNS.values()))
    for row in rows:
        page.append([_cell(row, column) for column in COLUMNS])
    page.append([DISCLAIMER])
    matrix = book.create_sheet("제품 x 특허")
    patents = list(dict.fromkeys(row["regit_num"] for row in rows))
    matrix.append(["", *map(_safe, patents)])
    grades = {(row["product_id"], row["regit_num"]): row["risk_level"] for row in reversed(rows)}
    for product in dict.fromkeys(row["product_id"] for row in rows):
        matrix.append([_safe(product), *(grades.get((product, patent)) or "?" for patent in patents)])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


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
