"""A merged Gemma 3 as one GGUF file, for llama.cpp and what is built on it; the inverse of `gguf_reading`.

    bini export-gguf recipes/gemma3-270m-cpu.yaml --out outputs/gemma3-270m-cpu/model.gguf

In: the run's merged model. Out: a file that has been read back: every tensor is the model's within the file's
precision, and its own tokenizer gives the ids that the model was trained with. A file that fails is not left behind.
"""

from pathlib import Path

from bini.errors import BiniError
from bini.gguf_export.checking import check_file, check_tokenizer
from bini.gguf_export.model import model_of
from bini.gguf_export.vocabulary import vocabulary_of
from bini.gguf_export.writing import Precision, write_gguf
from bini.runs import sync


def export_gguf(folder: Path, out: Path, precision: Precision = "bf16") -> Path:
    """Write the model of `folder` (transformers' format) to `out` and return it.

    Raises:
        BiniError: no model there, another family than Gemma 3, or a file that reads back otherwise.
    """
    if out.suffix != ".gguf":
        raise BiniError(f"{out} does not end in .gguf, by which llama.cpp's tools know the format.")
    model, vocabulary = model_of(folder), vocabulary_of(folder)
    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = out.with_name(f".{out.name}.part")
    try:
        write_gguf(scratch, model, vocabulary, precision)
        check_file(scratch, model, vocabulary, precision)
        check_tokenizer(scratch, folder)
        sync(scratch)
        scratch.replace(out)
        sync(out.parent)
    finally:
        scratch.unlink(missing_ok=True)
    print(f"{out}: {len(model.tensors)} tensors, {out.stat().st_size / 1e6:.0f} MB, read back and equal.")
    return out


__all__ = ["Precision", "export_gguf"]
