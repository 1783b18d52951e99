"""The packages: Python, every version against this profile's lock, and the licences of the stack."""

import importlib.metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from bini.doctor.finding import Finding
from bini.errors import BiniError
from bini.hardware import profile
from bini.runs import STACK

PYTHON = (3, 11)  # what both locks are for
MAX_SHOWN = 6
COPYLEFT = re.compile(r"(?<![A-Za-z])A?GPL|GNU (?:Affero )?General Public", re.IGNORECASE)  # not the LGPL


def look_at_stack(root: Path) -> Iterator[Finding]:
    """Say whether what is installed is what is locked, and under which licences."""
    yield python(sys.version_info[:2])
    try:
        lock = root / "requirements" / f"{profile().kind}.txt"
    except BiniError:
        return  # the machine's part has said so
    yield from versions(lock)
    yield from licences(root)


def python(version: tuple[int, ...]) -> Finding:
    found = f"Python {'.'.join(map(str, version))} in {sys.prefix}"
    if version[:2] == PYTHON:
        return Finding("python", "ok", found)
    return Finding("python", "problem", found, "the locks are for 3.11: PYTHON=/path/to/python3.11 make setup")


def versions(lock: Path) -> Iterator[Finding]:
    """Compare every installed version with a lock; each line of a lock also has to carry hashes."""
    if not lock.is_file():
        yield Finding("versions", "warning", f"there is no {lock} here to compare with", "run it in the project folder")
        return
    wanted, faults = read_lock(lock)
    if faults:
        remedy = "restore it from version control, or make it anew: make lock"
        yield Finding("versions", "problem", f"{lock}: {'; '.join(faults[:MAX_SHOWN])}", remedy)
    installed = {name: _installed(name) for name in wanted}
    missing = [f"{name} {wanted[name]}" for name, version in installed.items() if version is None]
    other = [f"{name} {v} (locked {wanted[name]})" for name, v in installed.items() if v not in (None, wanted[name])]
    for words, names in (("are missing", missing), ("differ", other)):
        if names:
            shown = ", ".join(names[:MAX_SHOWN]) + (", …" if len(names) > MAX_SHOWN else "")
            yield Finding("versions", "problem", f"{len(names)} packages {words}: {shown}", "make setup")
    if wanted and not missing and not other:
        yield Finding("versions", "ok", f"all {len(wanted)} packages as in {lock}, each locked with hashes")


def read_lock(lock: Path) -> tuple[dict[str, str], list[str]]:
    """Return the locked version of each package that this machine needs, and what is wrong with the file."""
    wanted, faults = {}, []
    text = lock.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ")
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        stated, *hashes = line.split("--hash=")
        try:
            requirement = Requirement(stated.strip())
        except InvalidRequirement:
            faults.append(f"entry {number} is no requirement: {stated.strip()[:40]!r}")
            continue
        pins = [pin for pin in requirement.specifier if pin.operator == "=="]
        if not hashes or len(pins) != 1:
            faults.append(f"{requirement.name} is not locked by version and hash")
        elif requirement.marker is None or requirement.marker.evaluate():
            wanted[requirement.name] = pins[0].version
    return wanted, faults


def licences(root: Path) -> Iterator[Finding]:
    """Name the licence of each package of the stack, and say whether NOTICE is there to pass terms on."""
    known = {name: licence_of(name) for name in STACK if _installed(name)}
    yield Finding("licences", "ok", ", ".join(f"{name} {licence}" for name, licence in known.items()) or "no stack")
    copyleft = [name for name, licence in known.items() if COPYLEFT.search(licence)]
    if copyleft:
        remedy = "BINI calls it unmodified and holds no part of it; NOTICE says what follows for passing it on"
        yield Finding("licences", "warning", f"copyleft: {', '.join(copyleft)}", remedy)
    if "unsloth" in known and profile().kind == "cpu":
        found = "Unsloth's CPU backend is AGPL-3.0; it is loaded unmodified, by training only (NOTICE)"
        yield Finding("licences", "ok", found)
    if not (root / "NOTICE").is_file():
        remedy = "restore it from version control: models derived from Gemma are passed on with it"
        yield Finding("licences", "problem", "NOTICE, with Gemma's terms and the stack's, is missing", remedy)


def licence_of(package: str) -> str:
    """Return what a package says of its licence, in a few words."""
    fields = importlib.metadata.metadata(package).json
    classifiers = [line.rpartition(" :: ")[2] for line in fields.get("classifier", ()) if "License ::" in line]
    stated = str(fields.get("license_expression") or " / ".join(classifiers) or fields.get("license") or "unstated")
    return stated.splitlines()[0][:60]


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
