"""The nouns of the room: a `Fact` is one thing that code can tell about one claim element.

Fact(kind="quantity", mark="균등", is_decided=True, quote="9.9 %",
     note="9.9 %: 10 내지 25 중량% 범위 밖, 0.1 %p 미달(범위 폭의 0.7 %)")
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bini.schema import Mark

FactKind = Literal[
    "name",  # the claimed thing by any verified name
    "species",  # a member of the claimed class
    "genus",  # only a class that holds the claimed thing
    "other_salt",
    "other_compound_for_role",  # another thing does what the claimed one would do; rests on a complete description
    "denial",
    "undecided",
    "collision",
    "quantity",
    "closed_list",
    "complete_list",
    "negative_element",
    "use",
    "wording",
    "silence",
]
ASSUMES_COMPLETE = "가정: 제품 설명에 적힌 것이 전부"
WORST_FIRST: tuple[Mark, ...] = ("미대응", "균등", "판단불가", "대응")


@dataclass(frozen=True, slots=True)
class Fact:
    """`mark` is what this fact alone says of its element; `is_decided` where that beats any other reader's opinion."""

    kind: FactKind
    mark: Mark | None
    is_decided: bool
    quote: str | None  # verbatim and short
    note: str  # a short neutral line in Korean; "" where there is nothing worth a prompt's tokens


def verdict(facts: Sequence[Fact]) -> Fact | None:
    """Return the fact that an element hangs on: each of its facts must hold, so the worst mark leads."""
    marked = [fact for fact in facts if fact.mark is not None]
    if not marked:
        return None
    worst = min(marked, key=lambda fact: WORST_FIRST.index(fact.mark or "대응")).mark
    equals = [fact for fact in marked if fact.mark == worst]
    return max(equals, key=lambda fact: (fact.is_decided, fact.quote is not None))


def decided_mark(facts: Sequence[Fact]) -> Mark | None:
    """Return the mark that code is sure of; None where a reader has to judge.

    One sure miss settles an element. That it is met, or open, is sure only where every fact about it is.
    """
    leading = verdict(facts)
    if leading is None or not leading.is_decided:
        return None
    if leading.mark in ("미대응", "균등") or all(fact.is_decided for fact in facts if fact.mark is not None):
        return leading.mark
    return None
