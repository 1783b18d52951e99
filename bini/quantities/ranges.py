"""Readings of two atoms: 10 내지 25 %, between 5 and 10 mm, 5 이상 10 미만, 18 ≤ D50 < 21 µm, 25±5 ℃, 5 또는 10 %."""

import re

from bini.quantities.atoms import Atom
from bini.quantities.bounds import CHAIN_BEFORE, Limits, meaning, words_after
from bini.quantities.quantity import Range
from bini.quantities.reading import Reading, common_unit, is_label, may_be_bare, opening, scaled, value_in
from bini.quantities.units import BARE, Unit

MAX_GAP = 60  # characters between the two atoms
SEPARATOR = re.compile(
    r"\s{0,3}(?:의\s)?(?P<range>내지|~|-|부터|up\s+to(?![a-z])|to(?![a-z])|through(?![a-z]))\s{0,3}"
    r"|\s{0,3}(?P<till>에서|와|과)\s{0,3}"
    r"|\s{0,3}(?P<weak>및|(?:,\s{0,2})?(?:and|but)(?![a-z])|이고|이며|이면서|이되)?,?\s{0,3}"
)
TILL = re.compile(r"\s?(?:까지|(?:의\s)?사이(?:(?=[의에인로])|(?![가-힣])))")
AGAIN = re.compile(r"(?:pH|PH|SPF)\s?")  # pH 5 ~ pH 6
CHAIN = re.compile(
    r"\s{0,3}(?P<first><=|≤|&lt;|<|>=|≥|&gt;|>)\s{0,3}[A-Za-zΑ-Ωα-ω가-힣][^<>≤≥,;\n]{0,30}?"
    r"\s{0,3}(?P<second><=|≤|&lt;|<|>=|≥|&gt;|>)\s{0,3}"
)
UPWARD = {"<=", "≤", "&lt;", "<"}
INCLUDED = {"<=", "≤", ">=", "≥"}
PLUS_MINUS = re.compile(r"\s{0,3}(?:±|\+/-)\s{0,3}")
OR = re.compile(r"\s{1,3}(?:또는|혹은|or)\s{1,3}")


def read_two(plain: str, first: Atom, second: Atom, floor: int) -> Reading | None:
    """Read two neighbouring atoms as one quantity, None where they are not one."""
    if second.start - first.end > MAX_GAP or first.glued:
        return None
    return (
        _range(plain, first, second, floor)
        or _chain(plain, first, second)
        or _tolerance(plain, first, second, floor)
        or _listed(plain, first, second)
    )


def _range(plain: str, first: Atom, second: Atom, floor: int) -> Reading | None:
    before = opening(plain, floor, first)
    position, after_first = words_after(plain, first.end)
    separator = SEPARATOR.match(plain, position)
    second_start = second.start - second.signed
    if separator is None or separator.end() > second_start:
        return None
    between = AGAIN.sub("", plain[separator.end() : second_start])
    if between and CHAIN_BEFORE.fullmatch(between) is None:
        return None
    end, after_second = words_after(plain, second.end)
    till = TILL.match(plain, end)
    limits = before.limits | after_first, meaning(between) | after_second
    unit = common_unit(first, second)
    if unit is None and first.unit is None:
        unit = before.unit or BARE
    if unit is None or not _units_agree(plain, first, second, separator, limits, unit, before.start):
        return None
    end = till.end() if till else end
    stretches = _is_stretch(separator, limits[0], till is not None)
    span = _span(first, second, scaled(unit, limits[0]), limits, stretches)
    if span is None:
        return None
    unit_span = before.unit_span if before.unit else _unit_span(first, second)
    return Reading(2, before.start, end, scaled(unit, limits[0]), unit_span, span)


def _units_agree(
    plain: str,
    first: Atom,
    second: Atom,
    separator: re.Match[str],
    limits: tuple[Limits, Limits],
    unit: Unit,
    start: int,
) -> bool:
    """Refuse two numbers whose units do not make one range: 5-10 (a name?), 5 °C to 1 bottle, 청구항 1 내지 9."""
    word = (separator["range"] or "").lower()
    if unit is BARE:
        return word != "-" and not second.glued and may_be_bare(plain, start, second)
    if second.unit is not None or first.unit is None:
        return True
    bounded = limits[0].low is not None or limits[0].high is not None
    return may_be_bare(plain, second.start, second) and (word in {"내지", "~", "부터"} or bounded or _opened(limits[0]))


