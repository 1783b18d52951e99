"""Writes the file: header as llama.cpp's convert_hf_to_gguf.py gives Gemma 3, then the tensors one by one.

RMSNorm weights get 1 added, for llama.cpp multiplies by them where Gemma multiplies by 1 + weight; they stay float32.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bini.gguf_export.model import Array, Model
from bini.gguf_export.vocabulary import NO_SCORE, UNUSED, Vocabulary

Precision = Literal["bf16", "f16", "q8_0"]
ARCHITECTURE = "gemma3"


def write_gguf(path: Path, model: Model, vocabulary: Vocabulary, precision: Precision) -> None:
    """Write `model` to `path`."""
    from gguf import GGUFWriter, LlamaFileType

    writer = GGUFWriter(path, ARCHITECTURE)
    file_types = {"bf16": "MOSTLY_BF16", "f16": "MOSTLY_F16", "q8_0": "MOSTLY_Q8_0"}
    writer.add_type("model")
    writer.add_name(model.name)
    writer.add_license("gemma")
    writer.add_file_type(LlamaFileType[file_types[precision]])
    writer.add_quantization_version(2)
    _add_shape(writer, model.config)
    _add_vocabulary(writer, _filled(vocabulary, model))
    for name, data, kind in stored(model, precision):
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def stored(model: Model, precision: Precision) -> Iterator[tuple[str, NDArray[Any], Any]]:
    """Yield name, data and GGUF type of each tensor as the file holds it."""
    from gguf import GGMLQuantizationType
    from gguf.quants import quantize

    for name, values in model.tensors.items():
        kind = GGMLQuantizationType.F32 if values.ndim == 1 else GGMLQuantizationType[precision.upper()]
        yield name, quantize(with_one(name, values), kind), kind


def with_one(name: str, values: Array) -> Array:
    """Return norm weights plus 1, other tensors as they are."""
    return values + np.float32(1) if name.endswith("norm.weight") else values


def _add_shape(writer: Any, config: dict[str, Any]) -> None:
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_sliding_window(config["sliding_window"])
    rope = config["rope_parameters"]["full_attention"]
    writer.add_rope_freq_base(rope["rope_theta"])
    if rope.get("rope_type") == "linear":
        from gguf import RopeScalingType

        writer.add_rope_scaling_type(RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])


def _filled(vocabulary: Vocabulary, model: Model) -> Vocabulary:
    """Return the vocabulary with unused tokens up to the embedding's rows: llama.cpp wants one token per row."""
    rows = model.tensors["token_embd.weight"].shape[0]
    lacking = max(0, rows - len(vocabulary.tokens))
    return replace(
        vocabulary,
        tokens=[*vocabulary.tokens, *(f"[pad{i}]" for i in range(lacking))][:rows],
        kinds=[*vocabulary.kinds, *[UNUSED] * lacking][:rows],
        scores=[*vocabulary.scores, *[NO_SCORE] * lacking][:rows],
    )


def _add_vocabulary(writer: Any, vocabulary: Vocabulary) -> None:
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_scores(vocabulary.scores)
    writer.add_token_types(vocabulary.kinds)
    writer.add_bos_token_id(vocabulary.bos_id)
    writer.add_eos_token_id(vocabulary.eos_id)
    writer.add_eot_token_id(vocabulary.end_of_turn_id)
    writer.add_unk_token_id(vocabulary.unknown_id)
    writer.add_pad_token_id(vocabulary.padding_id)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(vocabulary.chat_template)
