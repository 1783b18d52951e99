"""A model folder as plain numbers: its config, and its tensors under the names that GGUF gives them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bini.errors import BiniError
from bini.gguf_reading import GGUF_NAMES

Array = NDArray[np.float32]
PARTS = {ours: theirs for theirs, ours in GGUF_NAMES.items()}
FAMILY = "gemma3_text"


@dataclass(frozen=True)
class Model:
    """`tensors` as transformers has them, in float32; norm weights without the 1 that GGUF adds."""

    name: str
    config: dict[str, Any]
    tensors: dict[str, Array]


def model_of(folder: Path) -> Model:
    """Read a merged model.

    Raises:
        BiniError: no config or weights there, or another family than Gemma 3's text models.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise BiniError(f"{folder} holds no model: config.json is missing.\nMake it with: make merge RECIPE=…")
    config = json.loads(path.read_text(encoding="utf-8"))
    if config.get("model_type") != FAMILY:
        raise BiniError(
            f"{path} is of the family {config.get('model_type')!r}; only {FAMILY} is written as GGUF here.\n"
            "For others, use llama.cpp's convert_hf_to_gguf.py."
        )
    tensors = {gguf_name(name): values for name, values in _tensors(folder)}
    return Model(folder.resolve().parent.name, config, tensors)


def gguf_name(name: str) -> str:
    """Return GGUF's name of a tensor: the inverse of `gguf_reading.hf_name`."""
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    _, _, layer, rest = name.split(".", 3)
    part, _, kind = rest.rpartition(".")
    return f"blk.{layer}.{PARTS[part]}.{kind}"


def _tensors(folder: Path) -> list[tuple[str, Array]]:
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise BiniError(f"{folder} holds no *.safetensors.\nMake the merged model anew: make merge RECIPE=…")
    from safetensors.torch import load_file

    found = []
    for file in files:
        for name, tensor in load_file(file).items():
            if name != "lm_head.weight":  # tied to the embedding, and llama.cpp ties it again
                found.append((name, tensor.float().numpy()))
    return found
