"""The prefilter: pairs of product and claim that code alone settles as 낮음, before a model is asked.

    bini prefilter cases.jsonl --out settled.jsonl
    {"case_id": "dev-00007-2", "reason": "category", "patent_element": "…", "quote": "욕실 세정제", "note": "…"}

By the all-elements rule one element that is surely absent settles a pair. `bini.facts` is sure of some; of these a pair
is settled by the sorts of fact in `REASONS`. A settled pair is only marked: whether it is skipped is for the user to say,
so what each reason costs is measured here, on labelled cases, the dangerous errors (높음 lost) by themselves.
"""

import json
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal, get_args

from bini.cases import elements_for
from bini.facts import Fact, FactKind, decided_mark, facts_about, rule_assessment, verdict
from bini.runs import write_text
from bini.schema import Assessment, Case, Record, RiskLevel
from bini.statistics import wilson

Reason = Literal["category", "denied", "excluded", "number", "other_material"]
REASONS: dict[FactKind, Reason] = {
    "use": "category",  # the product is another kind of goods than the claim is for
    "denial": "denied",  # the product says that it has no such thing
    "negative_element": "excluded",  # the claim excludes what the product says it has
    "closed_list": "excluded",
    "quantity": "number",  # outside of the claimed range, beyond the margin of equivalents
    "other_compound_for_role": "other_material",  # something else does its work
    "complete_list": "other_material",  # the product's list is complete and lacks it
}
ALL_REASONS: tuple[Reason, ...] = get_args(Reason)
SURE_REASONS: tuple[Reason, ...] = ("category", "denied", "excluded")  # settled by words alone; numbers are left to ask
FLAG = "사전 선별: 모델에 묻지 않음"


class Settled(Record):
    """A pair that code settles, and the element and words that settle it."""

    case_id: str
    reason: Reason
    patent_element: str
    quote: str | None
    note: str


class Measured(Record):
    """What one reason, or several together, would cost on labelled cases."""

    reason: str
    cases: int
    settled: int
    wrong: int  # settled as 낮음, labelled otherwise
    dangerous_errors: int  # of these, labelled 높음
    wrong_fraction_ci95: tuple[float, float] | None  # of wrong / settled; None where nothing is settled


def settled_by_code(case: Case, reasons: Collection[Reason] = SURE_REASONS) -> Settled | None:
    """Return what settles a pair, by the first element that does; None where a model has to be asked."""
    return next((found for found in settlings(case) if found.reason in reasons), None)


def settlings(case: Case) -> tuple[Settled, ...]:
    """Return each element of a pair that would settle it alone, whatever the reason."""
    found = []
    for element, facts in zip(elements_for(case), facts_about(case), strict=True):
        fact = verdict(facts)
        if fact is not None and decided_mark(facts) == "미대응" and fact.kind in REASONS:
            found.append(_settled(case, element, fact))
    return tuple(found)


def settled_assessment(case: Case, reasons: Collection[Reason] = SURE_REASONS) -> Assessment | None:
    """Return a settled pair's assessment, by the rule alone and flagged as such; None where a model has to be asked."""
    settled = settled_by_code(case, reasons)
    if settled is None:
        return None
    assessment = rule_assessment(case)
    flags = (FLAG, *assessment.flags)
    return assessment.model_copy(update={"flags": flags})


def measure(cases: Sequence[Case], found: Sequence[Collection[Settled]]) -> list[Measured]:
    """Return what each reason costs on labelled cases, then the sure ones together, then all.

    `found` holds each case's settlings; a pair counts under each reason that would settle it alone.
    """
    labelled = [
        (case.label.risk_level, {settling.reason for settling in some})
        for case, some in zip(cases, found, strict=True)
        if case.label is not None
    ]
    sets: dict[str, tuple[Reason, ...]] = {reason: (reason,) for reason in ALL_REASONS}
    sets |= {"sure (default)": SURE_REASONS, "all": ALL_REASONS}
    return [_measured(name, reasons, labelled) for name, reasons in sets.items()]


def prefilter(cases: Sequence[Case], reasons: Collection[Reason] = SURE_REASONS, out: Path | None = None) -> None:
    """Print how many pairs code settles, and what that costs where they have labels; the last line is JSON."""
    started = time.process_time()
    found = [settlings(case) for case in cases]
    seconds = time.process_time() - started
    settled = [next((one for one in some if one.reason in reasons), None) for some in found]
    chosen = [one for one in settled if one is not None]
    if out is not None:
        write_text(out, "".join(one.model_dump_json() + "\n" for one in chosen))
    rows = measure(cases, found) if any(case.label is not None for case in cases) else []
    if rows:
        print(table(rows))
    counts = {
        "cases": len(cases),
        "settled": len(chosen),
        "settled_fraction": round(len(chosen) / len(cases), 4),
        "reasons": {reason: sum(one.reason == reason for one in chosen) for reason in reasons},
        "cpu_milliseconds_per_case": round(1000 * seconds / len(cases), 2),
        "measured": [row.model_dump() for row in rows],
    }
    print(json.dumps(counts, ensure_ascii=False))


def table(rows: Sequence[Measured]) -> str:
    """Return measurements for the terminal."""
    lines = [f"{'reason':<16}{'settled':>14}{'wrong':>8}{'dangerous':>11}   wrong fraction, 95 %"]
    for row in rows:
        interval = "{:.1%} to {:.1%}".format(*row.wrong_fraction_ci95) if row.wrong_fraction_ci95 else "-"
        share = f"{row.settled} ({row.settled / row.cases:.1%})"
        lines.append(f"{row.reason:<16}{share:>14}{row.wrong:>8}{row.dangerous_errors:>11}   {interval}")
    return "\n".join(lines)


def _measured(name: str, reasons: Collection[Reason], labelled: Sequence[tuple[RiskLevel, set[Reason]]]) -> Measured:
    levels = [level for level, found in labelled if found.intersection(reasons)]
    wrong = sum(level != "낮음" for level in levels)
    return Measured(
        reason=name,
        cases=len(labelled),
        settled=len(levels),
        wrong=wrong,
        dangerous_errors=levels.count("높음"),
        wrong_fraction_ci95=wilson(wrong, len(levels)),
    )


def _settled(case: Case, element: str, fact: Fact) -> Settled:
    return Settled(
        case_id=case.case_id, reason=REASONS[fact.kind], patent_element=element, quote=fact.quote, note=fact.note
    )
