"""The pure-rule baseline on labelled cases: what a model has to beat.

    python -m bini.facts.baseline data/corpus/test_iid.jsonl data/corpus/test_numeric.jsonl

One JSON line per file:
    {"cases_file": "…", "cases": 399, "risk_accuracy": 0.52, "match_accuracy": 0.53, "dangerous_errors": 6,
     "decided_fraction": 0.24, "decided_accuracy": 0.99}
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from bini.cases import load_cases
from bini.errors import BiniError
from bini.facts.about import facts_about
from bini.facts.fact import decided_mark
from bini.facts.rule import rule_assessment
from bini.rules import mark_of, marks_of
from bini.schema import Case


def score(cases: Sequence[Case]) -> dict[str, float | int]:
    """Score the rule on labelled cases; `decided_accuracy` is over the elements that code is sure of.

    Raises:
        BiniError: no case has a label.
    """
    labelled = [(case, case.label) for case in cases if case.label is not None]
    if not labelled:
        raise BiniError("No case has a label; expected at least one to score the rule on.")
    risks, dangerous, marks, sure = 0, 0, [], []
    for case, label in labelled:
        assessment = rule_assessment(case)
        risks += assessment.risk_level == label.risk_level
        dangerous += (label.risk_level, assessment.risk_level) == ("높음", "낮음")
        gold = marks_of(label)
        marks += [mark_of(finding) == mark for finding, mark in zip(assessment.comparisons, gold, strict=True)]
        decided = [(decided_mark(facts), mark) for facts, mark in zip(facts_about(case), gold, strict=True)]
        sure += [ours == mark for ours, mark in decided if ours is not None]
    return {
        "cases": len(labelled),
        "risk_accuracy": round(risks / len(labelled), 4),
        "match_accuracy": round(sum(marks) / len(marks), 4),
        "dangerous_errors": dangerous,
        "decided_fraction": round(len(sure) / len(marks), 4),
        "decided_accuracy": round(sum(sure) / max(len(sure), 1), 4),
    }


def main(files: Sequence[str]) -> None:
    """Print one JSON line for each cases file; the paired form is given as CASES:LABELS."""
    for file in files:
        cases, _, labels = file.partition(":")
        scored = score(load_cases(Path(cases), Path(labels) if labels else None))
        print(json.dumps({"cases_file": cases, **scored}, ensure_ascii=False))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except BiniError as error:
        sys.exit(str(error))
