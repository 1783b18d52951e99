"""The gateway over a scripted answerer: the API, its limits, and who may come in."""

import asyncio
import io
import json
import logging
import re
import time
from concurrent.futures import ThreadPoolExecutor

import docx
import httpx
import openpyxl
import pytest
from conftest import ScriptedEngine
from fastapi.testclient import TestClient
from gateway_pieces import NOBODY, QuotingEngine, make_gateway

from bini.commands.kept import STORE
from bini.errors import BiniError
from bini.recipe import Recipe
from bini.serve import check_keys, served_name
from bini.serve.gateway import create_app
from bini.serve.health_routes import answers
from bini.serve.limits import Limits
from bini.serve.tokens import OneAtATime
from bini.serve.upstream import check_port
from bini.store import DEFAULT_STORE

ANSWER = '{"1":["ATBC 2%","대응"],"2":["미백 앰플","대응"],"risk_level":"높음"}'
ASKED = {"user_query": "ATBC 2% 미백 앰플", "claim_text": "ATBC를 포함하는 화장료.", "elements": ["ATBC", "화장료"]}
PATENTS = [
    {"regit_num": "1", "claim_text": "c", "elements": ["알부틴"]},
    {"regit_num": "2", "claim_text": "c", "elements": ["ATBC"]},
    {"regit_num": "3", "claim_text": "c", "elements": ["레티놀"]},
]
PRODUCT = "ATBC 2%와 레티놀 무첨가 앰플"


@pytest.fixture
def gateway_of(tmp_path, recipe):
    made = []

    def make(*script, **changes):
        engine = ScriptedEngine(*script) if script else QuotingEngine()
        made.append(make_gateway(tmp_path, recipe, **({"engine": engine} | changes)))
        return made[-1]

    yield make
    for gateway in made:
        gateway.store.close()


@pytest.fixture
def client(gateway_of, make_case, make_label):
    def make(*script, **changes):
        known = (make_case(label=make_label()),)
        return TestClient(create_app(gateway_of(*script, **({"known": known} | changes))))

    return make


@pytest.fixture(scope="module")
def refusing(tmp_path_factory):
    """A client for what is refused whatever came before; it is made once."""
    gateway = make_gateway(tmp_path_factory.mktemp("refusing"), Recipe(name="test", base_model="embedded:tiny-random"))
    yield TestClient(create_app(gateway))
    gateway.store.close()


@pytest.fixture
def working(client):
    """A client of a gateway whose jobs run."""
    with client() as running:
        yield running


def finished(client, job_id):
    with client.stream("GET", f"/v1/jobs/{job_id}/events") as answer:
        events = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    assert events[-1]["state"] == "finished"
    return events


def test_a_product_and_a_claim_give_an_assessment_with_disclaimer(client):
    answer = client(ANSWER).post("/v1/assessments", json=ASKED)
    assert answer.status_code == 200
    assert answer.json()["assessment"]["risk_level"] == "높음"
    assert "법률 자문이 아닙니다" in answer.json()["disclaimer"]


def test_a_known_patent_is_asked_about_by_its_number(client):
    answer = client(ANSWER).post("/v1/assessments", json={"user_query": "ATBC 2% 미백 앰플", "regit_num": "1"})
    assert [row["patent_element"] for row in answer.json()["assessment"]["comparisons"]] == ["ATBC", "미백 화장료"]


