"""What this machine can do at most, measured now: matrix products and memory, in the precision BINI computes in.

    python -m bini.bench.ceilings bfloat16      prints {"matrix_gflop_per_second": …, "read_gb_per_second": …, …}

Run in a process of its own, so that no other library's threads are in the way. The matrix is square and large: the
best case. Memory is read (a sum) and copied (read and written, both counted) in blocks far larger than any cache.

A machine that is shared is not the same from minute to minute: a row also takes `matrix_seconds` between its own steps
or passes, and its fraction is of that.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from bini.bench.spread import spread_fraction

SIDE = 2048  # of the square matrices
MATRIX_GFLOP = 2 * SIDE**3 / 1e9  # of one product: 17
BLOCK_BYTES = 512 * 1024**2
REPEATS = 7


def matrix_seconds(dtype: str) -> Callable[[], float]:
    """Return a function that makes one square product in `dtype` (MATRIX_GFLOP of work) and returns its seconds."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    left, right = (torch.randn(SIDE, SIDE, device=device).to(getattr(torch, dtype)) for _ in range(2))

    def once() -> float:
        started = time.perf_counter()
        with torch.no_grad():
            torch.mm(left, right)
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - started

    once()
    return once


def measure(dtype: str) -> dict[str, Any]:
    """Return the ceilings: the median of the repeats, and their spread."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    block = torch.ones(BLOCK_BYTES // 4, device=device)
    other = torch.empty_like(block)

    def seconds(work: Callable[[], Any]) -> list[float]:
        work()
        found = []
        for _ in range(REPEATS):
            started = time.perf_counter()
            work()
            if device == "cuda":
                torch.cuda.synchronize()
            found.append(time.perf_counter() - started)
        return found

    product = matrix_seconds(dtype)
    matrix = [product() for _ in range(REPEATS)]
    reading, copying = seconds(block.sum), seconds(lambda: other.copy_(block))
    return {
        "device": device,
        "dtype": dtype,
        "threads": torch.get_num_threads(),
        "matrix_gflop_per_second": MATRIX_GFLOP / statistics.median(matrix),
        "matrix_spread_fraction": spread_fraction(matrix),
        "read_gb_per_second": BLOCK_BYTES / statistics.median(reading) / 1e9,
        "copy_gb_per_second": 2 * BLOCK_BYTES / statistics.median(copying) / 1e9,
        "memory_spread_fraction": max(spread_fraction(reading), spread_fraction(copying)),
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
