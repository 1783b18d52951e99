"""Compare a product's quantity with a claim's range, exactly, and say the result in one neutral line.

inside          wholly within the claimed range; ends count, unless worded 초과, 미만, more than, less than
overlap         the product is itself a range and only part of it is inside: literal infringement is open
near_miss       outside by no more than 25 % of the range's width, or 10 % of the bound of a one-sided limit
outside         outside by more; and 0 % of a substance, which is absence and not nearness
not_comparable  another kind (length, time), unit (개, 종) or basis (mg/mL against 중량% needs the density)

A claimed single value (5 중량%) has no width: 10 % of the value is its near band, as for a limit.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Literal

from bini.quantities.conversion import convert_range, convertible
from bini.quantities.quantity import Comparison, Language, Quantity, Range, Reason

NEAR_SHARE_OF_WIDTH = Fraction(25, 100)
NEAR_SHARE_OF_BOUND = Fraction(10, 100)
BY_MASS = {"mass", "unspecified"}  # a plain % or ppm is read by mass

REASONS: dict[Language, dict[Reason, str]] = {
    "ko": {
        "other_kind": "재는 것이 다름",
        "other_unit": "단위가 다름",
        "other_basis": "기준이 다름",
        "needs_density": "기준이 다름: 밀도 필요",
    },
    "en": {
        "other_kind": "they measure different things",
        "other_unit": "other unit",
        "other_basis": "other basis",
        "needs_density": "other basis: the density is needed",
    },
}


def compare(value: Quantity, claimed: Quantity) -> Comparison:
    """Compare a product's quantity with the claimed one; only `not_comparable` carries a reason."""
    reason = _obstacle(value, claimed)
    if reason:
        return Comparison("not_comparable", reason=reason)
    theirs, limit = convert_range(value.range, claimed.range.unit), claimed.range
    distance, side = _gap(theirs, limit)
    share = None
    if distance is None:
        state: Literal["inside", "near_miss", "outside", "overlap"] = "inside" if _within(theirs, limit) else "overlap"
    else:
        share = _share(distance, limit, side)
    if distance == 0 and limit.is_point and not theirs.is_point:
        state = "overlap"  # "over 5 GHz" said of a 5 GHz band
    elif distance is not None:
        near = limit.width is not None and limit.width > 0
        band = NEAR_SHARE_OF_WIDTH if near else NEAR_SHARE_OF_BOUND
        state = "near_miss" if share is not None and share <= band and not _is_absence(value) else "outside"
    return Comparison(
        state,
        side=side,
        distance=distance,
        share_of_width=share,
        unit=limit.unit,
        converted=theirs,
        approximate=theirs.approximate or limit.approximate,
        assumed_basis=value.basis != claimed.basis,
    )


def note(value: Quantity, claimed: Quantity, language: Language = "ko") -> str:
    """Say a comparison in one line: "9.9 %: 10 내지 25 중량% 범위 밖, 0.1 %p 미달(범위 폭의 0.7 %)"."""
    result = compare(value, claimed)
    worded = value.text
    if result.converted is not None and value.range.unit != claimed.range.unit:
        worded += f" (= {_range_text(result.converted, claimed)})"
    if result.state == "not_comparable" and result.reason:
        reason = REASONS[language][result.reason]
        if language == "ko":
            return f"{worded}: {claimed.text} 범위와 비교할 수 없음({reason})"
        return f"{worded} cannot be compared with {claimed.text}: {reason}"
    if result.state == "inside":
        return f"{worded}: {claimed.text} 범위 안" if language == "ko" else f"{worded} is inside {claimed.text}"
    if result.state == "overlap":
        if language == "ko":
            return f"{worded}: {claimed.text} 범위와 일부만 겹침"
        return f"{worded} overlaps {claimed.text} only in part"
    if language == "ko":
        return f"{worded}: {claimed.text} 범위 밖, {_miss(result, claimed, 'ko')}"
    return f"{worded} is outside {claimed.text}: {_miss(result, claimed, 'en')}"