def _opened(limits: Limits) -> bool:
    return bool(limits.effects & {"from", "between"})


def _is_stretch(separator: re.Match[str], first: Limits, till: bool) -> bool:
    """True where the words between two numbers stretch a range by themselves, without 이상 and 이하."""
    if separator["range"]:
        return True
    if separator["till"]:
        return till
    return "between" in first.effects and (separator["weak"] or "").lower().strip(", ") in {"and", "및"}


def _span(first: Atom, second: Atom, unit: Unit, limits: tuple[Limits, Limits], stretches: bool) -> Range | None:
    """Build the interval; None where neither the words between nor a lower and an upper bound make one."""
    falls = limits[0].high is not None and limits[1].low is not None  # 30 이하 10 이상
    rises = limits[0].low is not None and limits[1].high is not None
    if not (stretches or rises or falls):
        return None
    ends = [(value_in(first, unit), limits[0]), (value_in(second, unit), limits[1])]
    if stretches:
        ends.sort(key=lambda end: end[0])  # -5 내지 -7 ℃
    elif not rises:
        ends.reverse()
    (low, at_low), (high, at_high) = ends
    if low > high:
        return None
    approximate = limits[0].approximate or limits[1].approximate
    return Range(low, high, at_low.low is not False, at_high.high is not False, unit.symbol, approximate)


def _chain(plain: str, first: Atom, second: Atom) -> Reading | None:
    """Read 18 µm ≤ D50 < 21 µm."""
    signs = CHAIN.fullmatch(plain, first.end, second.start - second.signed)
    unit = common_unit(first, second) or (BARE if first.unit is None and second.unit is None else None)
    if signs is None or unit is None or (unit is BARE and not may_be_bare(plain, first.start, second)):
        return None
    upward = signs["first"] in UPWARD
    if upward != (signs["second"] in UPWARD):
        return None
    ends = [(value_in(first, unit), signs["first"]), (value_in(second, unit), signs["second"])]
    (low, at_low), (high, at_high) = ends if upward else ends[::-1]
    if low > high:
        return None
    interval = Range(low, high, at_low in INCLUDED, at_high in INCLUDED, unit.symbol)
    return Reading(2, first.start - first.signed, second.end, unit, _unit_span(first, second), interval)


def _tolerance(plain: str, first: Atom, second: Atom, floor: int) -> Reading | None:
    """Read 25±5 ℃, and 10 mm ± 5 % as a share of the 10 mm."""
    if PLUS_MINUS.fullmatch(plain, first.end, second.start) is None:
        return None
    before = opening(plain, floor, first)
    is_share = first.unit is not None and second.unit is not None and second.unit.symbol == "%"
    if is_share and first.unit is not None and first.unit.kind != "content":
        unit, reach = first.unit, value_in(first, first.unit) * second.magnitude / 100
    elif first.unit is None or second.unit is None or first.unit.symbol == second.unit.symbol:
        unit = scaled(first.unit or second.unit or before.unit or BARE, before.limits)
        reach = second.magnitude
    else:
        return None
    if unit is BARE and not may_be_bare(plain, before.start, second):
        return None
    middle = value_in(first, unit)
    interval = Range(middle - abs(reach), middle + abs(reach), True, True, unit.symbol, before.limits.approximate)
    unit_span = before.unit_span if before.unit or is_share else _unit_span(first, second)
    return Reading(2, before.start, second.end, unit, unit_span, interval)


def _listed(plain: str, first: Atom, second: Atom) -> Reading | None:
    """Read the 5 of "5 또는 10 %", which has its unit from the 10."""
    if first.unit is not None or second.unit is None or OR.fullmatch(plain, first.end, second.start) is None:
        return None
    if is_label(plain, first.start):
        return None
    unit = scaled(second.unit, Limits())
    value = value_in(first, unit)
    interval = Range(value, value, True, True, unit.symbol)
    return Reading(1, first.start, first.end, unit, (second.number_end, second.end), interval)


def _unit_span(first: Atom, second: Atom) -> tuple[int, int]:
    atom = first if second.unit is None else second
    return atom.number_end, atom.end
