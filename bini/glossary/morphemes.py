"""Parts of chemical names, Korean and English: what makes another compound of a name it stands next to.

The lists (morphemes.txt) are for saying no: "하이드록시 X", "X 유도체", "X-palmitate" are not X, and 메틸 is no
misspelling of 에틸.
"""

import re
from pathlib import Path


def _read_words(path: Path) -> dict[str, list[str]]:
    """Return the words under each [heading]; a line that begins with # is a comment."""
    words: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            heading = line.strip("[]")
            words[heading] = []
        elif line and not line.startswith("#"):
            words[heading] += line.split()
    return words


_WORDS = _read_words(Path(__file__).with_name("morphemes.txt"))
CATIONS = _WORDS["cations"]
LATIN_PREFIX_WORDS = frozenset(_WORDS["latin_prefixes"])
LATIN_SUFFIX_WORDS = frozenset(_WORDS["latin_anions"] + _WORDS["latin_suffixes"])


def _longest_first(words: list[str] | frozenset[str]) -> str:
    """Return a pattern of any of the words, the longest that fits."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


SUFFIXES_PATTERN = _longest_first(_WORDS["korean_anions"] + _WORDS["korean_suffixes"])
KOREAN_PREFIX_WORDS = re.compile(f"(?:{_longest_first(_WORDS['korean_prefixes'])})+")
_KNOWN = frozenset(
    word for heading, words in _WORDS.items() if heading not in ("korean_suffixes", "latin_suffixes") for word in words
)
_MORPHEME = re.compile(_longest_first(_KNOWN))


def morphemes(name_key: str) -> frozenset[str]:
    """Collect the known parts of a normalised name, longest first from the left."""
    return frozenset(_MORPHEME.findall(name_key))
