"""Contestants on the same cases: resumable answers, fair prompts, paired verdicts, an endpoint over real HTTP."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from conftest import ScriptedEngine

from bini import compare as compare_room
from bini import engine
from bini.assess import assess
from bini.baselines import NAMES
from bini.cases import load_cases
from bini.compare import answer_all, baseline_rows, compare
from bini.compare.answering import answer_job
from bini.compare.asking import answers_of, examples_for, few_shot_messages
from bini.compare.contestant import Contestant, Model, untuned
from bini.compare.endpoint import ask_endpoint, chat_request
from bini.compare.line_up import contestants_of, models_of
from bini.compare.table import Row, as_text, comparison
from bini.errors import BiniError
from bini.predictions import read_predictions, write_predictions

HIGH = '{"1":["ATBC 2%","대응"],"2":["앰플","대응"],"risk_level":"높음"}'
LOW = '{"1":["ATBC 2%","미대응"],"2":["앰플","대응"],"risk_level":"낮음"}'


@pytest.fixture
def cases(make_case, make_label):
    """Twelve cases, alternately 높음 and 낮음."""
    labels = [("OO", "높음"), ("XO", "낮음")] * 6
    return [
        make_case(
            case_id=f"c{i}", user_query=f"ATBC 2%를 넣은 미백 앰플 {i}호", label=make_label(*label, ("ATBC 2%", "앰플"))
        )
        for i, label in enumerate(labels)
    ]


@pytest.fixture
def in_project(tmp_path, monkeypatch, recipe, cases):
    """A project folder with a recipe's cases and a merged model's marker files."""
    monkeypatch.chdir(tmp_path)
    merged = tmp_path / "outputs/test/merged"
    merged.mkdir(parents=True)
    (merged / "parity.json").write_text("{}", encoding="utf-8")
    (merged / "fingerprint").write_text("abc", encoding="utf-8")
    file = tmp_path / "cases.jsonl"
    file.write_text("".join(case.model_dump_json() + "\n" for case in cases), encoding="utf-8")
    data = recipe.data.model_copy(update={"cases": file, "labels": None})
    prompt = recipe.prompt.model_copy(update={"instructions": "short"})
    return recipe.model_copy(update={"data": data, "prompt": prompt})


def right(case):
    return HIGH if case.label.risk_level == "높음" else LOW


def row(name, cases, script, recipe):
    return Row(name, "planted", tuple(assess(cases, ScriptedEngine(*script), recipe)), 1.0, recipe.answer)


def test_the_table_pairs_everyone_with_the_first(cases, recipe):
    rows = [
        row("all right", cases, map(right, cases), recipe),
        row("always high", cases, [HIGH] * 12, recipe),
        row("broken", cases, ["{"] * 12, recipe),
    ]
    table = comparison(cases, rows)
    assert [r["metrics"]["risk_accuracy"] for r in table["rows"]] == [1.0, 0.5, 0.0]
    high, broken = table["against_reference"]
    assert (high["wins"], high["losses"], high["verdict"]) == (6, 0, "better")
    assert high["p_value"] == pytest.approx(2 / 64) and high["p_value_holm"] == pytest.approx(2 / 64)
    assert (broken["wins"], broken["p_value_holm"]) == (12, pytest.approx(2 * 2 / 4096))
    assert [d["case_id"] for d in high["discordant"]] == ["c1", "c3", "c5", "c7", "c9", "c11"]
    assert high["discordant"][0] | {} == {
        "case_id": "c1",
        "product": cases[1].user_query,
        "label": "낮음",
        "first": "낮음",
        "second": "높음",
    }
    assert len(table["pairs"]) == 3 and table["rows"][2]["health"]["valid"] == 0
    assert "better, 6:0" in as_text(table)


def test_five_cases_to_nothing_is_said_to_be_inconclusive(cases, recipe):
    five = [right(case) if i < 2 or i % 2 == 0 else HIGH for i, case in enumerate(cases)]
    table = comparison(cases, [row("all right", cases, map(right, cases), recipe), row("nearly", cases, five, recipe)])
    verdict = table["against_reference"][0]
    assert (verdict["wins"], verdict["losses"], verdict["verdict"]) == (5, 0, "inconclusive")
    assert verdict["cases_to_settle"] > 12 and "inconclusive" in verdict["words"]


def test_examples_are_other_cases_one_per_grade_and_always_the_same(cases, recipe):
    for case in cases:
        found = examples_for(case, cases, seed=3)
        assert [example.label.risk_level for example in found] == ["높음", "낮음"]
        assert case.case_id not in [example.case_id for example in found]
        assert found == examples_for(case, cases, seed=3)
    family = [case.model_copy(update={"group": "one"}) for case in cases]
    assert examples_for(family[0], family, seed=3) == []


def test_few_shot_shows_the_gold_answer_of_examples_and_not_of_the_case(cases, recipe):
    chat = few_shot_messages(cases[0], recipe, cases)
    assert [message["role"] for message in chat] == ["user", "assistant", "user", "assistant", "user"]
    assert chat[1]["content"] == HIGH and chat[3]["content"] == LOW
    assert cases[0].user_query in chat[4]["content"] and cases[0].user_query not in chat[0]["content"]


def test_free_and_guided_few_shot_differ_in_the_schema_only(cases, recipe):
    room = untuned(recipe)
    asked = {}
    for decoding in ("guided", "free"):
        engine = ScriptedEngine(*[HIGH] * 12)
        assert len(answers_of(cases, engine, room, decoding, "few-shot", cases)) == 12
        asked[decoding] = engine.asked
    assert all(request.schema for request in asked["guided"]) and not any(request.schema for request in asked["free"])
    assert [r.prompt_ids for r in asked["guided"]] == [r.prompt_ids for r in asked["free"]]


def test_an_untuned_model_is_asked_with_the_full_instructions(in_project):
    tuned, base = models_of([in_project], (), ())
    assert tuned.recipe.prompt.instructions == "short" and base.recipe.prompt.instructions == "full"
    names = [contestant.name for contestant in contestants_of([tuned, base])]
    assert names == [
        "tuned test · guided · zero-shot",
        "tuned test · free · zero-shot",
        "base of test · guided · zero-shot",
        "base of test · free · zero-shot",
        "base of test · guided · few-shot",
        "base of test · free · few-shot",
    ]


def test_training_cases_of_two_files_may_share_a_name(in_project, cases, tmp_path, monkeypatch):
    read = [*cases[:1], cases[1].model_copy(update={"case_id": cases[0].case_id})]
    monkeypatch.setattr(compare_room, "known_training_cases", lambda recipe: read)
    compare(
        [in_project],
        decodings=("guided",),
        shots=("zero-shot",),
        answer=lambda job: answer_job(json.loads(job.read_text(encoding="utf-8")), ScriptedEngine(*[HIGH] * 12)),
    )
    examples = load_cases(tmp_path / "outputs/test/compare/cases/examples.jsonl")
    assert [case.user_query for case in examples] == [case.user_query for case in read]


@pytest.mark.parametrize("text", ["localhost:8000", "http://127.0.0.1:8000/v1", "ftp://x#m"])
def test_an_endpoint_without_url_or_model_is_refused(in_project, text):
    with pytest.raises(BiniError, match="URL#MODEL"):
        models_of([in_project], (), [text])


def test_a_job_writes_each_task_and_what_is_there_is_not_asked_again(in_project, tmp_path):
    contestants = contestants_of(models_of([in_project], (), ()), ("guided",), ("zero-shot",))
    asked = []

    def here(job_file):  # the answering process, in this process, with a script for vLLM
        job = json.loads(job_file.read_text(encoding="utf-8"))
        answer_job(job, ScriptedEngine(*[HIGH] * 12))
        asked.append(job["name"])

    def compared():
        return compare([in_project], decodings=("guided",), shots=("zero-shot",), answer=here)

    result = compared()
    assert asked == ["tuned test", "base of test"]
    assert [r["metrics"]["risk_accuracy"] for r in result["rows"][:2]] == [0.5, 0.5]
    assert [r["name"] for r in result["rows"][2:]] == ["baseline: majority", "baseline: tfidf", "baseline: rule"]
    assert result["cases_seen_in_training"] == 12 and result["protocol"] == "resubstitution"
    folder = tmp_path / "outputs/test/compare/cases"
    assert json.loads((folder / "comparison.json").read_text(encoding="utf-8"))["reference"] == contestants[0].name
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "trained on 12 of these 12 cases" in page and "out of fold" in page and "untuned, full instructions" in page
    compared()
    assert asked == ["tuned test", "base of test"]  # nothing was asked twice
    (tmp_path / "outputs/test/merged/fingerprint").write_text("other weights", encoding="utf-8")
    compared()
    assert asked[2:] == ["tuned test"]


def test_a_model_that_does_not_answer_is_named_with_its_last_words(in_project, cases, tmp_path):
    nowhere = Model("nowhere", str(tmp_path / "missing"), untuned(in_project), is_tuned=False)
    with pytest.raises(BiniError, match=r"nowhere did not answer \(exit code 2\)"):
        answer_all([Contestant(nowhere, "guided", "zero-shot")], cases, cases, tmp_path / "out")


class ChatServer(BaseHTTPRequestHandler):
    """A chat-completions server that always answers HIGH, and remembers what it was asked."""

    asked: ClassVar[list] = []
    status = 200

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, body))
        choice = {"message": {"content": HIGH}, "finish_reason": "stop"}
        answer = {"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 5}}
        data = json.dumps(answer if self.status == 200 else {"error": "no such model"}).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    ChatServer.asked, ChatServer.status = [], 200
    with HTTPServer(("127.0.0.1", 0), ChatServer) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


def test_an_endpoint_gets_chat_messages_and_a_schema_where_guided(server, in_project, cases):
    model = models_of([in_project], (), [f"{server}/v1#some-model"])[-1]
    found = ask_endpoint(Contestant(model, "guided", "few-shot"), cases, cases)
    assert [p.case_id for p in found] == [case.case_id for case in cases]
    assert found[0].assessment.risk_level == "높음" and found[0].generated_tokens == 5
    path, body = ChatServer.asked[0]
    assert path == "/v1/chat/completions" and body["model"] == "some-model" and body["temperature"] == 0.0
    assert body["response_format"]["json_schema"]["schema"]["required"] == ["1", "2", "risk_level"]
    assert [message["role"] for message in body["messages"]][-2:] == ["assistant", "user"]
    assert "response_format" not in chat_request(Contestant(model, "free", "zero-shot"), cases[0], cases)


def test_an_endpoints_refusal_is_quoted(server, in_project, cases):
    ChatServer.status = 404
    model = models_of([in_project], (), [f"{server}#some-model"])[-1]
    with pytest.raises(BiniError, match=r"404.*no such model"):
        ask_endpoint(Contestant(model, "free", "zero-shot"), cases[:1], cases)


def test_predictions_are_read_as_they_were_written(cases, recipe, tmp_path):
    written = assess(cases, ScriptedEngine(*[HIGH, LOW, "{"] * 4), recipe)
    write_predictions(tmp_path / "p.jsonl", written)
    assert read_predictions(tmp_path / "p.jsonl") == written
    (tmp_path / "p.jsonl").write_text('{"case_id": "x"}\n', encoding="utf-8")
    with pytest.raises(BiniError, match=r"p.jsonl:1"):
        read_predictions(tmp_path / "p.jsonl")


def test_baselines_of_a_handful_of_cases_use_the_folds_there_are(make_case, make_label, recipe):
    pairs = [("OO", "높음"), ("OX", "낮음")]
    few = [make_case(case_id=f"c{i}", label=make_label(*pairs[i % 2])) for i in range(6)]
    assert [row.name for row in baseline_rows(recipe, few, (), 6)] == [f"baseline: {n}" for n in NAMES]
    assert [row.name for row in baseline_rows(recipe, few[:2], (), 2)] == ["baseline: rule"]


def test_a_published_adapter_is_merged_before_it_is_compared(in_project, monkeypatch):
    marker = Path("outputs/test/merged/parity.json")
    marker.unlink()
    with pytest.raises(BiniError, match="holds no merged model"):
        models_of([in_project], (), ())
    monkeypatch.setattr(engine, "published_folder", lambda recipe: Path("outputs/published/test"))
    monkeypatch.setattr(engine, "_merge_published", lambda recipe: marker.write_text("{}", encoding="utf-8"))
    tuned, _ = models_of([in_project], (), ())
    assert tuned.is_tuned and tuned.model == "outputs/test/merged"
