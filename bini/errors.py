"""The one error a user sees: what was found, what was expected, what to do next."""

from collections.abc import Sequence


class BiniError(Exception):
    """An error that the user can mend. The command line prints it without a traceback and exits with 2."""


def raise_all(faults: Sequence[str], most: int = 20) -> None:
    """Raise one BiniError with every fault on a line of its own, the first `most` of them; without faults do nothing."""
    if faults:
        more = [f"… and {len(faults) - most} more."] if len(faults) > most else []
        raise BiniError("\n".join([*faults[:most], *more]))
