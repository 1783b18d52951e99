"""The table: each contestant's metrics, and what any two say about each other on the same cases."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bini.metrics import health, predicted, risk_hits, score
from bini.recipe import Answer
from bini.schema import Case, Prediction
from bini.statistics import Paired, compare_pairs, holm

MAX_DISCORDANT = 100


@dataclass(frozen=True)
class Row:
    """One contestant or baseline with its answers."""

    name: str
    note: str  # how it was asked, or what it learned from
    predictions: tuple[Prediction, ...]
    seconds: float | None
    answer: Answer | None  # None: no model wrote it, so there is no JSON to judge


def comparison(cases: Sequence[Case], rows: Sequence[Row]) -> dict[str, Any]:
    """Return {"rows", "reference", "against_reference", "pairs"}; the first row is the reference."""
    hits = {row.name: risk_hits(cases, row.predictions) for row in rows}
    reference, others = rows[0], rows[1:]
    paired = [compare_pairs(hits[reference.name], hits[row.name]) for row in others]
    corrected = holm([p.p_value for p in paired])
    return {
        "rows": [_row(cases, row) for row in rows],
        "reference": reference.name,
        "against_reference": [
            {
                "name": row.name,
                **_paired(pair),
                "p_value_holm": p,
                "discordant": discordant(cases, reference, row),
            }
            for row, pair, p in zip(others, paired, corrected, strict=True)
        ],
        "pairs": [
            {"first": a.name, "second": b.name, **_paired(compare_pairs(hits[a.name], hits[b.name]))}
            for i, a in enumerate(rows)
            for b in rows[i + 1 :]
        ],
    }


def discordant(cases: Sequence[Case], first: Row, second: Row) -> list[dict[str, str]]:
    """Return the cases where one is right and the other wrong."""
    found = []
    for case, a, b in zip(cases, first.predictions, second.predictions, strict=True):
        if case.label is None:
            continue
        label, of_first, of_second = case.label.risk_level, predicted(a), predicted(b)
        if (of_first == label) != (of_second == label):
            found.append(
                {
                    "case_id": case.case_id,
                    "product": case.user_query,
                    "label": label,
                    "first": of_first,
                    "second": of_second,
                }
            )
    return found[:MAX_DISCORDANT]


def as_text(table: dict[str, Any]) -> str:
    """Return the table for a terminal."""
    width = max(len(row["name"]) for row in table["rows"])
    lines = [f"{'':{width}}  risk level  95 % interval      match  JSON valid  dangerous  against the first"]
    verdicts = {row["name"]: row for row in table["against_reference"]}
    for row in table["rows"]:
        m, verdict = row["metrics"], verdicts.get(row["name"])
        low, high = m["risk_accuracy_ci95"]
        words = (
            f"{verdict['verdict']}, {verdict['wins']}:{verdict['losses']}, p {verdict['p_value']:.3g}"
            if verdict
            else ""
        )
        valid = "–" if row["health"] is None else f"{m['json_valid_fraction']:.1%}"
        lines.append(
            f"{row['name']:{width}}  {m['risk_accuracy']:>10.1%}  {f'{low:.1%} to {high:.1%}':>15}  "
            f"{m['match_accuracy']:>7.1%}  {valid:>10}  {m['dangerous_errors']:>9}  {words}"
        )
    lines.append("(against the first: the first is better, worse or inconclusive; cases won : lost; exact McNemar)")
    return "\n".join(lines)


def _row(cases: Sequence[Case], row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "note": row.note,
        "metrics": score(cases, row.predictions),
        "health": None if row.answer is None else health(cases, row.predictions, row.answer),
        "seconds": row.seconds,
    }


def _paired(paired: Paired) -> dict[str, Any]:
    return {**asdict(paired), "words": paired.words()}
