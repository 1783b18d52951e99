"""From a row's raw passes to figures: rates, spread, and the fraction of the ceiling that was reached.

Answering's ceiling is a roofline: prompts at the matrix speed, then decoding at the slower of the matrix speed and of
reading the weights once a step. Training's is the matrix speed. The work counted is what is mathematically needed
(`bini.plan.work`).
"""

import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bini.bench.ceilings import MATRIX_GFLOP
from bini.bench.spread import spread_fraction
from bini.plan.cards import Card
from bini.plan.memory import training_memory
from bini.plan.shapes import Shape
from bini.plan.speed import answering_seconds
from bini.plan.work import answering_flops, training_flops
from bini.recipe import Recipe

Passes = Sequence[dict[str, Any]]


def measured_card(ceilings: dict[str, Any], memory_bytes: int) -> Card:
    """Return this machine as a card to plan for, with the ceilings just measured."""
    is_cpu, in_16_bit = ceilings["device"] == "cpu", ceilings["dtype"] == "bfloat16"
    return Card(
        name=ceilings["device"],
        memory_bytes=memory_bytes,
        bandwidth_bytes_per_second=max(ceilings["read_gb_per_second"], ceilings["copy_gb_per_second"]) * 1e9,
        matrix_flops_per_second=ceilings["matrix_gflop_per_second"] * 1e9,
        value_bytes=2 if in_16_bit else 4,
        fixed_bytes=0,
        source="measured",
        copies_adapter_inputs=is_cpu and in_16_bit,
        packs_head=is_cpu and not in_16_bit,
    )


def at_the_moment(card: Card | None, matrix_seconds: Sequence[float]) -> Card | None:
    """Return the card with the matrix speed that a row measured between its own passes."""
    if card is None or not matrix_seconds:
        return card
    return replace(card, matrix_flops_per_second=MATRIX_GFLOP * 1e9 / statistics.median(matrix_seconds))


def answering_figures(passes: Passes, recipe: Recipe, shape: Shape | None, card: Card | None) -> dict[str, Any]:
    """Return rates of the median pass, the spread, and the roofline where shape and ceilings are known."""
    seconds = [p["seconds"] for p in passes]
    median, first = statistics.median(seconds), passes[0]
    prompts, answers = first["prompt_tokens"], first["generated_tokens"]
    figures = {
        "assessments_per_second": len(prompts) / median,
        "generated_tokens_per_second": sum(answers) / median,
        "prompt_tokens_per_second": sum(prompts) / median,
        "generated_tokens": sum(answers),
        "median_seconds": median,
        "pass_seconds": seconds,
        "spread_fraction": spread_fraction(seconds),
    }
    if shape is None or card is None or min(answers) == 0:
        return figures
    flops = answering_flops(shape, prompts, answers)
    at_once = min(recipe.engine.max_num_seqs, len(prompts))
    steps = max(max(answers), sum(answers) / at_once)
    least = answering_seconds(recipe, shape, card, prompts, answers, at_once, steps)
    return figures | {
        "needed_gflop": flops / 1e9,
        "matrix_gflop_per_second": card.matrix_flops_per_second / 1e9,
        "matrix_fraction": flops / median / card.matrix_flops_per_second,
        "roofline_seconds": least,
        "roofline_fraction": least / median,
    }


def seconds_per_token(passes: Passes) -> float:
    """Return the median seconds per generated token."""
    return float(statistics.median(p["seconds"] / sum(p["generated_tokens"]) for p in passes))


def equal_fraction(first: Sequence[str], second: Sequence[str]) -> float:
    """Return the fraction of answers that are the same, letter for letter."""
    return sum(a == b for a, b in zip(first, second, strict=True)) / len(first)


def training_figures(row: dict[str, Any], recipe: Recipe, shape: Shape | None, card: Card | None) -> dict[str, Any]:
    """Return tokens per second, the fraction of the matrix speed, and how near the plan's memory was."""
    if row["status"] != "measured":
        return row
    seconds, tokens = row["step_seconds"], row["step_tokens"]
    per_step = [s / t for s, t in zip(seconds, tokens, strict=True)]
    figures = {
        "status": "measured",
        "tokens_per_second": sum(tokens) / sum(seconds),
        "steps": len(seconds),
        "seconds_per_token": per_step,
        "spread_fraction": spread_fraction(per_step),
        "tokens": sum(tokens),
        "padded_tokens": row["padded_tokens"],
        "supervised_tokens": row["supervised_tokens"],
        "losses": row["losses"],
        "start_bytes": row["start_bytes"],
        "peak_bytes": row["peak_bytes"],
    }
    card = at_the_moment(card, row["matrix_seconds"])
    if shape is None or card is None:
        return figures
    flops = training_flops(shape, recipe.lora, row["lengths"], row["supervised_tokens"])
    planned = training_memory(recipe, shape, card, row["largest_batch_tokens"], row["largest_supervised_tokens"])
    return figures | {
        "needed_gflop": flops / 1e9,
        "matrix_gflop_per_second": card.matrix_flops_per_second / 1e9,
        "matrix_fraction": flops / sum(seconds) / card.matrix_flops_per_second,
        "planned_bytes": sum(planned.values()),
        "planned_of_measured_memory": sum(planned.values()) / max(1, row["peak_bytes"] - row["start_bytes"]),
    }
