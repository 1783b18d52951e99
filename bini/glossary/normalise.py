"""Text with everything removed in which two spellings of one name differ, and the way back to the original.

Width, case and accents are folded; spaces, hyphens and invisible characters are dropped; decomposed Hangul is composed.
A tab, an empty line or a bullet stays as a barrier, so that no name reaches from one cell or list item into the next.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_CLUSTER = re.compile(r"[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|.", re.DOTALL)  # one Hangul syllable as jamo
_JAMO = re.compile(r"[\u1100-\u1112][\u1161-\u1175]")
_NOT_CHARACTER_BY_CHARACTER = re.compile(r"[\t\n\u2028\u2029\u1100-\u11ff]")  # barriers, and syllables in pieces
BARRIER = "\n"


@dataclass(frozen=True, slots=True)
class Normalised:
    """`chars[i]` stands for `original[starts[i]:ends[i]]`; all three have the same length."""

    chars: str
    starts: list[int]
    ends: list[int]


def normalise(text: str) -> Normalised:
    """Normalise a text and keep, for each character, the span it came from. Linear in the text's length."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    has_newline = False
    for start, end, piece in _pieces(text):
        folded = BARRIER if piece == "\t" or (has_newline and _is_break(piece)) else _fold(piece)
        has_newline = piece in "\n\u2028\u2029" or (has_newline and not folded)
        for char in folded:
            chars.append(char)
            starts.append(start)
            ends.append(end)
    return Normalised("".join(chars), starts, ends)


@lru_cache(maxsize=1 << 16)
def key(name: str) -> str:
    """Normalise a name to the form under which it is looked up."""
    if _NOT_CHARACTER_BY_CHARACTER.search(name):
        return normalise(name).chars
    return "".join(map(_fold, name))


def _pieces(text: str) -> list[tuple[int, int, str]]:
    """Split into characters, jamo of one syllable together; composed, with their spans."""
    if not _JAMO.search(text):
        return [(i, i + 1, char) for i, char in enumerate(text)]
    return [(m.start(), m.end(), unicodedata.normalize("NFC", m[0])) for m in _CLUSTER.finditer(text)]


def _is_break(piece: str) -> bool:
    """Tell whether this piece after a line break starts another paragraph or list item."""
    return piece == "\n" or unicodedata.category(piece) == "Pd"


@lru_cache(maxsize=8192)
def _fold(char: str) -> str:
    if "가" <= char <= "힣":
        return char
    decomposed = unicodedata.normalize("NFKD", char)
    if any("\u1100" <= c <= "\u11ff" for c in decomposed):  # compatibility jamo and half-width Hangul
        return unicodedata.normalize("NFKC", char)
    return "".join(c for c in decomposed.casefold() if not _is_dropped(c))


def _is_dropped(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Pd", "Mn", "Me", "Cf"} or char == "\u2212"
