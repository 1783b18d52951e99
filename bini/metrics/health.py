"""The health of structured output: what the model wrote, before anything repaired or rejected it."""

import json
import re
from collections.abc import Sequence
from typing import Any

from bini.cases import elements_for
from bini.prompts import answer_schema
from bini.quotes import repeats_itself
from bini.recipe import Answer
from bini.schema import Case, Prediction

WHITESPACE_LOOP = re.compile(r"\s{20,}")
ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}")


def health(cases: Sequence[Case], predictions: Sequence[Prediction], answer: Answer) -> dict[str, Any]:
    """Return counts over `cases`; `wasted_tokens` are those of answers that could not be used at all."""
    orders = [_key_order(c, p, answer) for c, p in zip(cases, predictions, strict=True)]
    texts = [p.raw_text for p in predictions]
    generated = sum(p.generated_tokens for p in predictions)
    wasted = sum(p.generated_tokens for p in predictions if p.assessment is None)
    return {
        "answers": len(predictions),
        "valid": sum(p.assessment is not None for p in predictions),
        "completed": sum(p.finish_reason == "stop" for p in predictions),
        "truncated": sum(p.finish_reason == "length" for p in predictions),
        "too_long": sum(p.finish_reason == "too_long" for p in predictions),
        "whitespace_loops": sum(bool(WHITESPACE_LOOP.search(text)) for text in texts),
        "repetition_loops": sum(map(repeats_itself, texts)),
        "keys_in_order": sum(order is True for order in orders),
        "keys_out_of_order": sum(order is False for order in orders),
        "unicode_escapes": sum(len(ESCAPE.findall(text)) for text in texts),
        "whitespace_characters": sum(map(_loose_characters, texts)),
        "characters": sum(map(len, texts)),
        "generated_tokens": generated,
        "wasted_tokens": wasted,
        "wasted_token_fraction": wasted / generated if generated else None,
        "tokens_per_answer": generated / len(predictions) if predictions else None,
    }


def _key_order(case: Case, prediction: Prediction, answer: Answer) -> bool | None:
    """Return whether the keys come in the schema's order; None where the text is no JSON object."""
    try:
        written = json.loads(prediction.raw_text)
    except ValueError:
        return None
    if not isinstance(written, dict):
        return None
    return list(written) == list(answer_schema(len(elements_for(case)), answer)["properties"])


def _loose_characters(text: str) -> int:
    """Return how many characters the same JSON would need less; 0 where the text is no JSON."""
    try:
        compact = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    except ValueError:
        return 0
    return max(0, len(text) - len(compact))
