"""Transitions of a Korean claim: the verb that closes a list, and how it holds on to it."""

import re
from typing import NamedTuple

from bini.claims.nouns import Transition

MAX_ROLE_CHARACTERS = 120
MAX_ROLE_WORDS = 8  # between an object and its verb: "를 1:0.5 내지 1:3의 중량비로 포함하는"

FEATURE = re.compile(r"(?P<noun> ?것| ?점|함|됨|임)?을 ?특징으로 ?(?P<final>하는|한|하고|하며|하되)(?: ?것인)?")
VERB = re.compile(
    r"(?P<open>(?:포함|함유|구비|내포)(?:(?P<bare>하는|한|하고|하며|하되|하면서|함)"
    r"|(?:하여|하도록) ?(?:이루어|구성|제조|형성)(?P<chained>하는|되는|된|지는|진|되고|되며|되되|지고|지며)))"
    r"|(?P<closed>(?:만으로|으로만|로만|으로|로) ?(?P<semi>(?:필수적|본질적|실질적)으로 )?(?:이루어|구성|조성)"
    r"(?P<listed>지는|진|되는|된|지고|지며|지되|되고|되며|되되)(?! ?(?:하기 |다음 |상기 )?(?:군|그룹|집단|집합)))"
)
FINAL_ENDINGS = ("하는", "한", "함", "되는", "된", "지는", "진")


class Listing(NamedTuple):
    """A transition. `[list_end, end)` stands outside the elements where it is direct, else `[keep_end, end)`."""

    list_end: int  # where the last listed noun ends, before its particle
    keep_end: int  # where the verb ends, with the 것 of "것을 특징으로 하는"
    end: int
    is_direct: bool  # "A를 포함하는", unlike "A를 유효성분으로 포함하는"
    is_final: bool  # "포함하는 <subject>", unlike "포함하고,"
    role: str  # what stands between object and verb: "유효성분으로"
    transition: Transition


def find_listings(masked: str, start: int, end: int) -> list[Listing]:
    listings = []
    for verb in VERB.finditer(masked, start, end):
        place = _object_end(masked, start, verb.start()) if verb["open"] else verb.start()
        if place is None:
            continue
        feature = FEATURE.match(masked, verb.end() - (verb["bare"] == "함"), end)
        verb_end = verb.end() + 3 * masked.startswith(" 것인", verb.end())
        role = masked[place + 1 : verb.start()].strip() if verb["open"] else ""
        ending = feature["final"] if feature else verb["bare"] or verb["chained"] or verb["listed"]
        listings.append(
            Listing(
                list_end=place,
                keep_end=feature.end("noun") if feature and feature["noun"] else verb_end,
                end=feature.end() if feature else verb_end,
                is_direct=not role,
                is_final=ending in FINAL_ENDINGS,
                role=role,
                transition="open" if verb["open"] else "semi" if verb["semi"] else "closed",
            )
        )
    return listings


def _object_end(masked: str, start: int, verb_start: int) -> int | None:
    """Finds the object's particle 을/를 before the verb, at most a few words back."""
    place = verb_start
    low = max(start, verb_start - MAX_ROLE_CHARACTERS)
    for _ in range(MAX_ROLE_WORDS):
        while place > low and masked[place - 1] == " ":
            place -= 1
        if place > low and masked[place - 1] in "을를":
            return place - 1
        space = masked.rfind(" ", low, place)
        if space < 0 or ";" in masked[space:place]:
            return None
        place = space
    return None
