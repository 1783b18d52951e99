"""Amounts of a whole: "1 kg당 120 g" is 12 %, "100 g에 소금은 8 g" is 8 %, "23 g of protein in 400 g of liquid" is 5.75 %.

The amount keeps its place in the text, so that what it measures is what stands beside it; only its unit becomes a share.
"""

import re
from dataclasses import replace
from fractions import Fraction

from bini.quantities.conversion import convert
from bini.quantities.quantity import Basis, Quantity

REACH = 60  # characters between the whole and its part
WHOLE_BEFORE = re.compile(  # "100 g 배치에", "1 kg당", "물 1 L 기준"
    r"(?P<number>\d+(?:[.,]\d+)?)?\s?(?P<unit>kg|g|mg|톤|m[lL]|[lL]|킬로그램|킬로|그램|리터)\s?(?:배치|반죽|제품|완제품|원액|용액|조성물)?"
    r"(?:당|\s?(?:에는?|중에?|마다|기준(?:으로)?))(?=[\s,])(?P<gap>[^.;!?\n]{0,60})$"
)
WHOLE_BEHIND = re.compile(  # "… in 400 g of liquid", "for each litre"
    r"(?P<gap>[^.;!?\n\d]{0,60})\b(?:in|per|for)(?: every| each| a| an)? (?P<number>\d+(?:\.\d+)?)?\s?"
    r"(?P<unit>kg|g|mg|m[lL]|[lL]|kilograms?|grams?|millilit(?:re|er)s?|lit(?:re|er)s?)\b"
)
GRAMS = {"kg": 1000, "킬로그램": 1000, "킬로": 1000, "kilogram": 1000, "g": 1, "그램": 1, "gram": 1, "톤": 1_000_000}
MILLIGRAM = {"mg": Fraction(1, 1000)}
DECILITRES = {"ml": Fraction(1, 100), "millilitre": Fraction(1, 100), "milliliter": Fraction(1, 100)}
DECILITRES |= dict.fromkeys(("l", "리터", "litre", "liter"), Fraction(10))


def as_share(text: str, amount: Quantity) -> Quantity:
    """Return a mass that a text gives of a whole as its share, in % or g/dL; any other quantity as it is."""
    if amount.kind != "mass":
        return amount
    before = WHOLE_BEFORE.search(text, max(0, amount.start - REACH - 20), amount.start)
    whole = before or WHOLE_BEHIND.match(text, amount.end)
    if whole is None or (before is not None and re.search(r"\d", before["gap"])):
        return amount
    number = Fraction((whole["number"] or "1").replace(",", ""))
    unit = whole["unit"].lower().removesuffix("s")
    if number == 0:
        return amount
    if grams := GRAMS.get(unit) or MILLIGRAM.get(unit):
        return _scaled(amount, "%", Fraction(100) / (number * grams), "mass")
    return _scaled(amount, "g/dL", 1 / (number * DECILITRES[unit]), "mass_per_volume")


def _scaled(amount: Quantity, unit: str, factor: Fraction, basis: Basis) -> Quantity:
    low, high = (
        None if end is None else convert(end, amount.range.unit, "g") * factor
        for end in (amount.range.low, amount.range.high)
    )
    interval = replace(amount.range, low=low, high=high, unit=unit)
    return replace(amount, kind="content", basis=basis, range=interval)
