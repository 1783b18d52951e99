"""Training on a CPU without bfloat16: the head's logits from weights that oneDNN has packed once.

Torch's float32 product packs the 262,144 x 640 head anew at every step, for some seventy supervised tokens: more than
half of the product's time. The head is frozen, so one packing serves the whole run, for 0.7 GB of memory. The same
numbers to rounding; docs/performance.md says what it brings.
"""

from typing import Any


def use_packed_head() -> None:
    """Let Unsloth's CPU loss take its logits from a packed head wherever that is the same: frozen, float32, plain."""
    import torch
    from unsloth_zoo.cpu import ops

    unpacked = ops._transformed_logits
    if getattr(unpacked, "is_packed", False):
        return
    pack, linear = torch.ops.mkldnn._reorder_linear_weight, torch.ops.mkldnn._linear_pointwise
    kept: dict[tuple[int, int], Any] = {}  # one head: the last one seen

    def transformed_logits(
        hidden: Any, weight: Any, bias: Any, inverse_temperature: float, softcap: float | None, scale: float
    ) -> Any:
        is_plain = bias is None and softcap is None and inverse_temperature * scale == 1.0
        if not is_plain or weight.requires_grad or {hidden.dtype, weight.dtype} != {torch.float32}:
            return unpacked(hidden, weight, bias, inverse_temperature, softcap, scale)
        key = (weight.data_ptr(), weight._version)
        if key not in kept:
            kept.clear()
            kept[key] = pack(weight.detach(), hidden.shape[0])
        return linear(hidden.detach(), kept[key], None, "none", [], ""), 1.0

    transformed_logits.is_packed = True  # type: ignore[attr-defined]
    ops._transformed_logits = transformed_logits
