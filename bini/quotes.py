"""Verbatim quotes: where a text says what a quote claims it says."""

import re

from bini.neutralise import neutralise, with_offsets


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
