"""The work that is mathematically needed, in floating-point operations: what speeds are measured against.

A multiplication and an addition are two operations, so a matrix of P parameters costs 2 P a token (Kaplan et al. 2020,
"Scaling Laws for Neural Language Models", section 2.1; with attention: Chowdhery et al. 2022, "PaLM", appendix B).

    forward, body        2 P_body T                 P_body: the blocks' matrices; T: tokens, no padding
    forward, attention   4 q d per pair of tokens that see each other, per layer
    forward, head        2 v h T_head               only tokens whose next token is wanted: generated, or supervised
    backward             as much again              base frozen: gradients flow to activations, none to its weights
    adapter              6 P_adapter T              forward, and backward to both its inputs and its weights

The embedding is a look-up. Recomputing under gradient checkpointing and work on padding are not needed work: a run
that does them reaches a lower fraction of its ceiling.
"""

from collections.abc import Iterable

from bini.plan.shapes import Shape
from bini.recipe import Lora


def adapter_parameters(shape: Shape, lora: Lora) -> int:
    """Return the trainable parameters of a LoRA adapter: r (in + out) per target matrix (Hu et al. 2021)."""
    return shape.layers * sum(lora.r * sum(shape.linear_shapes[name]) for name in lora.target_modules)


def forward_flops(shape: Shape, tokens: int, attended_pairs: int, head_tokens: int) -> int:
    """Return the operations of one forward pass over `tokens`, `head_tokens` of them through the head."""
    body = 2 * shape.linear_parameters * tokens
    attention = 4 * shape.query_heads * shape.head * attended_pairs
    return body + attention + 2 * shape.vocabulary * shape.hidden * head_tokens


def attended_pairs(shape: Shape, lengths: Iterable[int]) -> int:
    """Return, over all layers, how many (token, earlier token) pairs texts of these lengths have."""
    full, sliding = shape.full_attention_layers, shape.layers - shape.full_attention_layers
    return sum(full * _pairs(n, None) + sliding * _pairs(n, shape.sliding_window) for n in lengths)


def training_flops(shape: Shape, lora: Lora, lengths: Iterable[int], supervised_tokens: int) -> int:
    """Return the operations of forward and backward over rows of these lengths."""
    lengths = list(lengths)
    forward = forward_flops(shape, sum(lengths), attended_pairs(shape, lengths), supervised_tokens)
    return 2 * forward + 6 * adapter_parameters(shape, lora) * sum(lengths)


def answering_flops(shape: Shape, prompts: Iterable[int], answers: Iterable[int]) -> int:
    """Return the operations of reading prompts and writing answers, lengths in tokens, nothing taken from a cache."""
    prompts, answers = list(prompts), list(answers)
    lengths = [p + a for p, a in zip(prompts, answers, strict=True)]
    return forward_flops(shape, sum(lengths), attended_pairs(shape, lengths), sum(answers))


def _pairs(tokens: int, window: int | None) -> int:
    if window is None or tokens <= window:
        return tokens * (tokens + 1) // 2
    return window * (window + 1) // 2 + (tokens - window) * window
