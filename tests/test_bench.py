"""The bench: figures from planted passes, peers and server by scripted processes, and comparisons with known answers."""

import asyncio
import copy
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from click.testing import CliRunner
from conftest import REPOSITORY, ScriptedEngine, WordTokenizer

from bini.bench.against import compare, load_result, notes, permutation_p, verdict
from bini.bench.answering import timed
from bini.bench.ceilings import MATRIX_GFLOP
from bini.bench.figures import answering_figures, equal_fraction, measured_card, seconds_per_token, training_figures
from bini.bench.online import Answered, ask_all, level_figures, online_lines, percentiles
from bini.bench.rows import run_row
from bini.bench.show import draw, table
from bini.engine import Request
from bini.errors import BiniError
from bini.plan.shapes import SHAPES
from bini.plan.work import answering_flops, training_flops
from bini.remote import RemoteEngine, request_body

SHAPE = SHAPES["embedded:gemma-3-270m"]
CEILINGS = {
    "status": "measured",
    "device": "cpu",
    "dtype": "float32",
    "matrix_gflop_per_second": 200.0,
    "read_gb_per_second": 20.0,
    "copy_gb_per_second": 15.0,
}
CARD = measured_card(CEILINGS, 24 * 10**9)


def passes(*seconds):
    return [
        {"seconds": s, "prompt_tokens": [100, 200], "generated_tokens": [10, 30], "texts": ["a", "b"]} for s in seconds
    ]


@pytest.fixture
def result(recipe):
    figures = answering_figures(passes(2.0, 2.1, 1.9, 2.0), recipe, SHAPE, CARD)
    row = {"status": "measured", "tokens_per_second": 300.0, "spread_fraction": 0.1, "steps": 4}
    row |= {"seconds_per_token": [0.003, 0.0031, 0.0032, 0.0033]}
    return {
        "model": "m",
        "recipe": "test",
        "cases": 2,
        "cases_hash": "x",
        "load_seconds": 30.0,
        "guided": figures,
        "free": copy.deepcopy(figures),
        "guided_overhead_fraction": 0.05,
        "guided_cold_overhead_fraction": 0.5,
        "same_answers_fraction": 1.0,
        "peers": {
            "transformers": {
                "status": "measured",
                "guided": copy.deepcopy(figures),
                "vllm_times_as_fast": 1.0,
                "equal_answers_fraction": 0.5,
            },
            "llama.cpp": {"status": "not installed: llama-cpp-python"},
        },
        "training": {"bini": row},
        "ceilings": CEILINGS,
        "environment": {
            "versions": {"torch": "2"},
            "machine": {"kind": "cpu", "device": "c", "cores": 2, "dtype": "float32"},
        },
    }


def test_figures_follow_from_the_passes(recipe):
    found = answering_figures(passes(2.0, 4.0, 2.5), recipe, SHAPE, CARD)
    assert found["median_seconds"] == 2.5
    assert found["assessments_per_second"] == 2 / 2.5
    assert found["generated_tokens_per_second"] == 40 / 2.5
    assert found["spread_fraction"] == 2.0 / 2.5
    flops = answering_flops(SHAPE, [100, 200], [10, 30])
    assert found["matrix_fraction"] == pytest.approx(flops / 2.5 / 200e9)
    reading = answering_flops(SHAPE, [100, 200], [1, 1]) / 200e9
    weights = 30 * SHAPE.parameters * 4 / 20e9  # 30 steps read the weights once each
    assert found["roofline_seconds"] == pytest.approx(reading + weights, rel=0.01)
    assert seconds_per_token(passes(2.0, 4.0, 2.5)) == 2.5 / 40


def test_without_a_known_shape_there_is_no_fraction(recipe):
    assert "roofline_fraction" not in answering_figures(passes(1.0), recipe, None, CARD)


def test_equal_answers_are_counted_letter_for_letter():
    assert equal_fraction(["a", "b", "c", "d"], ["a", "b", "c", "D"]) == 0.75


