"""Misspelt names: 아세틸트리뷰틸시트레이트 is tributyl acetylcitrate, 트리메틸시트레이트 is not triethyl citrate.

A window of words is compared with the names that differ from it by one character (one syllable in Korean), found
through the deletion neighbourhood of both (Symmetric Delete, https://github.com/wolfgarbe/SymSpell). What is found is
accepted only if the difference cannot be chemistry: no known part of a name is gained or lost, no digit changes, the
ending that tells -ol from -al stays, a syllable keeps its first consonant.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from bini.glossary.hangul import TAIL, is_hangul, jamo, shares_initial, skeleton
from bini.glossary.morphemes import morphemes
from bini.glossary.normalise import key

MAX_WORDS = 4
_MIN_KEY, _MAX_KEY = 4, 60  # characters
_MIN_LATIN_WORD, _MIN_LATIN_KEY = 9, 14  # letters: one long word, or a long name with a shorter one wrong
_MIN_LATIN_PART = 6
_SILENT_SYLLABLES = frozenset("이으르")  # that slip in or out of a transliteration
_WORD = re.compile(r"[^\W_]+")
_GAP = re.compile(r"[ \u00a0\n-]{1,2}|[\u2010-\u2014\u2212]")


@dataclass(frozen=True, slots=True)
class Typo:
    """A window of the text that misspells the names `keys` (more than one where they are equally near)."""

    start: int
    end: int
    keys: tuple[str, ...]


class TypoIndex:
    """Finds misspelt names; built once per glossary, on the first text with an unknown word."""

    def __init__(self, names: Iterable[str], known_keys: Iterable[str]) -> None:
        """Index the names; `known_keys`, all keys of the glossary, are never taken for typing errors."""
        self._known = set(known_keys)
        self._words: dict[str, tuple[str, ...]] = {}  # key -> the name's words
        self._neighbours: dict[str, list[str]] = defaultdict(list)
        for name in names:
            name_key = key(name)
            if name_key.isalnum() and _MIN_KEY <= len(name_key) <= _MAX_KEY and name_key not in self._words:
                self._words[name_key] = tuple(key(word) for word in _WORD.findall(name))
                for neighbour in _deletions(name_key):
                    self._neighbours[neighbour].append(name_key)
        self._heads = {name_key[:3] for name_key in self._words}
        self._tails = {name_key[-3:] for name_key in self._words}

    def find(self, text: str) -> Iterator[Typo]:
        """Yield the misspelt names of a text, longest window first at each word."""
        words = [(match.start(), match.end(), key(match[0])) for match in _WORD.finditer(text)]
        for first in range(len(words)):
            for last in reversed(range(first, self._reach(text, words, first))):
                parts = tuple(word[2] for word in words[first : last + 1])
                for part, end in _without_tail(text, *words[last]):
                    keys = self._misspelt((*parts[:-1], part))
                    if keys:
                        yield Typo(words[first][0], end, keys)

    def _reach(self, text: str, words: list[tuple[int, int, str]], first: int) -> int:
        """Find the first word that no window from `first` reaches: too far, too long, or behind punctuation."""
        last, num_chars = first, len(words[first][2])
        while last + 1 < len(words) and last + 1 - first < MAX_WORDS:
            num_chars += len(words[last + 1][2])
            if num_chars > _MAX_KEY or not _GAP.fullmatch(text, words[last][1], words[last + 1][0]):
                break
            last += 1
        return last + 1

    def _misspelt(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """List the names that these words misspell."""
        window = "".join(words)
        if not _MIN_KEY <= len(window) <= _MAX_KEY or window in self._known:
            return ()
        if window[:3] not in self._heads and window[-3:] not in self._tails:
            return ()
        near = {name for variant in _deletions(window) for name in self._neighbours.get(variant, ())}
        near = {name for name in near if _is_typing_error(window, words, name, self._words[name])}
        distances = {name: OSA.distance(jamo(window), jamo(name)) for name in near}
        return tuple(sorted(name for name in near if distances[name] == min(distances.values())))


def _deletions(text: str) -> set[str]:
    """List a text and what is left of it when one character is taken away."""
    return {text, *(text[:i] + text[i + 1 :] for i in range(len(text)))}


def _without_tail(text: str, start: int, end: int, word_key: str) -> Iterator[tuple[str, int]]:
    """Yield a word's key as it is, and without the particles it may end in, with where that ends."""
    yield word_key, end
    if is_hangul(text[end - 1]):
        for cut in range(end - 1, max(start, end - 7), -1):
            if TAIL.fullmatch(text, cut, end):
                yield key(text[start:cut]), cut


def _is_typing_error(window: str, words: tuple[str, ...], name: str, name_words: tuple[str, ...]) -> bool:
    if re.findall(r"\d+", window) != re.findall(r"\d+", name) or morphemes(window) - morphemes(name):
        return False
    head = next((i for i, (a, b) in enumerate(zip(window, name, strict=False)) if a != b), min(len(window), len(name)))
    if any(is_hangul(char) for char in name):
        return _is_korean_error(window, name, head)
    return _is_latin_error(window, words, name, name_words)


def _is_korean_error(window: str, name: str, head: int) -> bool:
    """Judge one wrong, missing, doubled or swapped syllable at index `head`."""
    if skeleton(window) == skeleton(name):
        return True
    num_syllables = len(name)
    if num_syllables < 5 or OSA.distance(jamo(window), jamo(name)) > (2 if num_syllables >= 7 else 1):
        return False
    if len(window) != len(name):
        longer = max(window, name, key=len)
        extra = longer[head]
        is_doubled = head > 0 and longer[head - 1] == extra
        return 0 < head < len(longer) - 1 and (is_doubled or extra in _SILENT_SYLLABLES)
    if sorted(window) == sorted(name):
        return num_syllables >= 7
    is_edge = head == 0 or head == num_syllables - 1
    if not (is_hangul(window[head]) and is_hangul(name[head]) and shares_initial(window[head], name[head])):
        return False
    if is_edge and num_syllables < 8:
        return False
    return head != num_syllables - 1 or jamo(window[head])[1:] == jamo(name[head])[1:]


def _is_latin_error(window: str, words: tuple[str, ...], name: str, name_words: tuple[str, ...]) -> bool:
    """Judge one wrong letter, in one word; the other words agree."""
    if OSA.distance(window, name) > 1 or window[0] != name[0] or window[-3:] != name[-3:]:
        return False
    if len(words) != len(name_words):
        return len(name) >= _MIN_LATIN_KEY
    wrong = [(a, b) for a, b in zip(words, name_words, strict=True) if a != b]
    if len(wrong) != 1:
        return False
    size = len(wrong[0][1])
    return size >= _MIN_LATIN_WORD or (size >= _MIN_LATIN_PART and len(name) >= _MIN_LATIN_KEY)
