"""Short verbatim quotes: the words of the product text that carry a fact, no more."""

import re

from bini.facts.product import Named, Product

AMOUNT_GAP = re.compile(r"(?:\([^()]{0,30}\))?[을를은는이가:]?[ (:]{0,2}(?:약 )?")
MAX_QUOTE = 60


def quote_of(product: Product, named: Named) -> str:
    """Return a name with the amount behind it, or with the words that deny it or leave it open."""
    text, start, end = product.text, named.start, named.end
    if named.status == "present":
        start, end = named.mention.start, named.mention.end
        for quantity in product.quantities:
            if quantity.start >= end and AMOUNT_GAP.fullmatch(text, end, quantity.start):
                end = quantity.end
                break
    if end - start > MAX_QUOTE:
        start, end = max(start, named.mention.start - 20), min(end, named.mention.end + 36)
    return text[start:end].strip() if "\n" not in text[start:end] else named.mention.text


def open_quote(text: str, start: int, end: int) -> str:
    """Return a slice widened to whole words."""
    while start > 0 and not text[start - 1].isspace() and text[start - 1] not in "([\"'":
        start -= 1
    while end < len(text) and not text[end].isspace() and text[end] not in ".,!?)]\"'":
        end += 1
    return text[start:end][:MAX_QUOTE].strip()


def shortened(words: str, max_characters: int = 40) -> str:
    """Return words on one line, cut where they are too long for a note."""
    words = " ".join(words.split())
    return words if len(words) <= max_characters else words[: max_characters - 2] + "…"
