"""The glossary's nouns: an entity is one row of the glossary, a mention is one place in a text that names it.

One mention, of "TBC" in "TBC 3 중량%":
    Mention(start=0, end=3, text="TBC", candidates=("Tributyl Citrate", "Acetyl Tributyl Citrate"),
            how="abbreviation", is_collision=True, warning="…CAS 번호를 확인하십시오.")
"""

from dataclasses import dataclass
from typing import Literal, get_args

Industry = Literal["cosmetics", "battery", "food", "medical_device", "software"]
Kind = Literal["substance", "class", "structure", "device", "method", "system", "product"]
How = Literal["name", "alias", "cas", "abbreviation", "fuzzy"]
Relation = Literal["same", "species_of", "genus_of", "same_active", "different", "unknown"]
INDUSTRIES: tuple[Industry, ...] = get_args(Industry)
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Entity:
    """One compound, class, structure, method … and every verified name of it."""

    canonical: str  # the key; English
    industry: Industry
    kind: Kind
    korean: tuple[str, ...]  # the first is the standard name
    inci: str = ""
    aliases: tuple[str, ...] = ()
    cas: tuple[str, ...] = ()  # the first is the compound's own, the others are isomers and grades sold under its name
    abbreviations: tuple[str, ...] = ()
    is_a: tuple[str, ...] = ()  # canonical names of its genera
    base: str = ""  # active moiety that salts, esters and prodrugs share
    roles: tuple[str, ...] = ()  # functions, as Korean and English words
    source: str = ""
    note: str = ""

    def names(self) -> tuple[str, ...]:
        """List every name, the canonical first, CAS numbers last."""
        names = (self.canonical, self.inci, *self.korean, *self.aliases, *self.abbreviations, *self.cas)
        return tuple(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True, slots=True)
class Collision:
    """A term with more than one reading. Without candidates or `regit_num` it names nothing that the glossary knows.

    `regit_num` limits the row to one patent, where the candidates replace the general ones.
    """

    term: str
    candidates: tuple[str, ...] = ()
    regit_num: str = ""
    other_meanings: tuple[str, ...] = ()  # readings that have no row of their own
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """One place in a text: `text` is exactly `source[start:end]`.

    `candidates` are canonical names. A collision is never resolved in silence: `is_collision` stays true even where a
    patent's own alias leaves one candidate, and `warning` says what to ask for.
    """

    start: int
    end: int
    text: str
    candidates: tuple[str, ...]
    how: How
    is_collision: bool
    warning: str | None = None
