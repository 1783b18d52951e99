"""Faults of the machine, said as errors that a person can mend: a full disk, a missing permission, no memory left.

They may come out of any write in any room, so they are caught once, at the edge (`cli.main`). Every writer leaves the
old file whole (`runs`), so the remedy is always: mend the machine, then give the same command again.
"""

import errno
import os
import re
import sqlite3

from bini.errors import BiniError

AGAIN = "then give the same command again: what was finished before is whole."
REMEDIES = {
    errno.ENOSPC: f"Free some space (`bini doctor` shows what there is), {AGAIN}",
    errno.EDQUOT: f"Your quota on this disk is used up: free some of it, {AGAIN}",
    errno.EFBIG: f"The file would be larger than the system allows (`ulimit -f`): raise the limit, {AGAIN}",
    errno.EACCES: "Give this user the right to it (`ls -ld` on it and its folder shows who has it), or name another place.",
    errno.EPERM: "Give this user the right to it (`ls -ld` on it and its folder shows who has it), or name another place.",
    errno.EROFS: "It lies on a file system that is mounted read-only: name another place, or mount it writable.",
    errno.EIO: f"The disk fails or was taken away: look at `dmesg`, move the project to a sound disk, {AGAIN}",
    errno.ENOMEM: f"Free some memory, or make the recipe smaller (batch_size, max_num_seqs, kv_cache_gib), {AGAIN}",
    errno.EMFILE: f"Too many files are open: raise the limit with `ulimit -n 4096`, {AGAIN}",
    errno.EISDIR: "It is a folder; a file was expected. Name a file.",
    errno.ENOTDIR: "A part of the path is a file; a folder was expected. Name another place.",
    errno.ENAMETOOLONG: "The name is too long for this file system. Name another place.",
}
IN_SQLITE = {  # sqlite.org/rescode.html; the name's start, extended codes have more behind it
    "SQLITE_FULL": errno.ENOSPC,
    "SQLITE_READONLY": errno.EACCES,
    "SQLITE_CANTOPEN": errno.EACCES,
    "SQLITE_IOERR": errno.EIO,
    "SQLITE_NOMEM": errno.ENOMEM,
}
IN_RUST = re.compile(r"\(os error (\d+)\)")  # safetensors and tokenizers say it so
NO_MEMORY = ("OutOfMemoryError", "CUDA out of memory", "can't allocate memory", "DefaultCPUAllocator")
TORCH_WRITER = ("PytorchStreamWriter failed", "inline_container")  # torch.save where the disk is full


def explained(error: BaseException) -> BiniError | None:
    """Return what a person can do about a fault of the machine; None where the error is no such fault."""
    if isinstance(error, OSError) and error.errno in REMEDIES:
        return _said(str(error.filename or "A file"), error.errno)
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", "")
        code = next((code for start, code in IN_SQLITE.items() if name.startswith(start)), None)
        return None if code is None else _said(f"The history ({error})", code)
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, MemoryError) or any(sign in text for sign in NO_MEMORY):
        return BiniError(f"Memory has run out ({text.splitlines()[0][:160]}).\n{REMEDIES[errno.ENOMEM]}")
    if (found := IN_RUST.search(text)) and int(found[1]) in REMEDIES:
        return _said("A file", int(found[1]))
    if isinstance(error, RuntimeError) and any(sign in text for sign in TORCH_WRITER):
        return BiniError(f"A checkpoint could not be written ({text.splitlines()[0][:160]}).\n{REMEDIES[errno.ENOSPC]}")
    return None


def _said(what: str, code: int) -> BiniError:
    return BiniError(f"{what} cannot be used: {os.strerror(code)}.\n{REMEDIES[code]}")
