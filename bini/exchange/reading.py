"""Import: rows of a table, or JSON under other names, into cases; every wrong cell is named, none is dropped."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bini.cases import dump_jsonl, load_cases
from bini.errors import BiniError, raise_all
from bini.exchange.form import CASE_COLUMNS, COLUMNS, ELEMENT_COLUMNS, Line, fields_of
from bini.exchange.tables import read_table
from bini.rules import MARKS
from bini.runs import write_text
from bini.schema import EQUIVALENTS, MATCHES, RISK_LEVELS, Case

MAX_ERRORS_SHOWN = 50
REQUIRED = ("regit_num", "claim_text", "user_query")


def import_cases(
    path: Path,
    out: Path | None = None,
    mapping: Mapping[str, str] | None = None,
    ignored: Sequence[str] = (),
    labels: Path | None = None,
) -> list[Case]:
    """Read cases from .csv, .tsv, .xlsx, .jsonl or .json and write them to a cases file.

    `mapping` tells the file's own column of a field; `ignored` are columns to leave out; `labels` is the second file of
    the paired form.

    Raises:
        BiniError: every wrong cell with file, row, column and remedy, in one message; then nothing is written.
    """
    if not path.is_file():
        raise BiniError(f"There is no file {path}. Expected .csv, .xlsx, .jsonl or .json.")
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv", ".txt", ".xlsx"):
        if labels is not None:
            raise BiniError(
                f"--labels belongs to the paired form (.json and .jsonl); {path} is a table and holds its labels."
            )
        cases = _from_table(path, mapping or {}, ignored)
    elif suffix in (".json", ".jsonl"):
        cases = _from_json(path, mapping or {}, ignored, labels)
    else:
        raise BiniError(
            f"{path}: {suffix or 'no ending'} is no form that can be read. Expected .csv, .xlsx, .jsonl or .json."
        )
    if out is not None:
        write_text(out, dump_jsonl(cases))
    return cases


def _from_table(path: Path, mapping: Mapping[str, str], ignored: Sequence[str]) -> list[Case]:
    errors: list[str] = []
    (_, headers), *rows = read_table(path)
    fields = fields_of(headers, mapping, ignored, path, errors)
    errors += [
        f"{path}, row 1: there is no column {name} ({COLUMNS[name]}). Add it, or name yours with --map {name}=COLUMN."
        for name in REQUIRED
        if name not in fields
    ]
    if errors:  # without sound headers every row would be wrong
        raise BiniError("\n".join(errors))
    lines = []
    for number, cells in rows:
        errors += [
            f"{path}, row {number}, column {position}: {cell!r} stands beyond the header row. Give the column a header."
            for position, cell in enumerate(cells, start=1)
            if cell and (position > len(fields) or not headers[position - 1])
        ]
        pairs = zip(fields, cells, strict=False)
        lines.append(Line(number, {field: cell for field, cell in pairs if field is not None and cell}))
    groups = _grouped(lines, path, errors)
    cases = [case for group in groups if (case := _case(group, path, errors)) is not None]
    errors += _repeated(groups, path)
    if not groups and not errors:
        errors.append(f"{path} holds a header and no case. Fill in at least one row.")
    raise_all(errors, MAX_ERRORS_SHOWN)
    return cases


def _grouped(lines: Sequence[Line], path: Path, errors: list[str]) -> list[list[Line]]:
    """Put rows together that belong to one case: the same case_id, or none and only element cells."""
    groups: list[list[Line]] = []
    for line in lines:
        named = line.cells.get("case_id")
        goes_on = named == groups[-1][0].cells.get("case_id") if named and groups else not named and _is_element(line)
        if goes_on and groups:
            groups[-1].append(line)
        elif goes_on:
            errors.append(f"{path}, row {line.number}: an element without a case above it. Fill in the case's columns.")
        else:
            groups.append([line])
    return groups


def _is_element(line: Line) -> bool:
    return bool(line.cells) and set(line.cells) <= set(ELEMENT_COLUMNS)


def _repeated(groups: Sequence[Sequence[Line]], path: Path) -> list[str]:
    seen: dict[str, int] = {}
    errors = []
    for group in groups:
        name = group[0].cells.get("case_id")
        if name and name in seen:
            errors.append(
                f"{path}, row {group[0].number}, column case_id: {name!r} began in row {seen[name]} already. "
                "Put a case's rows one below the other, or give this one another number."
            )
        elif name:
            seen[name] = group[0].number
    return errors


def _case(group: Sequence[Line], path: Path, errors: list[str]) -> Case | None:
    before = len(errors)
    first = group[0]
    whole = _whole(group, path, errors)
    errors += [
        f"{path}, row {first.number}, column {name} ({COLUMNS[name]}): empty. Fill it in."
        for name in REQUIRED
        if name not in whole
    ]
    elements = [line for line in group if set(line.cells) & set(ELEMENT_COLUMNS)]
    errors += [
        f"{path}, row {line.number}, column patent_element ({COLUMNS['patent_element']}): empty, though the row says "
        f"{', '.join(sorted(set(line.cells) & set(ELEMENT_COLUMNS)))}. Name the claim element."
        for line in elements
        if "patent_element" not in line.cells
    ]
    label = _label(elements, whole, first, path, errors)
    if len(errors) > before:
        return None
    value: dict[str, Any] = {name: whole[name] for name in ("case_id", *REQUIRED, "group") if name in whole}
    value.setdefault("case_id", f"{path.stem}-{first.number:04}")
    value["tags"] = _listed(whole.get("tags", ""))
    if elements:
        value["elements"] = [line.cells["patent_element"] for line in elements]
    try:
        return Case.model_validate(value | {"label": label})
    except ValidationError as error:
        errors += [f"{path}, row {first.number}: {problem['msg']} at {problem['loc']}." for problem in error.errors()]
        return None


def _whole(group: Sequence[Line], path: Path, errors: list[str]) -> dict[str, str]:
    """Join what the rows say of the whole case; two rows may repeat a cell but not contradict each other."""
    whole: dict[str, str] = {}
    for line in group:
        for name in CASE_COLUMNS:
            cell = line.cells.get(name)
            if cell and whole.setdefault(name, cell) != cell:
                errors.append(
                    f"{path}, row {line.number}, column {name} ({COLUMNS[name]}): {cell!r} contradicts {whole[name]!r} "
                    f"in row {group[0].number}. Keep one, or start a new case."
                )
    return whole


def _label(
    elements: Sequence[Line], whole: Mapping[str, str], first: Line, path: Path, errors: list[str]
) -> dict[str, Any] | None:
    """Return the label, or None where no cell of one is filled; a label filled by half is an error."""
    judged = {"risk_level", "decision_reason"} & set(whole)
    if not judged and not any(
        {"match", "user_product_element", "flags", "note"} & set(line.cells) for line in elements
    ):
        return None
    errors += [
        f"{path}, row {first.number}, column {name} ({COLUMNS[name]}): empty, though the case is labelled. Fill it in."
        for name in ("risk_level", "decision_reason")
        if name not in whole
    ]
    level = whole.get("risk_level")
    if level is not None and level not in RISK_LEVELS:
        errors.append(_choice(path, first, "risk_level", level, RISK_LEVELS))
    if not elements:
        errors.append(f"{path}, row {first.number}: a label without elements. Add a row per claim element.")
    findings = []
    for line in elements:
        mark = line.cells.get("match", "")
        if mark not in MARKS:
            errors.append(_choice(path, line, "match", mark, (*MATCHES, "균등")))
        flags = _listed(line.cells.get("flags", ""))
        if mark == "균등":
            mark, flags = "미대응", [EQUIVALENTS, *(flag for flag in flags if flag != EQUIVALENTS)]
        kept = {name: line.cells.get(name) for name in ("patent_element", "user_product_element", "note")}
        findings.append(kept | {"match": mark, "flags": flags})
    kept_reason = whole.get("decision_reason")
    return {
        "regit_num": whole.get("regit_num"),
        "comparisons": findings,
        "risk_level": level,
        "decision_reason": kept_reason,
    }


def _choice(path: Path, line: Line, name: str, found: str, expected: Sequence[str]) -> str:
    said = repr(found) if found else "empty"
    return f"{path}, row {line.number}, column {name} ({COLUMNS[name]}): {said}; expected one of {', '.join(expected)}."


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _from_json(path: Path, mapping: Mapping[str, str], ignored: Sequence[str], labels: Path | None) -> list[Case]:
    if not mapping and not ignored:
        return load_cases(path, labels)
    import tempfile

    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BiniError(f"{path}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from error
    is_list = text.lstrip().startswith("[")
    try:
        values = (
            json.loads(text) if is_list else [json.loads(line) if line.strip() else None for line in text.split("\n")]
        )
    except (ValueError, RecursionError) as error:
        raise BiniError(f"{path}: not JSON ({error}). Mend it before columns can be mapped.") from error
    fields = {column: field for field, column in mapping.items()}
    if missing := [column for column in fields if not any(isinstance(v, dict) and column in v for v in values)]:
        raise BiniError(f"{path}: --map names {', '.join(missing)}, which no object has. Check the spelling.")
    renamed = [
        {fields.get(key, key): cell for key, cell in value.items() if key not in ignored}
        if isinstance(value, dict)
        else value
        for value in values
    ]
    with tempfile.TemporaryDirectory() as folder:  # load_cases names the line and the field of every error
        copy = Path(folder) / path.name
        lines = ["" if value is None else json.dumps(value) for value in renamed]
        copy.write_text("[" + ",\n".join(lines) + "]" if is_list else "\n".join(lines), encoding="utf-8")
        try:
            return load_cases(copy, labels)
        except BiniError as error:
            raise BiniError(str(error).replace(str(copy), str(path))) from error
