"""Charts composed of written pairs: a made-up claim's elements, and a product text of one sentence about each.

The sentences of a pairs file (`bini.pairs`) say of one element each that it is met, missed or left open. Any choice of
them, in any order, is a product text whose chart is known: whole sentences to quote, in the words of a person and not of
the corpus's generator. The three grades come equally often.
"""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz import fuzz

from bini.errors import BiniError
from bini.pairs import CASES, MARK_OF, lines_of
from bini.recipe import Recipe
from bini.rules import match_and_flags, risk_level
from bini.schema import RISK_LEVELS, Case, ElementFinding, Label, Mark, RiskLevel

ENGLISH = re.compile(r"^[\x00-\x7f–—°µ×≥≤±·…’“”²³ΔΩ]+$")
REMARKS = {
    False: (
        "가격은 아직 정하지 않았습니다", "색상은 세 가지입니다", "다음 달부터 받아 보실 수 있어요", "문의는 영업팀으로 부탁드립니다",
        "지난번 회의에서 나온 이야기를 정리합니다", "포장 상자는 재생 종이를 썼어요", "무상 보증은 1년입니다", "반응이 좋으면 물량을 늘릴 예정",
        "시험 성적서는 따로 첨부했습니다", "배송은 이틀쯤 걸립니다", "써 본 분들이 조용하다고 하네요", "해외 판매도 알아보는 중입니다",
    ),
    True: (
        "The price has not been fixed yet", "It comes in three colours", "Samples ship next month", "Please write to sales for details",
        "The box is made of recycled paper", "The warranty is one year", "Test reports are attached", "Delivery takes about two days",
    ),
}  # fmt: skip
OPENINGS = {
    False: ("{}입니다", "{} 소개", "이번에 내놓는 {}에 대해 적습니다", "{} 검토 부탁드려요", "품목: {}", "{} 이야기입니다", "문의하신 {} 건입니다"),
    True: ("This is about {}", "Product: {}", "Here is our {}", "Notes on {}"),
}  # fmt: skip
NAMED = {False: "{}, {} 및 {}", True: "{}, {} and {}"}
OTHER_GOODS = 0.12  # of the products that miss something: they are of another category
SILENCE = 0.7  # of what is open: nothing is said of it
SECOND = 0.3  # of the products of a grade that have a second element of its kind


@dataclass
class Claim:
    """A made-up claim of a pairs file: per element its sentences by mark; `names` are of the category."""

    category: str
    names: dict[Mark, list[str]] = field(default_factory=dict)
    elements: dict[str, dict[Mark, list[str]]] = field(default_factory=dict)

    @property
    def is_english(self) -> bool:
        return bool(ENGLISH.match(self.category))


def claims_of(path: Path) -> list[Claim]:
    """Return the claims of a pairs file that have two elements and more, and names of and beside their category.

    Raises:
        BiniError: no file of pairs.
    """
    claims: dict[int, Claim] = {}
    for number, element, sentence, kind, _ in lines_of(path):
        claim = claims.setdefault(number, Claim(category=element))  # its names stand first
        found = claim.names if kind in "KX" else claim.elements.setdefault(element, {})
        found.setdefault(MARK_OF[kind], []).append(sentence)
    return [claim for claim in claims.values() if len(claim.elements) > 1 and len(claim.names) == 2]


def composed_as_read(recipe: Recipe) -> list[Case]:
    """Return the charts of one epoch that are composed of data.pairs: train.charts_from_pairs."""
    files = [path for path in recipe.data.pairs_files if path.suffix != CASES]
    if not recipe.train.charts_from_pairs:
        return []
    return composed_cases(files, recipe.train.charts_from_pairs, random.Random(recipe.seed))


