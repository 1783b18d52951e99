"""The gateway over a scripted answerer."""

import pytest
from conftest import ScriptedEngine
from fastapi.testclient import TestClient

from bini.errors import BiniError
from bini.serve.gateway import create_app
from bini.serve.upstream import check_port

ANSWER = '{"1":["ATBC 2%","대응"],"2":["미백 앰플","대응"],"risk_level":"높음"}'
ASKED = {"user_query": "ATBC 2% 미백 앰플", "claim_text": "ATBC를 포함하는 화장료.", "elements": ["ATBC", "화장료"]}
NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens


@pytest.fixture
def client(recipe, make_case, make_label):
    def make(*script):
        return TestClient(create_app(ScriptedEngine(*script), recipe, NOBODY, [make_case(label=make_label())]))

    return make


def test_a_product_and_a_claim_give_an_assessment_with_disclaimer(client):
    answer = client(ANSWER).post("/v1/assessments", json=ASKED)
    assert answer.status_code == 200
    assert answer.json()["assessment"]["risk_level"] == "높음"
    assert "법률 자문이 아닙니다" in answer.json()["disclaimer"]


def test_a_known_patent_is_asked_about_by_its_number(client):
    answer = client(ANSWER).post("/v1/assessments", json={"user_query": "ATBC 2% 미백 앰플", "regit_num": "1"})
    assert [row["patent_element"] for row in answer.json()["assessment"]["comparisons"]] == ["ATBC", "미백 화장료"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"user_query": "x"}, 422),
        ({"user_query": "x", "regit_num": "404"}, 404),
        ({"user_query": " ", "claim_text": "c"}, 422),
        ({**ASKED, "schema": {}}, 422),
        ({**ASKED, "user_query": "x" * 20_001}, 422),
        ([], 422),
    ],
)
def test_a_request_that_cannot_be_answered_says_so(client, body, status):
    answer = client(ANSWER).post("/v1/assessments", json=body)
    assert answer.status_code == status and answer.json()["detail"]


def test_a_product_too_long_for_the_model_is_the_clients_matter(client):
    answer = client(ANSWER).post("/v1/assessments", json={**ASKED, "user_query": "가" * 6000})
    assert answer.status_code == 422 and "max_model_len" in answer.json()["detail"]


def test_an_answer_that_cannot_be_read_is_the_servers_matter(client):
    assert client("{").post("/v1/assessments", json=ASKED).status_code == 502


def test_health_says_live_but_not_ready_where_vllm_is_gone(client):
    answer = client().get("/health")
    assert answer.status_code == 503
    assert answer.json() == {"live": True, "ready": False, "model": "test"}


@pytest.mark.parametrize("field", ["structured_outputs", "response_format", "chat_template", "guided_json", "tools"])
def test_no_client_sends_a_grammar_or_a_template(client, field):
    body = {"messages": [{"role": "user", "content": "hi"}], field: {}}
    assert client().post("/v1/chat/completions", json=body).status_code == 422


def test_a_taken_port_is_said():
    import socket

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(BiniError, match="Use --port with another"):
            check_port("127.0.0.1", holder.getsockname()[1])
