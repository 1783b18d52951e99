"""The glossary: which compound a text means, and how two compounds are related."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from bini.glossary.entity import Collision, Entity, Mention, Relation
from bini.glossary.finder import Finder
from bini.glossary.table import read_tables

DEFAULT_GLOSSARY = Path(__file__).resolve().parents[2] / "data" / "glossary.csv"


def load_glossary(*paths: Path, added: Sequence[Mapping[str, str]] = ()) -> "Glossary":
    """Load the given CSV files, or the shipped glossary where none is given; a later file extends and overrides.

    Beside a file `names.csv`, `names_collisions.csv` is read as well if it exists. `added` are rows by column that come
    after all files. Raises BiniError that lists every faulty cell with its file, row and column.
    """
    files: list[Path] = []
    for path in map(Path, paths or (DEFAULT_GLOSSARY,)):
        collisions = path.with_name(f"{path.stem}_collisions.csv")
        files += [path, collisions] if collisions.exists() else [path]
    return Glossary(*read_tables(list(dict.fromkeys(files)), added))


class Glossary:
    """Names, CAS numbers and relations of all entities. Read only; safe to share."""

    def __init__(self, entities: Mapping[str, Entity], collisions: Iterable[Collision] = ()) -> None:
        """Index the entities; use `load_glossary` for files."""
        self.entities = entities
        self._collisions = tuple(collisions)
        self._finder = Finder(entities, self._collisions)
        self._genera: dict[str, frozenset[str]] = {}

    @cached_property
    def sha256(self) -> str:
        """The hash of every row: the same for the same names."""
        return hashlib.sha256(repr((list(self.entities.values()), self._collisions)).encode()).hexdigest()

    def find(self, text: str, regit_num: str | None = None) -> list[Mention]:
        """Find every name in a text, in order; the spans do not overlap and are offsets of the text as given.

        `regit_num` (any notation) switches on the aliases that hold in that patent only.
        """
        return self._finder.find(text, regit_num)

    def candidates(self, name: str) -> tuple[str, ...]:
        """List the canonical names that one name, alias, abbreviation or CAS number may stand for."""
        mentions = self.find(name)
        whole = [mention for mention in mentions if mention.text == name.strip()]
        return whole[0].candidates if whole else ()

    def names(self, canonical: str) -> tuple[str, ...]:
        """List every name of an entity: canonical, INCI, Korean, aliases, abbreviations, CAS numbers."""
        entity = self.entities.get(canonical)
        return entity.names() if entity else ()

    def describe(self, canonical: str) -> str:
        """Write a canonical name with its CAS number: "Acetyl Tributyl Citrate, CAS 77-90-7"."""
        return self._finder.names.describe(canonical)

    def genera(self, canonical: str) -> frozenset[str]:
        """Collect every class above an entity."""
        if canonical not in self._genera:
            entity = self.entities.get(canonical)
            above = entity.is_a if entity else ()
            self._genera[canonical] = frozenset(above).union(*map(self.genera, above))
        return self._genera[canonical]

    def species(self, canonical: str) -> frozenset[str]:
        """Collect everything below a class."""
        return self._species.get(canonical, frozenset())

    @cached_property
    def _species(self) -> dict[str, frozenset[str]]:
        species: dict[str, set[str]] = {}
        for canonical in self.entities:
            for genus in self.genera(canonical):
                species.setdefault(genus, set()).add(canonical)
        return {genus: frozenset(members) for genus, members in species.items()}

    def relation(self, a: str, b: str) -> Relation:
        """Say what `a` is to `b`, both canonical names: "species_of" reads "a is a species of b".

        "different" is said only of what the glossary can tell apart: two entities without species; an entity that is
        classed, against a class that does not hold it; two classes of one genus with no species in common. Everything
        else is "unknown".
        """
        left, right = self.entities.get(a), self.entities.get(b)
        if left is None or right is None:
            return "unknown"
        if a == b or (left.cas and right.cas and left.cas[0] == right.cas[0]):
            return "same"
        if b in self.genera(a):
            return "species_of"
        if a in self.genera(b):
            return "genus_of"
        if left.base and left.base == right.base:
            return "same_active"
        return "different" if self._are_apart(left, right) else "unknown"

    def _are_apart(self, left: Entity, right: Entity) -> bool:
        left_species, right_species = self.species(left.canonical), self.species(right.canonical)
        if left.kind == "class" and right.kind == "class":
            return bool(set(left.is_a) & set(right.is_a)) and not left_species & right_species
        if left.kind == "class":
            left, right = right, left
        return right.kind != "class" or bool(left.is_a)
