"""The answerer over HTTP, against a server whose transport is scripted."""

import httpx
import pytest
from conftest import WordTokenizer

from bini import remote
from bini.engine import Request
from bini.errors import BiniError
from bini.remote import PAUSES_SECONDS, RemoteEngine, request_body

ANSWER = {
    "choices": [{"text": "{}", "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 2, "completion_tokens": 1},
}


def engine_over(replies, monkeypatch):
    """An engine whose server answers with each of `replies` in turn; an exception is raised instead."""
    asked = []

    def reply(request):
        asked.append(request.content)
        answer = replies[len(asked) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(remote, "PAUSES_SECONDS", [0.0] * len(PAUSES_SECONDS))
    engine = RemoteEngine("http://127.0.0.1:9", "model", WordTokenizer(), seed=1)
    engine._client = httpx.Client(base_url="http://127.0.0.1:9", transport=httpx.MockTransport(reply))
    return engine, asked


@pytest.mark.parametrize("gone", [httpx.ConnectError("refused"), httpx.RemoteProtocolError("cut"), httpx.Response(503)])
def test_a_server_that_went_away_is_asked_again(gone, monkeypatch):
    engine, asked = engine_over([gone, gone, httpx.Response(200, json=ANSWER)], monkeypatch)
    [completion] = engine.generate([Request([2, 5], 8, None)])
    assert completion.text == "{}" and len(asked) == 3 and len(set(asked)) == 1


def test_a_server_that_stays_away_is_an_error(monkeypatch):
    tries = len(PAUSES_SECONDS) + 1
    engine, asked = engine_over([httpx.ConnectError("refused")] * tries, monkeypatch)
    with pytest.raises(BiniError, match="did not answer: refused"):
        engine.generate([Request([2, 5], 8, None)])
    assert len(asked) == tries


@pytest.mark.parametrize("final", [httpx.ReadTimeout("slow"), httpx.Response(400, json={}), httpx.Response(500)])
def test_what_asking_again_would_not_mend_is_asked_once(final, monkeypatch):
    engine, asked = engine_over([final], monkeypatch)
    with pytest.raises(BiniError, match="did not answer"):
        engine.generate([Request([2, 5], 8, None)])
    assert len(asked) == 1


def test_a_server_is_told_what_quotes_are_copied_from():
    request = Request([2, 5], 8, {"type": "object"}, copied={"x-bini-quotes": {"text": "앰플"}})
    body = request_body(request, "model", 1, 9)
    assert body["structured_outputs"] == {"json": {"type": "object", "x-bini-quotes": {"text": "앰플"}}}
    assert "structured_outputs" not in request_body(Request([2, 5], 8, None, copied={"x": 1}), "model", 1, 9)
