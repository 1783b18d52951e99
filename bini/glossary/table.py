"""Reads the glossary's CSV files and checks every cell; what is wrong is reported all at once, with file and row.

A file with the column `canonical` holds entities, one with the column `term` holds collisions. A later file extends the
earlier ones; a row with a canonical name that is there already overrides it cell by cell, where its cell is not empty.
Lists within a cell are separated by semicolons.
"""

import csv
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from bini.errors import BiniError, raise_all
from bini.glossary.cas import is_cas
from bini.glossary.entity import INDUSTRIES, KINDS, Collision, Entity, Industry, Kind

ENTITY_COLUMNS = (
    "canonical", "industry", "kind", "korean", "inci", "aliases", "cas",
    "abbreviations", "is_a", "base", "roles", "source", "note",
)  # fmt: skip
COLLISION_COLUMNS = ("term", "candidates", "regit_num", "other_meanings", "note")


@dataclass
class _Tables:
    """What has been read so far, and what was wrong with it."""

    rows: dict[str, dict[str, str]] = field(default_factory=dict)  # canonical -> cells
    places: dict[str, str] = field(default_factory=dict)  # canonical -> "file:row" of its last row
    collisions: list[tuple[str, Collision]] = field(default_factory=list)  # "file:row", collision
    errors: list[str] = field(default_factory=list)


def read_tables(
    paths: Sequence[Path], added: Sequence[Mapping[str, str]] = ()
) -> tuple[dict[str, Entity], list[Collision]]:
    """Read the files in order, then rows that come from no file. Raises BiniError with every fault, one line each."""
    tables = _Tables()
    for path in paths:
        _read_file(path, tables)
    seen: set[str] = set()
    for number, row in enumerate(added, start=1):
        _add_row({column: cell.strip() for column, cell in row.items()}, f"addition {number}", tables, seen)
    entities = {canonical: _entity(cells) for canonical, cells in tables.rows.items()}
    for canonical, entity in entities.items():
        _check_entity(entity, tables.places[canonical], entities, tables.errors)
    _check_cycles(entities, tables)
    for place, collision in tables.collisions:
        for name in collision.candidates:
            if name not in entities:
                tables.errors.append(f"{place}, column candidates: {_unknown(name, entities)}")
    raise_all(tables.errors)
    return entities, [collision for _, collision in tables.collisions]


def _read_file(path: Path, tables: _Tables) -> None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(_rows(csv.reader(file)))
    except FileNotFoundError:
        raise BiniError(f'"{path}" does not exist; expected a glossary as CSV. Check the path.') from None
    except UnicodeDecodeError as error:
        raise BiniError(f'"{path}" is not UTF-8 ({error.reason}). Save it as "CSV UTF-8".') from None
    except csv.Error as error:
        raise BiniError(f'"{path}" is not a CSV file: {error}. Save it as "CSV UTF-8".') from None
    header = [cell.strip() for cell in rows[0][1]] if rows else []
    is_collisions = "term" in header
    known = COLLISION_COLUMNS if is_collisions else ENTITY_COLUMNS
    faults = [f"{path.name}:1: {_unknown(column, known, 'column')}" for column in header if column not in known]
    faults += [f'{path.name}:1: column "{known[0]}" is missing' for _ in (0,) if known[0] not in header]
    faults += [f'{path.name}:1: column "{column}" occurs twice' for column in known if header.count(column) > 1]
    if faults:
        tables.errors += faults
        return
    seen: set[str] = set()
    for line, cells in rows[1:]:
        place = f"{path.name}:{line}"
        if len(cells) != len(header):
            tables.errors.append(f"{place}: {len(cells)} cells, expected {len(header)}. Quote cells that hold commas.")
            continue
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        if is_collisions:
            _add_collision(row, place, tables)
        else:
            _add_row(row, place, tables, seen)


