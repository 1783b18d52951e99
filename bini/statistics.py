"""What a number is worth: intervals, paired tests between two models on the same cases, and a verdict in words.

    wilson(34, 35)                        (0.855, 0.995)
    compare_pairs([1, 1, …], [0, 1, …])   wins, losses, exact McNemar p, difference with interval, verdict

Two models that answer the same cases are compared case by case: only the cases where one is right and the other wrong
carry information. 5 against 0 of them is p = 0.0625 and inconclusive; 8 against 1 is p = 0.039 and is not.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

BOOTSTRAP_SAMPLES = 2000
SIGNIFICANCE = 0.05
POWER = 0.8
DRAWS_AT_ONCE = 2_000_000  # resampled counts held in memory together

Interval = tuple[float, float] | None
Verdict = Literal["better", "worse", "inconclusive"]
Sums = NDArray[np.float64]  # (samples, columns)


@dataclass(frozen=True)
class Paired:
    """The first model against the second on the same cases. `difference` is a fraction, positive where it is better."""

    cases: int
    wins: int  # the first right, the second wrong
    losses: int
    p_value: float  # exact McNemar, two-sided
    difference: float | None
    difference_ci95: Interval
    verdict: Verdict
    cases_to_settle: int | None  # at the rates seen, for 80 % power; None where settled, or where they tie

    def words(self) -> str:
        """Return the verdict as a sentence."""
        counts = f"{self.wins} to {self.losses} of {self.cases} cases, exact McNemar p = {self.p_value:.3g}"
        if self.verdict != "inconclusive":
            return f"{self.verdict} ({counts})"
        if self.cases_to_settle is None:
            return f"inconclusive ({counts}; no difference was seen that more cases could settle)"
        return f"inconclusive ({counts}; about {self.cases_to_settle} cases would settle a difference of this size)"


def wilson(successes: int, total: int) -> Interval:
    """Return the 95 % Wilson interval of a proportion (E. B. Wilson, JASA 1927)."""
    from scipy.stats import binomtest  # here: it takes seconds to import

    if total == 0:
        return None
    interval = binomtest(successes, total).proportion_ci(confidence_level=0.95, method="wilson")
    return float(interval.low), float(interval.high)


def mcnemar(wins: int, losses: int) -> float:
    """Return the two-sided p of the exact McNemar test: a fair coin thrown once per discordant case."""
    from scipy.stats import binomtest

    return 1.0 if wins + losses == 0 else float(binomtest(wins, wins + losses, 0.5).pvalue)


def compare_pairs(first: Sequence[bool], second: Sequence[bool]) -> Paired:
    """Compare two models by whether each was right on each of the same cases, in the same order."""
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} answers: the same cases are needed")
    cases = len(first)
    wins = sum(a and not b for a, b in zip(first, second, strict=True))
    losses = sum(b and not a for a, b in zip(first, second, strict=True))
    p_value = mcnemar(wins, losses)
    verdict: Verdict = "inconclusive" if p_value >= SIGNIFICANCE else "better" if wins > losses else "worse"
    differences = [[float(a) - float(b), 1.0] for a, b in zip(first, second, strict=True)]
    return Paired(
        cases=cases,
        wins=wins,
        losses=losses,
        p_value=p_value,
        difference=(wins - losses) / cases if cases else None,
        difference_ci95=bootstrap(differences, ratio),
        verdict=verdict,
        cases_to_settle=cases_to_settle(wins, losses, cases) if verdict == "inconclusive" else None,
    )


def cases_to_settle(wins: int, losses: int, cases: int) -> int | None:
    """Return how many cases would show a difference of the size seen, with 80 % power (R. J. Connor, Biometrics 1987).

    None where wins and losses are level: no number of cases settles a difference of nothing.
    """
    from scipy.stats import norm

    if wins == losses:
        return None
    discordant, difference = (wins + losses) / cases, abs(wins - losses) / cases
    by_chance = norm.ppf(1 - SIGNIFICANCE / 2) * math.sqrt(discordant)
    for_power = norm.ppf(POWER) * math.sqrt(max(0.0, discordant - difference**2))
    needed = math.ceil(float(by_chance + for_power) ** 2 / difference**2)
    return max(cases + 1, needed)


def bootstrap(
    clusters: Sequence[Sequence[float]] | NDArray[np.float64], statistic: Callable[[Sums], NDArray[np.float64]]
) -> Interval:
    """Return the 95 % percentile interval from resampling whole clusters (Efron & Tibshirani 1993, chapter 13).

    `clusters` is (clusters, columns): what each contributes. `statistic` sees the columns' sums over every resample,
    (samples, columns), and returns one value per resample; NaN where it cannot be had.
    """
    table = np.asarray(clusters, dtype=np.float64)
    if len(table) == 0 or np.isnan(statistic(table.sum(axis=0, keepdims=True)))[0]:
        return None
    generator = np.random.default_rng(0)
    step = max(1, DRAWS_AT_ONCE // len(table))
    values = []
    for start in range(0, BOOTSTRAP_SAMPLES, step):
        size = min(step, BOOTSTRAP_SAMPLES - start)
        counts = generator.multinomial(len(table), np.full(len(table), 1 / len(table)), size=size)
        values.append(statistic(counts @ table))
    low, high = np.nanquantile(np.concatenate(values), [0.025, 0.975])
    return float(low), float(high)


def ratio(sums: Sums) -> NDArray[np.float64]:
    """Return first column over second: the statistic of a pooled proportion."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums[:, 0] / sums[:, 1]


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for how many comparisons were made (S. Holm, 1979)."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, running = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        running = max(running, min(1.0, p_values[i] * (len(p_values) - rank)))
        corrected[i] = running
    return corrected
