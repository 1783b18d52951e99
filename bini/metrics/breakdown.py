"""Where the errors are: accuracy per tag, per kind of claim element, and per number of elements."""

from collections.abc import Iterator, Sequence
from typing import Any

from bini.metrics.chart import PAIR_TAG, match_hits
from bini.metrics.risk import predicted
from bini.schema import Case, Prediction
from bini.statistics import wilson

MAX_TAGS = 60


def breakdown(cases: Sequence[Case], predictions: Sequence[Prediction]) -> dict[str, list[dict[str, Any]]]:
    """Return {"tags", "element_kinds", "claim_sizes", "patents"}: lists of {name, correct, total, fraction, ci95}."""
    counts: dict[str, dict[str, list[bool]]] = {"tags": {}, "element_kinds": {}, "claim_sizes": {}, "patents": {}}
    for case, prediction in zip(cases, predictions, strict=True):
        for where, name, hit in _facts(case, prediction):
            counts[where].setdefault(name, []).append(hit)
    return {where: _rows(found) for where, found in counts.items()}


def _facts(case: Case, prediction: Prediction) -> Iterator[tuple[str, str, bool]]:
    from bini.claims.kinds import kind_of

    if case.label is None:
        return
    hit = case.label.risk_level == predicted(prediction)
    for tag in case.tags:
        if not tag.startswith(PAIR_TAG):
            yield "tags", tag, hit
    yield "patents", case.regit_num, hit
    yield "claim_sizes", f"{len(case.label.comparisons)} elements", hit
    matches = match_hits(case.label, prediction)
    for comparison, is_right in zip(case.label.comparisons, matches, strict=True):
        element = comparison.patent_element
        language = "ko" if any("가" <= letter <= "힣" for letter in element) else "en"
        yield "element_kinds", kind_of(element, language, is_preamble=False, is_method=False), is_right  # type: ignore[arg-type]


def _rows(found: dict[str, list[bool]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "correct": sum(hits),
            "total": len(hits),
            "fraction": sum(hits) / len(hits),
            "ci95": wilson(sum(hits), len(hits)),
        }
        for name, hits in found.items()
    ]
    return sorted(rows, key=lambda row: (-row["total"], row["name"]))[:MAX_TAGS]
