"""JSON: everything that is kept of each assessment, for machines."""

import json
from collections.abc import Sequence

from bini.exports.sheet import Sheet


def render(sheets: Sequence[Sheet]) -> bytes:
    records = {"assessments": [sheet.record for sheet in sheets]}
    return (json.dumps(records, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")
