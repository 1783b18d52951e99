"""How the names of a product are related to the claimed ones, with what is said of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bini.facts.element import Group
from bini.facts.product import Named, Product
from bini.glossary import Relation
from bini.glossary.in_force import glossary

TOO_WIDE = frozenset(  # classes whose mere mention says nothing about one member
    {"Cosmetic Composition", "Food Composition", "Natural Extract", "Vitamin", "Solvent", "Polymer"}
)
ORDER: tuple[Relation, ...] = ("same", "species_of", "same_active", "genus_of", "different", "unknown")


@dataclass(frozen=True, slots=True)
class Related:
    """A name of the product and how its nearest reading is related to the claimed names."""

    named: Named
    relation: Relation


def related_to(group: Group, product: Product) -> list[Related]:
    """Relate every name of the product to a claimed group by its nearest reading."""
    found = []
    for named in product.named:
        if named.mention.candidates:
            relations = {relates(name, group) for name in named.mention.candidates}
            found.append(Related(named, next(relation for relation in ORDER if relation in relations)))
    return found


def relates(name: str, group: Group) -> Relation:
    """Return the nearest relation of one canonical name to a claimed group."""
    relations = {glossary().relation(name, claimed) for claimed in group.names}
    return next((relation for relation in ORDER if relation in relations), "unknown")


def with_relation(items: Sequence[Related], *relations: Relation) -> list[Related]:
    """Return the names that are related in one of these ways."""
    return [item for item in items if item.relation in relations]


def first_with(items: Iterable[Related], status: str) -> Named | None:
    """Return the first name of which the product says this."""
    return next((item.named for item in items if item.named.status == status), None)


def is_open(named: Named) -> bool:
    """Whether the name has another reading that nothing rules out."""
    return named.mention.is_collision and len(named.mention.candidates) != 1


def is_wide(named: Named) -> bool:
    """Whether a class is too wide to say anything of one member."""
    return bool(TOO_WIDE.intersection(named.mention.candidates))


def denial_of_all(group: Group, items: list[Related]) -> Named | None:
    """The denial of a claimed name, where every alternative is denied; that one species is not there denies no class."""
    denied = [item.named for item in items if item.relation == "same" and item.named.status == "denied"]
    names = {name for named in denied for name in named.mention.candidates}
    return denied[0] if denied and group.names <= names else None
