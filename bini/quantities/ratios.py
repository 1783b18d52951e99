"""Readings of ratios: 1:3, 2 대 1, 1 : 0.3 내지 10, 0.5~1.5 : 28~32, 97:3 내지 80:20, 1 kg : 10 g.

A ratio is one number: "1:x" holds the second part for one of the first, "x:1" the first for one of the second.
"""

import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from bini.quantities.atoms import Atom
from bini.quantities.bounds import CHAIN_BEFORE, words_after
from bini.quantities.quantity import Basis, Range
from bini.quantities.ranges import SEPARATOR
from bini.quantities.reading import Reading, common_unit, is_label, opening, value_in
from bini.quantities.units import BARE, Unit

COLON = re.compile(r"\s?:\s?|대|\s대\s")
SHAPE = re.compile(r"(?P<both>:~:)|(?P<four>~:~)|(?P<second>:~)|(?P<first>~:)|(?P<point>:)")
MEASURED = {"mass", "volume", "parts"}
BASIS_WORDS: dict[Basis, str] = {
    "mass": "중량|질량|무게|weight|mass|w/w",
    "volume": "부피|용적|체적|용량|volume|v/v",
    "mole": "몰|mol",
    "atom": "원자|atom",
}
BEFORE = re.compile(r"(?:[가-힣]{2}|몰)\s?비율?[가-힣]?\s?$|(?i:[a-z]+\sratio)[^,.;0-9]{0,40}$")
AFTER = re.compile(r"\s?(?:의\s?)?(?:[가-힣]{2}|몰)\s?비|\s?\(?(?i:(?:by\s)?(?:weight|mass|volume|w/w|v/v|mol))")


def shape_of(plain: str, atoms: list[Atom]) -> str:
    """Draw what stands between neighbouring atoms: ":" for a ratio, "~" for a range, " " for anything else."""
    return "".join(_mark(plain, first, second) for first, second in pairwise(atoms)) + " "


def _mark(plain: str, first: Atom, second: Atom) -> str:
    if first.glued or second.start - first.end > 24:
        return " "
    if COLON.fullmatch(plain, first.end, second.start):
        return ":"
    separator = SEPARATOR.match(plain, first.end)
    if separator is None or not separator["range"] or separator.end() > second.start:
        return " "
    touches = separator.end() == second.start or CHAIN_BEFORE.fullmatch(plain, separator.end(), second.start)
    return "~" if touches else " "


def read_ratio(plain: str, atoms: list[Atom], shape: str, place: int, floor: int) -> Reading | None:
    """Read the ratio that starts at an atom, None where none does; 1:2:3 is none, it is not one number."""
    drawn = SHAPE.match(shape, place)
    if drawn is None or shape[drawn.end()] in ":~" or (place and shape[place - 1] in ":~"):
        return None
    parts = atoms[place : drawn.end() + 1]
    unit = _part_unit(parts)
    before = opening(plain, floor, parts[0])
    if unit is None or parts[-1].glued or is_label(plain, before.start):
        return None
    values = [value_in(part, unit) for part in parts]
    if 0 in values:
        return None
    end, after = words_after(plain, parts[-1].end)
    basis: Basis = unit.basis if unit.basis != "unspecified" else _basis(plain, before.start, end)
    interval = replace(_interval(drawn.lastgroup or "", values), approximate=before.limits.approximate)
    limits = before.limits | after
    if interval.is_point and limits.low is not None:
        interval = replace(interval, high=None, low_included=limits.low, high_included=False)
    elif interval.is_point and limits.high is not None:
        interval = replace(interval, low=None, high_included=limits.high, low_included=False)
    whole = Unit(interval.unit, "ratio", None, "", basis)
    return Reading(len(parts), before.start, end, whole, (parts[-1].number_end, parts[-1].end), interval)


def _part_unit(parts: list[Atom]) -> Unit | None:
    """Return the unit that the parts share: none at all, or one of mass, volume or parts by weight."""
    if all(part.unit is None for part in parts):
        return BARE
    last = parts[-1].unit
    if last is None or last.kind not in MEASURED:
        return None
    if all(part.unit is None for part in parts[:-1]):
        return last if last.kind == "parts" else None
    return last if all(common_unit(part, parts[-1]) and part.unit for part in parts) else None


def _interval(form: str, values: list[Fraction]) -> Range:
    """Turn two to four parts into one interval; where one side is fixed it is the 1."""
    if form == "point":
        first, second = values
        unit, ends = ("1:x", [second / first]) if first == 1 or second > first else ("x:1", [first / second])
    elif form == "second":
        unit, ends = "1:x", [values[1] / values[0], values[2] / values[0]]
    elif form == "first":
        unit, ends = "x:1", [values[0] / values[2], values[1] / values[2]]
    elif form == "four":
        unit, ends = "x:1", [values[0] / values[3], values[1] / values[2]]
    elif values[0] == values[2]:
        unit, ends = "1:x", [values[1] / values[0], values[3] / values[2]]
    else:
        unit, ends = "x:1", [values[0] / values[1], values[2] / values[3]]
    return Range(min(ends), max(ends), True, True, unit)


def _basis(plain: str, start: int, end: int) -> Basis:
    """Find by what measure a ratio is meant in the words around it: 중량비는 1:3, 1:3의 부피비."""
    around = [AFTER.match(plain, end), BEFORE.search(plain, max(0, start - 60), start)]
    for words in around:
        for basis, spelling in BASIS_WORDS.items():
            if words and re.search(spelling, words.group(), re.IGNORECASE):
                return basis
    return "unspecified"
