"""Reads a written file back and compares it with the model: tensors within the precision, tokenizer, template.

The tokenizer is rebuilt from the file alone, by the reader that base models come through, and must give the ids of
the folder's own tokenizer.
"""

from pathlib import Path
from typing import Any

import numpy as np

from bini.errors import BiniError
from bini.gguf_export.model import Model
from bini.gguf_export.vocabulary import Vocabulary
from bini.gguf_export.writing import Precision

# Largest error of a value, relative to the largest value of its tensor (q8_0: of its block, which is stricter).
# bfloat16 holds a bfloat16 model exactly; 1 is added to and taken from norm weights in float32.
TOLERANCE: dict[Precision, float] = {"bf16": 0.0, "f16": 2.0**-11, "q8_0": 0.5 / 127 * 1.01}
NORM_TOLERANCE = 2.0**-22
PROBES = (
    "특허 청구항의 구성요소마다 제품 설명을 대비하라.",
    "[제품]\nATBC 2%와  나이아신아마이드(비타민 B3)를 넣은 앰플\n\n\n",
    '{"1":["ATBC 2%","대응"],"2":[null,"판단불가"],"risk_level":"애매"}<end_of_turn>',
    "<start_of_turn>user\n\tEmoji 🧴, Ελληνικά, 化粧料<end_of_turn>",
)


def check_file(path: Path, model: Model, vocabulary: Vocabulary, precision: Precision) -> None:
    """Raise BiniError where the file at `path` does not give back what was written."""
    from gguf import GGUFReader

    reader = GGUFReader(path)
    names = {tensor.name for tensor in reader.tensors}
    problems = [f"tensor {name} is missing or surplus" for name in sorted(names ^ model.tensors.keys())]
    for tensor in reader.tensors:
        if tensor.name in model.tensors:
            problems += _tensor_problems(tensor, model, precision)
    if reader.fields["tokenizer.chat_template"].contents() != vocabulary.chat_template:
        problems.append("the chat template differs")
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()[: len(vocabulary.tokens)]
    if tokens != vocabulary.tokens[: len(tokens)]:
        problems.append("the tokens differ")
    if problems:
        raise BiniError(
            "The GGUF file reads back otherwise and is not kept: " + "; ".join(problems[:5]) + ".\n"
            "This is a fault of BINI or of the gguf package; please report it."
        )


def _tensor_problems(tensor: Any, model: Model, precision: Precision) -> list[str]:
    from gguf.quants import dequantize

    expected = model.tensors[tensor.name]
    is_norm = tensor.name.endswith("norm.weight")
    found = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    if found.shape != expected.shape:
        return [f"{tensor.name} has the shape {found.shape}, not {expected.shape}"]
    if is_norm:
        found = found - np.float32(1)
    allowed = (
        NORM_TOLERANCE * (1 + np.abs(expected).max()) if is_norm else TOLERANCE[precision] * np.abs(expected).max()
    )
    worst = float(np.abs(found - expected).max())
    return [f"{tensor.name} is off by {worst:.3g}, allowed {allowed:.3g}"] if worst > allowed else []


def check_tokenizer(path: Path, folder: Path) -> None:
    """Raise BiniError where the file's tokenizer splits a probe otherwise than the folder's."""
    from gguf import GGUFReader
    from tokenizers import Tokenizer

    from bini.gguf_reading import tokenizer_of_gguf

    written = tokenizer_of_gguf(GGUFReader(path))
    original = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for probe in PROBES:
        found = written.encode(probe, add_special_tokens=False)
        expected = original.encode(probe, add_special_tokens=False).ids
        if found != expected:
            raise BiniError(
                f"The GGUF file's tokenizer gives {found[:12]} for {probe!r}, the model's {expected[:12]}.\n"
                "The file is not kept. This is a fault of BINI; please report it."
            )
