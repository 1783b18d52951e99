"""Memory of training and of serving, in bytes, item by item, each with its formula. Estimates.

weights       16 bit: 2 bytes a parameter. NF4 with double quantisation: 4.127 bits for the blocks' matrices
              (Dettmers et al. 2023, "QLoRA", section 3: 4 + 0.127 bits), the rest stays 16 bit; on a CPU in
              float32 4 bytes, and the head once more, packed
adapter       float32: 4 bytes; its gradient 4; AdamW's two moments 8, or 2 in 8 bit
activations   what backward reads: per token and layer 12 h (norms and residuals), 4 q d + 4 k d (projections,
              norms, rotation), 2 q d (attention), 4 f (gate, up, their product), each of the arithmetic's size,
              and on a CPU in 16 bit a float32 copy of what goes into each adapted matrix;
              with checkpointing one h per layer, and one layer's share while it is recomputed
logits        the loss looks at so many values at a time, in float32, with their gradient and one copy
KV cache      2 k d per token and layer; a sliding layer keeps its window
"""

from bini.plan.cards import Card
from bini.plan.shapes import Shape
from bini.plan.work import adapter_parameters
from bini.recipe import Recipe
from bini.train import CE_CHUNK_ELEMENTS

NF4_BITS = 4.127
MOMENT_BYTES = {"adamw_8bit": 2, "paged_adamw_8bit": 2}  # both moments of one parameter; otherwise 8
BATCHED_TOKENS = 8192  # vLLM's max_num_batched_tokens for offline work: what one forward pass may hold
GRAPH_BYTES = 500 * 10**6  # vLLM's CUDA graphs and compiled code, as its log reports for models of this size
SPARE_BYTES = 10**9  # what a plan leaves free

Items = dict[str, int]


def training_memory(recipe: Recipe, shape: Shape, card: Card, batch_tokens: int, supervised_tokens: int) -> Items:
    """Return bytes by item while one batch of so many tokens is trained on, padding counted."""
    adapter = adapter_parameters(shape, recipe.lora)
    values = min(supervised_tokens * shape.vocabulary, CE_CHUNK_ELEMENTS)
    head = shape.vocabulary * shape.hidden * 4 if card.packs_head else 0
    return {
        "context": card.fixed_bytes,
        "weights": weight_bytes(shape, card.value_bytes, recipe.train.load_in_4bit) + head,
        "adapter": 4 * adapter,
        "gradients": 4 * adapter,
        "optimizer": MOMENT_BYTES.get(recipe.train.optimizer, 8) * adapter,
        "activations": activation_bytes(recipe, shape, card, batch_tokens),
        "logits": values * 3 * 4,
    }


def weight_bytes(shape: Shape, value_bytes: int, in_4bit: bool) -> int:
    """Return the bytes of the base model's weights."""
    rest = shape.parameters - shape.linear_parameters
    matrices = NF4_BITS / 8 if in_4bit else value_bytes
    return round(shape.linear_parameters * matrices) + rest * value_bytes


def activation_bytes(recipe: Recipe, shape: Shape, card: Card, batch_tokens: int) -> int:
    """Return the bytes of what forward keeps for backward."""
    queries, keys = shape.query_heads * shape.head, shape.key_value_heads * shape.head
    kept = 3 * shape.norms_per_layer * shape.hidden + 6 * queries + 4 * keys + 4 * shape.feed_forward
    copied = sum(shape.linear_shapes[name][0] for name in recipe.lora.target_modules)
    per_layer = batch_tokens * (kept * card.value_bytes + 4 * copied * card.copies_adapter_inputs)
    if recipe.train.gradient_checkpointing:
        return batch_tokens * shape.hidden * card.value_bytes * shape.layers + per_layer
    return per_layer * shape.layers


def serving_memory(recipe: Recipe, shape: Shape, card: Card) -> Items:
    """Return bytes by item while vLLM serves; `kv_cache` is what its share of the card leaves."""
    share = round(card.memory_bytes * recipe.engine.gpu_memory_utilization)
    widest = max(2 * shape.feed_forward, shape.query_heads * shape.head + 2 * shape.hidden)
    items = {
        "context": card.fixed_bytes,
        "weights": weight_bytes(shape, card.value_bytes, recipe.engine.quantization is not None),
        "activations": BATCHED_TOKENS * (widest + 2 * shape.hidden) * card.value_bytes,
        "logits": recipe.engine.max_num_seqs * shape.vocabulary * (card.value_bytes + 2 * 4),
        "graphs": GRAPH_BYTES,
    }
    return items | {"kv_cache": share - sum(items.values())}


def sequence_bytes(shape: Shape, tokens: int, value_bytes: int) -> int:
    """Return the KV cache of one sequence of so many tokens."""
    full, window = shape.full_attention_layers, shape.sliding_window or tokens
    cells = full * tokens + (shape.layers - full) * min(tokens, window)
    return 2 * shape.key_value_heads * shape.head * value_bytes * cells
