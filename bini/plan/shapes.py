"""Shapes of the models that recipes name: what memory and time are computed from.

Source: each model's published config.json (its hub page), as transformers reads it. `other_parameters` is what is
loaded beside the text model: the image tower and projector of Gemma 3 4B. The tests hold the parameter counts against
the published ones.

    letters: h hidden, f feed-forward, n layers, q query heads, k key-value heads, d head, v vocabulary
"""

import json
from dataclasses import dataclass
from pathlib import Path

from bini.errors import BiniError


@dataclass(frozen=True)
class Shape:
    """A decoder with gated feed-forward layers and grouped-query attention."""

    hidden: int
    feed_forward: int
    layers: int
    query_heads: int
    key_value_heads: int
    head: int
    vocabulary: int
    norms_per_layer: int = 4  # Gemma 3 norms before and after each block; Qwen3 only before
    sliding_window: int | None = None  # tokens
    full_attention_every: int = 1  # one layer in so many reads the whole text, the others the window
    ties_head: bool = True  # the head is the embedding matrix
    other_parameters: int = 0

    @property
    def linear_shapes(self) -> dict[str, tuple[int, int]]:
        """Return (in, out) of each linear layer of a block, by the name that recipes use."""
        queries, keys = self.query_heads * self.head, self.key_value_heads * self.head
        return {
            "q_proj": (self.hidden, queries),
            "k_proj": (self.hidden, keys),
            "v_proj": (self.hidden, keys),
            "o_proj": (queries, self.hidden),
            "gate_proj": (self.hidden, self.feed_forward),
            "up_proj": (self.hidden, self.feed_forward),
            "down_proj": (self.feed_forward, self.hidden),
        }

    @property
    def linear_parameters(self) -> int:
        """Return the parameters of all blocks' matrices: what 4-bit loading makes small."""
        return self.layers * sum(rows * columns for rows, columns in self.linear_shapes.values())

    @property
    def norm_parameters(self) -> int:
        return self.layers * (self.norms_per_layer * self.hidden + 2 * self.head) + self.hidden

    @property
    def embedding_parameters(self) -> int:
        """Return the parameters of the embedding, and of the head where it is a matrix of its own."""
        return self.vocabulary * self.hidden * (1 if self.ties_head else 2)

    @property
    def parameters(self) -> int:
        return self.linear_parameters + self.norm_parameters + self.embedding_parameters + self.other_parameters

    @property
    def full_attention_layers(self) -> int:
        return self.layers // self.full_attention_every


GEMMA_3_270M = Shape(640, 2048, 18, 4, 1, 256, 262_144, sliding_window=512, full_attention_every=6)
SHAPES = {
    "embedded:gemma-3-270m": GEMMA_3_270M,
    "embedded:tiny-random": Shape(64, 128, 2, 2, 1, 32, 262_144, sliding_window=512, full_attention_every=2),
    "google/gemma-3-270m-it": GEMMA_3_270M,
    "google/gemma-3-1b-it": Shape(1152, 6912, 26, 4, 1, 256, 262_144, sliding_window=512, full_attention_every=6),
    "google/gemma-3-4b-it": Shape(
        2560, 10_240, 34, 8, 4, 256, 262_208, sliding_window=1024, full_attention_every=6, other_parameters=419_816_304
    ),
    "Qwen/Qwen3-8B": Shape(4096, 12_288, 36, 32, 8, 128, 151_936, norms_per_layer=2, ties_head=False),
}


def shape_of(base_model: str) -> Shape:
    """Return the shape of a recipe's base model, from the table or from a local folder's config.json.

    Raises:
        BiniError: a hub model that the table does not hold, or a folder without a readable config.
    """
    if base_model in SHAPES:
        return SHAPES[base_model]
    path = Path(base_model) / "config.json"
    if not path.is_file():
        raise BiniError(
            f"The shape of {base_model!r} is not known.\nKnown are: {', '.join(SHAPES)}; or name a local model folder."
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        return _from_config(config.get("text_config", config))
    except (ValueError, KeyError) as error:
        raise BiniError(
            f"{path} does not say the model's shape: {error}.\nExpected transformers' config.json."
        ) from error


def _from_config(config: dict[str, object]) -> Shape:
    def number(key: str) -> int:
        return int(str(config[key]))

    is_gemma = str(config["model_type"]).startswith("gemma3")
    kinds = config.get("layer_types")
    full = kinds.count("full_attention") if isinstance(kinds, list) else 0
    return Shape(
        hidden=number("hidden_size"),
        feed_forward=number("intermediate_size"),
        layers=number("num_hidden_layers"),
        query_heads=number("num_attention_heads"),
        key_value_heads=number("num_key_value_heads"),
        head=number("head_dim"),
        vocabulary=number("vocab_size"),
        norms_per_layer=4 if is_gemma else 2,
        sliding_window=number("sliding_window") if config.get("sliding_window") else None,
        full_attention_every=number("num_hidden_layers") // full if full else 1,
        ties_head=bool(config.get("tie_word_embeddings", is_gemma)),
    )
