"""Exact conversion between units by pint: 1000 ppm is 0.1 %, 104 °F is 40 °C.

Pint and its registry load in about 0.8 s, so they are imported at the first conversion between two different units.
"""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from bini.quantities.quantity import Range
from bini.quantities.units import PINT_NAMES

if TYPE_CHECKING:
    import pint

RATIO_UNITS = {"1:x", "x:1"}


def convertible(unit: str, to_unit: str) -> bool:
    """True where a conversion is possible, given two units of one kind and one basis."""
    return unit == to_unit or {unit, to_unit} == RATIO_UNITS or (unit in PINT_NAMES and to_unit in PINT_NAMES)


def convert(value: Fraction, unit: str, to_unit: str) -> Fraction:
    """Convert a value exactly. Raises KeyError for a unit that converts to nothing, pint's error across kinds."""
    if unit == to_unit:
        return value
    if {unit, to_unit} == RATIO_UNITS:
        return 1 / value
    name, to_name = PINT_NAMES[unit], PINT_NAMES[to_unit]
    if name == to_name:
        return value
    scale, offset = _scale_and_offset(name, to_name)
    return value * scale + offset


def convert_range(given: Range, to_unit: str) -> Range:
    """Convert both ends; turning a ratio around (1:x to x:1) swaps them."""
    low, high = (None if end is None else convert(end, given.unit, to_unit) for end in (given.low, given.high))
    if given.unit != to_unit and given.unit in RATIO_UNITS:
        return Range(high, low, given.high_included, given.low_included, to_unit, given.approximate)
    return replace(given, low=low, high=high, unit=to_unit)


@cache
def _scale_and_offset(unit: str, to_unit: str) -> tuple[Fraction, Fraction]:
    """Ask pint once for two points; every conversion here is a straight line (°C to °F has an offset)."""
    at_zero, at_one = (Fraction(_registry().Quantity(Fraction(x), unit).to(to_unit).magnitude) for x in (0, 1))
    return at_one - at_zero, at_zero


@cache
def _registry() -> "pint.UnitRegistry[Any]":
    """Load pint with exact numbers; it knows ppm and lacks ppb and counts by the 억."""
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(non_int_type=Fraction)
    registry.define("ppb = 1e-9")
    for name, size in (("eok", 10**8), ("myriad_count", 10**4), ("billion_count", 10**9), ("million_count", 10**6)):
        registry.define(f"{name} = {size} * count")
    return registry
