"""The one error a user sees: what was found, what was expected, what to do next."""


class BiniError(Exception):
    """An error that the user can mend. The command line prints it without a traceback and exits with 2."""
