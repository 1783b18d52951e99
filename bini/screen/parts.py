"""Results as a folder of Parquet parts and a manifest that seals them, for what is too long for one file.

    results.parquet/  part-00000.parquet  part-00001.parquet  …  _manifest.json
    {"rows": 5000000, "kinds": {"높음": …}, "parts": [{"file": "part-00000.parquet", "rows": 100000, "sha256": "…"}]}

The folder appears when it is whole. Its columns are those of an answer (`Assessment`) and where it came from.
"""

import types
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pyarrow
from pyarrow.parquet import ParquetWriter
from pydantic import BaseModel

from bini.assess import DISCLAIMER
from bini.errors import BiniError
from bini.runs import new_folder, write_json
from bini.schema import Assessment
from bini.screen.journal import Results
from bini.store.nouns import Origin
from bini.weights import sha256

PART_ROWS = 100_000
GROUP_ROWS = 1_000  # held in memory at once
MANIFEST = "_manifest.json"  # what begins with _ is no part to those who read such folders


def write_parts(results: Results, folder: Path, part_rows: int = PART_ROWS) -> None:
    """Write rows, in their order, to a folder of parts with a manifest; it appears when it is whole."""
    check_is_ours(folder)
    rows = iter(results)
    parts: list[dict[str, Any]] = []
    with new_folder(folder) as scratch:
        while len(parts) * part_rows < len(results):
            path = scratch / f"part-{len(parts):05}.parquet"
            count = _write_part(islice(rows, part_rows), path)
            parts.append({"file": path.name, "rows": count, "bytes": path.stat().st_size, "sha256": sha256(path)})
        kinds = {"rows": len(results), "kinds": results.counts()}
        write_json(scratch / MANIFEST, kinds | {"parts": parts, "disclaimer": DISCLAIMER})


def check_is_ours(folder: Path) -> None:
    """Raise BiniError where something else than earlier results would be overwritten."""
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() and not (folder / MANIFEST).is_file():
        raise BiniError(f"--out {folder}: is there and holds no results of an earlier call.\nName a new folder.")


def schema() -> pyarrow.Schema:
    """Return the columns; nested ones as lists and structs."""
    columns: dict[str, Any] = {"pair_id": str, "product_id": str}
    columns |= {name: field.annotation for name, field in Assessment.model_fields.items()}
    columns |= {"settled_by_code": str, "error": str, "raw_text": str}
    columns |= {name: field.annotation for name, field in Origin.model_fields.items()}
    columns |= {"input_sha256": str, "answered_at": str}
    return pyarrow.schema([(name, _arrow_type(annotation)) for name, annotation in columns.items()])


def _write_part(rows: Iterator[dict[str, Any]], path: Path) -> int:
    count = 0
    with ParquetWriter(path, schema(), compression="zstd") as writer:
        while group := list(islice(rows, GROUP_ROWS)):
            writer.write_table(_table(group))
            count += len(group)
    return count


def _table(rows: Iterable[dict[str, Any]]) -> pyarrow.Table:
    wanted = schema()
    columns = {name: pyarrow.array([row.get(name) for row in rows], wanted.field(name).type) for name in wanted.names}
    return pyarrow.table(columns, schema=wanted)


def _arrow_type(annotation: Any) -> pyarrow.DataType:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _arrow_type(arguments[0])
    if origin in (Union, types.UnionType):
        return _arrow_type(next(kind for kind in arguments if kind is not type(None)))
    if origin is Literal:
        return pyarrow.string()
    if origin is tuple:
        return pyarrow.list_(_arrow_type(arguments[0]))
    if origin is dict:
        return pyarrow.map_(_arrow_type(arguments[0]), _arrow_type(arguments[1]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return pyarrow.struct([(name, _arrow_type(field.annotation)) for name, field in fields])
    return {str: pyarrow.string(), float: pyarrow.float64(), int: pyarrow.int64(), bool: pyarrow.bool_()}[annotation]
