"""The main job through the command line, on a tiny random Gemma 3, with real Unsloth and real vLLM.

One run folder is trained (and killed, and resumed), merged, evaluated and served; each test looks at one property.
The tiny model learns three impossible facts by heart, so what it says later shows which weights speak.
"""

import json
import math
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import psutil
import pytest
from conftest import REPOSITORY

pytestmark = pytest.mark.slow

FACTS = {"물은 섭씨 300도에서 끓는다.": "XO", "달은 치즈로 되어 있다.": "OO", "돌은 날아다닌다.": "?O"}
MARKS = {"O": "대응", "X": "미대응", "?": "판단불가"}
RISKS = {"XO": "낮음", "OO": "높음", "?O": "애매"}
ELEMENTS = ("첫째 구성", "둘째 구성")
RECIPE = """# a test's recipe
base_model: embedded:tiny-random
data: {cases: facts.jsonl, labels: null}
prompt: {instructions: short, claim_text: false}
answer: {max_quote_tokens: 16}
lora: {r: 32, alpha: 64}
train: {epochs: 120, batch_size: 3, learning_rate: 1.0e-2, checkpoint_every_steps: 20, max_length: 512}
engine: {max_model_len: 1024, kv_cache_gib: 1}
calibration: {score: true, source: marks}
"""


def fact_case(number, product, marks):
    quote = product.split()[0]
    comparisons = [
        {"patent_element": element, "user_product_element": quote, "match": MARKS[mark]}
        for element, mark in zip(ELEMENTS, marks, strict=True)
    ]
    label = {"regit_num": "1", "comparisons": comparisons, "risk_level": RISKS[marks], "decision_reason": "그렇다."}
    return {
        "case_id": f"fact-{number}",
        "regit_num": "1",
        "claim_text": "첫째 구성과 둘째 구성을 포함하는 것.",
        "user_query": product,
        "label": label,
    }