def test_many_claims_are_answered_riskiest_first_and_each_is_kept(client):
    made = client()
    answer = made.post("/v1/assessments", json={"user_query": PRODUCT, "patents": PATENTS}).json()
    assert [(row["regit_num"], row["assessment"]["risk_level"]) for row in answer["results"]] == [
        ("2", "높음"),
        ("1", "애매"),
        ("3", "낮음"),
    ]
    assert answer["assessment"] == answer["results"][0]["assessment"]
    page = made.get("/v1/assessments").json()
    assert page["total"] == 3 and {item["assessment_id"] for item in page["items"]} == {
        row["assessment_id"] for row in answer["results"]
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"user_query": "x"}, 422),
        ({"user_query": "x", "regit_num": "404"}, 404),
        ({"user_query": " ", "claim_text": "c"}, 422),
        ({**ASKED, "schema": {}}, 422),
        ({**ASKED, "user_query": "x" * 20_001}, 422),
        ({**ASKED, "elements": ["x"] * 41}, 422),
        ({"user_query": "x", "patents": PATENTS * 20}, 422),
        ({**ASKED, "patents": PATENTS}, 422),
        ({"user_query": "x", "patents": []}, 422),
        ([], 422),
    ],
)
def test_a_request_that_cannot_be_answered_says_so(refusing, body, status):
    answer = refusing.post("/v1/assessments", json=body)
    assert answer.status_code == status and isinstance(answer.json()["detail"], str) and answer.json()["detail"]


@pytest.mark.parametrize(
    "content", [b'{"user_query": "\\ud800", "claim_text": "c"}', b"[" * 100_000, b"{", b"\xff", b'{"user_query": NaN}']
)
def test_broken_json_is_refused_in_the_same_shape(refusing, content):
    answer = refusing.post("/v1/assessments", content=content, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422) and isinstance(answer.json()["detail"], str)


def test_a_product_too_long_for_the_model_is_the_clients_matter(client):
    answer = client(ANSWER).post("/v1/assessments", json={**ASKED, "user_query": "가" * 6000})
    assert answer.status_code == 422 and "max_model_len" in answer.json()["detail"]


def test_an_answer_that_cannot_be_read_is_the_servers_matter(client):
    assert client("{").post("/v1/assessments", json=ASKED).status_code == 502


@pytest.mark.parametrize(
    ("health", "readiness", "is_ready"),
    [(200, 404, True), (503, 404, False), (503, 200, True), (503, 503, False)],  # the last two are a router's
)
def test_one_of_several_servers_is_enough_to_be_ready(health, readiness, is_ready):
    def reply(request):
        return httpx.Response({"/health": health, "/readiness": readiness}[request.url.path])

    async def asked():
        async with httpx.AsyncClient(base_url=NOBODY, transport=httpx.MockTransport(reply)) as upstream:
            return await answers(upstream)

    assert asyncio.run(asked()) == is_ready


def test_health_says_live_but_not_ready_where_vllm_is_gone(client):
    answer = client().get("/health")
    assert answer.status_code == 503
    assert answer.json() == {"live": True, "ready": False, "model": "test"}


@pytest.mark.parametrize("field", ["structured_outputs", "response_format", "chat_template", "guided_json", "tools"])
def test_no_client_sends_a_grammar_or_a_template(refusing, field):
    body = {"messages": [{"role": "user", "content": "hi"}], field: {}}
    assert refusing.post("/v1/chat/completions", json=body).status_code == 422


def test_a_claim_text_is_taken_apart_with_its_parents(client):
    text = "[청구항 1] 물 및 기름을 포함하는 화장료.\n[청구항 2] 제1항에 있어서, 향료를 더 포함하는 화장료."
    claims = client().post("/v1/claims", json={"claim_text": text}).json()
    assert [claim["number"] for claim in claims] == [1, 2] and claims[1]["depends_on"] == [1]
    assert "물" in claims[0]["elements"] and "물" in claims[1]["elements"]


def test_a_job_is_worked_through_and_its_progress_streamed(working):
    products = [{"product_id": f"p{n}", "user_query": PRODUCT} for n in range(5)]
    job = working.post("/v1/jobs", json={"products": products, "patents": PATENTS}).json()
    assert job["total"] == 15
    assert finished(working, job["job_id"])[-1]["done"] == 15
    rows = working.get(f"/v1/jobs/{job['job_id']}/results").json()
    assert [row["risk_level"] for row in rows] == ["높음"] * 5 + ["애매"] * 5 + ["낮음"] * 5
    content = working.get(f"/v1/jobs/{job['job_id']}/export?format=xlsx").content
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == ["결과", "제품 x 특허"]
    assert working.post(f"/v1/jobs/{job['job_id']}/cancel").status_code == 409