def test_training_figures_count_needed_work_and_not_padding(recipe):
    row = {
        "status": "measured",
        "step_seconds": [1.0, 3.0],
        "matrix_seconds": [0.1, MATRIX_GFLOP / 100, 9.0],  # 100 GFLOP/s in the middle, where the ceilings said 200
        "step_tokens": [100, 300],
        "lengths": [100, 300],
        "padded_tokens": 800,
        "supervised_tokens": 50,
        "largest_batch_tokens": 500,
        "largest_supervised_tokens": 40,
        "losses": [1.0],
        "start_bytes": 10**9,
        "peak_bytes": 4 * 10**9,
    }
    found = training_figures(row, recipe, SHAPE, CARD)
    assert found["tokens_per_second"] == 100
    assert found["matrix_fraction"] == pytest.approx(training_flops(SHAPE, recipe.lora, [100, 300], 50) / 4 / 100e9)
    assert found["planned_of_measured_memory"] == found["planned_bytes"] / (3 * 10**9)
    assert training_figures({"status": "failed: x"}, recipe, SHAPE, CARD) == {"status": "failed: x"}


def test_an_engine_is_timed_through_assess(recipe, make_case):
    engine = ScriptedEngine('{"1":["ATBC 2%","대응"],"2":["앰플","대응"],"risk_level":"높음"}')
    found = timed([make_case()], engine, recipe, guided=True)
    assert found["generated_tokens"] == [7] and found["seconds"] > 0
    assert engine.asked[0].schema is not None


def test_the_table_says_what_is_not_installed_and_what_was_reached(result):
    said = "\n".join(table(result))
    assert "200 GFLOP/s in float32" in said
    assert "of the roofline" in said
    assert "llama.cpp      not installed: llama-cpp-python" in said
    assert "50% of answers are letter for letter vLLM's" in said
    assert "transformers, guided" in draw(result) and draw(result) == draw(result)


def test_a_row_that_fails_says_why_and_does_not_stop_the_others():
    assert run_row("x", "bini.bench.no_such_row")["status"].startswith("failed: ")
    assert run_row("x", "json.tool", "--help")["status"].startswith("failed: ")


def test_the_permutation_p_is_exact():
    assert permutation_p([1, 2, 3, 4], [5, 6, 7, 8]) == 2 / 70
    assert permutation_p([1, 2, 3], [4, 5, 6]) == 2 / 20
    assert permutation_p([1, 2], [1, 2]) == 1.0


@pytest.mark.parametrize(
    ("new", "old", "words"),
    [
        ([1.0, 1.01, 1.02, 1.03], [2.0, 2.01, 2.02, 2.03], "faster"),
        ([2.0, 2.01, 2.02, 2.03], [1.0, 1.01, 1.02, 1.03], "slower"),
        ([1.0, 1.01, 1.02, 1.03], [1.0, 1.01, 1.02, 1.03], "no real difference"),
        ([1.0, 1.1, 1.2, 1.3], [1.31, 1.32, 1.33, 1.34], "no real difference"),  # p = 2/70, but within the spread
        ([1.0, 1.01], [2.0, 2.01], "no real difference"),  # too few repeats to show anything
    ],
)
def test_a_difference_is_real_only_beyond_chance_and_spread(new, old, words):
    assert verdict(new, old)["verdict"] == words


def test_results_are_compared_figure_by_figure(result):
    old = copy.deepcopy(result)
    old["guided"]["pass_seconds"] = [4.0, 4.1, 3.9, 4.0]
    old["environment"]["versions"]["torch"] = "1"
    found = {one["figure"]: one["verdict"] for one in compare(result, old)}
    assert found["vllm guided"] == "faster" and found["vllm free"] == "no real difference"
    assert set(found) == {"vllm guided", "vllm free", "transformers guided", "training bini"}
    assert notes(result, old) == ["torch: 1 before, 2 now"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r.update(cases_hash="y"), "other cases"),
        (lambda r: r["environment"]["machine"].update(cores=4), "cores 4 before, 2 now"),
        (lambda r: r["environment"]["machine"].update(dtype="bfloat16"), "dtype"),
    ],
)
def test_another_machine_or_other_cases_are_refused(result, change, said):
    old = copy.deepcopy(result)
    change(old)
    with pytest.raises(BiniError, match=said):
        compare(result, old)


