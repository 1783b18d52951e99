"""A `Reading` is a quantity in the making; here are also the questions that every kind of reading asks of its text."""

import re
from dataclasses import dataclass
from fractions import Fraction

from bini.quantities.atoms import Atom
from bini.quantities.bounds import CIRCUMSTANCE, Limits, words_before
from bini.quantities.conversion import convert, convertible
from bini.quantities.quantity import Kind, Range
from bini.quantities.units import CELSIUS, DEGREE, FAHRENHEIT, PH, SPF, Unit

SIGNED_KINDS: frozenset[Kind] = frozenset({"temperature", "voltage", "current", "angle", "number"})
CIRCUMSTANCE_KINDS: frozenset[Kind] = frozenset({"time", "pressure", "voltage"})  # over 3 hours, under 5 MPa

NAMED = re.compile(  # pH and SPF stand before their number: pH는 5.5, pH of 5.5, SPF: 50
    r"(?<![A-Za-z])(?P<name>pH|PH|SPF|spf|자외선\s?차단\s?지수)\)?\s?(?:value|range|level|값|범위|지수|농도)?\s?"
    r"(?:of\s(?:the\s)?[a-z]{3,14}(?:\s(?=of|is|was|at)|(?=\s?[:=])))?"  # pH of the composition is 5.5
    r"(?:은|는|이|가|을|를|의|에서|로)?\s?(?:value|of|is|was|at|in|:|=|값|범위)?\s{0,2}$"
)
LABEL = re.compile(  # 청구항 1 내지 9, 도 2 내지 5, 실시예 3: numbers that only point at a thing
    r"(?:(?<![가-힣])(?:도|표|식|그림|항|호|제)|화학식|수학식|청구항|실시예|비교예|제조예|시험예|실험예|서열번호|단계|공정|화합물"
    r"|(?<![A-Za-z])(?i:claims?|figs?\.?|figures?|tables?|examples?|formulas?|formulae|equations?|steps?|compounds?|no[.:]?))"
    r"\s{0,2}[(:#]?\s?$"
)
# A short foreign word behind a number is a unit that the table lacks (20 kcal); the number is then no bare number.
UNKNOWN_UNIT = re.compile(
    r"\s?(?!(?:and|or|of|in|is|to|at|by|for|with|the|are|but|as|on|per)\b)[A-Za-zμ°Å%Ω]{1,4}(?![A-Za-z])|[A-Za-z%Ω]"
    r"|\s?(?:항|호|차|번째|번|단계|째)"
)

# Part of 1~3:1~3:1~3, which is no single ratio.
COLON_AFTER, COLON_BEFORE = re.compile(r"\s?:\s?[0-9]"), re.compile(r"[0-9]\s?:\s?$")


@dataclass(frozen=True, slots=True)
class Reading:
    """A quantity in plain offsets; it takes `num_atoms` atoms."""

    num_atoms: int
    start: int
    end: int
    unit: Unit
    unit_span: tuple[int, int]
    range: Range


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands before an atom: where its quantity begins, its bound words, and pH or SPF if they name it."""

    start: int
    limits: Limits
    unit: Unit | None
    unit_span: tuple[int, int]


def opening(plain: str, floor: int, atom: Atom) -> Opening:
    """Read what stands before an atom, back to `floor`, the end of the quantity before it."""
    number = atom.start - atom.signed
    start, limits = words_before(plain, floor, number)
    if atom.unit is not None:
        if atom.unit.kind in CIRCUMSTANCE_KINDS and CIRCUMSTANCE.match(plain, start):
            start, limits = number, Limits()
        return Opening(start, limits, None, (atom.number_end, atom.end))
    named = NAMED.search(plain, max(floor, start - 50), start)
    if named is None:
        return Opening(start, limits, None, (atom.end, atom.end))
    unit = PH if named["name"].lower() == "ph" else SPF
    return Opening(named.start(), limits, unit, named.span("name"))


def value_in(atom: Atom, unit: Unit) -> Fraction:
    """Return an atom's number in a unit; a hyphen before 5 % is a dash, before 5 °C a minus."""
    value = atom.value if unit.kind in SIGNED_KINDS else atom.magnitude
    if atom.unit is None or atom.unit is unit or atom.unit is DEGREE:
        return value
    return convert(value, atom.unit.symbol, unit.symbol)


def common_unit(first: Atom, second: Atom) -> Unit | None:
    """Return the unit that two atoms of one range share, None where they measure different things or have none."""
    one, other = first.unit, second.unit
    if one is None or other is None:
        return one or other
    same_scale = one.symbol == other.symbol or one.pint_name == other.pint_name is not None
    bases = {one.basis, other.basis} - {"unspecified"}
    if one.kind != other.kind or len(bases) > 1 or not convertible(one.symbol, other.symbol):
        return None
    if not same_scale and one.basis != other.basis and bases != {"mass"}:
        return None  # ppm is read by mass, never by volume
    return one if other.basis == "unspecified" and bases else other


def scaled(unit: Unit, limits: Limits) -> Unit:
    """Settle which degree 도 means: Celsius, unless 화씨 stands before it."""
    if unit is not DEGREE:
        return unit
    return FAHRENHEIT if "fahrenheit" in limits.effects else CELSIUS


def is_label(plain: str, position: int) -> bool:
    """True where the number at a position only points at a thing: 청구항 1, Fig. 2."""
    return LABEL.search(plain, max(0, position - 16), position) is not None


def may_be_bare(plain: str, start: int, atom: Atom) -> bool:
    """True where a number without a unit is one, given where its quantity starts and its last atom."""
    if atom.glued or is_label(plain, start) or UNKNOWN_UNIT.match(plain, atom.end):
        return False
    return not (COLON_AFTER.match(plain, atom.end) or COLON_BEFORE.search(plain, max(0, start - 4), start))
