"""Turn cases written by data/written/BRIEF.md into a cases file, or name every fault of them.

.venv/bin/python tests/written_cases.py new.txt data/written/new.jsonl
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from bini.rules import risk_level
from bini.schema import MATCHES, RISK_LEVELS, ElementFinding

REASONS = {
    "낮음": "갖추지 않은 구성요소가 있다.",
    "애매": "확인할 수 없는 구성요소가 있다.",
    "높음": "모든 구성요소를 갖추었다.",
}


def main() -> int:
    source, target = map(Path, sys.argv[1:])
    cases, faults = read(source.read_text(encoding="utf-8"), source.stem.upper())
    print(*faults, f"{len(cases)} cases, {len(faults)} faults", sep="\n")
    if not faults:
        target.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases), encoding="utf-8")
    return bool(faults)


def read(text: str, stem: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the cases of a text in the brief's form, and its faults in words."""
    claims: list[dict[str, Any]] = []
    for line in filter(str.strip, text.splitlines()):
        kind, _, words = line.strip().partition(" ")
        if kind == "claim":
            claims.append({"T": "", "E": [], "P": []})
        elif kind == "T":
            claims[-1]["T"] = words.strip()
        elif kind == "P":
            claims[-1]["P"].append((words.strip(), []))
        elif kind == "E":
            claims[-1]["E"].append(words.strip())
        elif kind == "=":
            mark, _, quote = (part.strip() for part in words.partition("|"))
            claims[-1]["P"][-1][1].append((mark, None if quote in ("-", "") else quote))
        else:
            return [], [f"no line of the brief's form: {line[:60]}"]
    cases, faults = [], []
    for number, claim in enumerate(claims, 1):
        found = [
            _case(claim, product, cells, f"{stem}{number:02d}", i) for i, (product, cells) in enumerate(claim["P"])
        ]
        cases += [case for case, _ in found if case]
        faults += [fault for _, some in found for fault in some]
        levels = Counter(case["label"]["risk_level"] for case, _ in found if case)
        faults += [] if levels == dict.fromkeys(RISK_LEVELS, 1) else [f"{stem}{number:02d}: grades {dict(levels)}"]
    return cases, faults


def _case(
    claim: dict[str, Any], product: str, cells: list[tuple[str, str | None]], name: str, place: int
) -> tuple[dict[str, Any] | None, list[str]]:
    case_id = f"{name}{'abcdefgh'[place]}"
    faults = [f"{case_id}: no slice of the claim: {element}" for element in claim["E"] if element not in claim["T"]]
    if len(cells) != len(claim["E"]):
        return None, [*faults, f"{case_id}: {len(cells)} marks for {len(claim['E'])} elements"]
    for mark, quote in cells:
        faults += [] if mark in MATCHES else [f"{case_id}: no mark: {mark}"]
        faults += [f"{case_id}: no slice of the product: {quote}"] if quote and quote not in product else []
        faults += [f"{case_id}: {mark} without a quote"] if not quote and mark != "판단불가" else []
    if faults:
        return None, faults
    rows = [
        {"patent_element": element, "user_product_element": quote, "match": mark}
        for element, (mark, quote) in zip(claim["E"], cells, strict=True)
    ]
    level = risk_level([ElementFinding.model_validate(row) for row in rows])
    label = {"regit_num": name, "comparisons": rows, "risk_level": level, "decision_reason": REASONS[level]}
    common = {"regit_num": name, "claim_text": claim["T"], "user_query": product, "elements": claim["E"]}
    return {"case_id": case_id, **common, "label": label, "group": name}, []


if __name__ == "__main__":
    sys.exit(main())
