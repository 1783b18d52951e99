"""Facts from plain words: how much of a step, structure or feature the product text says in the same or kindred words."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from bini.facts.cues import CLAUSE_END, SENTENCE_END, read_status
from bini.facts.fact import Fact
from bini.facts.product import Product, mentions_in
from bini.facts.quotes import MAX_QUOTE, shortened
from bini.facts.translations import partners
from bini.facts.words import content_words
from bini.glossary.in_force import glossary

ENOUGH, SOME = 0.45, 0.25  # share of an element's words
NEARLY_ALL = 0.75  # where the element names something that the product does not
MIN_FUZZY_LENGTH, MIN_FUZZY_SCORE = 5, 84


@dataclass(frozen=True, slots=True)
class Hit:
    """Where the product says a word of the element."""

    word: str
    start: int
    end: int


def fact_of_words(words: tuple[str, ...], element: str, product: Product, regit_num: str) -> Fact:
    """Look for an element's content words in the product, and for a denial or an open question about them."""
    named = _named_hits(element, product, regit_num)
    hits = [hit for word in words for hit in find_word(word, product.text)] + named
    lacks_name = not named and any(mention.candidates for mention in mentions_in(element, regit_num))
    total = sum(map(_weight, words)) or 1
    share = sum(_weight(word) for word in {hit.word for hit in hits} if word in words) / total
    best = _best_sentence(hits, product.text)
    here = sum(_weight(word) for word in {hit.word for hit in best} if word in words) / total
    if not best or share < SOME:
        return Fact("silence", "판단불가", False, None, "제품에 같은 말 없음")
    start, end = _span(best)
    last = max(best, key=lambda hit: hit.end)
    reading = read_status(product.text, last.start, last.end)
    quote = product.text[start : max(end, reading.end if reading.status != "present" else end)]
    if here >= SOME and reading.status == "denied":
        return Fact(
            "denial",
            "미대응",
            here >= NEARLY_ALL or (here >= ENOUGH and len(best) > 1),
            quote,
            f"'{shortened(quote, 30)}': 없다고 밝힘",
        )
    if here >= SOME and reading.status == "undecided":
        return Fact("undecided", "판단불가", here >= ENOUGH, quote, f"'{shortened(quote, 30)}': 정해지지 않음")
    if share >= (NEARLY_ALL if lacks_name else ENOUGH):
        return Fact("wording", "대응", False, quote, f"'{shortened(quote, 30)}': 말이 겹침")
    return Fact("wording", "판단불가", False, quote, "말이 일부만 겹침")


def _weight(word: str) -> float:
    return min(len(word), 6) if not word.isascii() else min(len(word), 9) / 2


@lru_cache(maxsize=256)
def _squeezed(text: str) -> tuple[str, tuple[int, ...]]:
    """Return a text in small letters without spaces, and where each of its characters stands."""
    places = [(i, char.lower()) for i, char in enumerate(text) if not char.isspace() and char != "-"]
    flat = [(i, small) for i, char in places for small in char[:1]]
    return "".join(char for _, char in flat), tuple(i for i, _ in flat)


def find_word(word: str, text: str) -> list[Hit]:
    """Find a word, a translation of it, the two halves of a compound, or a near spelling."""
    squeezed, places = _squeezed(text)
    for form in (word, *partners(word)):
        found = list(re.finditer(re.escape(form.lower().replace(" ", "").replace("-", "")), squeezed))
        if form.isascii():
            found = [
                m
                for m in found
                if not text[places[m.start()] - 1 : places[m.start()]].isalpha() or not places[m.start()]
            ]
        if found:
            return [Hit(word, places[m.start()], places[m.end() - 1] + 1) for m in found[:6] if m.end() > m.start()]
    if len(word) >= 4 and not word.isascii():
        for cut in range(2, len(word) - 1):
            first, second = squeezed.find(word[:cut]), squeezed.find(word[cut:])
            if first >= 0 and second >= 0 and abs(first - second) <= 24:
                return [
                    Hit(word, places[min(first, second)], places[max(first + cut, second + len(word) - cut) - 1] + 1)
                ]
    if len(word) >= MIN_FUZZY_LENGTH and len(squeezed) >= len(word):
        near = fuzz.partial_ratio_alignment(word, squeezed, score_cutoff=MIN_FUZZY_SCORE)
        if near and near.dest_end > near.dest_start:
            return [Hit(word, places[near.dest_start], places[near.dest_end - 1] + 1)]
    return []


def _named_hits(element: str, product: Product, regit_num: str) -> list[Hit]:
    """Count the words of a glossary name as said where the product says the same by another name."""
    hits = []
    for mention in mentions_in(element, regit_num):
        for named in product.named:
            relations = {
                glossary().relation(theirs, ours) for ours in mention.candidates for theirs in named.mention.candidates
            }
            if relations & {"same", "species_of"}:
                hits += [Hit(word, named.mention.start, named.mention.end) for word in content_words(mention.text)]
    return hits


def _best_sentence(hits: list[Hit], text: str) -> list[Hit]:
    """Return the hits of the clause that says most, each word once, the last place of each."""
    ends = {found.end() for pattern in (SENTENCE_END, CLAUSE_END) for found in pattern.finditer(text)}
    bounds = [0, *sorted(ends), len(text) + 1]
    by_sentence: dict[int, dict[str, Hit]] = {}
    for hit in hits:
        place = bisect_right(bounds, hit.start) - 1
        by_sentence.setdefault(place, {})[hit.word] = hit
    if not by_sentence:
        return []
    return list(max(by_sentence.values(), key=lambda found: sum(map(_weight, found))).values())


def _span(hits: list[Hit]) -> tuple[int, int]:
    start, end = min(hit.start for hit in hits), max(hit.end for hit in hits)
    if end - start <= MAX_QUOTE:
        return start, end
    longest = max(hits, key=lambda hit: hit.end - hit.start)
    return longest.start, longest.end