def test_a_batch_is_uploaded_as_tables(working):
    files = {
        "products": ("p.csv", "id,text\na,ATBC 앰플\nb,알부틴 크림\n".encode()),
        "patents": ("q.jsonl", json.dumps(PATENTS[1]).encode()),
    }
    job = working.post("/v1/uploads", files=files, data={"regit_nums": "1"})
    assert job.status_code == 202 and job.json()["total"] == 4 and job.json()["name"] == "p.csv"
    assert finished(working, job.json()["job_id"])[-1]["failed"] == 0


@pytest.mark.parametrize(
    ("files", "data", "status"),
    [
        ({"products": ("p.csv", b"id\n1\n")}, {"regit_nums": "1"}, 422),
        ({"products": ("p.xlsx", b"no zip")}, {"regit_nums": "1"}, 422),
        ({"products": ("p.csv", b"id,text\n1,a\n")}, {}, 422),
        ({"products": ("p.csv", b"id,text\n1,a\n")}, {"regit_nums": "404"}, 404),
        ({}, {"regit_nums": "1"}, 422),
    ],
)
def test_an_upload_that_cannot_be_used_says_why(refusing, files, data, status):
    answer = refusing.post("/v1/uploads", files=files, data=data)
    assert answer.status_code == status and isinstance(answer.json()["detail"], str)


def test_a_cancelled_job_keeps_what_is_answered(client):
    idle = client()  # its jobs do not run
    job = idle.post("/v1/jobs", json={"products": [{"product_id": "p", "user_query": "x"}], "patents": PATENTS}).json()
    assert idle.post(f"/v1/jobs/{job['job_id']}/cancel").json()["state"] == "cancelled"
    assert idle.get("/v1/jobs").json()[0]["state"] == "cancelled"
    assert idle.get("/v1/jobs/none").status_code == 404


def test_a_job_goes_on_after_a_restart(client, gateway_of):
    idle = client()
    job = idle.post("/v1/jobs", json={"products": [{"product_id": "p", "user_query": "x"}], "patents": PATENTS}).json()
    with TestClient(create_app(gateway_of())) as again:
        assert finished(again, job["job_id"])[-1]["done"] == 3


def test_a_review_changes_the_chart_and_the_export_and_becomes_a_case(client):
    made = client()
    asked = made.post("/v1/assessments", json={"user_query": PRODUCT, **PATENTS[1]}).json()
    path = f"/v1/assessments/{asked['results'][0]['assessment_id']}"
    correction = {"element": 1, "decision": "corrected", "match": "판단불가", "reason": "CAS 번호가 없다"}
    assert made.post(f"{path}/reviews", json={**correction, "reason": ""}).status_code == 422
    assert made.post(f"{path}/reviews", json=correction).status_code == 201
    assert made.post("/v1/assessments/none/reviews", json=correction).status_code == 404
    assert made.get(path).json()["reviewed_risk_level"] == "애매"
    content = made.get("/v1/exports", params={"assessment_id": path.rpartition("/")[2], "format": "docx"}).content
    cells = [c.text for t in docx.Document(io.BytesIO(content)).tables for r in t.rows for c in r.cells]
    assert "△ 판단불가" in cells
    assert json.loads(made.get("/v1/reviewed-cases").text)["label"]["risk_level"] == "애매"
    actions = [entry["action"] for entry in made.get("/v1/audit").json()]
    assert actions == ["export", "export", "corrected", "assess"]


