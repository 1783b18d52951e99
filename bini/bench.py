"""Throughput of answering: assessments and tokens per second, free and guided.

The engine runs without prefix caching, so no repeat reads what an earlier one computed; the first, warm-up, pass is
not counted, and the spread over repeats is reported. Out: outputs/<run>/bench/bench.json; its content is the last
stdout line.
"""

import json
import statistics
import time
from collections.abc import Sequence
from typing import Any

from bini.assess import assess
from bini.cases import load_cases
from bini.engine import Engine, model_folder
from bini.recipe import Recipe
from bini.runs import environment, run_of, write_json
from bini.schema import Case

REPEATS = 3


def bench(recipe: Recipe, model: str | None = None) -> dict[str, Any]:
    """Measure and return the figures."""
    cases = load_cases(recipe.data.cases, recipe.data.labels)
    with Engine(model_folder(recipe, model), recipe, enable_prefix_caching=False) as engine:
        cold = _timed(cases, engine, recipe, guided=True)
        guided = [_timed(cases, engine, recipe, guided=True) for _ in range(REPEATS)]
        free = [_timed(cases, engine, recipe, guided=False) for _ in range(REPEATS)]
    result: dict[str, Any] = {
        "model": model or str(run_of(recipe).merged),
        "recipe": recipe.name,
        "cases": len(cases),
        "repeats": REPEATS,
        "first_pass_seconds": cold["seconds"],  # warm-up: grammars compiled
        "guided": _summary(guided),
        "free": _summary(free),
        "guided_overhead_fraction": _per_token(guided) / _per_token(free) - 1,
        "environment": environment(),
    }
    path = run_of(recipe).folder / "bench" / "bench.json"
    write_json(path, result)
    for name in ("guided", "free"):
        figures = result[name]
        print(
            f"{name:7} {figures['assessments_per_second']:.2f} assessments/s, "
            f"{figures['generated_tokens_per_second']:.0f} generated and {figures['prompt_tokens_per_second']:.0f} prompt "
            f"tokens/s (spread {figures['spread_fraction']:.1%} over {REPEATS})"
        )
    print(f"guided overhead per generated token {result['guided_overhead_fraction']:+.1%}")
    print(path)
    print(json.dumps(result, ensure_ascii=False))
    return result


def _timed(cases: Sequence[Case], engine: Engine, recipe: Recipe, *, guided: bool) -> dict[str, float]:
    started = time.perf_counter()
    predictions = assess(cases, engine, recipe, guided=guided)
    return {
        "seconds": time.perf_counter() - started,
        "generated_tokens": sum(p.generated_tokens for p in predictions),
        "prompt_tokens": sum(p.prompt_tokens for p in predictions),
        "cases": len(cases),
    }


def _summary(passes: Sequence[dict[str, float]]) -> dict[str, float]:
    seconds = statistics.median(p["seconds"] for p in passes)
    return {
        "assessments_per_second": passes[0]["cases"] / seconds,
        "generated_tokens_per_second": passes[0]["generated_tokens"] / seconds,
        "prompt_tokens_per_second": passes[0]["prompt_tokens"] / seconds,
        "generated_tokens": passes[0]["generated_tokens"],
        "median_seconds": seconds,
        "spread_fraction": (max(p["seconds"] for p in passes) - min(p["seconds"] for p in passes)) / seconds,
    }


def _per_token(passes: Sequence[dict[str, float]]) -> float:
    return statistics.median(p["seconds"] / p["generated_tokens"] for p in passes)
