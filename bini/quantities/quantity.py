"""The nouns of this room: a `Range` of exact numbers, the `Quantity` that words it, and a `Comparison` of two.

"0.1 중량% 이상 5 중량% 미만" is Quantity(text="0.1 중량% 이상 5 중량% 미만", kind="content", basis="mass",
range=Range(low=1/10, high=5, low_included=True, high_included=False, unit="%", approximate=False), …).
Numbers are `Fraction`: 0.1 + 0.2 is 0.3, and 9.9 % is not 10 %.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Kind = Literal[
    "content",  # %, ppm, mg/g, mg/mL: how much of a thing is in the whole; `basis` says by what measure
    "parts",  # 중량부, parts by weight: measured against a base that the text names
    "ratio",
    "number",  # a bare number, found only where words make it a range (1 내지 5, 0.03 이상)
    "count",
    "multiple",
    "ph",
    "spf",
    "pa",
    "temperature",
    "angle",
    "length",
    "area",
    "volume",
    "mass",
    "time",
    "voltage",
    "current",
    "charge",
    "specific_capacity",
    "areal_capacity",
    "specific_energy",
    "energy_density",
    "energy",
    "power",
    "force",
    "pressure",
    "viscosity",
    "frequency",
    "conductivity",
    "rotation",
    "molarity",
    "molecular_weight",
    "specific_area",
    "density",
    "brix",
    "cfu",
    "cfu_per_mass",
    "cfu_per_volume",
]
Basis = Literal["mass", "volume", "mole", "atom", "mass_per_volume", "unspecified"]
State = Literal["inside", "near_miss", "outside", "overlap", "not_comparable"]
Reason = Literal["other_kind", "other_unit", "other_basis", "needs_density"]
Language = Literal["ko", "en"]


@dataclass(frozen=True, slots=True)
class Range:
    """An interval in one unit; None is an open side, and a single value has `low == high`."""

    low: Fraction | None
    high: Fraction | None
    low_included: bool
    high_included: bool
    unit: str  # a symbol of units.UNITS; "1:x" and "x:1" for ratios, "" for bare numbers
    approximate: bool = False

    @property
    def is_point(self) -> bool:
        return self.low is not None and self.low == self.high

    @property
    def width(self) -> Fraction | None:
        """How far the ends lie apart, in `unit`; None where a side is open."""
        return None if self.low is None or self.high is None else self.high - self.low


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or range as a text words it: `text == source[start:end]`, bound words (이상, at least) included."""

    text: str
    start: int
    end: int
    kind: Kind
    basis: Basis
    unit_text: str  # the unit as worded: "중량%", "degrees Celsius"
    range: Range

    @property
    def value(self) -> Fraction | None:
        """The single value, None for a range."""
        return self.range.low if self.range.is_point else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where a product's quantity lies, seen from a claim's range; distances are in the claimed unit."""

    state: State
    side: Literal["below", "above"] | None = None  # on which side it misses
    distance: Fraction | None = None  # from the nearest bound; 0 where only an excluded bound is touched
    share_of_width: Fraction | None = None  # distance / width; of a one-sided limit or a point: distance / |bound|
    unit: str = ""
    converted: Range | None = None  # the product's range in the claimed unit
    reason: Reason | None = None  # why not_comparable
    approximate: bool = False  # one of the two is worded 약, about: the caller may want to say so
    assumed_basis: bool = False  # a plain % was read as 중량%, which is the custom and not stated
