"""A vLLM server over HTTP as an answerer: the same requests as the engine in this process, sent side by side.

The prompt goes out as token ids, so the server adds no second BOS and applies no template of its own. A request whose
server went away is sent again: greedy answers are the same from whichever server behind a balancer takes it next.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from bini.engine import Completion, Request, Step
from bini.errors import BiniError
from bini.prompts import end_of_turn

MAX_SIDE_BY_SIDE = 64
TIMEOUT_SECONDS = 600
PAUSES_SECONDS = (0.5, 1.0, 2.0)  # before a request is sent again
GONE = (502, 503, 504)  # a balancer's words for a server that went away


class RemoteEngine:
    """Answers through `url`'s /v1/completions with the model served as `model`."""

    def __init__(self, url: str, model: str, tokenizer: Any, seed: int) -> None:
        self.tokenizer = tokenizer
        self._model = model
        self._seed = seed
        self._stop_id = end_of_turn(tokenizer)
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS)
        self._pool = ThreadPoolExecutor(MAX_SIDE_BY_SIDE)

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer requests side by side; the answers come in the requests' order."""
        return list(self._pool.map(self._answer, requests))

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def _answer(self, request: Request) -> Completion:
        body = request_body(request, self._model, self._seed, self._stop_id)
        try:
            result = self._post(body).raise_for_status().json()
        except httpx.HTTPError as error:
            raise BiniError(f"The model server did not answer: {error}.\nSee its log, and start it again.") from error
        return Completion(
            text=result["choices"][0]["text"],
            finish_reason=result["choices"][0]["finish_reason"],
            prompt_tokens=result["usage"]["prompt_tokens"],
            generated_tokens=result["usage"]["completion_tokens"],
            steps=_steps(request, result["choices"][0]["logprobs"]) if request.watched else (),
        )

    def _post(self, body: dict[str, Any]) -> httpx.Response:
        """Send one request; again, after a pause, where the server went away under it."""
        for pause in PAUSES_SECONDS:
            try:
                answer = self._client.post("/v1/completions", json=body)
                if answer.status_code not in GONE:
                    return answer
            except httpx.TimeoutException:
                raise  # the server is there, and slow
            except httpx.TransportError:
                pass
            time.sleep(pause)
        return self._client.post("/v1/completions", json=body)


def request_body(request: Request, model: str, seed: int, stop_id: int) -> dict[str, Any]:
    """Return what /v1/completions is sent: greedy, every sampling default of the server overridden."""
    body: dict[str, Any] = {
        "model": model,
        "prompt": request.prompt_ids,
        "max_tokens": request.max_tokens,
        "temperature": 0.0,
        "top_p": 1.0,
        "top_k": 0,
        "min_p": 0.0,
        "repetition_penalty": 1.0,
        "seed": seed,
        "stop_token_ids": [stop_id],
    }
    if request.guide is not None:
        body["structured_outputs"] = {"json": request.guide}
    if request.watched:
        body |= {"logprobs": 1, "logprob_token_ids": list(request.watched), "return_tokens_as_token_ids": True}
    return body


def _steps(request: Request, logprobs: dict[str, Any]) -> tuple[Step, ...]:
    """Read the server's log-probabilities; its tokens are named "token_id:123"."""
    named = [{int(k.removeprefix("token_id:")): v for k, v in found.items()} for found in logprobs["top_logprobs"]]
    tokens = [int(name.removeprefix("token_id:")) for name in logprobs["tokens"]]
    return tuple(
        Step(token, {watched: found[watched] for watched in request.watched})
        for token, found in zip(tokens, named, strict=True)
    )
