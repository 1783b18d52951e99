"""Claimed ranges: what lies inside, near and far by the decision table, and drawing both sides to fit.

A miss is near (균등 검토) up to 25 % of the width of a two-sided range, up to 10 % of a one-sided bound. Products are
never drawn on the edge of the band, so that rounding and units cannot turn a label.
"""

from dataclasses import dataclass
from random import Random
from typing import Literal

from bini.corpus.nouns import State

Bound = Literal["inclusive", "exclusive"]


@dataclass(frozen=True)
class Span:
    """A claimed range; None leaves a side open."""

    low: float | None
    high: float | None
    bound: Bound = "inclusive"

    def state(self, value: float) -> State | None:
        """Return L inside, E for a near miss, N beyond; None on the edge of the band, where nobody should ask."""
        below = self.low is not None and (value < self.low or (value == self.low and self.bound == "exclusive"))
        above = self.high is not None and (value > self.high or (value == self.high and self.bound == "exclusive"))
        if not below and not above:
            return "L"
        bound = self.low if below else self.high
        assert bound is not None
        band = 0.1 * bound if self.low is None or self.high is None else 0.25 * (self.high - self.low)
        miss = abs(value - bound) / band
        return "E" if miss <= 0.92 else None if miss < 1.3 else "N"

    def text_ko(self, unit: str, form: int) -> str:
        """Write the range as a Korean claim does."""
        return " ".join(self._text_ko(unit, form).split())

    def _text_ko(self, unit: str, form: int) -> str:
        low, high = _number(self.low), _number(self.high)
        if self.low is None:
            return f"{high} {unit} {'이하' if self.bound == 'inclusive' else '미만'}"
        if self.high is None:
            return f"{low} {unit} {'이상' if self.bound == 'inclusive' else '초과'}"
        if self.bound == "exclusive":
            return f"{low} {unit} 초과 {high} {unit} 미만"
        forms = (f"{low} 내지 {high} {unit}", f"{low} {unit} 내지 {high} {unit}", f"{low} ~ {high} {unit}")
        return (*forms, f"{low} {unit} 이상 {high} {unit} 이하")[form % 4]

    def text_en(self, unit: str) -> str:
        """Write the range as an English claim does."""
        low, high = _number(self.low), _number(self.high)
        if self.low is None:
            return f"{'at most' if self.bound == 'inclusive' else 'less than'} {high} {unit}"
        if self.high is None:
            return f"{'at least' if self.bound == 'inclusive' else 'more than'} {low} {unit}"
        if self.bound == "exclusive":
            return f"more than {low} and less than {high} {unit}"
        return f"{low} to {high} {unit}".strip()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


number_text = _number


def draw_span(random: Random, low: float, high: float, decimals: int) -> Span:
    """Draw a range inside typical values."""
    first = random.uniform(low, low + 0.6 * (high - low))
    second = random.uniform(first + 0.15 * (high - low), high)
    first, second = _round(first, decimals), _round(second, decimals)
    if first >= second:
        second = _round(first + max(10**-decimals, (high - low) / 5), decimals)
    shape = random.random()
    bound: Bound = "exclusive" if random.random() < 0.15 else "inclusive"
    if shape < 0.15:
        return Span(None, second, bound)
    return Span(first, None, bound) if shape < 0.3 and first > 0 else Span(first, second, bound)


def draw_value(random: Random, span: Span, state: State, decimals: int) -> float | None:
    """Draw a value with a wanted state; None where the range has no room for one."""
    for _ in range(12):
        value = _round(_proposal(random, span, state), decimals if random.random() < 0.7 else decimals + 1)
        if value > 0 and span.state(value) == state:
            return value
    return None


def span_around(random: Random, value: float, state: State, low: float, high: float, decimals: int) -> Span | None:
    """Draw a range which a given value meets, nearly meets or misses."""
    for _ in range(24):
        span = draw_span(random, min(low, value / 2), max(high, value * 1.5), decimals)
        if random.random() < 0.5 and span.low is not None and span.high is not None:  # move a bound close to the value
            width, side = span.high - span.low, random.random() < 0.5
            shift = random.choice((0.0, 0.05, 0.1, 0.2, 0.6)) * width
            lows = value - shift if state == "L" else value + shift
            highs = value + shift if state == "L" else value - shift
            moved = (lows, lows + width) if side else (highs - width, highs)
            span = Span(_round(moved[0], decimals), _round(moved[1], decimals), span.bound)
        ordered = span.low is None or span.high is None or span.low < span.high
        if ordered and (span.low is None or span.low > 0) and span.state(value) == state:
            return span
    return None


def _proposal(random: Random, span: Span, state: State) -> float:
    low = span.low if span.low is not None else (span.high or 0) * 0.3
    high = span.high if span.high is not None else low * 2.2
    width = high - low
    if state == "L":
        near_end = random.random()
        if near_end < 0.12:
            return low
        if near_end < 0.24:
            return high
        if near_end < 0.4:
            return random.choice((low + 0.03 * width, high - 0.03 * width))
        return random.uniform(low, high)
    two_sided = span.low is not None and span.high is not None
    under = span.high is None or (two_sided and random.random() < 0.5)
    band = 0.25 * width if two_sided else 0.1 * (low if under else high)
    miss = random.uniform(0.05, 0.9) if state == "E" else random.uniform(1.35, 6)
    return low - miss * band if under else high + miss * band


def _round(value: float, decimals: int) -> float:
    return round(value, decimals)
