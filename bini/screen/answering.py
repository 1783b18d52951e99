"""Pairs in, rows out: each pair is asked of the model, or settled by code, or fails with a reason. Never none of these.

    {"pair_id": "…", "product_id": "p7", "regit_num": "…", "comparisons": […], "risk_level": "높음", …,
     "settled_by_code": null, "error": null, "model": "…", "input_sha256": "…", "answered_at": "…"}

A failed pair has no risk_level; `error` says why, `raw_text` what the model wrote. One process and a cluster's workers
call the same `answer`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from bini.assess import assess
from bini.engine import Answerer
from bini.errors import BiniError
from bini.faults import explained
from bini.prefilter import settled_assessment, settled_by_code
from bini.recipe import Recipe
from bini.schema import Assessment
from bini.screen.pairs import Pair, chunks
from bini.store.nouns import Origin

CHUNK = 32  # pairs answered together; what a kill can cost
TRIES = 2  # of a pair alone: the first may only meet what a failed batch has left in the engine
Row = dict[str, Any]
MakeEngine = Callable[[], AbstractContextManager[Answerer]]


@dataclass(frozen=True)
class Asking:
    """How pairs are asked."""

    recipe: Recipe
    origin: Origin
    skip_settled: bool = False  # pairs that code settles are not given to the model


def answers_here(pairs: Iterable[Pair], make_engine: MakeEngine, asking: Asking) -> Iterator[list[Row]]:
    """Yield the rows of each chunk of pairs, answered by one engine in this process."""
    with make_engine() as engine:
        for chunk in chunks(pairs, CHUNK):
            yield answer(chunk, engine, asking)


def answer(pairs: Sequence[Pair], engine: Answerer, asking: Asking) -> list[Row]:
    """Return one row per pair, in order. Where a batch fails, each pair is asked alone, so that one costs only itself.

    Raises:
        Exception: what the engine raised, where all pairs of a batch fail alone, too: then it is not the pairs' fault.
    """
    try:
        return _answered(pairs, engine, asking)
    except Exception as error:  # a pair's text may break any part of the stack
        if isinstance(error, BiniError) or explained(error) is not None:
            raise
        rows = [_alone(pair, engine, asking) for pair in pairs]
        if len(pairs) > 1 and all(row["error"] for row in rows):
            raise
        return rows


def failed_row(pair: Pair, reason: str, origin: Origin, raw_text: str = "") -> Row:
    """Return the row of a pair that has no assessment."""
    return _row(pair, {"regit_num": pair.case.regit_num, "risk_level": None}, origin) | {
        "error": reason.encode("utf-8", "replace").decode("utf-8"),
        "raw_text": raw_text,
    }


def _answered(pairs: Sequence[Pair], engine: Answerer, asking: Asking) -> list[Row]:
    settled = {pair.pair_id: row for pair in pairs if asking.skip_settled and (row := _settled(pair, asking.origin))}
    asked = [pair for pair in pairs if pair.pair_id not in settled]
    rows = dict(settled)
    if asked:
        predictions = assess([pair.case for pair in asked], engine, asking.recipe)
        for pair, prediction in zip(asked, predictions, strict=True):
            if prediction.assessment is None:
                reason = prediction.error or "no answer"
                rows[pair.pair_id] = failed_row(pair, reason, asking.origin, prediction.raw_text)
            else:
                rows[pair.pair_id] = _row(pair, _said(prediction.assessment), asking.origin)
    return [rows[pair.pair_id] for pair in pairs]


def _settled(pair: Pair, origin: Origin) -> Row | None:
    found, assessment = settled_by_code(pair.case), settled_assessment(pair.case)
    if found is None or assessment is None:
        return None
    return _row(pair, _said(assessment), origin) | {"settled_by_code": found.reason}


def _alone(pair: Pair, engine: Answerer, asking: Asking) -> Row:
    for _ in range(TRIES):
        try:
            return _answered([pair], engine, asking)[0]
        except Exception as error:
            reason = f"{type(error).__name__}: {str(error).strip()[:300]}"
    return failed_row(pair, reason, asking.origin)


def _said(assessment: Assessment) -> Row:
    return assessment.model_dump(mode="json")


def _row(pair: Pair, said: Row, origin: Origin) -> Row:
    return {
        "pair_id": pair.pair_id,
        "product_id": pair.product_id,
        **said,
        "settled_by_code": None,
        "error": None,
        **origin.model_dump(),
        "input_sha256": pair.input_sha256,
        "answered_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
