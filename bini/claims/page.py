"""A claim's text made ready for reading: one space between words, brackets blanked, offsets kept.

Every pattern of the room runs over `Page.masked`, where a run of white space is one space and what stands in
brackets is "_". So no pattern needs an unbounded repeat, and the time stays linear in the text's length.
"""

import re
from dataclasses import dataclass, field
from itertools import accumulate

from bini.claims.nouns import Transition

Span = tuple[int, int]

FULL_WIDTH = str.maketrans("，；：．（）［］｛｝～％", ",;:.()[]{}~%")
CLOSERS = {")": "(", "]": "[", "}": "{", "】": "【", "〉": "〈"}
MAX_BRACKET_CHARACTERS = 300  # a longer "bracket" is a stray sign, as in "a) … (b"
MIN_BRACKET_CHARACTERS = 4  # a shorter one is a label, as in "(a)", and stays readable
ASIDE_START = re.compile(r"- ?(?:상기|여기서)")  # "제1 핀 -상기 제1 핀은 하부를 가짐-"
ASIDE_END = re.compile(r"[음함짐됨임] ?$")
LABEL_BEFORE = re.compile(r"[;,:] ?[\w가-하]$")  # the "b" of "; b) …" closes nothing
ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,5});")  # left over from web pages; its semicolon parts nothing
EDGES = " ,;:.·、。"


@dataclass
class Page:
    """The text in reading form. `text` and `masked` have one length; `offsets` leads back to the original.

    `cuts` collects what stands outside the elements, in any order; a cut of no width only separates.
    """

    original: str
    text: str
    masked: str
    offsets: list[int]
    cuts: list[Span] = field(default_factory=list)

    def cut(self, start: int, end: int | None = None) -> None:
        self.cuts.append((start, start if end is None else end))

    def trim(self, start: int, end: int) -> Span:
        """Takes white space and separators off both ends. A label's or a formula's own signs stay."""
        while start < end and self.text[start] in EDGES:
            start += 1
        while start < end and self.text[end - 1] in EDGES:
            end -= 1
        return start, end

    def source(self, start: int, end: int) -> Span:
        """The span in the original text of a trimmed, non-empty span here."""
        return self.offsets[start], self.offsets[end - 1] + 1

    def elements(self, start: int, end: int) -> list[Span]:
        """What the cuts leave of [start, end), trimmed, in order."""
        spans = []
        for cut_start, cut_end in [*sorted(self.cuts), (end, end)]:
            first, last = self.trim(start, max(start, min(cut_start, end)))
            if first < last:
                spans.append((first, last))
            start = max(start, cut_end)
        return spans


def read(original: str) -> Page:
    """Squeezes white space, writes full-width signs as ASCII and blanks what stands in brackets."""
    characters: list[str] = []
    offsets: list[int] = []
    for offset, character in enumerate(original):
        if not character.isspace():
            characters.append(character)
            offsets.append(offset)
        elif characters and characters[-1] != " ":
            characters.append(" ")
            offsets.append(offset)
    text = "".join(characters).translate(FULL_WIDTH)
    return Page(original, text, _mask(text), offsets)


def _mask(text: str) -> str:
    depth_changes = [0] * (len(text) + 1)
    for start, end in _brackets(text):
        if MIN_BRACKET_CHARACTERS <= end - start <= MAX_BRACKET_CHARACTERS:
            depth_changes[start] += 1
            depth_changes[end] -= 1
    depths = accumulate(depth_changes)
    text = ENTITY.sub(lambda found: "&" + "_" * (len(found[0]) - 1), text)
    return "".join("_" if depth else character for character, depth in zip(text, depths, strict=False))


def _brackets(text: str) -> list[Span]:
    """Spans between matching brackets, and between the dashes of a Korean aside."""
    pairs: list[Span] = []
    open_signs: dict[str, list[int]] = {sign: [] for sign in [*CLOSERS.values(), "-"]}
    for place, sign in enumerate(text):
        if sign in open_signs and (sign != "-" or ASIDE_START.match(text, place)):
            open_signs[sign].append(place + 1)
        elif LABEL_BEFORE.search(text, max(0, place - 4), place):
            continue
        elif sign in CLOSERS or (sign == "-" and ASIDE_END.search(text, max(0, place - 2), place)):
            starts = open_signs[CLOSERS.get(sign, "-")]
            if starts:
                pairs.append((starts.pop(), place))
    return pairs


@dataclass(frozen=True)
class Reading:
    """What the cuts alone do not say about a claim. Spans are places in `Page.text`."""

    subject: Span
    preamble_ends: frozenset[int]  # an element that ends here is a preamble
    transition: Transition = "open"
    transition_span: Span | None = None
