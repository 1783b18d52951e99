"""The store: every assessment, review, job and key in one SQLite file, and the only room that speaks SQL.

    store = open_store(Path("outputs/history/history.sqlite"))
    kept = store.keep(case, assessment, origin)         # one transaction: what is answered is kept
    store.review(kept.assessment_id, Review(element=1, decision="corrected", match="미대응", reason="…"))
    store.reviewed_cases()                              # cases that `bini train` takes

The file is in WAL mode with synchronous=FULL, so a kill or a power cut loses nothing that was answered. Texts live in
`assessments` and in the tables of jobs; the audit log holds ids, actions and times, and triggers refuse to change it.

Read in this order: `nouns`, `database` (connections, migrations), `history`, `review`, `jobs`, `library`, `keys`,
`audit`.
"""

from pathlib import Path

from bini.store.database import Database
from bini.store.jobs import Jobs
from bini.store.keys import Keys
from bini.store.library import Library
from bini.store.nouns import (
    AuditEntry,
    CellReview,
    GlossaryAddition,
    Job,
    JobPair,
    JobPatent,
    JobProduct,
    KeptAssessment,
    Key,
    Origin,
    Patent,
    Review,
)
from bini.store.review import Reviews

DEFAULT_STORE = Path("outputs/history/history.sqlite")


class Store(Reviews, Jobs, Library, Keys):
    """All that is kept, over one database."""


def open_store(path: Path = DEFAULT_STORE) -> Store:
    """Open the store, made or migrated to this version's tables where needed.

    Raises:
        BiniError: the file is no SQLite database, or belongs to a newer BINI.
    """
    return Store(Database(path))


__all__ = [
    "DEFAULT_STORE",
    "AuditEntry",
    "CellReview",
    "GlossaryAddition",
    "Job",
    "JobPair",
    "JobPatent",
    "JobProduct",
    "KeptAssessment",
    "Key",
    "Origin",
    "Patent",
    "Review",
    "Store",
    "open_store",
]