def test_what_is_done_leaves_one_row_each_with_who_did_it(client, gateway_of):
    gateway = gateway_of(needs_key=True)
    key = {"authorization": f"Bearer {gateway.store.make_key('alice')}"}
    alice = f"key {gateway.store.list_keys()[0].key_id}"
    with TestClient(create_app(gateway), headers=key) as made:
        asked = made.post("/v1/assessments", json={"user_query": PRODUCT, "patents": PATENTS}).json()
        ids = [result["assessment_id"] for result in asked["results"]]
        made.post(f"/v1/assessments/{ids[0]}/reviews", json={"element": 1, "decision": "accepted"})
        products = [{"product_id": "p", "user_query": "x"}]
        job_id = made.post("/v1/jobs", json={"products": products, "patents": PATENTS}).json()["job_id"]
        finished(made, job_id)
        for path in (
            f"exports?assessment_id={ids[0]}&assessment_id={ids[1]}",
            "reviewed-cases",
            f"jobs/{job_id}/export",
        ):
            assert made.get(f"/v1/{path}").status_code == 200
        rows = made.get("/v1/audit").json()[::-1]
    batch = [pair.assessment_id for pair in gateway.store.pairs(job_id)]
    of = {action: [row["subject"] for row in rows if row["action"] == action] for action in ("assess", "export")}
    assert sorted(of["assess"]) == sorted(ids + batch)
    assert of["export"] == [f"{ids[0]} {ids[1]}", "reviewed cases", job_id]
    assert [row["subject"] for row in rows if row["action"] == "accepted"] == [ids[0]]
    assert {row["actor"] for row in rows if row["action"] not in ("make key", "job finished")} == {alice}


def test_a_pair_without_an_answer_leaves_a_row_too(client):
    made = client("no JSON")
    assert made.post("/v1/assessments", json={"user_query": PRODUCT, **PATENTS[1]}).status_code == 502
    assert [(row["action"], row["subject"]) for row in made.get("/v1/audit").json()] == [("no answer", "2")]


def test_the_library_answers_by_number_before_the_recipe(client):
    made = client()
    body = {"claim_text": "알부틴을 포함하는 것.", "elements": ["알부틴"]}
    assert made.put("/v1/library/patents/1", json=body).status_code == 200
    answer = made.post("/v1/assessments", json={"user_query": "알부틴 크림", "regit_num": "1"}).json()
    assert [row["patent_element"] for row in answer["assessment"]["comparisons"]] == ["알부틴"]
    assert [patent["source"] for patent in made.get("/v1/library/patents").json()] == ["library"]
    assert made.delete("/v1/library/patents/1").status_code == 204
    assert made.get("/v1/library/patents").json()[0]["source"] == "recipe"
    addition = {"canonical": "Testium", "korean": "테스튬", "cas": "77-90-8"}
    assert "check digit" in made.put("/v1/library/glossary", json=[addition]).json()["detail"]


def test_metrics_count_by_route_and_not_by_id(client):
    made = client()
    made.post("/v1/assessments", json={"user_query": PRODUCT, "patents": PATENTS})
    made.get("/v1/jobs/secret-id")
    text = made.get("/metrics").text
    assert 'bini_assessments_total{risk_level="높음"} 1.0' in text and "secret-id" not in text
    assert 'bini_requests_total{method="GET",route="/v1/jobs/{job_id}",status="404"} 1.0' in text
    assert re.search(r'bini_tokens_total\{kind="generated"\} 21.0', text)


def test_every_answer_carries_the_security_headers(refusing):
    for path in ("/", "/health", "/v1/jobs/none", "/nowhere"):
        headers = refusing.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"] and headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in refusing.get("/health", headers={"origin": "http://evil"}).headers


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}]
)
def test_another_sites_page_cannot_ask(refusing, headers):
    assert refusing.post("/v1/assessments", json=ASKED, headers=headers).status_code == 403


def test_only_names_of_this_machine_are_answered(client):
    made = client(allowed_hosts=("127.0.0.1", "localhost", "[::1]"))
    assert made.get("/health", headers={"host": "rebound.example"}).status_code == 403
    for host in ("127.0.0.1:8000", "localhost", "[::1]:8000", "[::1]"):
        assert made.get("/v1/jobs", headers={"host": host}).status_code == 200


