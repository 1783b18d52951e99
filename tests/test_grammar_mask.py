"""Masks put on logits by BINI's own kernel are xgrammar's, to the last token; vLLM finds the plugin."""

import sys
from importlib.metadata import entry_points
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from bini import grammar_mask
from bini.grammar_mask import FEW_WORDS, apply_grammar_bitmask, apply_on_a_cpu, mask_row
from bini.vllm_plugin import register

xgrammar = pytest.importorskip("xgrammar")
VOCABULARY = 262_144


def words_with(*tokens, everything_but=False):
    bits = np.full(VOCABULARY, everything_but)
    bits[list(tokens)] = not everything_but
    return np.packbits(bits, bitorder="little").view(np.int32)


def random_words(seed, fraction):
    chance = np.random.default_rng(seed)
    return np.packbits(chance.random(VOCABULARY) < fraction, bitorder="little").view(np.int32)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    "words",
    [
        words_with(0),
        words_with(31, 32, VOCABULARY - 1),
        words_with(),
        words_with(5, everything_but=True),
        random_words(1, 0.001),
        random_words(2, 0.5),
        words_with(*range(32 * FEW_WORDS)),
        words_with(*range(32 * (FEW_WORDS + 1))),
    ],
)
def test_a_row_is_masked_as_xgrammar_masks_it(words, dtype):
    logits = torch.randn(VOCABULARY, generator=torch.Generator().manual_seed(0)).to(dtype)
    theirs = logits.clone()
    xgrammar.apply_token_bitmask_inplace(theirs, torch.from_numpy(words))
    mask_row(logits, words)
    assert torch.equal(logits, theirs)


def test_a_vocabulary_that_does_not_fill_its_last_word_is_no_fault():
    logits = torch.zeros(40)
    mask_row(logits, np.array([1, -1], dtype=np.int32))
    assert torch.isfinite(logits).nonzero().flatten().tolist() == [0, *range(32, 40)]


def test_masks_reach_the_rows_of_their_requests():
    logits = torch.zeros(5, VOCABULARY)
    apply_grammar_bitmask(
        SimpleNamespace(scheduled_spec_decode_tokens={"b": [7]}),  # b has guessed a token ahead: two rows
        SimpleNamespace(
            structured_output_request_ids=["d", "gone", "b"],
            grammar_bitmask=np.stack([words_with(4), words_with(9), words_with(1), words_with(2)]),
        ),
        SimpleNamespace(req_ids=["a", "b", "c", "d"]),
        logits,
    )
    allowed = [torch.isfinite(row).nonzero().flatten().tolist() for row in logits]
    assert [len(row) for row in allowed] == [VOCABULARY, 1, 1, VOCABULARY, 1]
    assert (allowed[1], allowed[2], allowed[4]) == ([1], [2], [4])


def test_it_is_put_in_place_on_a_cpu_alone(monkeypatch):
    utils = SimpleNamespace(apply_grammar_bitmask=None)
    structured = SimpleNamespace(utils=utils)
    for name in ("vllm", "vllm.v1"):
        monkeypatch.setitem(sys.modules, name, SimpleNamespace())
    monkeypatch.setitem(sys.modules, "vllm.v1.structured_output", structured)
    monkeypatch.setattr(grammar_mask, "profile", lambda: SimpleNamespace(kind="gpu"))
    apply_on_a_cpu()
    assert utils.apply_grammar_bitmask is None
    monkeypatch.setattr(grammar_mask, "profile", lambda: SimpleNamespace(kind="cpu"))
    apply_on_a_cpu()
    assert utils.apply_grammar_bitmask is apply_grammar_bitmask


def test_vllm_can_find_it():
    (found,) = [entry for entry in entry_points(group="vllm.general_plugins") if entry.name == "bini"]
    assert found.load() is register
