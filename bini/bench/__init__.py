"""Speed that others can check: answering and training on this machine, beside its ceilings and beside the peers.

    bini bench recipes/gemma3-270m-cpu.yaml                     everything; --no-peers and --no-training leave rows out
    bini bench recipes/gemma3-270m-cpu.yaml --online            latency of the server under 1, 4 and 16 clients
    bini bench recipes/gemma3-270m-cpu.yaml --against old.json  measure, then say whether the difference is real

Each row is a process of its own (`rows`), all in one run, on the recipe's cases. Out: outputs/<run>/bench/bench.json
(online.json), a plot beside it, a table on stdout; the last stdout line is the JSON.
"""

import json
import os
from pathlib import Path
from typing import Any

from bini.allocator import environment_with_tcmalloc
from bini.bench.figures import (
    answering_figures,
    at_the_moment,
    equal_fraction,
    measured_card,
    seconds_per_token,
    training_figures,
)
from bini.bench.rows import run_row
from bini.bench.show import draw, table
from bini.cases import content_hash, load_cases
from bini.engine import model_folder
from bini.errors import BiniError
from bini.hardware import profile
from bini.plan.cards import Card
from bini.plan.shapes import Shape, shape_of
from bini.recipe import Recipe
from bini.runs import environment, run_of, write_json, write_text

REPEATS = 4  # fewer could not show a difference: 3 against 3 has a permutation p of 0.1 at best
PEER_REPEATS = 3
ROWS = (("vllm", REPEATS), ("transformers", PEER_REPEATS), ("llama.cpp", PEER_REPEATS))
TRAINING_STEPS = {"bini": 8, "trl": 3}  # plain TRL takes many times as long for each


def bench(recipe: Recipe, model: str | None = None, *, peers: bool = True, training: bool = True) -> dict[str, Any]:
    """Measure, write and return the figures.

    Raises:
        BiniError: no merged model, or vLLM's own row failed.
    """
    folder, settings = model_folder(recipe, model), str(run_of(recipe).folder / "recipe.yaml")
    ceilings = run_row("Ceilings of this machine", "bini.bench.ceilings", profile().dtype)
    shape, card = _shape(recipe, model, folder), _card(ceilings)
    trained = {}
    if training and model is None:
        for name in ("bini", "trl") if peers else ("bini",):
            row = run_row(
                f"Training, {name}",
                "bini.bench.training",
                name,
                settings,
                str(TRAINING_STEPS[name]),
                environment=environment_with_tcmalloc(os.environ) if name == "bini" else None,  # as bini train does
            )
            trained[name] = training_figures(row, recipe, shape, card)
    rows = {
        name: run_row(f"Answering, {name}", "bini.bench.answering", name, settings, folder, str(repeats))
        for name, repeats in (ROWS if peers else ROWS[:1])
    }
    if rows["vllm"]["status"] != "measured":
        raise BiniError(f"vLLM could not be measured: {rows['vllm']['status']}.\nTry: bini eval {settings}")
    result = _result(recipe, model, rows, shape, card)
    result |= {"ceilings": ceilings, "training": trained, "environment": environment()}
    bench_folder = run_of(recipe).folder / "bench"
    write_json(bench_folder / "bench.json", result)
    write_text(bench_folder / "bench.svg", draw(result))
    print("\n".join(table(result)))
    print(bench_folder / "bench.json")
    print(json.dumps(result, ensure_ascii=False))
    return result


def _result(
    recipe: Recipe, model: str | None, rows: dict[str, dict[str, Any]], shape: Shape | None, card: Card | None
) -> dict[str, Any]:
    ours = rows["vllm"]
    card = at_the_moment(card, ours["matrix_seconds"])
    cases = load_cases(recipe.data.cases, recipe.data.labels)
    free = seconds_per_token(ours["free"])
    return {
        "model": model or str(run_of(recipe).merged),
        "recipe": recipe.name,
        "cases": len(cases),
        "cases_hash": content_hash(cases),
        "repeats": REPEATS,
        "load_seconds": ours["load_seconds"],
        "first_pass_seconds": ours["cold"]["seconds"],  # the first guided pass: grammars are compiled
        "guided": answering_figures(ours["guided"], recipe, shape, card),
        "free": answering_figures(ours["free"], recipe, shape, card),
        "guided_overhead_fraction": seconds_per_token(ours["guided"]) / free - 1,
        "guided_cold_overhead_fraction": seconds_per_token([ours["cold"]]) / free - 1,
        "same_answers_fraction": equal_fraction(ours["guided"][0]["texts"], ours["guided"][-1]["texts"]),
        "peers": {name: _peer(row, ours, recipe) for name, row in rows.items() if name != "vllm"},
    }


def _peer(row: dict[str, Any], ours: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    """Return a peer's figures, how often it answers as vLLM does, and how many times as fast vLLM is."""
    if row["status"] != "measured":
        return row
    guided = answering_figures(row["guided"], recipe, None, None)
    vllm = answering_figures(ours["guided"], recipe, None, None)
    return {
        "status": "measured",
        "load_seconds": row["load_seconds"],
        "guided": guided,
        "equal_answers_fraction": equal_fraction(row["guided"][-1]["texts"], ours["guided"][-1]["texts"]),
        "vllm_times_as_fast": vllm["assessments_per_second"] / guided["assessments_per_second"],
    }


def _shape(recipe: Recipe, model: str | None, folder: str) -> Shape | None:
    """Return the shape of the model measured, None where it is not known: then there is no fraction."""
    try:
        return shape_of(folder if Path(folder).is_dir() else model or recipe.base_model)
    except BiniError:
        return None


def _card(ceilings: dict[str, Any]) -> Card | None:
    memory = profile().gpu_memory_bytes or profile().memory_bytes
    return measured_card(ceilings, memory) if ceilings["status"] == "measured" else None


__all__ = ["bench"]
