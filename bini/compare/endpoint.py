"""Any OpenAI-compatible server as a contestant: plain chat completions, response_format json_schema where guided.

The key, where the server wants one, is read from BINI_API_KEY.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from bini.assess import prediction
from bini.cases import elements_for
from bini.compare.asking import few_shot_messages
from bini.compare.contestant import Contestant
from bini.engine import Completion
from bini.errors import BiniError
from bini.prompts import answer_schema, max_answer_tokens, messages
from bini.schema import Case, Prediction

SIDE_BY_SIDE = 8
TIMEOUT_SECONDS = 300
TOKENS_FACTOR = 4  # another tokenizer may cut Korean into four times as many


def ask_endpoint(contestant: Contestant, cases: Sequence[Case], pool: Sequence[Case]) -> list[Prediction]:
    """Return the endpoint's predictions, in order.

    Raises:
        BiniError: it cannot be reached, or refuses; its own words are quoted.
    """
    key = os.environ.get("BINI_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    url = (contestant.model.url or "").rstrip("/")
    url = url if url.endswith("/v1") else f"{url}/v1"
    with httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS) as client, ThreadPoolExecutor(SIDE_BY_SIDE) as workers:

        def ask(case: Case) -> Prediction:
            body = chat_request(contestant, case, pool)
            return prediction(case, _completion(client, f"{url}/chat/completions", body), contestant.model.recipe)

        return list(workers.map(ask, cases))


def chat_request(contestant: Contestant, case: Case, pool: Sequence[Case]) -> dict[str, Any]:
    """Return the body of one chat completion."""
    recipe, num_elements = contestant.model.recipe, len(elements_for(case))
    few = contestant.shots == "few-shot"
    body: dict[str, Any] = {
        "model": contestant.model.model,
        "messages": few_shot_messages(case, recipe, pool) if few else messages(case, recipe.prompt, recipe.answer),
        "max_tokens": TOKENS_FACTOR * max_answer_tokens(num_elements, recipe.answer),
        "temperature": 0.0,
        "seed": recipe.seed,
    }
    if contestant.decoding == "guided":
        schema = answer_schema(num_elements, recipe.answer)
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "claim_chart", "schema": schema}}
    return body


def _completion(client: httpx.Client, url: str, body: dict[str, Any]) -> Completion:
    try:
        answer = client.post(url, json=body)
        answer.raise_for_status()
        result = answer.json()
        choice, usage = result["choices"][0], result.get("usage") or {}
        return Completion(
            text=choice["message"]["content"] or "",
            finish_reason=choice.get("finish_reason") or "stop",
            prompt_tokens=usage.get("prompt_tokens", 0),
            generated_tokens=usage.get("completion_tokens", 0),
        )
    except httpx.HTTPStatusError as error:
        raise BiniError(
            f"{url} answered {error.response.status_code}: {error.response.text[:300]!r}.\n"
            "Check the model's name, BINI_API_KEY, and whether the server knows response_format json_schema."
        ) from error
    except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
        raise BiniError(f"{url} gave no chat completion ({error!r}).\nIs it an OpenAI-compatible server?") from error
