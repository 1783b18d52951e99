"""Slots of the hand-written stock: structures, functions, steps and relations, and the kind of product itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from bini.corpus.nouns import Fact, Requirement, State
from bini.corpus.stock import StockSlot

UNDECIDED = -1
KIND_UNDECIDED_KO = (
    "«제품 형태는 아직 미정»이다",
    "«어떤 제품으로 낼지는 정하지 않았다»",
    "«적용 제품군은 논의 중»이다",
    "«최종 용도는 출시 직전까지 열어 둘 예정»이다",
    "«어느 품목에 쓸지 아직 못 정했다»",
    "«완제품 유형은 검토 중»이다",
    "«용도는 아직 결정되지 않았다»",
)
KIND_UNDECIDED_EN = (
    "«the end product has not been decided»",
    "«the final application is still open»",
    "«the product category is TBD»",
    "«we have not chosen the end use yet»",
)


@dataclass(frozen=True)
class ValueSlot:
    """Exclusive values that were written by hand; near ones are equivalents."""

    name: str
    stock: StockSlot
    is_material: bool = False
    weight: float = 1.0

    @property
    def title_ko(self) -> str:
        """The slot's name in a Korean table."""
        return self.stock.title_ko

    @property
    def title_en(self) -> str:
        """The slot's name in an English table."""
        return self.stock.title_en

    def facts(self, random: Random, requirement: Requirement | None = None) -> Iterator[Fact]:
        """Propose the values in a random order, the undecided one as often as a quarter of the time first."""
        order = list(range(len(self.stock.values)))
        random.shuffle(order)
        order.insert(0 if random.random() < 0.25 else len(order), UNDECIDED)
        for index in order:
            yield self._fact(index)

    def _fact(self, index: int) -> Fact:
        if index == UNDECIDED:
            return Fact(
                self.name,
                tuple(self.stock.undecided_ko),
                tuple(self.stock.undecided_en),
                value=index,
                twist="undecided",
            )
        value = self.stock.values[index]
        return Fact(self.name, tuple(value.says_ko), tuple(value.says_en), value=index)

    def requirements(self, random: Random, fact: Fact | None = None) -> Iterator[Requirement]:
        """Propose what a claim can ask in this slot, in a random order."""
        order = list(range(len(self.stock.values)))
        random.shuffle(order)
        for index in order:
            value = self.stock.values[index]
            yield Requirement(self.name, value.claim_ko, value.claim_en, (value.chart_ko,), index)

    def judge(self, requirement: Requirement, fact: Fact) -> tuple[State, bool]:
        """The same value is literal, a near one an equivalent, an undecided one open, any other absent."""
        if fact.value == UNDECIDED:
            return "U", True
        if fact.value == requirement.value:
            return "L", True
        near = frozenset((fact.value, requirement.value)) in self.stock.near
        return ("E" if near else "N"), True


@dataclass(frozen=True)
class KindSlot:
    """What the claim is drawn to (its preamble) and what the product is; judged leniently: the same kind of product."""

    name: str
    kinds: tuple[tuple[str, ...], ...]
    title_ko: str = "제품 유형"
    title_en: str = "Product type"
    is_material: bool = False
    weight: float = 1.0

    def _order(self, random: Random) -> list[int]:
        """Shuffle the kinds; the scene's own kind, which its other slots suit best, tends to come first."""
        return sorted(
            range(len(self.kinds)), key=lambda index: random.random() ** (1 / (3 - min(index, 2))), reverse=True
        )

    def facts(self, random: Random, requirement: Requirement | None = None) -> Iterator[Fact]:
        """Propose the kinds in a random order, an undecided one at times first."""
        order = self._order(random)
        order.insert(0 if random.random() < 0.25 else len(order), UNDECIDED)
        for index in order:
            if index == UNDECIDED:
                yield Fact(self.name, KIND_UNDECIDED_KO, KIND_UNDECIDED_EN, value=index, twist="undecided")
            else:
                nouns_ko, nouns_en = (tuple(map(str.strip, part.split(";"))) for part in self.kinds[index][2:])
                yield Fact(self.name, (), (), nouns_ko, nouns_en, value=index)

    def requirements(self, random: Random, fact: Fact | None = None) -> Iterator[Requirement]:
        """Propose the preambles in a random order."""
        order = self._order(random)
        for index in order:
            korean = random.choice([part.strip() for part in self.kinds[index][0].split(";")])
            yield Requirement(self.name, korean, self.kinds[index][1], (korean,), index)

    def judge(self, requirement: Requirement, fact: Fact) -> tuple[State, bool]:
        """The same kind is literal, another absent, an undecided one open."""
        if fact.value == UNDECIDED:
            return "U", True
        return ("L" if fact.value == requirement.value else "N"), True