def composed_cases(paths: Iterable[Path], count: int, chance: random.Random) -> list[Case]:
    """Return `count` labelled cases, claim after claim, grade after grade.

    Raises:
        BiniError: no claim to compose them of.
    """
    claims = [claim for path in paths for claim in claims_of(path)]
    if not claims:
        raise BiniError("train.charts_from_pairs: data.pairs holds no claim with two elements and names (K, X).")
    chance.shuffle(claims)
    return [_composed(claims[i % len(claims)], RISK_LEVELS[i // len(claims) % 3], i, chance) for i in range(count)]


def _composed(claim: Claim, grade: RiskLevel, number: int, chance: random.Random) -> Case:
    marks = _marks(claim, grade, chance)
    parts: list[tuple[str, str | None]] = []  # what stands in the text, what is quoted of it
    rows = []
    for element, mark in marks.items():
        sentence = _sentence(claim, element, mark, chance)
        if sentence is not None:
            opening = chance.choice(OPENINGS[claim.is_english]) if element == claim.category else "{}"
            parts.append((opening.format(sentence), element))
        match, flags = match_and_flags(mark)
        rows.append(ElementFinding(patent_element=element, user_product_element=sentence, match=match, flags=flags))
    parts += [(remark, None) for remark in chance.sample(REMARKS[claim.is_english], chance.randint(0, 3))]
    chance.shuffle(parts)
    parts.sort(key=lambda part: part[1] != claim.category and chance.random() < 0.7)  # what it is comes first, mostly
    name = f"composed-{number:05d}"
    elements = tuple(marks)
    label = Label(
        regit_num=name, comparisons=tuple(rows), risk_level=risk_level(rows), decision_reason="구성요소 대비에 따름"
    )
    return Case(
        case_id=name,
        regit_num=name,
        group=name,
        claim_text=NAMED[claim.is_english].format(", ".join(elements[:-2]), *elements[-2:]),
        elements=elements,
        user_query=_text([text for text, _ in parts], chance),
        label=label,
    )  # fmt: skip


def _marks(claim: Claim, grade: RiskLevel, chance: random.Random) -> dict[str, Mark]:
    """Return a mark per element, the category among them, that give the grade."""
    elements = list(claim.elements)
    chosen = elements[:6]
    where = len(chosen) if chance.random() < 0.8 else 0
    marks: dict[str, Mark] = dict.fromkeys([*chosen[:where], claim.category, *chosen[where:]], "대응")
    if grade == "낮음" and chance.random() < OTHER_GOODS:
        marks[claim.category] = "미대응"
    elif grade != "높음":
        many = 2 if chance.random() < SECOND else 1
        for element in chance.sample(chosen, min(many, len(chosen))):
            marks[element] = "미대응" if grade == "낮음" else "판단불가"
    met = [element for element in chosen if marks[element] == "대응"]
    if grade == "낮음" and len(met) > 1 and chance.random() < SECOND:
        marks[chance.choice(met)] = "판단불가"
    return marks


def _sentence(claim: Claim, element: str, mark: Mark, chance: random.Random) -> str | None:
    found = claim.names if element == claim.category else claim.elements[element]
    if not found.get(mark) or (mark == "판단불가" and chance.random() < SILENCE):
        return None
    drawn = sorted(chance.choices(found[mark], k=3), key=lambda text: shared(element, text))
    return drawn[0] if mark == "미대응" else drawn[-1]


def shared(element: str, sentence: str) -> float:
    """Return how much of an element's words a sentence repeats, 0 to 100.

    Writers of pairs were told to miss an element in its own words and to meet it in others. In product texts it is rather
    the other way round, so of a few sentences drawn the one is taken that has least, or most, of the element's words.
    """
    return fuzz.token_set_ratio(element, sentence)


def _text(sentences: Sequence[str], chance: random.Random) -> str:
    """Return a product text of sentences: a paragraph, lines, or a list."""
    form = chance.random()
    if form < 0.7:
        return " ".join(text if text[-1] in ".!?" else f"{text}." for text in sentences)
    return "\n".join(sentences) if form < 0.85 else "\n".join(f"- {text}" for text in sentences)
