"""What a product tells of a role and what a claim asks of it, and the comparison of the two."""

from dataclasses import dataclass
from typing import Literal

from bini.corpus.nouns import State
from bini.corpus.pool import Pool
from bini.corpus.spans import Span

Says = Literal["candidates", "present", "role", "denied", "undecided", "role_open", "genus", "code", "collision"]


@dataclass(frozen=True)
class Told:
    """What a product tells about a role."""

    says: Says
    entity: str = ""  # canonical name; of a genus where says is "genus"
    amount: float | None = None
    instead: str = ""  # an entity that gave way to this one


@dataclass(frozen=True)
class Wanted:
    """What a claim asks of a role."""

    entities: tuple[str, ...]  # one, a class, or the members of a Markush group
    span: Span | None = None
    is_negative: bool = False


def judge(pool: Pool, wanted: Wanted, told: Told) -> tuple[State, bool] | None:
    """Compare by the decision table's first part; None where nobody should ask."""
    if wanted.is_negative:
        return _judge_negative(pool, wanted, told)
    covered = covers(pool, wanted, told.entity)
    is_named = len(wanted.entities) == 1 and told.entity == wanted.entities[0]
    match told.says:
        case "role_open" | "code":
            return "U", True
        case "candidates":
            return ("U", True) if covered != covers(pool, wanted, told.instead) else None
        case "genus":
            return _judge_genus(pool, wanted, told)
        case "collision":
            return ("U", True) if covered else None
        case "denied" | "undecided" if not covered:
            return None if _touches(pool, wanted, told.entity) else ("U", False)
        case "denied":
            return ("N", True) if is_named else None
        case "undecided":
            return ("U", True) if is_named else None
    return _judge_amount(wanted, told) if covered else _judge_other(pool, wanted, told)


def clashes(pool: Pool, wanted: Wanted, told: Told) -> bool:
    """Say whether what is told of one role speaks of what a claim asks of another, so that no role judges it alone."""
    return any(
        name == entity or pool.is_below(name, entity) or pool.is_below(entity, name) or pool.same_base(name, entity)
        for name in (told.entity, told.instead)
        if name
        for entity in wanted.entities
    )


def covers(pool: Pool, wanted: Wanted, entity: str) -> bool:
    """Say whether an entity is one that the claim names, or a species of one."""
    return any(entity == name or pool.is_below(entity, name) for name in wanted.entities)


def _judge_other(pool: Pool, wanted: Wanted, told: Told) -> tuple[State, bool] | None:
    """Judge an entity that the claim does not name: a salt of the claimed active is near, one named for the role absent."""
    if any(pool.same_base(told.entity, name) for name in wanted.entities):
        return ("E", True) if len(wanted.entities) == 1 and wanted.span is None else None
    if any(told.entity == name or pool.unclear(told.entity, name) for name in wanted.entities):
        return None
    return ("N", True) if told.says == "role" else None


def _judge_amount(wanted: Wanted, told: Told) -> tuple[State, bool] | None:
    if wanted.span is None:
        return "L", True
    if told.amount is None:
        return "U", True
    state = wanted.span.state(told.amount)
    return None if state is None else (state, True)


def _judge_negative(pool: Pool, wanted: Wanted, told: Told) -> tuple[State, bool] | None:
    if told.instead and covers(pool, wanted, told.instead):
        return None
    if not covers(pool, wanted, told.entity):
        return ("U", False) if told.says in ("denied", "undecided") else None
    states: dict[str, tuple[State, bool]] = {"denied": ("L", True), "undecided": ("U", True)}
    states |= {"present": ("N", True), "role": ("N", True)}
    return states.get(told.says)


def _judge_genus(pool: Pool, wanted: Wanted, told: Told) -> tuple[State, bool] | None:
    if any(pool.is_below(told.entity, name) for name in wanted.entities):
        return ("L", True) if wanted.span is None else ("U", True)
    above = any(pool.is_below(name, told.entity) for name in wanted.entities)
    return ("U", True) if above and told.entity not in wanted.entities else None


def _touches(pool: Pool, wanted: Wanted, entity: str) -> bool:
    return any(pool.is_below(name, entity) or pool.same_base(entity, name) for name in wanted.entities)
