"""Finds the names of a glossary in a text: one automaton over the normalised text, then the rules that say no.

An Aho-Corasick automaton (pyahocorasick) reports every name at every place in one pass; `boundary` drops those that are
part of a longer word; the longest of what overlaps wins; `typos` fills what is left. Last come the collisions: an
abbreviation that the text itself explains, "Tributyl Citrate (TBC)", is settled; every other one stays open.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

import ahocorasick

from bini.glossary.boundary import is_whole_name
from bini.glossary.cas import find_cas
from bini.glossary.entity import Collision, Entity, Mention
from bini.glossary.names import NameIndex, is_short_form, strongest
from bini.glossary.normalise import key, normalise
from bini.glossary.typos import Typo, TypoIndex

_EXPLAINED = re.compile(
    r"\s{0,2}[(（\[]\s{0,2}(?:이하\s{0,2})?[\"'“‘]?(?:CAS\s{0,2}(?:(?:RN|No|번호)\.?)?\s{0,2}[:：]?\s{0,2})?",
    re.IGNORECASE,
)


class Finder:
    """The lookup side of a glossary; built once, read only afterwards."""

    def __init__(self, entities: Mapping[str, Entity], collisions: Iterable[Collision]) -> None:
        """Build the automaton; the index of misspellings waits for the first text."""
        self.names = NameIndex(entities, collisions)
        self._automaton = ahocorasick.Automaton()
        for name_key in self.names.readings:
            self._automaton.add_word(name_key, name_key)
        self._automaton.make_automaton()

    def find(self, text: str, regit_num: str | None = None) -> list[Mention]:
        """Find every mention in a text, in order, none overlapping."""
        numbers = self._cas_mentions(text)
        mentions = sorted([*numbers, *self._name_mentions(text, regit_num, numbers)], key=lambda m: m.start)
        mentions = self._with_typos(text, mentions)
        return [mention for mention in self._settle(text, mentions) if mention.candidates or mention.how == "cas"]

    def _cas_mentions(self, text: str) -> list[Mention]:
        mentions = []
        for found in find_cas(text):
            quote, names = text[found.start : found.end], tuple(self.names.cas.get(found.number, ()))
            is_collision = self.names.differ(names)
            warning = self.names.warning(quote, names) if is_collision else None
            if not found.is_valid:
                warning = f'"{quote}": CAS 번호의 검증 숫자가 맞지 않습니다. 번호를 확인하십시오.'
            mentions.append(Mention(found.start, found.end, quote, names, "cas", is_collision, warning))
        return mentions

    def _name_mentions(self, text: str, regit_num: str | None, numbers: list[Mention]) -> Iterator[Mention]:
        """Yield the exact mentions: leftmost first, at one place the longest."""
        taken = sorted((mention.start, mention.end) for mention in numbers)
        previous_end, free = -1, 0
        for start, end, name_key in self._hits(text):
            if start < free or _overlaps(taken, start, end):
                continue
            mention = self._read(text, start, end, name_key, previous_end, regit_num)
            if mention:
                yield mention
                previous_end = free = end

    def _hits(self, text: str) -> list[tuple[int, int, str]]:
        if not self.names.readings:
            return []
        normalised = normalise(text)
        hits = (
            (normalised.starts[last - len(name_key) + 1], normalised.ends[last], name_key)
            for last, name_key in self._automaton.iter(normalised.chars)
        )
        return sorted(hits, key=lambda hit: (hit[0], -hit[1]))

    def _read(
        self, text: str, start: int, end: int, name_key: str, previous_end: int, regit_num: str | None
    ) -> Mention | None:
        """Make a mention of one hit; None where it is not a name of its own."""
        quote = text[start:end]
        readings = self.names.written_as(quote, name_key)
        if not readings and not self.names.is_nothing(name_key):
            return None
        is_substance = any(self.names.entities[reading.canonical].kind == "substance" for reading in readings)
        if not is_whole_name(text, start, end, previous_end, is_substance):
            return None
        how, candidates = strongest(readings), self.names.candidates(name_key, readings)
        meanings = (*candidates, *self.names.other_meanings(name_key))
        scoped = self.names.scoped(name_key, regit_num)
        if scoped:
            return Mention(start, end, quote, scoped, how, True, self.names.warning(quote, meanings, taken_as=scoped))
        is_collision = self.names.differ(candidates) or len(meanings) > len(candidates)
        warning = self.names.warning(quote, meanings) if is_collision else None
        return Mention(start, end, quote, candidates, how, is_collision, warning)

    @cached_property
    def _typos(self) -> TypoIndex:
        entities = self.names.entities.values()
        names = (name for e in entities for name in (e.canonical, e.inci, *e.korean, *e.aliases) if name)
        return TypoIndex((name for name in names if not is_short_form(name)), self.names.readings)

    def _with_typos(self, text: str, mentions: list[Mention]) -> list[Mention]:
        """Add the misspelt names. One that holds an exact mention of another compound takes its place."""
        starts = [mention.start for mention in mentions]
        dropped: set[int] = set()
        added: list[Mention] = []
        for typo in self._typos.find(text):
            if added and typo.start < added[-1].end:
                continue
            mention = self._misspelt(text, typo)
            if mention is None:
                continue
            first = bisect_left(starts, typo.start)
            inside = [i for i in range(first, bisect_left(starts, typo.end)) if i not in dropped]
            is_cut = first > 0 and mentions[first - 1].end > typo.start
            if is_cut or any(not _gives_way(mentions[i], mention) for i in inside):
                continue
            dropped.update(inside)
            added.append(mention)
        kept = [mention for i, mention in enumerate(mentions) if i not in dropped]
        return sorted([*kept, *added], key=lambda mention: mention.start)

    def _misspelt(self, text: str, typo: Typo) -> Mention | None:
        readings = [r for name_key in typo.keys for r in self.names.readings[name_key] if not r.written]
        candidates = tuple(dict.fromkeys(reading.canonical for reading in readings))
        is_substance = any(self.names.entities[name].kind == "substance" for name in candidates)
        if not candidates or not is_whole_name(text, typo.start, typo.end, -1, is_substance):
            return None
        quote, is_collision = text[typo.start : typo.end], self.names.differ(candidates)
        names = " / ".join(map(self.names.describe, candidates))
        warning = f'"{quote}": "{names}"의 오기로 보았습니다. 표기를 확인하십시오.'
        return Mention(typo.start, typo.end, quote, candidates, "fuzzy", is_collision, warning)

    def _settle(self, text: str, mentions: list[Mention]) -> list[Mention]:
        """Settle the collisions that the text explains in one way: "Tributyl Citrate (TBC)", "TBC (CAS 77-94-1)"."""
        explained: dict[str, set[str]] = defaultdict(set)
        for left, right in pairwise(mentions):
            if right.start - left.end <= 24 and _EXPLAINED.fullmatch(text, left.end, right.start):
                for term, name in ((left, right), (right, left)):
                    if term.is_collision and not name.is_collision:
                        known = {reading.canonical for reading in self.names.readings.get(key(term.text), ())}
                        explained[key(term.text)] |= known.intersection(name.candidates)
        return [self._explain(mention, explained.get(key(mention.text), set())) for mention in mentions]

    def _explain(self, mention: Mention, names: set[str]) -> Mention:
        if not mention.is_collision or not names or self.names.differ(names):
            return mention
        return replace(mention, candidates=tuple(sorted(names)), is_collision=False, warning=None)


def _overlaps(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Tell whether a span overlaps one of `spans`, which are sorted and apart."""
    i = bisect_left(spans, (start, start))
    return (i > 0 and spans[i - 1][1] > start) or (i < len(spans) and spans[i][0] < end)


def _gives_way(exact: Mention, misspelt: Mention) -> bool:
    """Tell whether an exact mention is only a part of the misspelt one: another compound, in fewer characters."""
    is_part = misspelt.start <= exact.start and exact.end <= misspelt.end and exact.text != misspelt.text
    return is_part and exact.how != "cas" and not set(exact.candidates) & set(misspelt.candidates)
