"""Which glossary is in force: the one place that facts and hints ask.

    shipped names                      data/glossary.csv, always
    + a file of the user's own         --glossary FILE, or the variable BINI_GLOSSARY: for this process and its children
    + rows of a library                with glossary_in_force(glossary_with(rows)): for what is done inside the block

A later one extends and overrides an earlier one. A block is seen by its own thread alone, so two answers side by side can
have two glossaries. What is remembered about a text is remembered by glossary, too: see `remembered`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from bini.glossary.glossary import DEFAULT_GLOSSARY, Glossary, load_glossary

OWN_FILE = "BINI_GLOSSARY"
Row = tuple[tuple[str, str], ...]  # (column, cell) of each cell
_IN_FORCE: ContextVar[Glossary | None] = ContextVar("glossary in force", default=None)
Arguments = TypeVarTuple("Arguments")
Found = TypeVar("Found")


def glossary() -> Glossary:
    """Return the glossary in force here and now, loaded at the first question.

    Raises:
        BiniError: the user's own file cannot be read, or has faulty cells.
    """
    return _IN_FORCE.get() or glossary_with()


def glossary_with(added: tuple[Row, ...] = ()) -> Glossary:
    """Return the shipped names and the user's own file, extended by more rows.

    Raises:
        BiniError: every faulty cell, with where it stands.
    """
    return _loaded(os.environ.get(OWN_FILE), added)


def shipped_glossary() -> Glossary:
    """Return the shipped names alone."""
    return _loaded(None, ())


@contextmanager
def glossary_in_force(names: Glossary) -> Iterator[None]:
    """Put a glossary in force inside the block."""
    token = _IN_FORCE.set(names)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


def remembered(maxsize: int) -> Callable[[Callable[[*Arguments], Found]], Callable[[*Arguments], Found]]:
    """Remember what a function of hashable arguments found, under the glossary in force: `lru_cache` for facts."""

    def decorate(function: Callable[[*Arguments], Found]) -> Callable[[*Arguments], Found]:
        @lru_cache(maxsize)
        def found_with(sha256: str, arguments: tuple[*Arguments]) -> Found:
            return function(*arguments)

        @wraps(function)
        def found(*arguments: *Arguments) -> Found:
            return found_with(glossary().sha256, arguments)

        return found

    return decorate


@lru_cache(maxsize=4)
def _loaded(own_file: str | None, added: tuple[Row, ...]) -> Glossary:
    own_files = [Path(own_file)] if own_file else []
    return load_glossary(DEFAULT_GLOSSARY, *own_files, added=[dict(row) for row in added])
