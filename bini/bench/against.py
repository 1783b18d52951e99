"""Two results of the bench: is the difference real, or what the machine does anyway?

A difference counts as real where both hold: an exact permutation test over the repeats gives p < 0.05 (of all ways to
deal the passes to two hands, so few set the hands as far apart; Good 2005), and the medians lie further apart than
the passes of either result among themselves. The second asks for more than the first because passes of one run share
the machine's mood. Results of another machine, precision, thread count or cases are refused: their ratio means nothing.
"""

import itertools
import json
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bini.errors import BiniError

SIGNIFICANCE = 0.05
MAX_DEALS = 200_000
MACHINE = ("kind", "device", "cores", "dtype")


def load_result(path: Path) -> dict[str, Any]:
    """Read a bench.json.

    Raises:
        BiniError: no such file, or not a result of `bini bench`.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BiniError(f"{path} cannot be read as a result of bini bench: {error}.") from error
    if not isinstance(found, dict) or "cases_hash" not in found or "guided" not in found:
        raise BiniError(
            f"{path} is no result of this bini bench: cases_hash and guided are expected.\nMeasure it anew."
        )
    return found


def compare(new: dict[str, Any], old: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one verdict per figure that both results have.

    Raises:
        BiniError: other machine or other cases.
    """
    _check_comparable(new, old)
    return [
        {"figure": name, **verdict(now, before)}
        for name, now in _samples(new)
        for other, before in _samples(old)
        if name == other
    ]


def verdict(new: Sequence[float], old: Sequence[float]) -> dict[str, Any]:
    """Compare two lists of times, the lower the better: how many times as fast, p, and whether it is real."""
    times = statistics.median(old) / statistics.median(new)
    p_value = permutation_p(new, old)
    apart = max(new) < min(old) or max(old) < min(new)
    spread = max((max(v) - min(v)) / statistics.median(v) for v in (new, old))
    is_real = p_value < SIGNIFICANCE and apart and max(times, 1 / times) - 1 > spread
    words = "no real difference" if not is_real else "faster" if times > 1 else "slower"
    return {"times_as_fast": times, "p_value": p_value, "spread_fraction": spread, "verdict": words}


def permutation_p(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the two-sided p of the difference of means over every way to deal the values to two hands."""
    values = [*first, *second]
    total, size = sum(values), len(first)

    def distance(hand: float) -> float:
        return abs(hand / size - (total - hand) / (len(values) - size))

    seen = distance(sum(first)) * (1 - 1e-12)
    deals = itertools.islice(itertools.combinations(values, size), MAX_DEALS)
    at_least = [distance(sum(hand)) >= seen for hand in deals]
    return sum(at_least) / len(at_least)


def lines(verdicts: Sequence[dict[str, Any]], notes: Sequence[str]) -> list[str]:
    """Return the comparison for people."""
    return [
        *notes,
        *(
            f"{v['figure']:24} {v['times_as_fast']:.2f} times as fast, {v['verdict']} (permutation p = {v['p_value']:.3f}, "
            f"spread {v['spread_fraction']:.1%})"
            for v in verdicts
        ),
    ]


def notes(new: dict[str, Any], old: dict[str, Any]) -> list[str]:
    """Return what else differs between the two: model, recipe, versions. It may be the reason."""
    found = [
        f"{key}: {old.get(key)} before, {new.get(key)} now"
        for key in ("model", "recipe")
        if old.get(key) != new.get(key)
    ]
    before, now = old["environment"]["versions"], new["environment"]["versions"]
    found += [
        f"{name}: {before.get(name)} before, {now.get(name)} now"
        for name in sorted(before | now)
        if before.get(name) != now.get(name)
    ]
    return found


def _check_comparable(new: dict[str, Any], old: dict[str, Any]) -> None:
    machines = [result["environment"]["machine"] for result in (old, new)]
    problems = [
        f"{key} {machines[0].get(key)!r} before, {machines[1].get(key)!r} now"
        for key in MACHINE
        if machines[0].get(key) != machines[1].get(key)
    ]
    if old["cases_hash"] != new["cases_hash"]:
        problems.append(f"other cases ({old['cases']} before, {new['cases']} now)")
    if problems:
        raise BiniError(
            "These results cannot be compared: "
            + "; ".join(problems)
            + ".\nMeasure both on one machine with the same cases."
        )


def _samples(result: dict[str, Any]) -> Iterator[tuple[str, list[float]]]:
    """Yield each figure's name and its repeats, as seconds."""
    for name in ("guided", "free"):
        yield f"vllm {name}", result[name]["pass_seconds"]
    for name, peer in result.get("peers", {}).items():
        if peer["status"] == "measured":
            yield f"{name} guided", peer["guided"]["pass_seconds"]
    for name, row in result.get("training", {}).items():
        if row["status"] == "measured":
            yield f"training {name}", row["seconds_per_token"]


def bench_against(new: dict[str, Any], old: dict[str, Any]) -> list[dict[str, Any]]:
    """Print and return the comparison; the last stdout line is JSON.

    Raises:
        BiniError: results that cannot be compared.
    """
    verdicts = compare(new, old)
    print("\n".join(lines(verdicts, notes(new, old))))
    print(json.dumps({"against": verdicts}, ensure_ascii=False))
    return verdicts
