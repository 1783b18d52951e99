"""Find the quantities of a text: numbers with units, ranges, one-sided limits, ratios, pH, SPF, PA.

The way: make the text plain, read its numbers as atoms, then go from left to right; at each atom the first of ratio,
two atoms, one atom that fits is taken. Every look around an atom is bounded, so the time is linear in the text.
"""

import re
from collections.abc import Iterator

from bini.quantities.atoms import Atom, read_atoms
from bini.quantities.bounds import Limits, words_after
from bini.quantities.plain import Plain, simplify
from bini.quantities.portions import as_share
from bini.quantities.quantity import Kind, Quantity, Range
from bini.quantities.ranges import read_two
from bini.quantities.ratios import read_ratio, shape_of
from bini.quantities.reading import Reading, may_be_bare, opening, scaled, value_in
from bini.quantities.units import BARE, SPF, unit_at

PLUS = re.compile(r"\s?\+(?!\s?[0-9])")  # SPF 50+
TILL = re.compile(r"\s?까지")
TILL_KINDS: frozenset[Kind] = frozenset({"content", "parts", "count"})  # 5%까지 is a limit, 100℃까지 a target
SPACE = re.compile(r"\s{0,3}")


def find_quantities(text: str, *, bare_numbers: bool = False) -> list[Quantity]:
    """Find every quantity of a text in order, never overlapping; `text[q.start:q.end] == q.text`.

    A number without a unit (장경비는 2,000) is found only as a range or limit, unless `bare_numbers` asks for all.
    """
    plain = simplify(text)
    return [as_share(text, _quantity(text, plain, reading)) for reading in _readings(plain.text, bare_numbers)]


def _readings(plain: str, bare_numbers: bool) -> Iterator[Reading]:
    atoms = read_atoms(plain)
    shape = shape_of(plain, atoms)
    place = floor = 0
    while place < len(atoms):
        reading = read_ratio(plain, atoms, shape, place, floor)
        if reading is None and place + 1 < len(atoms):
            reading = read_two(plain, atoms[place], atoms[place + 1], floor)
        reading = reading or _read_one(plain, atoms[place], floor, bare_numbers)
        place += reading.num_atoms if reading else 1
        if reading is not None:
            floor = reading.end
            yield reading


def _read_one(plain: str, atom: Atom, floor: int, bare_numbers: bool) -> Reading | None:
    """Read an atom by itself: a point, or a limit where bound words stand beside it."""
    before = opening(plain, floor, atom)
    end, after = words_after(plain, atom.end)
    limits, unit, unit_span = before.limits | after, atom.unit or before.unit, before.unit_span
    late = unit_at(plain, SPACE.match(plain, end).end()) if unit is None and after.effects else None  # type: ignore[union-attr]
    if late:  # two or more layers
        unit, unit_span, end = late[0], (end, late[1]), late[1]
    plus = PLUS.match(plain, end) if unit is SPF else None
    till = TILL.match(plain, end) if unit and unit.kind in TILL_KINDS else None
    if plus:
        limits, end = limits | Limits(frozenset({"low"})), plus.end()
    elif till and limits.low is None and limits.high is None:
        limits, end = limits | Limits(frozenset({"high"})), till.end()
    is_limit = limits.low is not None or limits.high is not None
    if unit is None:
        if not (is_limit or bare_numbers) or not may_be_bare(plain, before.start, atom):
            return None
        unit = BARE
    unit = scaled(unit, limits)
    value = value_in(atom, unit)
    interval = Range(
        None if limits.high is not None and limits.low is None else value,
        None if limits.low is not None and limits.high is None else value,
        limits.low is not False and (limits.low is not None or limits.high is None),
        limits.high is not False and (limits.high is not None or limits.low is None),
        unit.symbol,
        limits.approximate,
    )
    says_more = is_limit or limits.approximate or before.unit is not None or limits.effects & {"celsius", "fahrenheit"}
    number = atom.start - (atom.signed and value < 0)
    return Reading(1, before.start if says_more else number, end, unit, unit_span, interval)


def _quantity(text: str, plain: Plain, reading: Reading) -> Quantity:
    """Lead a reading back to the original text."""
    start, end = plain.span(reading.start, reading.end)
    unit_start, unit_end = reading.unit_span
    unit_text = text[slice(*plain.span(unit_start, unit_end))].strip() if unit_end > unit_start else ""
    return Quantity(text[start:end], start, end, reading.unit.kind, reading.unit.basis, unit_text, reading.range)
