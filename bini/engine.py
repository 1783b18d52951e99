"""The engine: vLLM, the only room that imports it, with the same settings for every command that answers.

    with Engine(model_folder, recipe) as engine:
        completions = engine.generate([Request(prompt_ids=[2, 105, …], max_tokens=168, schema={…})])

Sampling is explicit and greedy: defaults from a model's generation_config.json do not leak in.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bini.errors import BiniError
from bini.hardware import profile
from bini.published import published_folder
from bini.recipe import Recipe
from bini.runs import run_of
from bini.weights import base_model_path

STRUCTURED_OUTPUTS = {"backend": "xgrammar", "disable_any_whitespace": True}


@dataclass(frozen=True)
class Request:
    """One prompt as token ids; `schema` is the JSON schema to hold the answer to, None leaves it free."""

    prompt_ids: list[int]
    max_tokens: int
    schema: dict[str, Any] | None
    watched: tuple[int, ...] = ()  # token ids whose log-probability is wanted at every step
    copied: dict[str, Any] | None = None  # what the schema is told of the text that quotes are copied from

    @property
    def guide(self) -> dict[str, Any] | None:
        """The schema as BINI's vLLM takes it, with the text to copy from."""
        return None if self.schema is None else self.schema | (self.copied or {})


@dataclass(frozen=True)
class Step:
    """One token that was written, and how likely (nats) each watched token was in its place."""

    token: int
    log_probabilities: dict[int, float]


@dataclass(frozen=True)
class Completion:
    """What the model wrote; `finish_reason` is "length" where max_tokens cut it off."""

    text: str
    finish_reason: str
    prompt_tokens: int
    generated_tokens: int
    steps: tuple[Step, ...] = ()  # empty where nothing was watched, or the answerer cannot tell


class Answerer(Protocol):
    """Whatever answers requests in their order: this room's Engine, a server, or a script in a test."""

    @property
    def tokenizer(self) -> Any: ...

    def generate(self, requests: Sequence[Request]) -> list[Completion]: ...


class Engine:
    """vLLM over one model folder, in this process."""

    def __init__(self, model: str, recipe: Recipe, *, enable_prefix_caching: bool = True) -> None:
        prepare_environment(recipe)
        print(f"Loading {model} into vLLM …", file=sys.stderr, flush=True)
        from vllm import LLM

        self._llm = LLM(**engine_arguments(model, recipe), enable_prefix_caching=enable_prefix_caching)
        self.tokenizer = self._llm.get_tokenizer()
        from bini.prompts import end_of_turn

        self._stop_id = end_of_turn(self.tokenizer)
        self._seed = recipe.seed

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer requests in one batch; the answers come in the requests' order."""
        outputs = self._llm.generate(
            [{"prompt_token_ids": request.prompt_ids} for request in requests],
            [self._sampling(request) for request in requests],
            use_tqdm=sys.stderr.isatty(),
        )
        return [
            Completion(
                text=output.outputs[0].text,
                finish_reason=output.outputs[0].finish_reason or "abort",
                prompt_tokens=len(output.prompt_token_ids or ()),
                generated_tokens=len(output.outputs[0].token_ids),
                steps=_steps(request, output.outputs[0]),
            )
            for request, output in zip(requests, outputs, strict=True)
        ]

    def score(self, pairs: Sequence[tuple[list[int], list[int]]]) -> list[list[float]]:
        """Return, per (context ids, completion ids), the log-probability of each of the completion's tokens.

        Each token is asked for by generating one after all before it: what completions share is asked once, and the
        prefix cache holds the context. (prompt_logprobs would compute the whole vocabulary at every prompt token.)
        """
        from vllm import SamplingParams

        wanted: dict[tuple[int, ...], set[int]] = {}
        for context, completion in pairs:
            for i, token in enumerate(completion):
                wanted.setdefault((*context, *completion[:i]), set()).add(token)
        outputs = self._llm.generate(
            [{"prompt_token_ids": list(prefix)} for prefix in wanted],
            [SamplingParams(temperature=0.0, max_tokens=1, logprob_token_ids=sorted(ids)) for ids in wanted.values()],
            use_tqdm=sys.stderr.isatty(),
        )
        found = {prefix: output.outputs[0].logprobs[0] for prefix, output in zip(wanted, outputs, strict=True)}
        return [
            [found[(*context, *completion[:i])][token].logprob for i, token in enumerate(completion)]
            for context, completion in pairs
        ]

    def _sampling(self, request: Request) -> Any:
        from vllm import SamplingParams
        from vllm.sampling_params import StructuredOutputsParams

        structured = None if request.guide is None else StructuredOutputsParams(json=request.guide)
        return SamplingParams(
            temperature=0.0,
            top_p=1.0,
            top_k=0,
            min_p=0.0,
            repetition_penalty=1.0,
            seed=self._seed,
            max_tokens=request.max_tokens,
            stop_token_ids=[self._stop_id],
            structured_outputs=structured,
            logprob_token_ids=list(request.watched) or None,
        )

    def close(self) -> None:
        """Free the engine."""
        self._llm.llm_engine.engine_core.shutdown()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _steps(request: Request, written: Any) -> tuple[Step, ...]:
    if not request.watched:
        return ()
    return tuple(
        Step(token, {watched: found[watched].logprob for watched in request.watched})
        for token, found in zip(written.token_ids, written.logprobs, strict=True)
    )


