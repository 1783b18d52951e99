"""The library: the claims a team asks about again and again, and the names it adds to the glossary."""

from bini.glossary import Glossary, Row, glossary_with
from bini.store.audit import LOCAL_USER, Audit, log
from bini.store.database import now
from bini.store.nouns import GlossaryAddition, Patent


class Library(Audit):
    """Keeps patents and additions to the glossary."""

    def patents(self) -> list[Patent]:
        """Return the patents by number."""
        with self.database.reading() as connection:
            rows = connection.execute("SELECT patent_json FROM patents ORDER BY regit_num")
            return [Patent.model_validate_json(row["patent_json"]) for row in rows]

    def patent(self, regit_num: str) -> Patent | None:
        with self.database.reading() as connection:
            row = connection.execute("SELECT patent_json FROM patents WHERE regit_num = ?", (regit_num,)).fetchone()
            return Patent.model_validate_json(row["patent_json"]) if row else None

    def put_patent(self, patent: Patent, actor: str = LOCAL_USER) -> Patent:
        """Keep a patent in place of what its number held."""
        kept = patent.model_copy(update={"updated_at": now()})
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO patents VALUES (?, ?, ?)",
                (kept.regit_num, kept.model_dump_json(), kept.updated_at),
            )
            log(connection, actor, "put patent", kept.regit_num)
        return kept

    def delete_patent(self, regit_num: str, actor: str = LOCAL_USER) -> bool:
        """Delete a patent; False where there was none."""
        with self.database.transaction() as connection:
            cursor = connection.execute("DELETE FROM patents WHERE regit_num = ?", (regit_num,))
            if cursor.rowcount:
                log(connection, actor, "delete patent", regit_num)
            return bool(cursor.rowcount)

    def glossary_additions(self) -> list[GlossaryAddition]:
        with self.database.reading() as connection:
            rows = connection.execute("SELECT addition_json FROM glossary_additions ORDER BY canonical")
            return [GlossaryAddition.model_validate_json(row["addition_json"]) for row in rows]

    def glossary(self) -> Glossary:
        """Return the glossary that answers here: shipped names, the user's own file, and the library's additions.

        Raises:
            BiniError: an addition that fits no more, as one whose class has left the other two.
        """
        return glossary_with(_rows(self.glossary_additions()))

    def put_glossary_additions(self, additions: list[GlossaryAddition], actor: str = LOCAL_USER) -> None:
        """Keep these additions in place of all there were.

        Raises:
            BiniError: a row that the glossary refuses (unknown industry, a CAS number with a wrong check digit, …).
        """
        glossary_with(_rows(additions))
        with self.database.transaction() as connection:
            connection.execute("DELETE FROM glossary_additions")
            connection.executemany(
                "INSERT INTO glossary_additions VALUES (?, ?, ?)",
                [(addition.canonical, addition.model_dump_json(), now()) for addition in additions],
            )
            log(connection, actor, "put glossary", "glossary", f"{len(additions)} additions")


def _rows(additions: list[GlossaryAddition]) -> tuple[Row, ...]:
    return tuple(tuple(addition.model_dump().items()) for addition in additions)
