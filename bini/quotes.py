"""Verbatim quotes: where a text says what a quote claims it says."""

import re

from rapidfuzz import fuzz

from bini.neutralise import neutralise, with_offsets

MAX_CLAUSES = 64
MAX_CHARACTERS = 80  # of a clause: some fifty tokens, where an answer has room for 64
SHORT = re.compile(rf"\S(?:.{{0,{MAX_CHARACTERS - 2}}}\S)?(?=\s|$)|\S{{{MAX_CHARACTERS}}}", re.DOTALL)
CLAUSE_END = re.compile(r"[;!?\n]|[.,](?!\d)")
MIN_LIKENESS = 85.0  # per cent of a quote's characters that the text's own words must share
MIN_CHARACTERS = 4  # a shorter quote is like too much
REPETITION = re.compile(r"(?=\S)(.{1,40}?)\1{9,}", re.DOTALL)  # up to 40 characters, ten times in a row
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def find_quote(quote: str, text: str) -> str | None:
    """Return the slice of `text` that is `quote`, or None where the text does not hold it.

    Only white space, letter case and what the prompt neutralises (hidden characters, marker tokens) may differ, so the
    slice is the text's own words and can be shown and highlighted as it stands.
    """
    words = neutralise(quote).split()
    if not words:
        return None
    plain, offsets = with_offsets(text)
    found = re.search(r"\s+".join(map(re.escape, words)), plain, flags=re.IGNORECASE)
    return text[offsets[found.start()] : offsets[found.end() - 1] + 1] if found else None


def nearest_quote(quote: str, text: str) -> str | None:
    """Return the whole words of `text` that `quote` all but repeats, or None.

    A small model drops a particle or a letter while it copies. Its slip is forgiven where the words are almost the
    same and every number is; what is returned is the text's own slice, never the slip.
    """
    wanted = neutralise(quote)
    if len(wanted) < MIN_CHARACTERS or len(wanted) > len(text):
        return None
    found = fuzz.partial_ratio_alignment(wanted, text, score_cutoff=MIN_LIKENESS)
    if found is None:
        return None
    start, end = found.dest_start, found.dest_end
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    words = text[start:end].strip(" \t\r\n,.;:!?")
    is_like = fuzz.ratio(wanted, words) >= MIN_LIKENESS and NUMBER.findall(wanted) == NUMBER.findall(words)
    return words if is_like and words in text else None


def repeats_itself(text: str) -> bool:
    """Tell whether a text says the same words again and again, as a small model does that has lost its way."""
    return REPETITION.search(text) is not None


def clauses(text: str) -> list[str]:
    """Return the text's clauses as verbatim slices, in order and each once: what the second look reads.

    A clause that is too long to be written is cut between its words.
    """
    pieces = (piece for clause in CLAUSE_END.split(neutralise(text)) for piece in SHORT.findall(clause))
    return list(dict.fromkeys(pieces))[:MAX_CLAUSES]
