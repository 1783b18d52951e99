"""Turn twists written by data/written/TWISTS.md into a cases file, or name every fault of them.

.venv/bin/python tests/written_twists.py data/written/cases.jsonl twists.txt data/written/cases_twists.jsonl

A twist replaces the clause that a cell quotes: the case is the same but for that clause, that cell's mark, and the grade
that follows.
"""

import json
import sys
from pathlib import Path
from typing import Any

from bini.rules import risk_level
from bini.schema import ElementFinding

if __package__:
    from .written_cases import REASONS
else:
    from written_cases import REASONS

MARK_OF = {"+": "대응", "-": "미대응", "?": "판단불가"}


def main() -> int:
    source, twists, target = map(Path, sys.argv[1:4])
    cases = {row["case_id"]: row for row in map(json.loads, source.read_text(encoding="utf-8").splitlines())}
    made, faults = read(twists.read_text(encoding="utf-8"), cases)
    print(*faults, f"{len(made)} cases, {len(faults)} faults", sep="\n")
    if not faults:
        target.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in made), encoding="utf-8")
    return bool(faults)


def read(text: str, cases: dict[str, dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the twisted cases of a text in the brief's form, and its faults in words."""
    made: list[dict[str, Any]] = []
    faults: list[str] = []
    case: dict[str, Any] | None = None
    cell = 0
    for line in filter(str.strip, text.splitlines()):
        kind, _, words = line.strip().partition(" ")
        if kind == "@":
            case_id, number = [*words.split(), "0"][:2]
            case, cell = cases.get(case_id), int(number) - 1 if number.isdecimal() else -1
            faults += [] if case and 0 <= cell < len(case["elements"]) else [f"no such cell: {words}"]
        elif kind not in MARK_OF:
            faults.append(f"no line of the brief's form: {line[:60]}")
        elif case is not None and 0 <= cell < len(case["elements"]):
            twisted = _twisted(case, cell, MARK_OF[kind], words.strip(), len(made))
            made += [twisted] if isinstance(twisted, dict) else []
            faults += [twisted] if isinstance(twisted, str) else []
    return made, faults


def _twisted(case: dict[str, Any], cell: int, mark: str, clause: str, serial: int) -> dict[str, Any] | str:
    """Return the case with another clause in a cell, or why there is none."""
    name, product = f"{case['case_id']} {cell + 1}", case["user_query"]
    rows = case["label"]["comparisons"]
    quote = rows[cell]["user_product_element"]
    if not quote or product.count(quote) != 1:
        return f"{name}: its clause does not stand once in the product"
    start = product.index(quote)
    for row in rows[:cell] + rows[cell + 1 :]:
        other = row["user_product_element"]
        if other and product.index(other) < start + len(quote) and start < product.index(other) + len(other):
            return f"{name}: its clause is another element's, too"
    if clause == quote or not clause or "|" in clause:
        return f"{name}: no other clause: {clause[:40]}"
    rows = [dict(row) for row in rows]
    rows[cell] |= {"user_product_element": clause, "match": mark}
    level = risk_level([ElementFinding.model_validate(row) for row in rows])
    label = case["label"] | {"comparisons": rows, "risk_level": level, "decision_reason": REASONS[level]}
    text = product[:start] + clause + product[start + len(quote) :]
    return case | {"case_id": f"{case['case_id']}-{serial:04d}", "user_query": text, "label": label}


if __name__ == "__main__":
    sys.exit(main())
