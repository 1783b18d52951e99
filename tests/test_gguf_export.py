"""GGUF: written, read back, and refused where it would read back otherwise."""

import json
from dataclasses import replace

import numpy as np
import pytest
from conftest import REPOSITORY

from bini.errors import BiniError
from bini.gguf_export import export_gguf
from bini.gguf_export.checking import check_file
from bini.gguf_export.model import Model, gguf_name, model_of
from bini.gguf_export.vocabulary import Vocabulary, _matched
from bini.gguf_export.writing import write_gguf
from bini.gguf_reading import GGUF_NAMES, hf_name, tokenizer_of_gguf
from bini.weights import embedded_folder

CONFIG = {
    "model_type": "gemma3_text",
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "intermediate_size": 64,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "rms_norm_eps": 1e-6,
    "sliding_window": 16,
    "rope_parameters": {"full_attention": {"rope_theta": 1e6, "rope_type": "linear", "factor": 8.0}},
}
VOCABULARY = Vocabulary(["<pad>", "<eos>", "<bos>", "<unk>", "a", "  "], [3, 3, 3, 3, 1, 4], [0.0] * 6, "{{ bos }}")


@pytest.fixture
def model():
    generator = np.random.default_rng(0)
    weight = generator.standard_normal((8, 32)).astype(np.float32)
    weight = (weight.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)  # bfloat16 values, as merged models hold
    norm = generator.standard_normal(32).astype(np.float32)
    return Model("test", CONFIG, {"token_embd.weight": weight, "blk.0.attn_norm.weight": norm})


def test_names_are_the_inverse_of_what_the_base_weights_are_read_by():
    names = ["token_embd.weight", "output_norm.weight"]
    names += [f"blk.{layer}.{part}.weight" for layer in (0, 17) for part in GGUF_NAMES]
    assert [gguf_name(hf_name(name)) for name in names] == names


@pytest.mark.parametrize("precision", ["bf16", "f16", "q8_0"])
def test_a_file_reads_back_as_the_model(tmp_path, model, precision):
    path = tmp_path / "model.gguf"
    write_gguf(path, model, VOCABULARY, precision)
    check_file(path, model, VOCABULARY, precision)
    from gguf import GGUFReader

    reader = GGUFReader(path)
    norm = next(tensor for tensor in reader.tensors if tensor.name == "blk.0.attn_norm.weight")
    assert np.array_equal(norm.data, model.tensors["blk.0.attn_norm.weight"] + np.float32(1))
    fields = {name: field.contents() for name, field in reader.fields.items()}
    assert fields["general.architecture"] == "gemma3"
    assert fields["gemma3.rope.scaling.factor"] == 8.0
    assert fields["tokenizer.ggml.tokens"] == [*VOCABULARY.tokens, "[pad0]", "[pad1]"]  # one per row of the embedding
    assert fields["tokenizer.ggml.token_type"] == [*VOCABULARY.kinds, 5, 5]


@pytest.mark.parametrize("name", ["token_embd.weight", "blk.0.attn_norm.weight"])
@pytest.mark.parametrize("precision", ["bf16", "q8_0"])
def test_a_value_that_is_off_is_found(tmp_path, model, name, precision):
    path = tmp_path / "model.gguf"
    write_gguf(path, model, VOCABULARY, precision)
    values = model.tensors[name].copy()
    values.flat[3] += 0.1
    with pytest.raises(BiniError, match=f"{name} is off by"):
        check_file(path, replace(model, tensors=model.tensors | {name: values}), VOCABULARY, precision)


def test_a_missing_tensor_and_another_template_are_found(tmp_path, model):
    path = tmp_path / "model.gguf"
    write_gguf(path, model, VOCABULARY, "bf16")
    more = replace(model, tensors=model.tensors | {"output_norm.weight": np.zeros(32, np.float32)})
    with pytest.raises(BiniError, match=r"(?s)output_norm\.weight is missing.*template differs"):
        check_file(path, more, replace(VOCABULARY, chat_template="other"), "bf16")


def test_tokens_beyond_the_genuine_ones_are_control_tokens_and_others_are_refused(tmp_path):
    path = tmp_path / "tokenizer.json"
    assert _matched(["a", "▁▁", "<image>"], ["a", "  "], [1, 4], [0.0, -1000.0], path) == (
        ["a", "  ", "<image>"],
        [1, 4, 3],
        [0.0, -1000.0, -1000.0],
    )
    with pytest.raises(BiniError, match="1 tokens differ, the first is 1"):
        _matched(["a", "b"], ["a", "c"], [1, 1], [0.0, 0.0], path)


@pytest.mark.parametrize(
    ("config", "out", "said"),
    [
        (None, "m.gguf", "config.json is missing"),
        ({"model_type": "qwen3"}, "m.gguf", "'qwen3'"),
        ({"model_type": "gemma3_text"}, "m.gguf", r"no \*\.safetensors"),
        ({"model_type": "gemma3_text"}, "m.bin", r"does not end in \.gguf"),
    ],
)
def test_what_cannot_be_exported_is_said(tmp_path, config, out, said):
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(BiniError, match=said):
        export_gguf(tmp_path, tmp_path / out)
    assert not list(tmp_path.glob("*.gguf")) and not list(tmp_path.glob(".*.part"))


@pytest.mark.slow
@pytest.mark.long
def test_the_tiny_model_exports_whole_with_the_golden_tokenizer(tmp_path):
    folder = embedded_folder("tiny-random")
    out = export_gguf(folder, tmp_path / "tiny.gguf")
    from gguf import GGUFReader

    tokenizer = tokenizer_of_gguf(GGUFReader(out))
    golden = json.loads((REPOSITORY / "tests/golden/gemma3_tokenizer.json").read_text(encoding="utf-8"))["cases"]
    for case in golden:
        assert tokenizer.encode(case["text"], add_special_tokens=False) == case["ids"]
    assert model_of(folder).tensors.keys() == {tensor.name for tensor in GGUFReader(out).tensors}
