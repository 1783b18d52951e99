"""Text made plain for reading numbers: full-width digits, ㎛, ℃, every dash and tilde become one spelling.

The plain text may be longer than the original (㎛ is one character, μm two); `Plain.span` leads back.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

SAME_SIGN = {
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    **dict.fromkeys("∼〜～˜⁓", "~"),
    **dict.fromkeys("ㆍ⋅•∙・", "·"),
    **dict.fromkeys("≦⩽", "≤"),
    **dict.fromkeys("≧⩾", "≥"),
    **dict.fromkeys("º˚", "°"),
    **{sign: sign for sign in "⁻⁺"},
    "∶": ":",
    "µ": "μ",
}


@dataclass(frozen=True, slots=True)
class Plain:
    """A plain text and, where its length differs, the original place of each of its characters."""

    text: str
    places: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original offsets of a non-empty stretch of the plain text."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def simplify(text: str) -> Plain:
    """Make a text plain, one character at a time so that every offset can be led back."""
    if text.isascii():
        return Plain(text, None)
    pieces = [_simple(character) for character in text]
    plain = "".join(pieces)
    if len(plain) == len(text):
        return Plain(plain, None)
    return Plain(plain, tuple(place for place, piece in enumerate(pieces) for _ in piece))


@lru_cache(maxsize=4096)
def _simple(character: str) -> str:
    """Return the plain spelling of a character: NFKC, except for ², ½ and ① (category No), whose sense it loses."""
    if character in SAME_SIGN:
        return SAME_SIGN[character]
    if character.isascii() or "가" <= character <= "힣" or unicodedata.category(character) == "No":
        return character
    return unicodedata.normalize("NFKC", character) or character
