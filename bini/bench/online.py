"""Latency of the server under load: time to first token, between tokens, end to end; and goodput.

    bini bench recipes/gemma3-270m-cpu.yaml --online --goodput-seconds 3

N clients (1, 4, 16) each wait a random time, exponentially distributed with a mean of one second, ask, wait for the
whole answer, and begin again: arrivals are a Poisson process that N requests in flight hold back. Each level asks
every case once. A level has a cache salt of its own, so within it the shared beginning of the prompts is cached, as in
life, and nothing is read from the level before.

Why not `vllm bench serve`: of vLLM 0.32 its custom data set sends text prompts and one body for all, while BINI sends
token ids (no second BOS) and a schema per number of elements. The bodies here are those of `bini.remote`, streamed.
"""

import asyncio
import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from bini.assess import request_for
from bini.cases import content_hash, load_cases
from bini.engine import model_folder
from bini.errors import BiniError
from bini.prompts import end_of_turn
from bini.recipe import Recipe
from bini.remote import RemoteEngine, request_body
from bini.runs import environment, run_of, write_json

CLIENTS = (1, 4, 16)
MEAN_PAUSE_SECONDS = 1.0
TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Answered:
    """One request, seconds from its sending: to each token, and to the end."""

    token_seconds: tuple[float, ...]
    end_seconds: float


def bench_online(recipe: Recipe, model: str | None, goodput_seconds: float) -> dict[str, Any]:
    """Start the recipe's server, ask it under load, write and return the figures.

    Raises:
        BiniError: no merged model, a server that does not start or answer.
    """
    from transformers import AutoTokenizer

    from bini.serve.upstream import Upstream

    folder = model_folder(recipe, model)
    cases = load_cases(recipe.data.cases, recipe.data.labels)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    bench_folder = run_of(recipe).folder / "bench"
    bench_folder.mkdir(parents=True, exist_ok=True)
    with Upstream(folder, recipe, bench_folder / "server.log") as upstream:
        upstream.wait_until_ready()
        engine = RemoteEngine(upstream.url, recipe.name, tokenizer, recipe.seed)
        requests = [request_for(case, engine, recipe) for case in cases]
        engine.close()
        stop_id = end_of_turn(tokenizer)
        bodies = [request_body(request, recipe.name, recipe.seed, stop_id) | {"stream": True} for request in requests]
        asyncio.run(ask_all(upstream.url, bodies, clients=4, salt="warm-up", seed=recipe.seed))
        levels = []
        for clients in CLIENTS:
            started = time.perf_counter()
            answered = asyncio.run(ask_all(upstream.url, bodies, clients=clients, salt=str(clients), seed=recipe.seed))
            levels.append(
                {"clients": clients} | level_figures(answered, time.perf_counter() - started, goodput_seconds)
            )
    result = {"recipe": recipe.name, "model": folder, "cases": len(cases), "cases_hash": content_hash(cases)}
    result |= {"goodput_limit_seconds": goodput_seconds, "mean_pause_seconds": MEAN_PAUSE_SECONDS, "levels": levels}
    result |= {"environment": environment()}
    write_json(bench_folder / "online.json", result)
    print("\n".join(online_lines(result)))
    print(bench_folder / "online.json")
    print(json.dumps(result, ensure_ascii=False))
    return result


async def ask_all(url: str, bodies: Sequence[dict[str, Any]], *, clients: int, salt: str, seed: int) -> list[Answered]:
    """Ask every body once, by so many clients side by side."""
    waiting, chance = list(bodies)[::-1], random.Random(seed + clients)
    answered: list[Answered] = []
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS) as http:

        async def client() -> None:
            while waiting:
                body = waiting.pop() | {"cache_salt": salt}
                await asyncio.sleep(chance.expovariate(1 / MEAN_PAUSE_SECONDS))
                answered.append(await _ask(http, body))

        try:
            await asyncio.gather(*(client() for _ in range(clients)))
        except httpx.HTTPError as error:
            raise BiniError(
                f"The model server did not answer: {error!r}.\nSee server.log beside online.json."
            ) from error
    return answered


async def _ask(http: httpx.AsyncClient, body: dict[str, Any]) -> Answered:
    started, tokens = time.perf_counter(), []
    async with http.stream("POST", "/v1/completions", json=body) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line.startswith("data: {"):
                tokens.append(time.perf_counter() - started)
    if not tokens:
        raise BiniError("The model server ended a stream without a token.\nSee server.log beside online.json.")
    return Answered(tuple(tokens), time.perf_counter() - started)


def level_figures(answered: Sequence[Answered], seconds: float, goodput_seconds: float) -> dict[str, Any]:
    """Return percentiles, throughput and goodput (answers within the limit, per second) of one level."""
    gaps = [b - a for one in answered for a, b in zip(one.token_seconds, one.token_seconds[1:], strict=False)]
    in_time = sum(one.end_seconds <= goodput_seconds for one in answered)
    return {
        "requests": len(answered),
        "seconds": seconds,
        "assessments_per_second": len(answered) / seconds,
        "goodput_per_second": in_time / seconds,
        "within_limit_fraction": in_time / len(answered),
        "time_to_first_token_seconds": percentiles([one.token_seconds[0] for one in answered]),
        "inter_token_seconds": percentiles(gaps),
        "end_to_end_seconds": percentiles([one.end_seconds for one in answered]),
    }


def percentiles(values: Sequence[float]) -> dict[str, float | None]:
    """Return p50, p90, p99 by nearest rank: each is a value that was measured."""
    ordered = sorted(values)
    return {
        f"p{rank}": ordered[max(0, math.ceil(rank / 100 * len(ordered)) - 1)] if ordered else None
        for rank in (50, 90, 99)
    }


def online_lines(result: dict[str, Any]) -> list[str]:
    """Return the table, one line a level."""
    lines = [
        f"clients  answers/s  within {result['goodput_limit_seconds']:g} s/s  first token, between, end to end (p50 p90 p99, s)"
    ]
    for level in result["levels"]:
        times = (level[key] for key in ("time_to_first_token_seconds", "inter_token_seconds", "end_to_end_seconds"))
        words = " | ".join(" ".join(f"{t[p]:.3f}" for p in ("p50", "p90", "p99")) for t in times)
        lines.append(
            f"{level['clients']:7}  {level['assessments_per_second']:9.2f}  {level['goodput_per_second']:12.2f}  {words}"
        )
    return lines
