"""What `bini bench` does with its options: offline, online, or against an earlier result."""

from pathlib import Path

from bini.bench import bench
from bini.bench.against import bench_against, load_result
from bini.bench.online import bench_online
from bini.errors import BiniError
from bini.recipe import Recipe
from bini.runs import run_of


def run_bench(
    recipe: Recipe,
    model: str | None,
    *,
    peers: bool,
    training: bool,
    online: bool,
    goodput_seconds: float,
    against: Path | None,
    measured: bool,
) -> None:
    """Measure, and compare where `against` names an earlier result.

    Raises:
        BiniError: options that contradict each other, or what measuring and comparing raise.
    """
    if measured and against is None:
        raise BiniError("--measured compares the result that is there; name the other with --against FILE.")
    if online and against is not None:
        raise BiniError("--against compares throughput; --online has no repeats to compare. Leave one of them out.")
    if online:
        bench_online(recipe, model, goodput_seconds)
        return
    old = load_result(against) if against else None  # before measuring: it may be the file that is written
    if measured:
        new = load_result(run_of(recipe).folder / "bench" / "bench.json")
    else:
        new = bench(recipe, model, peers=peers, training=training)
    if old is not None:
        bench_against(new, old)