def make_project(folder):
    rows = [fact_case(i, product, marks) for i, (product, marks) in enumerate(FACTS.items())]
    (folder / "facts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "facts.yaml").write_text(RECIPE, encoding="utf-8")
    (folder / "outputs").mkdir()
    (folder / "outputs/base_models").symlink_to(REPOSITORY / "outputs/base_models")
    return folder


def command(*arguments):
    return [sys.executable, "-m", "bini.cli", *arguments]


def bini(folder, *arguments):
    result = subprocess.run(command(*arguments), capture_output=True, text=True, cwd=folder, check=False, timeout=600)
    assert result.returncode == 0, result.stderr[-3000:]
    return result


def tensors(folder):
    from safetensors.numpy import load_file

    return load_file(folder / "outputs/facts/adapter/adapter_model.safetensors")


@pytest.fixture(scope="module")
def project(tmp_path_factory, embedded_tiny):
    """A run that was killed in the middle of training, resumed, merged and evaluated."""
    folder = make_project(tmp_path_factory.mktemp("project"))
    process = subprocess.Popen(command("train", "facts.yaml"), cwd=folder, stderr=subprocess.DEVNULL)
    checkpoints = folder / "outputs/facts/checkpoints"
    deadline = time.monotonic() + 300
    while not list(checkpoints.glob("checkpoint-*/checksums.json")) and time.monotonic() < deadline:
        assert process.poll() is None, "training ended before it could be killed"
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    assert not (folder / "outputs/facts/adapter").exists()
    resumed = bini(folder, "train", "facts.yaml")
    assert "Going on from" in resumed.stderr
    bini(folder, "merge", "facts.yaml")
    bini(folder, "eval", "facts.yaml")
    return folder


def metrics(folder):
    return json.loads((folder / "outputs/facts/eval/facts/metrics.json").read_text(encoding="utf-8"))


def test_a_killed_and_resumed_run_ends_like_an_unbroken_one(project, tmp_path_factory):
    unbroken = make_project(tmp_path_factory.mktemp("unbroken"))
    bini(unbroken, "train", "facts.yaml")
    ours, theirs = tensors(project), tensors(unbroken)
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        assert abs(tensor - theirs[name]).max() < 1e-3, name


def test_training_writes_its_report_and_is_not_done_over_again(project):
    run = project / "outputs/facts"
    details = json.loads((run / "run.json").read_text(encoding="utf-8"))
    losses = [epoch["loss"] for epoch in details["epochs"]]
    assert len(losses) == 120 and losses[-1] < 0.05 < losses[0] and all(map(math.isfinite, losses))
    assert details["epochs"][-1]["token_accuracy"] > 0.99
    assert "| epoch | loss | token accuracy |" in (run / "TRAINING_REPORT.md").read_text(encoding="utf-8")
    assert (run / "loss.png").stat().st_size > 5000 and not (run / "checkpoints").exists()
    assert "already trained" in bini(project, "train", "facts.yaml").stdout
    assert "already merged" in bini(project, "merge", "facts.yaml").stdout


def test_training_goes_on_with_an_adapter(project):
    first = json.loads((project / "outputs/facts/run.json").read_text(encoding="utf-8"))
    further = RECIPE.replace("lora: {", "lora: {continue_from: outputs/facts/adapter, ").replace(
        "epochs: 120", "epochs: 1"
    )
    (project / "further.yaml").write_text(further.replace("1.0e-2", "1.0e-5"), encoding="utf-8")
    bini(project, "train", "further.yaml")
    details = json.loads((project / "outputs/further/run.json").read_text(encoding="utf-8"))
    assert details["epochs"][0]["loss"] < 0.1 < first["epochs"][0]["loss"]  # it knows the facts from the start
    assert details["continued_from"]["folder"] == "outputs/facts/adapter"


def test_a_second_look_is_learned_from_the_cells_and_asked_of_vllm(project):
    looking = RECIPE.replace("answer: {", "answer: {second_look: true, ").replace("epochs: 120", "epochs: 60")
    (project / "looking.yaml").write_text(
        looking.replace("train: {", "train: {pairs_from_cases: 30, "), encoding="utf-8"
    )
    bini(project, "train", "looking.yaml")
    assert json.loads((project / "outputs/looking/run.json").read_text(encoding="utf-8"))["pairs"] == 6
    bini(project, "merge", "looking.yaml")
    bini(project, "eval", "looking.yaml", "--no-free")
    lines = (project / "outputs/looking/eval/facts/predictions.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(FACTS)
    for line, marks in zip(lines, FACTS.values(), strict=True):
        prediction = json.loads(line)
        seen = [max(look["likelihoods"], key=look["likelihoods"].get) for look in prediction["looks"]]
        assert seen == [MARKS[mark] for mark in marks] and prediction["risk_level"] == RISKS[marks]


def test_the_merged_model_is_published_with_its_parity(project):
    parity = json.loads((project / "outputs/facts/merged/parity.json").read_text(encoding="utf-8"))
    assert parity["top1_agreement_fraction"] == 1.0 and parity["mean_kl_nats"] < parity["max_mean_kl_nats"]
    assert parity["largest_logit_difference_to_base"] > 1


def test_vllm_answers_the_impossible_facts_and_the_base_does_not(project, tmp_path):
    found = metrics(project)
    assert found["risk_accuracy"] == found["match_accuracy"] == 1.0
    assert found["json_valid_fraction"] == found["json_valid_fraction_free"] == 1.0
    assert found["quote_valid_fraction"] == found["rule_agreement_fraction"] == 1.0
    bini(project, "eval", "facts.yaml", "--model", "embedded:tiny-random", "--out", str(tmp_path))
    base = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert base["json_valid_fraction_free"] == 0.0 and base["match_accuracy"] < 1.0


def test_metrics_hold_the_keys_of_the_contract_and_the_last_line_is_they(project):
    keys = (
        "cases json_valid_fraction json_valid_fraction_free truncated_fraction risk_accuracy risk_accuracy_ci95 "
        "risk_macro_f1 risk_confusion match_accuracy match_accuracy_ci95 comparisons dangerous_errors "
        "quote_valid_fraction rule_agreement_fraction assessments_per_second generated_tokens model recipe cases_file "
        "cases_sha256"
    )
    assert set(keys.split()) <= set(metrics(project))
    assert metrics(project)["cases_seen_in_training"] == 3
    summary = (project / "outputs/facts/eval/facts/summary.txt").read_text(encoding="utf-8")
    assert "RESUBSTITUTION" in summary and "actual \\ answered" in summary


def test_what_vllm_is_asked_is_what_was_trained(project):
    from transformers import AutoTokenizer

    from bini.cases import load_cases
    from bini.recipe import load_recipe
    from bini.sft import training_rows

    recipe = load_recipe(project / "facts.yaml")
    rows = training_rows(
        load_cases(project / "facts.jsonl"), recipe, AutoTokenizer.from_pretrained(project / "outputs/facts/merged")
    )
    lines = (project / "outputs/facts/eval/facts/predictions.jsonl").read_text(encoding="utf-8").splitlines()
    for row, line in zip(rows, lines, strict=True):
        prediction = json.loads(line)
        assert prediction["prompt_tokens"] == len(row.input_ids) - row.num_supervised
        assert prediction["generated_tokens"] == row.num_supervised  # the very answer, its end of turn included
        assert prediction["finish_reason"] == "stop" and row.input_ids.count(2) == 1


def test_vllm_says_how_likely_the_marks_are_that_it_writes(project):
    lines = (project / "outputs/facts/eval/facts/predictions.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        prediction = json.loads(line)
        written = [pair[1] for key, pair in json.loads(prediction["raw_text"]).items() if key.isdigit()]
        assert [max(likely, key=likely.get) for likely in prediction["mark_likelihoods"]] == written
        assert all(sum(likely.values()) == pytest.approx(1) for likely in prediction["mark_likelihoods"])
        assert prediction["risk_probabilities"][prediction["risk_level"]] > 0.9  # learned by heart
    assert metrics(project)["calibration"]["source"] == "marks"


def test_a_cases_file_of_another_claim_with_more_elements_is_answered(project, tmp_path):
    rows = [
        {
            "case_id": f"n{n}",
            "regit_num": "9",
            "claim_text": "전극과 분리막을 포함하는 이차전지.",
            "user_query": f"리튬 이차전지 {n}호, 전극 두께 {n} ㎛",
            "elements": [f"구성 {i}" for i in range(n)],
        }
        for n in range(2, 7)
    ] + [{"case_id": "split", "regit_num": "9", "claim_text": "A 및 B를 포함하는 조성물.", "user_query": "A와 B"}]
    (tmp_path / "other.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    result = bini(
        project,
        "eval",
        "facts.yaml",
        "--cases",
        str(tmp_path / "other.jsonl"),
        "--out",
        str(tmp_path / "o"),
        "--no-free",
    )
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["cases"] == 6 and found["labelled_cases"] == 0 and found["risk_accuracy"] is None
    for row, line in zip(
        rows, (tmp_path / "o/predictions.jsonl").read_text(encoding="utf-8").splitlines(), strict=True
    ):
        prediction = json.loads(line)
        if "elements" in row and prediction["is_valid"]:
            assert [c["patent_element"] for c in prediction["comparisons"]] == row["elements"]


def test_one_case_is_answered_at_the_terminal(project):
    product = next(iter(FACTS))
    asked = ("assess", "facts.yaml", "--regit-num", "1", "--product", product)
    assessment = json.loads(bini(project, *asked, "--json").stdout)
    assert assessment["risk_level"] == "낮음" and assessment["comparisons"][0]["match"] == "미대응"
    readable = bini(project, *asked).stdout
    assert "구성대비표" in readable and "위험도: 낮음" in readable and "법률 자문이 아닙니다" in readable


def test_qlora_trains_in_real_4_bit_and_merges(project):
    overrides = ["name=qlora", "train.load_in_4bit=true", "train.epochs=2"]
    trained = bini(project, "train", "facts.yaml", *overrides)
    assert "4-bit = True" in trained.stderr
    bini(project, "merge", "facts.yaml", *overrides)
    assert (project / "outputs/qlora/merged/parity.json").exists()


@pytest.fixture
def server(project):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (project / "serve.log").open("w", encoding="utf-8")
    process = subprocess.Popen(command("serve", "facts.yaml", "--port", str(port)), cwd=project, stderr=log)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        assert process.poll() is None, (project / "serve.log").read_text(encoding="utf-8")
        try:
            if httpx.get(f"{url}/health", timeout=2).status_code == 200:
                break
        except httpx.TransportError:
            time.sleep(0.2)
    yield process, url
    for child in family(process.pid):
        child.kill()
    process.wait(30)
    log.close()


def family(pid):
    try:
        parent = psutil.Process(pid)
        return [*parent.children(recursive=True), parent]
    except psutil.NoSuchProcess:
        return []


def test_the_server_answers_and_ctrl_c_leaves_no_process(server):
    process, url = server
    product = next(iter(FACTS))
    answer = httpx.post(f"{url}/v1/assessments", json={"user_query": product, "regit_num": "1"}, timeout=120)
    assert answer.status_code == 200, answer.text
    assessment = answer.json()["assessment"]
    assert assessment["risk_level"] == "낮음"  # the tuned model speaks, not its base
    assert assessment["risk_probabilities"]["낮음"] > 0.9  # likelihoods over HTTP
    assert httpx.get(f"{url}/v1/models", timeout=30).json()["data"][0]["id"] == "facts"
    chat = {"messages": [{"role": "user", "content": "안녕"}], "max_tokens": 4}
    assert httpx.post(f"{url}/v1/chat/completions", json=chat, timeout=120).json()["choices"]
    members = family(process.pid)
    assert len(members) >= 2
    process.send_signal(signal.SIGINT)
    assert process.wait(60) in (0, 130)
    _gone, alive = psutil.wait_procs(members, timeout=30)
    assert not alive


def test_a_vllm_that_dies_ends_the_gateway_with_an_error(server, project):
    process, _ = server
    for child in psutil.Process(process.pid).children():
        child.kill()
    assert process.wait(60) == 2
    assert "vLLM ended with exit code" in (project / "serve.log").read_text(encoding="utf-8")


def test_a_gateway_that_is_killed_takes_vllm_with_it(server):
    process, _ = server
    members = family(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(members, timeout=60)
    assert not alive


def test_vllm_masks_with_binis_own_kernel(project):
    code = (
        "from pathlib import Path; from bini.engine import Engine, model_folder; from bini.recipe import load_recipe\n"
        "recipe = load_recipe(Path('facts.yaml'))\n"
        "with Engine(model_folder(recipe), recipe):\n"
        "    from vllm.v1.worker import gpu_model_runner\n"
        "    print(gpu_model_runner.apply_grammar_bitmask.__module__)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=project, check=False, timeout=300
    )
    assert found.stdout.split()[-1] == "bini.grammar_mask", found.stderr[-2000:]


def test_even_a_model_that_knows_nothing_quotes_the_product(project):
    overrides = ("engine.quotes=copied", "calibration.score=false")
    bini(
        project,
        "eval",
        "facts.yaml",
        *overrides,
        "--model",
        "embedded:tiny-random",
        "--no-free",
        "--out",
        "outputs/copied",
    )
    found = json.loads((project / "outputs/copied/metrics.json").read_text(encoding="utf-8"))
    assert found["quote_valid_fraction"] == 1.0
    assert found["health"]["guided"]["truncated"] == 0


def test_the_transformers_peer_writes_what_vllm_writes_and_stops(project, monkeypatch):
    from bini.assess import assess
    from bini.bench.peers import TransformersEngine
    from bini.cases import load_cases
    from bini.recipe import load_recipe

    monkeypatch.chdir(project)
    recipe = load_recipe(project / "facts.yaml")
    found = assess(load_cases(project / "facts.jsonl"), TransformersEngine("outputs/facts/merged"), recipe)
    lines = (project / "outputs/facts/eval/facts/predictions.jsonl").read_text(encoding="utf-8").splitlines()
    assert [one.raw_text for one in found] == [json.loads(line)["raw_text"] for line in lines]
    assert {one.finish_reason for one in found} == {"stop"}