def model_folder(recipe: Recipe, model: str | None = None) -> str:
    """Return the folder of `model` (a path, embedded name or hub id), or of the recipe's merged model.

    Raises:
        BiniError: the run has no merged model yet, or `model` cannot be had.
    """
    if model is not None:
        return base_model_path(model, recipe.revision)
    merged = run_of(recipe).merged
    if not (merged / "parity.json").exists() and published_folder(recipe) is not None:
        _merge_published(recipe)
    if not (merged / "parity.json").exists():
        raise BiniError(
            f"{merged} holds no merged model.\nMake it with: make merge RECIPE=recipes/{recipe.name}.yaml "
            f"(or: bini train and bini merge)."
        )
    return str(merged)


def _merge_published(recipe: Recipe) -> None:
    """Merge the published adapter in a process of its own: this one will hold the engine."""
    print("Merging the published adapter, once (about a minute) …", file=sys.stderr, flush=True)
    resolved = run_of(recipe).folder / "recipe.yaml"
    done = subprocess.run([sys.executable, "-m", "bini.cli", "merge", str(resolved)], stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise BiniError(f"The published adapter of {recipe.name} could not be merged; the reason stands above.")


def engine_arguments(model: str, recipe: Recipe) -> dict[str, Any]:
    """Return vLLM's engine arguments, the same for offline work and for the server."""
    arguments: dict[str, Any] = {
        "model": model,
        "dtype": profile().dtype,
        "enforce_eager": profile().enforce_eager if recipe.engine.compile is None else not recipe.engine.compile,
        "max_model_len": recipe.engine.max_model_len,
        "max_num_seqs": recipe.engine.max_num_seqs,
        "tensor_parallel_size": recipe.engine.tensor_parallel_size,
        "structured_outputs_config": STRUCTURED_OUTPUTS,
        "generation_config": "vllm",
        "seed": recipe.seed,
        "trust_remote_code": False,
        "disable_log_stats": True,
        "use_tqdm_on_load": False,
    }
    if profile().kind == "gpu":
        arguments["gpu_memory_utilization"] = recipe.engine.gpu_memory_utilization
        if recipe.engine.quantization is not None:
            arguments["quantization"] = recipe.engine.quantization
        arguments["limit_mm_per_prompt"] = {"image": 0}  # Gemma 3 4B is multimodal; BINI reads text
    return arguments


def prepare_environment(recipe: Recipe, *, in_process: bool = True) -> None:
    """Set the environment that vLLM reads when it is imported; what the user has set stays."""
    defaults = {"VLLM_NO_USAGE_STATS": "1", "VLLM_DO_NOT_TRACK": "1"}  # nothing leaves the machine
    if in_process:
        defaults["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"  # a second process would import the stack a second time
    if profile().kind == "cpu":
        defaults["VLLM_CPU_OMP_THREADS_BIND"] = ",".join(str(core) for core in sorted(os.sched_getaffinity(0)))
        defaults["VLLM_CPU_KVCACHE_SPACE"] = str(recipe.engine.kv_cache_gib)
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


def server_command(model: str, recipe: Recipe, port: int, host: str = "127.0.0.1") -> list[str]:
    """Return the command of vLLM's OpenAI-compatible server, with this room's engine arguments."""
    command = [sys.executable, "-m", "bini.vllm_command", "serve", model]
    options = engine_arguments(model, recipe) | {"host": host, "port": port, "served_model_name": recipe.name}
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if name == "model":
            continue
        if isinstance(value, bool):
            command.append(flag if value else flag.replace("--", "--no-", 1))
        else:
            command += [flag, json.dumps(value) if isinstance(value, dict) else str(value)]
    return command
