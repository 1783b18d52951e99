"""The form: which columns a table has, what they are called, and which belong to a case or to one of its elements."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bini.errors import BiniError

CASE_COLUMNS = {
    "case_id": "사건번호",
    "regit_num": "등록번호",
    "claim_text": "청구항",
    "user_query": "제품 설명",
    "risk_level": "위험도",
    "decision_reason": "판단 이유",
    "group": "묶음",
    "tags": "태그",
}
ELEMENT_COLUMNS = {
    "patent_element": "구성요소",
    "user_product_element": "제품의 해당 부분",
    "match": "대비",
    "flags": "표시",
    "note": "비고",
}
COLUMNS = CASE_COLUMNS | ELEMENT_COLUMNS
ORDER = (*tuple(CASE_COLUMNS)[:4], *ELEMENT_COLUMNS, *tuple(CASE_COLUMNS)[4:])  # as a chart reads from left to right
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes such a cell for a formula


@dataclass(frozen=True)
class Line:
    """One row of a table: its number as the spreadsheet shows it, and its cells by field name."""

    number: int
    cells: Mapping[str, str]


def mapping_of(options: Sequence[str]) -> dict[str, str]:
    """Return `field=column` options as a mapping. Raises `BiniError` for one without =, or for a field named twice."""
    mapping: dict[str, str] = {}
    for option in options:
        field, equals, column = option.partition("=")
        if not equals or not column or field in mapping:
            raise BiniError(f"--map {option}: expected FIELD=COLUMN, each field once. Fields: {', '.join(COLUMNS)}.")
        mapping[field] = column
    return mapping


def fields_of(
    headers: Sequence[str], mapping: Mapping[str, str], ignored: Sequence[str], path: Path, errors: list[str]
) -> list[str | None]:
    """Return the field of every column; None for a column that is ignored. Adds what is wrong to `errors`."""
    errors += [
        f"{path}, --map {field}={column}: there is no column {column!r}; the file has {', '.join(headers)}."
        for field, column in mapping.items()
        if column not in headers
    ]
    errors += [
        f"{path}, --map {field}: no such field; the nearest is {_nearest(field)}. Fields: {', '.join(COLUMNS)}."
        for field in mapping
        if field not in COLUMNS
    ]
    mapped = {column: field for field, column in mapping.items()}
    fields: list[str | None] = []
    for position, header in enumerate(headers, start=1):
        field = mapped.get(header) or _field_named(header)
        if header in ignored or not header:
            fields.append(None)
        elif field is None:
            errors.append(
                f"{path}, row 1, column {position} ({header!r}): unknown column; the nearest field is {_nearest(header)}. "
                f"Use --map FIELD={header!r} or --ignore {header!r}."
            )
            fields.append(None)
        elif field in fields:
            errors.append(f"{path}, row 1, column {position} ({header!r}): {field} stands in two columns. Keep one.")
            fields.append(None)
        else:
            fields.append(field)
    return fields


def _field_named(header: str) -> str | None:
    plain = header.replace(" ", "").casefold()
    for field, korean in COLUMNS.items():
        if plain in (field, korean.replace(" ", ""), f"{korean.replace(' ', '')}({field})"):
            return field
    return None


def _nearest(word: str) -> str:
    names = [*COLUMNS, *COLUMNS.values()]
    return difflib.get_close_matches(word, names, n=1, cutoff=0.0)[0]


def escaped(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; `unescaped` undoes it."""
    bare = text.lstrip("'")
    return "'" + text if bare.startswith(DANGEROUS) else text


def unescaped(text: str) -> str:
    """Return a cell as it was before `escaped`."""
    bare = text.lstrip("'")
    return text[1:] if text.startswith("'") and bare.startswith(DANGEROUS) else text
