"""What a recipe will take on a GPU before anyone rents one: memory and time of training and of serving. Estimates.

    bini plan recipes/gemma3-1b-lora.yaml --gpu rtx-2000-ada

In: a recipe and its cases. Out: a table with a formula per figure; the last stdout line is JSON. A recipe that leaves
less than 1 GB free is refused, with the knob to turn. Nothing is loaded: shapes and data-sheet numbers are enough.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bini.cases import elements_for
from bini.composed import composed_as_read
from bini.errors import BiniError
from bini.pairs import Pair, pairs_as_read
from bini.plan.cards import Card, card_named
from bini.plan.memory import SPARE_BYTES, Items, sequence_bytes, serving_memory, training_memory
from bini.plan.shapes import Shape, shape_of
from bini.plan.speed import answering_seconds, epoch_seconds
from bini.plan.work import adapter_parameters
from bini.prompts import gold_answer, max_answer_tokens, messages
from bini.recipe import Recipe
from bini.schema import Case
from bini.silenced import charts_as_read

# Tokens per character of BINI's Korean prompts and answers, Gemma 3's tokenizer, the 35 seed cases: 0.59 to 0.60 and
# 0.49 to 0.53. Another family's tokenizer will differ.
PROMPT_TOKENS_PER_CHARACTER = 0.60
ANSWER_TOKENS_PER_CHARACTER = 0.53
MAX_PROMPTS = 100  # that are read for a plan
TEMPLATE_TOKENS = 9  # of turn markers around a prompt, and its BOS
PAIR_WORDS_TOKENS = 8  # 구성요소, 제품, their colons, and the mark


@dataclass(frozen=True)
class Plan:
    """Estimates; bytes, tokens, seconds. `max_sequences` is how many of max_model_len tokens the KV cache holds."""

    recipe: str
    card: Card
    parameters: int
    adapter_parameters: int
    rows: int
    row_tokens: float
    training_bytes: Items
    serving_bytes: Items
    sequence_bytes: int
    max_sequences: int
    epoch_seconds_at_least: float
    training_tokens_per_second_at_most: float
    assessments_per_second_at_most: float

    def as_dict(self) -> dict[str, Any]:
        return {"kind": "estimate"} | asdict(self)


def plan(recipe: Recipe, gpu: str) -> Plan:
    """Print what `recipe` takes on a GPU and return it.

    Raises:
        BiniError: unknown GPU or model, wrong cases, or a recipe that does not fit.
    """
    found = plan_for(recipe, card_named(gpu))
    print("\n".join(_lines(found, recipe)))
    check_fit(found, recipe)
    print(json.dumps(found.as_dict(), ensure_ascii=False))
    return found


def plan_for(recipe: Recipe, card: Card) -> Plan:
    """Return the estimates; the longest batch is taken to be full of rows of train.max_length."""
    shape = shape_of(recipe.base_model)
    composed = composed_as_read(recipe)
    cases = charts_as_read(recipe, composed)
    prompts = _prompts_tokens(cases, recipe)
    answers = [_answer_tokens(case, recipe) for case in cases]
    lengths = [p + a for p, a in zip(prompts, answers, strict=True)]
    taught = [_pair_tokens(pair) for pair in pairs_as_read(recipe, composed)]
    epoch = epoch_seconds(recipe, shape, card, lengths + taught, sum(answers) + len(taught))
    training = _training_at_worst(recipe, shape, card, max(answers))
    serving = serving_memory(recipe, shape, card)
    sequence = sequence_bytes(shape, recipe.engine.max_model_len, card.value_bytes)
    mean_bytes = sequence_bytes(shape, round(sum(lengths) / len(lengths)), card.value_bytes)
    at_once = min(recipe.engine.max_num_seqs, max(1, serving["kv_cache"] // mean_bytes))
    steps = sum(answers) / at_once  # a steady stream: a new case takes the place of each finished one
    answering = answering_seconds(recipe, shape, card, prompts, answers, at_once, steps)
    return Plan(
        recipe=recipe.name,
        card=card,
        parameters=shape.parameters,
        adapter_parameters=adapter_parameters(shape, recipe.lora),
        rows=len(lengths) + len(taught),
        row_tokens=sum(lengths + taught) / len(lengths + taught),
        training_bytes=training,
        serving_bytes=serving,
        sequence_bytes=sequence,
        max_sequences=max(0, serving["kv_cache"]) // sequence,
        epoch_seconds_at_least=epoch,
        training_tokens_per_second_at_most=sum(lengths + taught) / epoch,
        assessments_per_second_at_most=len(cases) / answering,
    )


def check_fit(plan: Plan, recipe: Recipe) -> None:
    """Raise BiniError where training or serving would not fit with 1 GB to spare, with the knob to turn."""
    room = plan.card.memory_bytes - SPARE_BYTES
    needed = sum(plan.training_bytes.values())
    problems = []
    if needed > room:
        problems.append(
            f"Training {plan.recipe} needs about {needed / 1e9:.1f} GB; {plan.card.name} has "
            f"{plan.card.memory_bytes / 1e9:.0f} GB, 1 of which stays free.\nTurn: {_training_knob(plan, recipe)}"
        )
    if plan.max_sequences < 1:
        problems.append(
            f"Serving {plan.recipe} leaves {plan.serving_bytes['kv_cache'] / 1e9:.1f} GB for the KV cache; one sequence "
            f"of engine.max_model_len needs {plan.sequence_bytes / 1e9:.2f} GB.\nTurn: {_serving_knob(recipe)}"
        )
    elif sum(plan.serving_bytes.values()) > room:
        problems.append(
            f"engine.gpu_memory_utilization {recipe.engine.gpu_memory_utilization} leaves less than 1 GB of "
            f"{plan.card.name} free.\nTurn: engine.gpu_memory_utilization={room / plan.card.memory_bytes:.2f} or lower."
        )
    if problems:
        raise BiniError("\n".join(problems))


def _training_at_worst(recipe: Recipe, shape: Shape, card: Card, answer_tokens: int) -> Items:
    batch = recipe.train.batch_size
    return training_memory(recipe, shape, card, batch * recipe.train.max_length, batch * answer_tokens)


def _training_knob(plan: Plan, recipe: Recipe) -> str:
    """Return the first knob, in the order of what it costs, that is not turned yet and would help."""
    items = plan.training_bytes
    if items["activations"] > items["weights"]:
        if recipe.train.batch_size > 1:
            return f"train.batch_size={recipe.train.batch_size // 2} and train.gradient_accumulation twice as high."
        if not recipe.train.gradient_checkpointing:
            return "train.gradient_checkpointing=true (about a third more time)."
        return f"train.max_length, now {recipe.train.max_length}."
    if not recipe.train.load_in_4bit:
        return "train.load_in_4bit=true (QLoRA)."
    if not recipe.train.gradient_checkpointing:
        return "train.gradient_checkpointing=true (about a third more time)."
    return "base_model: a smaller one."


def _serving_knob(recipe: Recipe) -> str:
    if recipe.engine.quantization is None:
        return "engine.quantization=bitsandbytes, then engine.max_model_len or engine.gpu_memory_utilization."
    return "engine.max_model_len lower, engine.gpu_memory_utilization up to 0.95, or a smaller base_model."


def _prompts_tokens(cases: Sequence[Case], recipe: Recipe) -> list[int]:
    """Return the prompts' tokens; of many cases, some are read, evenly spaced, and all are taken to be as long.

    Hints are what takes the time: a corpus of fifteen thousand rows would be minutes of reading for an estimate.
    """
    every = -(-len(cases) // MAX_PROMPTS)
    read = [_prompt_tokens(case, recipe) for case in cases[::every]]
    return read if every == 1 else [round(sum(read) / len(read))] * len(cases)


def _prompt_tokens(case: Case, recipe: Recipe) -> int:
    text = messages(case, recipe.prompt, recipe.answer)[0]["content"]
    return TEMPLATE_TOKENS + round(len(text) * PROMPT_TOKENS_PER_CHARACTER)


def _pair_tokens(pair: Pair) -> int:
    text = f"{pair.element}{pair.quote}"
    return TEMPLATE_TOKENS + PAIR_WORDS_TOKENS + round(len(text) * PROMPT_TOKENS_PER_CHARACTER)


def _answer_tokens(case: Case, recipe: Recipe) -> int:
    if case.label is None:
        return max_answer_tokens(len(elements_for(case)), recipe.answer)
    return 1 + round(len(gold_answer(case, recipe.answer)) * ANSWER_TOKENS_PER_CHARACTER)


FORMULAS = {
    "context": "driver, libraries, workspace",
    "weights": "16 bit; NF4 4.127 bits where loaded in 4 bit",
    "adapter": "4 bytes a parameter",
    "gradients": "4 bytes a parameter",
    "optimizer": "AdamW: two moments",
    "activations": "what backward reads, of a batch of max_length",
    "logits": "a chunk of the loss, three times in float32",
    "graphs": "CUDA graphs and compiled code",
    "kv_cache": "the rest of vLLM's share",
}


def _lines(plan: Plan, recipe: Recipe) -> Sequence[str]:
    card = plan.card
    lines = [
        f"{plan.recipe} on {card.name}: estimates, nothing was run",
        f"  {card.source}; dense BF16 taken as {card.matrix_flops_per_second / 1e12:.0f} TFLOPS",
        f"  {plan.parameters / 1e6:,.0f} M parameters, adapter {plan.adapter_parameters / 1e6:.1f} M",
    ]
    for title, items in (("training", plan.training_bytes), ("serving", plan.serving_bytes)):
        lines.append(f"{title:12} {sum(items.values()) / 1e9:6.2f} GB of {card.memory_bytes / 1e9:.0f}")
        activations = "one forward pass of vLLM" if title == "serving" else FORMULAS["activations"]
        notes = FORMULAS | {"activations": activations}
        notes |= {"logits": "of every sequence, with float32 copies"} if title == "serving" else {}
        lines += [f"  {name:12} {size / 1e9:6.2f}  {notes[name]}" for name, size in items.items()]
    return [
        *lines,
        f"concurrency  {plan.max_sequences} sequences of {recipe.engine.max_model_len} tokens, "
        f"{plan.sequence_bytes / 1e6:.0f} MB each; max_num_seqs is {recipe.engine.max_num_seqs}",
        f"training     {plan.training_tokens_per_second_at_most:,.0f} tokens/s at most, an epoch of {plan.rows} rows of "
        f"{plan.row_tokens:.0f} tokens {plan.epoch_seconds_at_least:.1f} s at least (roofline)",
        f"answering    {plan.assessments_per_second_at_most:,.0f} assessments/s at most (roofline)",
    ]
