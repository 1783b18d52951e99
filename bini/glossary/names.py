"""Which names stand for which compounds: the keys of a glossary, their readings, and what to say where they collide."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bini.glossary.boundary import DASHES
from bini.glossary.entity import Collision, Entity, How
from bini.glossary.hangul import is_hangul, spellings
from bini.glossary.normalise import key

_SEPARATORS = re.compile(rf"[\s{DASHES}]+")
_SHORT_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,5}")
_MIN_CASELESS = 4  # characters from which an abbreviation is also known in small letters
_ENGLISH_WORDS = frozenset({"bert", "chol", "cica", "http", "peek", "tris"})  # abbreviations that are words, too
_STRENGTH: tuple[How, ...] = ("name", "alias", "abbreviation", "fuzzy", "cas")
_PATENT_DIGITS = 9  # of a Korean registration number: kind 10 and seven digits; its last four are always 0000


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a key; `written` is the exact form of an abbreviation, "" for a name in full."""

    canonical: str
    how: How
    written: str = ""


class NameIndex:
    """Every key of a glossary with its readings."""

    def __init__(self, entities: Mapping[str, Entity], collisions: Iterable[Collision]) -> None:
        """Index every name, spelling, abbreviation, CAS number and collision."""
        self.entities = entities
        self.readings: dict[str, list[Reading]] = defaultdict(list)
        self.cas: dict[str, list[str]] = defaultdict(list)
        self.collisions: dict[str, Collision] = {}
        self._scoped: dict[tuple[str, str], Collision] = {}
        for entity in entities.values():
            self._add_entity(entity)
        self._add_spellings()
        for collision in collisions:
            self._add_collision(collision)
        self.readings = dict(self.readings)

    def _add_entity(self, entity: Entity) -> None:
        standard = {entity.canonical, entity.inci, *entity.korean[:1]}
        for name in (entity.canonical, entity.inci, *entity.korean, *entity.aliases):
            if name:
                how: How = "name" if name in standard else "alias"
                self._add(name, Reading(entity.canonical, how, name if is_short_form(name) else ""))
        for abbreviation in entity.abbreviations:
            self._add(abbreviation, Reading(entity.canonical, "abbreviation", abbreviation))
        for number in entity.cas:
            self.cas[number].append(entity.canonical)

    def _add(self, name: str, reading: Reading) -> None:
        readings = self.readings[key(name)]
        if all((known.canonical, known.written) != (reading.canonical, reading.written) for known in readings):
            readings.append(reading)

    def _add_spellings(self) -> None:
        """Add the other transliterations of each Korean name; none takes a key that a name already has."""
        taken = set(self.readings)
        for entity in self.entities.values():
            for name in entity.korean:
                for spelling in spellings(name):
                    if key(spelling) not in taken:
                        self._add(spelling, Reading(entity.canonical, "alias"))

    def _add_collision(self, collision: Collision) -> None:
        term_key = key(collision.term)
        written = collision.term if is_short_form(collision.term) else ""
        known = {reading.canonical for reading in self.readings[term_key]}
        how: How = "abbreviation" if written else "alias"
        self.readings[term_key] += [Reading(name, how, written) for name in collision.candidates if name not in known]
        if collision.regit_num:
            self._scoped[_patent_key(collision.regit_num), term_key] = collision
        else:
            self.collisions[term_key] = collision

    def other_meanings(self, name_key: str) -> tuple[str, ...]:
        """List the readings of a key that have no entity."""
        collision = self.collisions.get(name_key)
        return collision.other_meanings if collision else ()

    def is_nothing(self, name_key: str) -> bool:
        """Tell whether a key is listed only so that it is not taken for a name, as 구성요소 for 요소 (urea)."""
        return name_key in self.collisions and not self.readings[name_key]

    def scoped(self, name_key: str, regit_num: str | None) -> tuple[str, ...]:
        """List what a key means inside one patent; empty where the patent has no alias of its own."""
        collision = self._scoped.get((_patent_key(regit_num), name_key)) if regit_num else None
        return collision.candidates if collision else ()

    def written_as(self, quote: str, name_key: str) -> list[Reading]:
        """List the readings that a quote's own form allows: an abbreviation asks for its capitals."""
        is_open = self.differ({reading.canonical for reading in self.readings[name_key]})
        is_open = is_open or bool(self.other_meanings(name_key))
        return [r for r in self.readings[name_key] if not r.written or _is_written(quote, r.written, is_open)]

    def candidates(self, name_key: str, readings: Iterable[Reading]) -> tuple[str, ...]:
        """Order canonical names as the collision table has them, then as the glossary has them."""
        names = [reading.canonical for reading in readings]
        collision = self.collisions.get(name_key)
        listed = [name for name in collision.candidates if name in names] if collision else []
        return tuple(dict.fromkeys([*listed, *names]))

    def differ(self, names: Iterable[str]) -> bool:
        """Tell whether canonical names mean more than one compound; two names of one CAS number are one."""
        return len({(self.entities[name].cas or (name,))[0] for name in names}) > 1

    def describe(self, name: str) -> str:
        """Write a canonical name with its CAS number, and anything else as it is."""
        entity = self.entities.get(name)
        return f"{name}, CAS {entity.cas[0]}" if entity and entity.cas else name

    def warning(self, quote: str, readings: Iterable[str], taken_as: tuple[str, ...] = ()) -> str:
        """Write what a reader must ask for before relying on a term with several readings."""
        readings = list(readings)
        has_cas = any(name in self.entities and self.entities[name].cas for name in readings)
        ask = "CAS 번호를" if has_cas else "정식 명칭을"
        described = " / ".join(self.describe(name) for name in readings if name not in taken_as)
        if taken_as:
            names = " / ".join(map(self.describe, taken_as))
            return f'"{quote}": 이 특허에서는 "{names}"로 보았으나 보통은 "{described}"입니다. {ask} 확인하십시오.'
        return f'"{quote}": 뜻이 하나가 아닙니다 ({described}). {ask} 확인하십시오.'


def strongest(readings: Iterable[Reading]) -> How:
    """Name the surest of the ways in which a key is read."""
    return min((reading.how for reading in readings), key=_STRENGTH.index, default="alias")


def is_short_form(name: str) -> bool:
    """Tell whether a name looks like an abbreviation and so asks for its capitals: GPT, BHT, MD5, not Mica."""
    return _SHORT_FORM.fullmatch(name) is not None and sum(char.isupper() or char.isdigit() for char in name) >= 2


def _is_written(quote: str, written: str, is_open: bool) -> bool:
    """Compare a quote with an abbreviation; separators may stand only where the abbreviation has one."""
    if _SEPARATORS.search(quote) and not _SEPARATORS.search(written):
        return False
    bare = _SEPARATORS.sub("", written)
    if _SEPARATORS.sub("", unicodedata.normalize("NFKC", quote)) == bare:
        return True
    is_caseless = len(bare) >= _MIN_CASELESS and bare.casefold() not in _ENGLISH_WORDS and not is_open
    return is_caseless and not any(map(is_hangul, bare))


def _patent_key(regit_num: str) -> str:
    return re.sub(r"\D", "", regit_num)[:_PATENT_DIGITS]
