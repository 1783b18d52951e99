"""Time from the roofline: the slower of arithmetic and of moving the weights, at the data sheet's full speed.

These are bounds from below: a real run adds launching, Python, padding and imperfect kernels, and reaches a fraction
of them, which `bini bench` measures (Williams et al. 2009, "Roofline").

    training step    max(FLOP / matrix speed, 2 x weight bytes / bandwidth)    forward and backward read the weights
    decode step      max(FLOP / matrix speed, (weights + KV cache) / bandwidth)    one token of every sequence
"""

from collections.abc import Sequence

from bini.plan.cards import Card
from bini.plan.memory import sequence_bytes, weight_bytes
from bini.plan.shapes import Shape
from bini.plan.work import answering_flops, training_flops
from bini.recipe import Recipe


def epoch_seconds(recipe: Recipe, shape: Shape, card: Card, lengths: Sequence[int], supervised_tokens: int) -> float:
    """Return the least seconds of one epoch over rows of these lengths."""
    arithmetic = training_flops(shape, recipe.lora, lengths, supervised_tokens) / card.matrix_flops_per_second
    batches = -(-len(lengths) // recipe.train.batch_size)
    weights = weight_bytes(shape, card.value_bytes, recipe.train.load_in_4bit)
    return max(arithmetic, batches * 2 * weights / card.bandwidth_bytes_per_second)


def answering_seconds(
    recipe: Recipe, shape: Shape, card: Card, prompts: Sequence[int], answers: Sequence[int], at_once: int, steps: float
) -> float:
    """Return the least seconds to answer prompts of these lengths in `steps` decode steps of `at_once` sequences."""
    flops = card.matrix_flops_per_second
    reading = answering_flops(shape, prompts, [1] * len(prompts)) / flops
    writing = answering_flops(shape, prompts, answers) / flops - reading
    length = (sum(prompts) + sum(answers)) // len(prompts)
    cache = at_once * sequence_bytes(shape, length, card.value_bytes)
    weights = weight_bytes(shape, card.value_bytes, recipe.engine.quantization is not None)
    return reading + max(writing, steps * (weights + cache) / card.bandwidth_bytes_per_second)
