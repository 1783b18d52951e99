"""Base models."""

import json
from collections import namedtuple

import pytest
from conftest import REPOSITORY

from bini import weights
from bini.errors import BiniError
from bini.gguf_reading import rebuilt_bpe

GOLDEN = json.loads((REPOSITORY / "tests/golden/gemma3_tokenizer.json").read_text(encoding="utf-8"))["cases"]


def test_merges_are_rebuilt_from_a_vocabulary_alone():
    tokens = ["<unk>", "▁", "a", "b", "ab", "▁ab", "abab", "<0x0A>"]
    tokenizer = rebuilt_bpe(tokens, normal=[False, *[True] * 6, False])
    assert tokenizer.encode("abab ab\n").ids == [6, 5, 7]
    assert tokenizer.decode([6, 5, 7]) == "abab ab\n"


def test_a_damaged_folder_is_named_and_never_trusted(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    weights.write_checksums(tmp_path)
    weights.verify(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"weightz")
    with pytest.raises(BiniError, match=r"model\.safetensors differs"):
        weights.verify(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(BiniError, match="damaged"):
        weights.verify(tmp_path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("embedded:gemma-9", "no embedded model 'gemma-9'"),
        ("nowhere", "is no folder here"),
        ("org/model", "without a revision"),
    ],
)
def test_a_base_model_that_cannot_be_had_is_said_with_the_way_out(name, said):
    with pytest.raises(BiniError, match=said):
        weights.base_model_path(name)


def test_a_local_folder_is_taken_as_it_is(tmp_path):
    assert weights.base_model_path(str(tmp_path)) == str(tmp_path)


def test_an_unreachable_hub_is_said_with_the_way_out(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(BiniError, match=r"(?s)could not be downloaded .* embedded:gemma-3-270m"):
        weights.base_model_path("bini-test/no-such-model", "0" * 40)


def test_a_gated_model_is_said_with_how_to_get_in(monkeypatch):
    import huggingface_hub
    from huggingface_hub.errors import GatedRepoError

    def refuse(*_, **__):
        raise GatedRepoError.__new__(GatedRepoError)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    with pytest.raises(BiniError, match="is gated: accept its terms"):
        weights.base_model_path("google/gemma-3-1b-it", "0" * 40)


def test_a_full_disk_is_said_before_anything_is_unpacked(monkeypatch, tmp_path):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(weights.shutil, "disk_usage", lambda _: usage(10, 9, 1))
    with pytest.raises(BiniError, match="GB free; unpacking gemma-3-270m needs"):
        weights.embedded_folder("gemma-3-270m", tmp_path)


@pytest.mark.slow
def test_the_rebuilt_tokenizer_gives_the_genuine_ids(embedded_tiny):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(embedded_tiny)
    for case in GOLDEN:
        assert tokenizer.encode(case["text"], add_special_tokens=False) == case["ids"], case["text"]
        assert tokenizer.decode(case["ids"]) == case["text"]


@pytest.mark.slow
def test_a_prompt_has_one_bos_and_an_answer_ends_its_turn(embedded_tiny):
    from transformers import AutoTokenizer

    from bini.prompts import completion_ids, prompt_ids

    tokenizer = AutoTokenizer.from_pretrained(embedded_tiny)
    prompt = prompt_ids(tokenizer, [{"role": "user", "content": "안녕"}])
    assert prompt == [2, 105, 2364, 107, 238165, 239888, 106, 107, 105, 4368, 107]
    assert completion_ids(tokenizer, "높음")[-1] == 106
    assert prompt.count(2) == 1