def _rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, numbered as a spreadsheet shows them."""
    for number, cells in enumerate(reader, start=1):
        if any(cell.strip() for cell in cells):
            yield number, cells


def _add_row(row: dict[str, str], place: str, tables: _Tables, seen: set[str]) -> None:
    canonical = row["canonical"]
    if not canonical:
        tables.errors.append(f"{place}, column canonical: empty; expected the English name")
    elif canonical in seen:
        tables.errors.append(f'{place}, column canonical: "{canonical}" is in this file already. Join the two rows.')
    else:
        seen.add(canonical)
        filled = {column: cell for column, cell in row.items() if cell}
        tables.rows[canonical] = {**tables.rows.get(canonical, {}), **filled}
        tables.places[canonical] = place


def _add_collision(row: dict[str, str], place: str, tables: _Tables) -> None:
    if not row["term"]:
        tables.errors.append(f"{place}, column term: empty; expected an abbreviation or a name")
        return
    collision = Collision(
        term=row["term"],
        candidates=_items(row.get("candidates", "")),
        regit_num=row.get("regit_num", ""),
        other_meanings=_items(row.get("other_meanings", "")),
        note=row.get("note", ""),
    )
    if collision.regit_num and not collision.candidates:
        tables.errors.append(f"{place}, column candidates: empty; expected what the term means in this patent")
    tables.collisions.append((place, collision))


def _items(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.strip() for item in cell.split(";") if item.strip()))


def _entity(cells: dict[str, str]) -> Entity:
    return Entity(
        canonical=cells["canonical"],
        industry=cast(Industry, cells.get("industry", "")),  # _check_entity proves the two
        kind=cast(Kind, cells.get("kind", "")),
        korean=_items(cells.get("korean", "")),
        inci=cells.get("inci", ""),
        aliases=_items(cells.get("aliases", "")),
        cas=_items(cells.get("cas", "")),
        abbreviations=_items(cells.get("abbreviations", "")),
        is_a=_items(cells.get("is_a", "")),
        base=cells.get("base", ""),
        roles=_items(cells.get("roles", "")),
        source=cells.get("source", ""),
        note=cells.get("note", ""),
    )


def _check_entity(entity: Entity, place: str, entities: dict[str, Entity], errors: list[str]) -> None:
    if entity.industry not in INDUSTRIES:
        errors.append(f"{place}, column industry: {_unknown(entity.industry, INDUSTRIES)}")
    if entity.kind not in KINDS:
        errors.append(f"{place}, column kind: {_unknown(entity.kind, KINDS)}")
    if not entity.korean:
        errors.append(f"{place}, column korean: empty; expected the Korean name")
    for number in entity.cas:
        if not is_cas(number):
            errors.append(f'{place}, column cas: "{number}" is no CAS number (check digit); expected one like 77-90-7')
    for genus in entity.is_a:
        if genus not in entities:
            errors.append(f"{place}, column is_a: {_unknown(genus, entities)}")


def _check_cycles(entities: dict[str, Entity], tables: _Tables) -> None:
    """Report every entity from which is_a leads back to itself."""
    for canonical, entity in entities.items():
        todo, seen = list(entity.is_a), set[str]()
        while todo:
            genus = todo.pop()
            if genus not in seen and genus in entities:
                seen.add(genus)
                todo += entities[genus].is_a
        if canonical in seen:
            tables.errors.append(f'{tables.places[canonical]}, column is_a: "{canonical}" is a genus of itself')


def _unknown(found: str, known: Sequence[str] | dict[str, Entity], noun: str = "name") -> str:
    """Say that a value is not known, and which known one is nearest."""
    nearest = difflib.get_close_matches(found, list(known), n=1, cutoff=0.6)
    if nearest:
        return f'"{found}" is an unknown {noun}; did you mean "{nearest[0]}"?'
    return f'"{found}" is an unknown {noun}; expected one of {", ".join(list(known)[:7])}' + " …" * (len(known) > 7)
