"""How many workers a cluster has room for, and what each may use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bini.errors import BiniError
from bini.recipe import Recipe

CORES_PER_WORKER = 8  # a group that shares a cache on today's servers; an engine gains little from more


@dataclass(frozen=True)
class Pool:
    """`workers` engines, each with so many cores or GPUs."""

    workers: int
    cores: int
    gpus: int


def pool_for(
    recipe: Recipe, kind: Literal["cpu", "gpu"], nodes: Sequence[Mapping[str, float]], workers: int | None = None
) -> Pool:
    """Return the pool for machines with these Ray resources ("CPU", "GPU"); no engine spans two machines.

    Raises:
        BiniError: the machines have no room for so many workers.
    """
    resource = "GPU" if kind == "gpu" else "CPU"
    free = [int(node.get(resource, 0)) for node in nodes]
    if kind == "gpu":
        each = recipe.engine.tensor_parallel_size
    elif workers is None:
        each = max(1, min(CORES_PER_WORKER, max(free, default=0)))
    else:
        each = max((size for size in range(1, max(free, default=0) + 1) if _room(free, size) >= workers), default=1)
    room = _room(free, each)
    wanted = room if workers is None else workers
    if wanted < 1 or wanted > room:
        units = f"{each} {resource} each" if each > 1 else f"a {resource} each"
        raise BiniError(
            f"{max(wanted, 1)} workers with {units} do not fit: the cluster has {sum(free)} {resource} "
            f"on {len(free)} machines.\nUse --workers {room}, or add machines."
            if room
            else f"The cluster has no machine with {each} {resource}, which one worker needs.\nAdd one."
        )
    return Pool(wanted, 0, each) if kind == "gpu" else Pool(wanted, each, 0)


def _room(free: Sequence[int], each: int) -> int:
    return sum(count // each for count in free)
