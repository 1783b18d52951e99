"""The allocator that training runs with on a CPU: tcmalloc where the machine has it.

glibc gives every large block back to the kernel and faults it in again at the next step; tcmalloc keeps it. An
allocator is chosen when a process starts, so the process starts itself once more with LD_PRELOAD.

BINI_ALLOCATOR=system leaves things as they are. What it brought is in docs/performance.md.
"""

import os
import sys
from collections.abc import Callable, Mapping
from ctypes.util import find_library

from bini.hardware import profile

LIBRARIES = ("tcmalloc_minimal", "tcmalloc")
NEVER_RELEASE = {"TCMALLOC_RELEASE_RATE": "0"}


def start_again_with_tcmalloc() -> None:
    """Replace this process by itself with tcmalloc preloaded; return where that is not to be or already so."""
    environment = environment_with_tcmalloc(os.environ)
    if environment is not None and profile().kind == "cpu" and sys.platform == "linux":
        os.execve(sys.executable, [sys.executable, "-m", "bini.cli", *sys.argv[1:]], environment)


def environment_with_tcmalloc(
    environment: Mapping[str, str], find: Callable[[str], str | None] = find_library
) -> dict[str, str] | None:
    """Return the environment that preloads tcmalloc; None where it is preloaded, not wanted, or not there."""
    preloaded = environment.get("LD_PRELOAD", "")
    if "malloc" in preloaded or environment.get("BINI_ALLOCATOR") == "system":
        return None
    library = next(filter(None, map(find, LIBRARIES)), None)
    if library is None:
        return None
    return NEVER_RELEASE | dict(environment) | {"LD_PRELOAD": f"{library} {preloaded}".strip()}
