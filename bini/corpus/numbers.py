"""Numbers: ranges in claims, amounts in products, and the near-miss band of the decision table.

A miss is near (균등 검토) up to 25 % of the width of a two-sided range, up to 10 % of a one-sided bound. Products are
never drawn on the edge of the band, so that rounding and units cannot turn a label.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from bini.corpus.korean import with_particle
from bini.corpus.nouns import Fact, Requirement, State

ENGLISH_UNITS = {"개": "", "초": "s", "분": "min", "시간": "h", "일": "days", "주": "weeks", "억 CFU": "x 10^8 CFU"} | {
    "중량%": "wt%",
    "브릭스": "Brix",
}
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
        low, high = _number(self.low), _number(self.high)
        if self.low is None:
            return f"{high} {unit} {'이하' if self.bound == 'inclusive' else '미만'}"
        if self.high is None:
            return f"{low} {unit} {'이상' if self.bound == 'inclusive' else '초과'}"
        if self.bound == "exclusive":
            return f"{low} {unit} 초과 {high} {unit} 미만"
        forms = (f"{low} 내지 {high} {unit}", f"{low} {unit} 내지 {high} {unit}", f"{low} ~ {high} {unit}")
        return (*forms, f"{low} {unit} 이상 {high} {unit} 이하")[form % 4].strip()

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


@dataclass(frozen=True)
class NumberSlot:
    """One measured property: 상기 양극 활물질의 평균 입경(D50)."""

    name: str
    title_ko: str
    others_ko: tuple[str, ...]  # what products call it
    title_en: str
    unit: str
    low: float
    high: float
    decimals: int
    other_unit: str = ""
    factor: float = 1.0
    is_material: bool = False
    weight: float = 0.45

    def facts(self, random: Random, requirement: Requirement | None = None) -> Iterator[Fact]:
        """Propose values inside, near and far, and an undecided one."""
        states: list[State] = ["L", "E", "N", "U"]
        random.shuffle(states)
        span = requirement.value if requirement else draw_span(random, self.low, self.high, self.decimals)
        for state in states:
            if state == "U":
                yield self._undecided()
            elif (value := draw_value(random, span, state, self.decimals)) is not None:
                yield self._fact(value, random)

    def requirements(self, random: Random, fact: Fact | None = None) -> Iterator[Requirement]:
        """Propose ranges that the fact's value meets, nearly meets or misses."""
        states: list[State] = ["L", "E", "N"]
        random.shuffle(states)
        for state in states:
            span: Span | None = draw_span(random, self.low, self.high, self.decimals)
            if fact is not None and fact.value is not None:
                span = span_around(random, fact.value, state, self.low, self.high, self.decimals)
            if span is not None:
                yield self._requirement(span, random)

    def judge(self, requirement: Requirement, fact: Fact) -> tuple[State, bool] | None:
        """Compare by arithmetic."""
        if fact.value is None:
            return "U", True
        state = requirement.value.state(fact.value)
        return None if state is None else (state, True)

    def _requirement(self, span: Span, random: Random) -> Requirement:
        korean, form = self.title_ko, random.randrange(4)
        text = span.text_ko(self.unit, form)
        bare = korean.removeprefix("상기 ")
        return Requirement(
            self.name,
            f"{with_particle(korean, random.choice('은이'))} {text}이다",
            f"wherein the {self.title_en} is {span.text_en(ENGLISH_UNITS.get(self.unit, self.unit)).strip()}",
            (f"{bare} {text}", f"{with_particle(bare, '이')} {text}"),
            span,
            "numeric",
        )

    def _fact(self, value: float, random: Random) -> Fact:
        unit, shown = self.unit, number_text(value)
        twist = "numeric"
        converted = number_text(round(value * self.factor, 6))
        if self.other_unit and len(converted) <= 6 and random.random() < 0.35:
            unit, shown, twist = self.other_unit, number_text(round(value * self.factor, 6)), "unit_conversion"
        amount = f"{shown}{'' if unit in ('%', '℃') and random.random() < 0.7 else ' '}{unit}".strip()
        amount_en = f"{shown} {ENGLISH_UNITS.get(unit, unit)}".strip()
        bare = self.title_ko.removeprefix("상기 ")
        name = random.choice((bare, *self.others_ko, *self.others_ko))
        ko = (
            f"«{with_particle(name, '은')} {amount}»이다",
            f"«{with_particle(name, '을')} {amount}»{'' if _final_vowel(amount) else '으'}로 맞춘다",
            f"«{with_particle(name, '이')} {amount}»{'' if _final_vowel(amount) else '으'}로 측정되었다",
            f"«{name} {amount}» 조건이다",
            f"«{name} {amount}»{'' if _final_vowel(amount) else '으'}로 관리한다",
            f"«{name} 값은 {amount}»이다",
            f"«{with_particle(name, '을')} {amount}»{'' if _final_vowel(amount) else '으'}로 설정했다",
            f"설계상 «{with_particle(name, '은')} {amount}»이다",
            f"«{amount}의 {name}»{with_particle(name, '을')[len(name) :]} 지킨다",
            f"«{name}: {amount}»{'' if _final_vowel(amount) else '으'}로 확정했다",
            f"시험에서 «{with_particle(name, '이')} {amount}»{'' if _final_vowel(amount) else '으'}로 나왔다",
        )
        en = (
            f"«the {self.title_en} is {amount_en}»",
            f"«{self.title_en} of {amount_en}»",
            f"we keep «the {self.title_en} at {amount_en}»",
        )
        return Fact(
            self.name,
            ko,
            en,
            (f"«{name}: {amount}»", f"«{name} {amount}»"),
            (f"«{self.title_en}: {amount_en}»",),
            value,
            twist,
        )

    def _undecided(self) -> Fact:
        name = self.title_ko.removeprefix("상기 ")
        ko = (
            f"«{with_particle(name, '은')} 아직 미정»이다",
            f"«{with_particle(name, '은')} 시험 후 정할 예정»이다",
            f"«{with_particle(name, '을')} 아직 정하지 못했다»",
            f"«{with_particle(name, '은')} 측정하지 않았다»",
            f"«{with_particle(name, '은')} 공개되어 있지 않다»",
            f"«{with_particle(name, '은')} 협의 중»이다",
        )
        en = (f"«the {self.title_en} has not been measured»", f"«the {self.title_en} is still to be decided»")
        return Fact(
            self.name,
            ko,
            en,
            (f"«{name}: 미정»", f"«{name}: 추후 확정»"),
            (f"«{self.title_en}: TBD»",),
            None,
            "undecided",
        )


def _final_vowel(amount: str) -> bool:
    return with_particle(amount, "으로").endswith(amount + "로")
