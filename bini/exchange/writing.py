"""Export: cases into a table that survives Excel, or into JSON lines; and an empty form to fill in."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from bini.cases import dump_jsonl, elements_for
from bini.errors import BiniError
from bini.exchange.form import COLUMNS, ORDER, escaped
from bini.exchange.tables import MAX_CELL_CHARACTERS
from bini.rules import MARKS
from bini.runs import write_bytes, write_text
from bini.schema import RISK_LEVELS, Case

EXAMPLE = (
    {
        "case_id": "예시-1",
        "regit_num": "1020001234567",
        "claim_text": "나이아신아마이드 2 내지 5 중량%를 포함하는 피부 미백용 화장료 조성물.",
        "user_query": "나이아신아마이드 3%를 넣은 미백 앰플입니다.",
        "patent_element": "나이아신아마이드 2 내지 5 중량%",
        "user_product_element": "나이아신아마이드 3%",
        "match": "대응",
        "risk_level": "높음",
        "decision_reason": "함량 3%가 범위 안에 있고 미백 앰플은 화장료이다.",
    },
    {"patent_element": "피부 미백용 화장료 조성물", "user_product_element": "미백 앰플", "match": "대응"},
)
GUIDE = (
    "한 행에 구성요소 하나를 적습니다. 사건번호부터 제품 설명까지와 위험도, 판단 이유는 사건의 첫 행에만 적습니다.",
    "등록번호, 청구항, 제품 설명은 반드시 채웁니다. 구성요소가 없으면 청구항에서 자동으로 나눕니다.",
    f"대비: {', '.join(MARKS)} 가운데 하나. 균등은 미대응이면서 균등 검토가 필요하다는 뜻입니다.",
    f"위험도: {', '.join(RISK_LEVELS)} 가운데 하나. 정답을 모르면 대비, 위험도, 판단 이유를 모두 비웁니다.",
    "제품의 해당 부분은 제품 설명에서 그대로 옮깁니다. 언급이 없으면 비웁니다. 태그와 표시는 ;로 나눕니다.",
    "예시 행은 지우고 쓰십시오. 본 도구의 결과는 법률 자문이 아닙니다.",
)


def export_cases(cases: Sequence[Case], out: Path) -> None:
    """Write cases to .csv (UTF-8 with BOM), .xlsx or .jsonl; cells that look like formulas are escaped.

    Raises:
        BiniError: another ending, or a cell that a spreadsheet cannot keep.
    """
    if out.suffix.lower() == ".jsonl":
        write_text(out, dump_jsonl(cases))
        return
    _write_table([row for case in cases for row in _rows(case)], out)


def write_template(out: Path) -> None:
    """Write an empty form with an example to .csv or .xlsx; the workbook also has a guide and lists to choose from."""
    _write_table(list(EXAMPLE), out, guide=GUIDE)


def _rows(case: Case) -> Iterator[dict[str, str]]:
    """Yield one row per element; what belongs to the case stands in the first."""
    whole = {
        "case_id": case.case_id,
        "regit_num": case.regit_num,
        "claim_text": case.claim_text,
        "user_query": case.user_query,
        "group": case.group or "",
        "tags": _joined(case.tags, case, "tags"),
    }
    if case.label is None:
        elements = case.elements or ("",)
        for index, element in enumerate(elements):
            yield (whole if index == 0 else {}) | {"patent_element": element}
        return
    if elements_for(case) != tuple(finding.patent_element for finding in case.label.comparisons):
        raise BiniError(
            f"{case.case_id}: its elements differ from those of its label, and a table has one column for both. "
            "Export to .jsonl, or make them equal."
        )
    whole |= {"risk_level": case.label.risk_level, "decision_reason": case.label.decision_reason}
    for index, finding in enumerate(case.label.comparisons):
        yield (whole if index == 0 else {}) | {
            "patent_element": finding.patent_element,
            "user_product_element": finding.user_product_element or "",
            "match": finding.match,
            "flags": _joined(finding.flags, case, "flags"),
            "note": finding.note or "",
        }


def _joined(parts: Sequence[str], case: Case, field: str) -> str:
    if any(";" in part for part in parts):
        raise BiniError(
            f"{case.case_id}, {field}: a ; inside of {parts!r} would be read as two. Export to .jsonl instead."
        )
    return "; ".join(parts)


def _write_table(rows: Sequence[dict[str, str]], out: Path, guide: Sequence[str] = ()) -> None:
    cells = [
        [_cell(row.get(name, ""), number, name, out) for name in ORDER] for number, row in enumerate(rows, start=2)
    ]
    table = [[COLUMNS[name] for name in ORDER], *cells]
    match out.suffix.lower():
        case ".csv":
            text = io.StringIO(newline="")
            csv.writer(text, quoting=csv.QUOTE_MINIMAL).writerows(table)
            write_bytes(out, text.getvalue().encode("utf-8-sig"))  # the mark tells Excel that this is UTF-8
        case ".xlsx":
            _write_xlsx(table, out, guide)
        case suffix:
            raise BiniError(
                f"{out}: {suffix or 'no ending'} is no form that can be written. Expected .csv, .xlsx or .jsonl."
            )


def _cell(text: str, number: int, name: str, out: Path) -> str:
    if len(text) > MAX_CELL_CHARACTERS - 1:
        raise BiniError(
            f"{out}, row {number}, column {name}: {len(text)} characters; a spreadsheet keeps {MAX_CELL_CHARACTERS}. "
            "Export to .jsonl instead."
        )
    return escaped(text)


def _write_xlsx(table: Sequence[Sequence[str]], out: Path, guide: Sequence[str]) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.utils.exceptions import IllegalCharacterError
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "대비표"
    for number, row in enumerate(table, start=1):
        try:
            sheet.append(list(row))
        except IllegalCharacterError as error:
            raise BiniError(
                f"{out}, row {number}: a control character ({error}). Remove it, or export to .csv."
            ) from error
    for position, name in enumerate(ORDER, start=1):
        letter = get_column_letter(position)
        sheet.column_dimensions[letter].width = 40 if name in ("claim_text", "user_query", "patent_element") else 18
        sheet[f"{letter}1"].font = Font(bold=True)
    for cells in sheet.iter_rows(min_row=1):
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.number_format = "@"  # text: a register number stays as it is typed
    for name, choices in (("match", MARKS), ("risk_level", RISK_LEVELS)):
        letter = get_column_letter(ORDER.index(name) + 1)
        choice = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
        choice.add(f"{letter}2:{letter}2000")
        sheet.add_data_validation(choice)
    sheet.freeze_panes = "A2"
    if guide:
        notes = book.create_sheet("안내")
        for line in guide:
            notes.append([line])
    content = io.BytesIO()
    book.save(content)
    write_bytes(out, content.getvalue())