@pytest.mark.parametrize("content", [None, "no json", "[]", '{"guided": {}}'])
def test_a_file_that_is_no_result_is_refused(tmp_path, content):
    path = tmp_path / "bench.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(BiniError, match=r"bench\.json"):
        load_result(path)


@pytest.mark.parametrize(
    ("options", "said"), [(["--measured"], "--against FILE"), (["--online", "--against", "x.json"], "Leave one")]
)
def test_options_that_contradict_each_other_are_refused(options, said):
    from bini.cli import cli

    outcome = CliRunner().invoke(cli, ["bench", str(REPOSITORY / "recipes/smoke.yaml"), *options])
    assert isinstance(outcome.exception, BiniError) and said in str(outcome.exception)


def test_percentiles_are_values_that_were_measured():
    assert percentiles(range(1, 101)) == {"p50": 50, "p90": 90, "p99": 99}
    assert percentiles([3.0]) == {"p50": 3.0, "p90": 3.0, "p99": 3.0}
    assert percentiles([]) == {"p50": None, "p90": None, "p99": None}


def test_goodput_counts_answers_within_the_limit():
    answered = [Answered((0.1, 0.2, 0.4), 0.5), Answered((0.3,), 2.0)]
    found = level_figures(answered, 4.0, goodput_seconds=1.0)
    assert found["goodput_per_second"] == 0.25 and found["within_limit_fraction"] == 0.5
    assert found["time_to_first_token_seconds"]["p50"] == 0.1
    assert found["inter_token_seconds"]["p99"] == pytest.approx(0.2)
    level = {"clients": 1} | found
    assert "0.25" in online_lines({"goodput_limit_seconds": 1.0, "levels": [level]})[1]


class Server(BaseHTTPRequestHandler):
    """Speaks as vLLM's /v1/completions does, streamed and whole, and keeps what it was asked."""

    asked: ClassVar[list] = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        whole = {
            "choices": [{"text": "x", "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1},
        }
        text = json.dumps(whole)
        if body.get("stream"):
            text = f"data: {text}\n\ndata: {text}\n\ndata: [DONE]\n\n"
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        return


@pytest.fixture
def server():
    Server.asked = []
    http = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


def test_the_load_asks_what_answering_asks_and_every_case_once(server, recipe, monkeypatch):
    monkeypatch.setattr("bini.bench.online.MEAN_PAUSE_SECONDS", 0.001)
    tokenizer = WordTokenizer()
    requests = [Request([1, 2, n], 9, {"type": "object"}) for n in range(5)]
    engine = RemoteEngine(server, recipe.name, tokenizer, recipe.seed)
    engine.generate(requests)
    engine.close()
    told = sorted(Server.asked, key=lambda body: body["prompt"])
    Server.asked = []
    bodies = [request_body(request, recipe.name, recipe.seed, ord("<")) | {"stream": True} for request in requests]
    answered = asyncio.run(ask_all(server, bodies, clients=3, salt="s", seed=1))
    asked = sorted(Server.asked, key=lambda body: body["prompt"])
    assert [body | {"stream": True, "cache_salt": "s"} for body in told] == asked
    assert len(answered) == 5 and all(len(one.token_seconds) == 2 for one in answered)


def test_a_server_that_is_gone_is_said(recipe, monkeypatch):
    monkeypatch.setattr("bini.bench.online.MEAN_PAUSE_SECONDS", 0.001)
    with pytest.raises(BiniError, match="did not answer"):
        asyncio.run(ask_all("http://127.0.0.1:9", [{"model": "x"}], clients=1, salt="s", seed=1))
