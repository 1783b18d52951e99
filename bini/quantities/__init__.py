"""Quantities: find the numbers and ranges of a text, convert their units, compare a product's with a claim's.

>>> claimed = find_quantities("나이아신아마이드 10 내지 25 중량%를 포함하는")[0]
>>> value = find_quantities("나이아신아마이드 9.9 %")[0]
>>> compare(value, claimed).state
'near_miss'
>>> note(value, claimed)
'9.9 %: 10 내지 25 중량% 범위 밖, 0.1 %p 미달(범위 폭의 0.7 %)'

The files, in the order of the flow: quantity (the nouns), plain (one spelling for every sign), units, bounds (이상, at
least), atoms (single numbers), reading, ranges, ratios, find; conversion (pint), compare; names, pair.
"""

from bini.quantities.compare import compare, note
from bini.quantities.conversion import convert, convert_range
from bini.quantities.find import find_quantities
from bini.quantities.names import measured_name, measured_span
from bini.quantities.pair import names_overlap, pair
from bini.quantities.quantity import Comparison, Quantity, Range

__all__ = [
    "Comparison",
    "Quantity",
    "Range",
    "compare",
    "convert",
    "convert_range",
    "find_quantities",
    "measured_name",
    "measured_span",
    "names_overlap",
    "note",
    "pair",
]
