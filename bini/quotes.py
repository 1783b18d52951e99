"""Verbatim quotes: where a text says what a quote claims it says."""

import re


def find_quote(quote: str, text: str) -> str | None:
    """Return the slice of `text` that is `quote`, or None where the text does not hold it.

    Only white space and letter case may differ, so the slice can be shown and highlighted as it stands.
    """
    words = quote.split()
    if not words:
        return None
    found = re.search(r"\s+".join(map(re.escape, words)), text, flags=re.IGNORECASE)
    return found.group() if found else None
