"""CAS registry numbers: two to seven digits, two digits, and a check digit, as in 77-90-7.

https://www.cas.org/training/documentation/chemical-substances/checkdig
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# One character for one character, so that offsets stay.
_ASCII = str.maketrans("０１２３４５６７８９－‐‑‒–—−", "0123456789-------")
_NUMBER = re.compile(r"(?<![0-9A-Za-z.-])([1-9][0-9]{1,6})-([0-9]{2})-([0-9])(?![0-9A-Za-z]|-[0-9A-Za-z]|\.[0-9])")
_LABEL = re.compile(r"CAS\s{0,2}(?:(?:RN|NO|NUMBER|번호|등록번호|#)\.?)?\s{0,2}[:：#(\[]?\s{0,2}$", re.IGNORECASE)
_DATE = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-[0-9]")


class CasNumber(NamedTuple):
    """A CAS number as found in a text; `number` has ASCII digits and hyphens."""

    start: int
    end: int
    number: str
    is_valid: bool  # the check digit holds


def is_cas(text: str) -> bool:
    """Tell whether the whole text is one CAS number whose check digit holds."""
    match = _NUMBER.fullmatch(text)
    return match is not None and _check_digit(match[1] + match[2]) == int(match[3])


def find_cas(text: str) -> Iterator[CasNumber]:
    """Yield the CAS numbers of a text. One that fails its check digit counts only where "CAS" stands before it."""
    ascii_text = text.translate(_ASCII)
    for match in _NUMBER.finditer(ascii_text):
        number, is_valid = match[0], is_cas(match[0])
        is_labelled = _LABEL.search(ascii_text[max(0, match.start() - 24) : match.start()]) is not None
        if is_labelled or (is_valid and not _DATE.fullmatch(number)):
            yield CasNumber(match.start(), match.end(), number, is_valid)


def _check_digit(digits: str) -> int:
    return sum(place * int(digit) for place, digit in enumerate(reversed(digits), start=1)) % 10
