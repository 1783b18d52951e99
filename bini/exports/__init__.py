"""Exports: kept assessments as a claim chart (구성대비표) that survives Word, Excel and a printer.

    content = export([kept], "docx")                   # docx, xlsx, csv, html, pdf, json
    export_file([kept], Path("chart.pdf"))             # the format by the file's ending

Every format is laid out from one `Sheet` (sheet.py), so none lacks what another has: disclaimer, patent, claim, model
version, input hash, date, sign-off fields.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from bini.errors import BiniError
from bini.exports.sheet import Language, sheet_of
from bini.runs import write_bytes
from bini.store.nouns import KeptAssessment

MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "json": "application/json",
}


def export(kept: Sequence[KeptAssessment], format_name: str, language: Language = "ko") -> bytes:
    """Return the assessments in a format, in the order given."""
    if format_name not in MEDIA_TYPES:
        raise BiniError(f"{format_name!r} is no export format. Expected one of {', '.join(MEDIA_TYPES)}.")
    room = import_module(f"bini.exports.{format_name}_file")  # here: each brings a library of its own
    content: bytes = room.render([sheet_of(one, language) for one in kept])
    return content


def export_file(kept: Sequence[KeptAssessment], path: Path, language: Language = "ko") -> None:
    """Write the assessments to a file whose ending says the format.

    Raises:
        BiniError: an ending that is no format, or a folder that cannot be written to.
    """
    content = export(kept, format_name_of(path), language)
    try:
        write_bytes(path, content)
    except OSError as error:
        raise BiniError(f"{path} cannot be written ({error.strerror}). Give another file.") from error


def format_name_of(path: Path) -> str:
    """Return the format that a file's ending says; raise BiniError where it says none."""
    name = path.suffix.lower().removeprefix(".")
    if name not in MEDIA_TYPES:
        endings = ", ".join(f".{known}" for known in MEDIA_TYPES)
        raise BiniError(f"{path}: the ending {path.suffix or '(none)'} is no export format. Expected one of {endings}.")
    return name


__all__ = ["MEDIA_TYPES", "Language", "export", "export_file", "format_name_of"]
