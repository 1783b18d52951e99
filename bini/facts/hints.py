"""Hints: the facts as short neutral lines for the prompt, the same in training and in answering.

1: ATBC = Acetyl Tributyl Citrate, CAS 77-90-7
2: 20 중량%: 10 내지 25 중량% 범위 안
"""

from bini.facts.about import facts_about
from bini.facts.fact import Fact
from bini.schema import Case

MAX_HINTS_PER_ELEMENT = 2
MAX_HINT_CHARACTERS = 70  # about 40 tokens of Korean
TELLING = (
    "collision", "quantity", "denial", "negative_element", "undecided", "other_salt", "genus", "species", "name",
    "complete_list", "closed_list", "other_compound_for_role", "use", "wording", "silence",
)  # fmt: skip

VAGUE = ("wording", "silence")  # said only where there is nothing better to say of an element


def hints_for(case: Case) -> tuple[str, ...]:
    """Return what code found about a case, at most two lines an element, each with the element's number."""
    lines = []
    for number, facts in enumerate(facts_about(case), start=1):
        noted = [fact for fact in facts if fact.note]
        telling = [fact for fact in noted if fact.kind not in VAGUE]
        for fact in sorted(telling or noted, key=_place)[:MAX_HINTS_PER_ELEMENT]:
            lines.append(f"{number}: {_shortened(fact.note)}")
    return tuple(lines)


def _place(fact: Fact) -> int:
    return TELLING.index(fact.kind)


def _shortened(note: str) -> str:
    note = " ".join(note.split())
    return note if len(note) <= MAX_HINT_CHARACTERS else note[: MAX_HINT_CHARACTERS - 1] + "…"
