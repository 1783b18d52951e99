"""Flips: how often the same case, asked again at temperature 0, is answered otherwise.

Batch size changes the order of additions, and with it the last bits of the logits; where two tokens are nearly level,
the answer changes. A flip between levels is a coin that the model threw.
"""

from collections.abc import Sequence
from typing import Any

from bini.metrics.risk import predicted
from bini.schema import Prediction
from bini.statistics import wilson


def flips(first: Sequence[Prediction], second: Sequence[Prediction]) -> dict[str, Any]:
    """Return how many of the cases were answered with another text, and with another grade."""
    texts = [a.case_id for a, b in zip(first, second, strict=True) if a.raw_text != b.raw_text]
    levels = [a.case_id for a, b in zip(first, second, strict=True) if predicted(a) != predicted(b)]
    return {
        "cases": len(first),
        "text_flips": len(texts),
        "risk_flips": len(levels),
        "risk_flip_fraction": len(levels) / len(first) if first else None,
        "risk_flip_fraction_ci95": wilson(len(levels), len(first)),
        "flipped_cases": levels or texts,
    }
