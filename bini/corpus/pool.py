"""The glossary as the generator draws from it: members of a class, their names, and what is held out."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random

from bini.glossary import Glossary

HELD_OUT_PERCENT = 12


def is_held_out(canonical: str) -> bool:
    """Say whether an entity belongs to the ingredients that training never sees; settled by its name alone."""
    return int(hashlib.sha256(canonical.encode()).hexdigest(), 16) % 100 < HELD_OUT_PERCENT


@dataclass(frozen=True)
class Pool:
    """Entities of the glossary, either those of training or the held-out ones beside them."""

    glossary: Glossary
    held_out: bool = False
    _names: dict[tuple[str, str], tuple[tuple[str, str], ...]] = field(default_factory=dict)
    _members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _collisions: dict[str, str | None] = field(default_factory=dict)

    def members(self, genus: str) -> tuple[str, ...]:
        """Return the entities below a class that this pool may use; of a plain entity none."""
        if genus not in self._members:
            kinds = [n for n in sorted(self.glossary.species(genus)) if self.glossary.entities[n].kind != "class"]
            self._members[genus] = tuple(n for n in kinds if is_held_out(n) == self.held_out and self._is_named(n))
        return self._members[genus]

    def _is_named(self, canonical: str) -> bool:
        return bool(self.glossary.entities[canonical].korean)

    def strangers(self, industry: str, genera: Sequence[str]) -> tuple[str, ...]:
        """Return Korean names of weighed entities of an industry that are below none of some classes."""
        if industry not in ("cosmetics", "food"):
            return ()
        entities = self.glossary.entities
        taken = set(genera).union(*(self.glossary.genera(genus) for genus in genera))
        return tuple(
            entity.korean[0]
            for name, entity in sorted(entities.items())
            if entity.industry == industry and entity.kind == "substance" and entity.korean and not entity.base
            if not taken & self.glossary.genera(name) and is_held_out(name) == self.held_out
        )

    def is_below(self, name: str, genus: str) -> bool:
        """Say whether one is a species of the other."""
        return genus in self.glossary.genera(name)

    def genera_of(self, name: str, root: str) -> list[str]:
        """Return the classes between an entity and a role's class, the role's class among them."""
        found = [g for g in self.glossary.genera(name) if g == root or root in self.glossary.genera(g)]
        return sorted(g for g in found if self.glossary.entities[g].korean)

    def same_base(self, a: str, b: str) -> bool:
        """Say whether two different entities are salts or esters of one active."""
        return a != b and self.glossary.relation(a, b) == "same_active"

    def unclear(self, a: str, b: str) -> bool:
        """Say whether the glossary cannot tell two entities apart."""
        return a != b and self.glossary.relation(a, b) != "different"

    def relatives(self, name: str) -> list[str]:
        """Return salts and esters of the same active."""
        return [other for other in self._by_base.get(self._base(name), ()) if other != name]

    def _base(self, name: str) -> str:
        return self.glossary.entities[name].base

    @cached_property
    def _by_base(self) -> dict[str, list[str]]:
        bases: dict[str, list[str]] = {}
        for name, entity in self.glossary.entities.items():
            if entity.base and is_held_out(name) == self.held_out and entity.korean:
                bases.setdefault(entity.base, []).append(name)
        return bases

    def collision(self, name: str) -> str | None:
        """Return an abbreviation of the entity that has other meanings too."""
        if name not in self._collisions:
            found = None
            for short in self.glossary.entities[name].abbreviations:
                mentions = self.glossary.find(f"{short} 1%")
                if mentions and mentions[0].is_collision:
                    found = short
            self._collisions[name] = found
        return self._collisions[name]

    def claim_name(self, random: Random, canonical: str, language: str) -> str:
        """Return a name as a claim writes it."""
        entity = self.glossary.entities[canonical]
        english = canonical if canonical.isupper() or entity.kind == "method" else canonical.lower()
        if language == "en":
            return english
        korean = entity.korean[0] if random.random() < 0.8 else random.choice(entity.korean)
        if random.random() < 0.07:
            return f"{korean}({english})"
        return korean

    def product_name(self, random: Random, canonical: str, language: str) -> tuple[str, str]:
        """Return a name as a product text writes it, and its twist: alias_only, cas_only or none."""
        names = self._sure_names(canonical, language)
        return names[0] if random.random() < 0.45 else random.choice(names)

    def _sure_names(self, canonical: str, language: str) -> tuple[tuple[str, str], ...]:
        key = (canonical, language)
        if key not in self._names:
            entity = self.glossary.entities[canonical]
            first = entity.korean[0] if language == "ko" else (entity.inci or entity.canonical)
            others = [*entity.korean[1:], *entity.abbreviations, entity.inci, entity.canonical, *entity.aliases]
            if language == "en":
                others = [name for name in others if name.isascii()]
            sure = [name for name in others if name and name != first and self._means_only(name, canonical)]
            names = [(first, ""), *((name, "alias_only") for name in dict.fromkeys(sure))]
            if entity.cas:
                cas = entity.cas[0]
                names += [(f"{first}(CAS {cas})", ""), (f"CAS {cas}", "cas_only"), (f"CAS No. {cas}", "cas_only")]
            self._names[key] = tuple(names)
        return self._names[key]

    def _means_only(self, name: str, canonical: str) -> bool:
        mentions = self.glossary.find(name)
        return len(mentions) == 1 and mentions[0].candidates == (canonical,) and not mentions[0].is_collision
