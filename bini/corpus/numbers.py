"""Number slots: one measured property, its range in the claim, its value in the product, in one unit or another."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from bini.corpus.korean import with_particle
from bini.corpus.nouns import Fact, Requirement, State
from bini.corpus.spans import Span, draw_span, draw_value, number_text, span_around

ENGLISH_UNITS = {
    "개": "",
    "초": "s",
    "분": "min",
    "시간": "h",
    "일": "days",
    "주": "weeks",
    "억 CFU": "x 10^8 CFU",
    "픽셀": "pixels",
} | {
    "중량%": "wt%",
    "브릭스": "Brix",
}


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
