"""How far repeats of one measurement lie apart."""

import statistics
from collections.abc import Sequence


def spread_fraction(values: Sequence[float]) -> float:
    """Return how far apart the largest and the smallest are, as a fraction of the median."""
    return (max(values) - min(values)) / statistics.median(values)