def test_beyond_loopback_nothing_is_told_without_a_key(client, gateway_of):
    gateway = gateway_of(needs_key=True)
    secret = gateway.store.make_key("tester")
    made = TestClient(create_app(gateway))
    for path in ("/v1/assessments", "/metrics", "/openapi.json", "/v1/models"):
        assert made.get(path).status_code == 401
        assert made.get(path, headers={"authorization": "Bearer wrong"}).status_code == 401
    assert made.get("/").status_code == 200 and made.get("/health").status_code == 503
    assert made.get("/v1/assessments", headers={"authorization": f"Bearer {secret}"}).status_code == 200
    assert made.get("/v1/assessments", headers={"x-api-key": secret}).status_code == 200


def test_the_gateway_does_not_open_to_the_network_without_a_key(gateway_of):
    store = gateway_of().store
    with pytest.raises(BiniError, match=r"bini key make.*SSH tunnel"):
        check_keys(store, "0.0.0.0")
    store.make_key("tester")
    check_keys(store, "0.0.0.0")


def test_too_much_at_once_is_refused_with_the_time_to_come_back(client):
    made = client(limits=Limits(max_requests_per_minute=3))
    answers = [made.get("/v1/jobs") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_a_body_that_is_too_large_is_refused(client):
    made = client(limits=Limits(max_body_bytes=1000))
    assert made.post("/v1/assessments", content=b"x" * 1001).status_code == 413

    def chunks():
        yield from [b"x" * 600] * 2

    assert made.post("/v1/assessments", content=chunks()).status_code == 413


def test_a_job_of_too_many_pairs_is_refused(client):
    made = client(limits=Limits(max_job_pairs=2))
    body = {"products": [{"product_id": "p", "user_query": "x"}], "patents": PATENTS}
    assert made.post("/v1/jobs", json=body).status_code == 413
    full = client(limits=Limits(max_open_jobs=1))
    assert [full.post("/v1/jobs", json=body).status_code for _ in range(2)] == [202, 429]


def test_no_log_and_no_refusal_repeats_a_products_text(client, caplog):
    with caplog.at_level(logging.DEBUG):
        made = client()
        made.post("/v1/assessments", json={"user_query": "극비성분 앰플", **PATENTS[1]})
        refused = made.post("/v1/assessments", json={"user_query": "극비성분", "patents": "극비성분"})
    assert refused.status_code == 422 and "극비성분" not in refused.text and "극비성분" not in caplog.text


def test_openapi_has_examples_and_names_every_refusal(refusing):
    described = refusing.get("/openapi.json").json()
    assert described["components"]["schemas"]["AssessmentRequest"]["examples"][0]["user_query"]
    for path, methods in described["paths"].items():
        if path.startswith("/v1/"):
            assert all({"401", "413", "422", "429"} <= set(one["responses"]) for one in methods.values()), path


def test_a_tokenizer_is_used_by_one_thread_at_a_time():
    class Fragile:
        name = "fragile"
        is_busy = False

        def encode(self, text):
            assert not self.is_busy
            self.is_busy = True
            time.sleep(0.001)
            self.is_busy = False
            return text

    tokenizer = OneAtATime(Fragile())
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(tokenizer.encode, "abcdefgh" * 5)) == list("abcdefgh" * 5)
    assert tokenizer.name == "fragile"


def test_the_command_line_and_the_store_mean_the_same_file():
    assert STORE == DEFAULT_STORE


def test_an_upstream_where_nothing_listens_is_said():
    with pytest.raises(BiniError, match="no vLLM answers there"):
        served_name(NOBODY)


def test_a_taken_port_is_said():
    import socket

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(BiniError, match="Use --port with another"):
            check_port("127.0.0.1", holder.getsockname()[1])