def _obstacle(value: Quantity, claimed: Quantity) -> Reason | None:
    """Say why two quantities cannot be compared, None where they can."""
    if value.kind != claimed.kind:
        return "other_kind"
    if value.basis != claimed.basis and not {value.basis, claimed.basis} <= BY_MASS:
        by_volume = "mass_per_volume" in {value.basis, claimed.basis}
        return "needs_density" if by_volume else "other_basis"
    return None if convertible(value.range.unit, claimed.range.unit) else "other_unit"


def _gap(value: Range, limit: Range) -> tuple[Fraction | None, Literal["below", "above"] | None]:
    """Return how far a range lies outside another and on which side; None where they share a number."""
    if value.high is not None and limit.low is not None:
        touches = value.high == limit.low and value.high_included and limit.low_included
        if value.high < limit.low or (value.high == limit.low and not touches):
            return limit.low - value.high, "below"
    if value.low is not None and limit.high is not None:
        touches = value.low == limit.high and value.low_included and limit.high_included
        if value.low > limit.high or (value.low == limit.high and not touches):
            return value.low - limit.high, "above"
    return None, None


def _within(value: Range, limit: Range) -> bool:
    """True where every number of a range lies in another."""
    low_fits = limit.low is None or (
        value.low is not None
        and (value.low > limit.low or (value.low == limit.low and (limit.low_included or not value.low_included)))
    )
    high_fits = limit.high is None or (
        value.high is not None
        and (value.high < limit.high or (value.high == limit.high and (limit.high_included or not value.high_included)))
    )
    return low_fits and high_fits


def _share(distance: Fraction, limit: Range, side: Literal["below", "above"] | None) -> Fraction | None:
    """Return the distance as a share of the width, or of the bound where there is no width; None of a bound 0."""
    whole = limit.width or abs((limit.low if side == "below" else limit.high) or Fraction(0))
    if whole == 0:
        return Fraction(0) if distance == 0 else None
    return distance / whole


def _is_absence(value: Quantity) -> bool:
    return value.kind in {"content", "parts"} and value.range.high == 0


def _miss(result: Comparison, claimed: Quantity, language: Language) -> str:
    """Word the distance: "0.1 %p 미달(범위 폭의 0.7 %)"."""
    if not result.distance:
        return "경계값은 포함되지 않음" if language == "ko" else "the bound itself is not included"
    has_width = bool(claimed.range.width)
    amount = f"{number_text(result.distance)} {_unit_text(claimed, points=True)}".rstrip()
    share = "" if result.share_of_width is None else f"{_percent_text(result.share_of_width)} %"
    if language == "ko":
        of_what = "범위 폭" if has_width else "한계값"
        return f"{amount} {'미달' if result.side == 'below' else '초과'}" + (f"({of_what}의 {share})" if share else "")
    of_what = "the range's width" if has_width else "the bound"
    return f"{amount} {result.side}" + (f" ({share} of {of_what})" if share else "")


def _range_text(converted: Range, claimed: Quantity) -> str:
    low, high = (None if end is None else number_text(end) for end in (converted.low, converted.high))
    unit = _unit_text(claimed)
    if converted.is_point:
        return f"{low} {unit}".strip()
    return f"{low or ''}~{high or ''} {unit}".strip()


def _unit_text(claimed: Quantity, *, points: bool = False) -> str:
    """Return the unit to write after a number; the difference of two percentages is in %p."""
    unit = claimed.range.unit
    if claimed.kind in {"count", "multiple", "parts"}:
        return claimed.unit_text
    if claimed.kind in {"ratio", "ph", "spf", "pa"}:
        return ""
    return f"{unit}p" if points and unit.endswith("%") else unit


def number_text(number: Fraction) -> str:
    """Write a number in full where six decimals hold it, else to four significant digits."""
    for decimals in range(7):
        if (number * 10**decimals).denominator == 1:
            return f"{Decimal(number.numerator) / Decimal(number.denominator):.{decimals}f}"
    return f"{float(number):.4g}"


def _percent_text(share: Fraction) -> str:
    percent = round(float(share * 100), 1)
    return "<0.1" if percent == 0 else f"{percent:g}" if percent < 1e6 else f"{percent:.3g}"
