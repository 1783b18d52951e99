"""A row of answering: one engine loads, warms up, and answers all cases several times, guided and free in turn.

    python -m bini.bench.answering vllm outputs/RUN/recipe.yaml MODEL_FOLDER REPEATS

Every engine answers through `bini.assess`. vLLM's order is: one free pass that warms up and is not counted; the first
guided pass (cold: grammars are compiled, masks are cached); then guided and free in turn, so that a machine that slows
down slows both. It runs without prefix caching: no pass reads what an earlier one computed. Peers answer guided only,
and their cold pass is the warm-up.
"""

import contextlib
import importlib.util
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from bini.assess import assess
from bini.bench.ceilings import matrix_seconds
from bini.bench.rows import not_installed
from bini.cases import load_cases
from bini.engine import Answerer, Engine
from bini.hardware import profile
from bini.quiet import quiet
from bini.recipe import Recipe, load_recipe
from bini.schema import Case

ENOUGH_SECONDS = 600  # after so long, of which loading is a part, no further pass begins

EngineName = Literal["vllm", "transformers", "llama.cpp"]


def answer_repeatedly(name: EngineName, recipe: Recipe, model: str, repeats: int) -> dict[str, Any]:
    """Return the row: load seconds, passes, and the answers of the last guided pass."""
    if name == "llama.cpp" and importlib.util.find_spec("llama_cpp") is None:
        return not_installed("llama-cpp-python")
    cases = load_cases(recipe.data.cases, recipe.data.labels)
    started = time.perf_counter()
    with _engine(name, recipe, model) as engine:
        load_seconds = time.perf_counter() - started
        row: dict[str, Any] = {"load_seconds": load_seconds, "guided": [], "free": [], "matrix_seconds": []}
        with_free = name == "vllm"
        product = matrix_seconds(profile().dtype)
        if with_free:
            row["warm_up"] = timed(cases, engine, recipe, guided=False)
        row["cold"] = timed(cases, engine, recipe, guided=True)
        for done in range(repeats):
            if done and not with_free and time.perf_counter() - started > ENOUGH_SECONDS:
                break  # a slow peer is told from vLLM by fewer passes
            row["guided"].append(timed(cases, engine, recipe, guided=True))
            row["matrix_seconds"].append(product())
            if with_free:
                row["free"].append(timed(cases, engine, recipe, guided=False))
    return row


def timed(cases: Sequence[Case], engine: Answerer, recipe: Recipe, *, guided: bool) -> dict[str, Any]:
    """Answer all cases once: seconds, tokens per case, texts."""
    started = time.perf_counter()
    predictions = assess(cases, engine, recipe, guided=guided)
    return {
        "seconds": time.perf_counter() - started,
        "prompt_tokens": [p.prompt_tokens for p in predictions],
        "generated_tokens": [p.generated_tokens for p in predictions],
        "texts": [p.raw_text for p in predictions],
    }


def _engine(name: EngineName, recipe: Recipe, model: str) -> contextlib.AbstractContextManager[Answerer]:
    if name == "vllm":
        return Engine(model, recipe, enable_prefix_caching=False)
    from bini.bench.peers import LlamaCppEngine, TransformersEngine

    if name == "transformers":
        return contextlib.nullcontext(TransformersEngine(model))
    from bini.gguf_export import export_gguf

    file = Path(model).parent / "model.gguf"
    if not file.exists():
        export_gguf(Path(model), file)
    return contextlib.nullcontext(LlamaCppEngine(model, file, recipe.engine.max_model_len))


if __name__ == "__main__":
    quiet()
    with contextlib.redirect_stdout(sys.stderr):
        result = answer_repeatedly(sys.argv[1], load_recipe(Path(sys.argv[2])), sys.argv[3], int(sys.argv[4]))  # type: ignore[arg-type]
    print(json.dumps(result, ensure_ascii=False))
