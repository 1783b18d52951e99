"""Keeps what Python compiles, also where the environment forbids it.

Images of containers set PYTHONDONTWRITEBYTECODE to keep their layers small. In .venv that would compile some nine
thousand modules anew in every process: half a minute each time.
"""

import os
import sys


def keep_bytecode() -> None:
    """Let this process and those that it starts write .pyc files; where a folder is read-only Python writes none."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
