"""Names, aliases, CAS numbers and the relations between them: which compound does this text mean?

`load_glossary()` reads data/glossary.csv and data/glossary_collisions.csv; a user's own file extends or overrides them:

    glossary = load_glossary(DEFAULT_GLOSSARY, Path("my_names.csv"))
    glossary.find("아세틸 트리부틸 시트레이트를 3 % 함유")    # -> [Mention(candidates=("Acetyl Tributyl Citrate",), …)]
    glossary.relation("Sodium Laureth Sulfate", "Surfactant")   # -> "species_of"

Read in this order: `entity` (nouns), `table` (the CSV files), `glossary`, `in_force` (which one facts and hints ask),
`finder`; `normalise`, `boundary`, `typos`, `cas`, `hangul` and `morphemes` serve the finder.
"""

from bini.glossary.cas import is_cas
from bini.glossary.entity import Collision, Entity, Mention, Relation
from bini.glossary.glossary import DEFAULT_GLOSSARY, Glossary, load_glossary
from bini.glossary.in_force import OWN_FILE, Row, glossary_in_force, glossary_with, shipped_glossary

__all__ = [
    "DEFAULT_GLOSSARY",
    "OWN_FILE",
    "Collision",
    "Entity",
    "Glossary",
    "Mention",
    "Relation",
    "Row",
    "glossary_in_force",
    "glossary_with",
    "is_cas",
    "load_glossary",
    "shipped_glossary",
]
