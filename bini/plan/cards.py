"""Machines to plan for: memory, bandwidth, arithmetic. Data-sheet numbers, with their source, or measured ones."""

from dataclasses import dataclass

from bini.errors import BiniError

GIB = 1024**3


@dataclass(frozen=True)
class Card:
    """One machine. `matrix_flops_per_second` is dense, in the precision that BINI computes in there."""

    name: str
    memory_bytes: int
    bandwidth_bytes_per_second: float
    matrix_flops_per_second: float
    value_bytes: int  # of one number in that precision
    fixed_bytes: int  # context, libraries and workspace that are there before the model
    source: str
    copies_adapter_inputs: bool = False  # PEFT keeps them in float32 where no fused kernel reads them as they are
    packs_head: bool = False  # bini.packed_head keeps the head a second time


# The data sheet's 191.9 tensor TFLOPS are FP8 with sparsity: a fourth of it is BF16, dense. 16 GB are taken as
# 16 x 10^9 bytes although the card has 16 GiB: the driver and a screen take their share.
CARDS = {
    "rtx-2000-ada": Card(
        name="NVIDIA RTX 2000 Ada Generation",
        memory_bytes=16 * 10**9,
        bandwidth_bytes_per_second=224e9,
        matrix_flops_per_second=191.9e12 / 4,
        value_bytes=2,
        fixed_bytes=800 * 10**6,
        source="NVIDIA RTX 2000 Ada Generation data sheet: 16 GB GDDR6, 224 GB/s, 191.9 tensor TFLOPS (FP8, sparse)",
    ),
}


def card_named(name: str) -> Card:
    """Return a card of the table.

    Raises:
        BiniError: the table does not hold it.
    """
    if name not in CARDS:
        raise BiniError(f"There are no facts about the GPU {name!r}.\nKnown are: {', '.join(CARDS)}.")
    return CARDS[name]
