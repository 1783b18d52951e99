"""The words that make a number a bound: 이상, 이하, 초과, 미만, at least, less than, ≥, 약, about.

`words_before` and `words_after` read them beside a number of a plain text and say what they mean as `Limits`.
"""

import re
from dataclasses import dataclass
from typing import Literal

Effect = Literal["low", "low_open", "high", "high_open", "about", "from", "between", "celsius", "fahrenheit"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the words beside one number say; `low` and `high` are None, or whether the bound is included."""

    effects: frozenset[Effect] = frozenset()

    @property
    def low(self) -> bool | None:
        return False if "low_open" in self.effects else True if "low" in self.effects else None

    @property
    def high(self) -> bool | None:
        return False if "high_open" in self.effects else True if "high" in self.effects else None

    @property
    def approximate(self) -> bool:
        return "about" in self.effects

    def __or__(self, other: "Limits") -> "Limits":
        return Limits(self.effects | other.effects)


PHRASES_BEFORE: dict[Effect, str] = {
    "low": "at least|not less than|no less than|not fewer than|no fewer than|not below|not lower than|no lower than|"
    "greater than or equal to|more than or equal to|higher than or equal to|larger than or equal to|"
    "equal to or greater than|equal to or more than|equal to or higher than|a minimum of|minimum of|minimum|"
    "≥|>=|&gt;=|최소한|최소|적어도|하한",
    "high": "at most|not more than|no more than|not greater than|no greater than|not higher than|no higher than|"
    "not above|not exceeding|not exceed|not to exceed|not larger than|no larger than|not over|"
    "less than or equal to|lower than or equal to|smaller than or equal to|"
    "equal to or less than|equal to or lower than|up to|a maximum of|maximum of|maximum|within|"
    "≤|<=|&lt;=|최대한|최대|많아도|상한",
    "low_open": "more than|warmer than|hotter than|heavier than|thicker than|wider than|faster than|louder than|"
    "greater than|higher than|larger than|longer than|above|over|exceeding|exceeds|exceed|"
    "in excess of|>|&gt;",
    "high_open": "less than|lower than|smaller than|shorter than|fewer than|below|under|<|&lt;",
    "about": "about|approximately|approx.|around|circa|ca.|roughly|약|대략|≈|~",
    "from": "from|ranging from|ranges from|in the range of|in a range of|a range of",
    "between": "between",
    "celsius": "섭씨",
    "fahrenheit": "화씨",
}
_EFFECTS = {phrase: effect for effect, phrases in PHRASES_BEFORE.items() for phrase in phrases.split("|")}


def _pattern() -> str:
    """Turn the phrases into one pattern: spaces stretch, a word starts and ends where words do (농약 is no 약)."""
    longest_first = sorted(_EFFECTS, key=len, reverse=True)
    spelled = {phrase: r"\s{1,3}".join(re.escape(word) for word in phrase.split(" ")) for phrase in longest_first}
    signs = "|".join(spelled[phrase] for phrase in longest_first if not phrase[0].isalpha())
    english = "|".join(spelled[phrase] for phrase in longest_first if phrase[0].isascii() and phrase[0].isalpha())
    korean = "|".join(spelled[phrase] for phrase in longest_first if "가" <= phrase[0] <= "힣")
    start = "(?<![A-Za-z가-힣])"
    no_sign = r"(?<![-=\"'])(?<!<[a-z])(?<!<[a-z][a-z0-9])(?<!</[a-z])"  # ->, "> and <b> are no comparison
    return rf"{no_sign}(?:{signs})|{start}(?:(?i:{english})(?![A-Za-z])|{korean})"


_PHRASE = _pattern()
ONE_BEFORE = re.compile(_PHRASE)
CHAIN_BEFORE = re.compile(rf"(?:(?:{_PHRASE})[\s,]{{0,3}}(?:a\s|of\s)?){{1,4}}")
CHAIN_UP_TO = re.compile(CHAIN_BEFORE.pattern + "$")

_OR_LESS = r"(?i:or\s(?:less|below|lower|fewer|under|smaller|shorter)|and\s(?:below|less))"
_OR_MORE = r"(?i:or\s(?:more|above|higher|greater|over|larger|longer)|and\s(?:above|more))"
_WORD_END = r"(?![a-z])(?!\s(?:prefer|than))"
AFTER = re.compile(
    rf"""\s{{0,3}}(?:
      (?P<high>(?:[을를]\s?)?(?:초과하|넘)지\s?(?:않|아니)[가-힣]{{0,2}}|보다\s?[작적낮]거나\s?같[가-힣]{{0,2}}|이하|이내
        |{_OR_LESS}{_WORD_END}|max(?:imum)?(?![a-z]))
     |(?P<low>보다\s?[크많높]거나\s?같[가-힣]{{0,2}}|이상(?![적한치증해])|{_OR_MORE}{_WORD_END})
     |(?P<low_open>(?:[을를]\s?)?초과|[을를]\s?넘는|보다\s?(?:큰|많은|높은|긴|크[고며]|많[고으]|높[고으]))
     |(?P<high_open>미만|보다\s?(?:작은|적은|낮은|짧은|작[고으]|적[고으]|낮[고으]))
     |(?P<about>정도|내외|가량|전후|안팎|or\sso(?![a-z]))
    )""",
    re.VERBOSE,
)
# "over 3 hours" lasts 3 hours, "under 5 MPa" is at 5 MPa.
CIRCUMSTANCE = re.compile("(?i:over|under)(?![A-Za-z])")
WINDOW = 60  # characters before a number in which its bound words may stand


def words_before(plain: str, floor: int, position: int) -> tuple[int, Limits]:
    """Read the bound words that end at a position and begin at `floor` or later; also where they begin."""
    match = CHAIN_UP_TO.search(plain, max(floor, position - WINDOW), position)
    return (match.start(), meaning(match.group())) if match else (position, Limits())


def words_after(plain: str, position: int) -> tuple[int, Limits]:
    """Read up to two bound words that start at a position (5% 정도 이상); also where they end."""
    limits = Limits()
    for _ in range(2):
        match = AFTER.match(plain, position)
        if match is None:
            break
        effect: Effect = match.lastgroup  # type: ignore[assignment]  # the groups are named after effects
        limits, position = limits | Limits(frozenset({effect})), match.end()
    return position, limits


def meaning(words: str) -> Limits:
    """Say what a chain of bound words means: "from at least about" is from, low and about."""
    return Limits(frozenset(_EFFECTS[" ".join(found.lower().split())] for found in ONE_BEFORE.findall(words)))
