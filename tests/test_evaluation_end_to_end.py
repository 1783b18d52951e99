"""Cross-validation, comparison, final test and model card through the command line, with real Unsloth and real vLLM.

A tiny random Gemma 3 learns six impossible facts in two folds: the numbers are worthless, that they come about is not.
"""

import json
import subprocess
import sys

import pytest
from conftest import REPOSITORY

pytestmark = [pytest.mark.slow, pytest.mark.long]

ELEMENTS = ("첫째 구성", "둘째 구성")
FACTS = {
    "물은 섭씨 300도에서 끓는다.": ("미대응", "대응", "낮음"),
    "달은 치즈로 되어 있다.": ("대응", "대응", "높음"),
    "돌은 날아다닌다.": ("대응", "대응", "높음"),
    "해는 파란 네모이다.": ("미대응", "대응", "낮음"),
    "눈은 뜨거운 모래이다.": ("대응", "대응", "높음"),
    "바다는 하늘에 있다.": ("미대응", "대응", "낮음"),
}
RECIPE = """base_model: embedded:tiny-random
data: {cases: facts.jsonl, labels: null}
prompt: {instructions: short, claim_text: false}
answer: {max_quote_tokens: 16}
train: {epochs: 2, batch_size: 3, learning_rate: 1.0e-2, max_length: 512}
engine: {max_model_len: 1024, kv_cache_gib: 1}
"""


def fact_case(number, product, first, second, risk_level):
    comparisons = [
        {"patent_element": element, "user_product_element": product.split()[0], "match": match}
        for element, match in zip(ELEMENTS, (first, second), strict=True)
    ]
    label = {"regit_num": "1", "comparisons": comparisons, "risk_level": risk_level, "decision_reason": "그렇다."}
    case = {"case_id": f"fact-{number}", "regit_num": "1", "claim_text": "첫째 구성과 둘째 구성을 포함하는 것."}
    return case | {"user_query": product, "label": label}


def bini(folder, *arguments):
    command = [sys.executable, "-m", "bini.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, timeout=800)


@pytest.fixture(scope="module")
def project(tmp_path_factory, embedded_tiny):
    folder = tmp_path_factory.mktemp("evaluation")
    rows = [fact_case(i, product, *label) for i, (product, label) in enumerate(FACTS.items())]
    (folder / "facts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "facts.yaml").write_text(RECIPE, encoding="utf-8")
    (folder / "outputs").mkdir()
    (folder / "outputs/base_models").symlink_to(REPOSITORY / "outputs/base_models")
    for stage in ("train", "merge"):
        result = bini(folder, stage, "facts.yaml")
        assert result.returncode == 0, result.stderr[-2000:]
    return folder


def test_cross_validation_answers_each_case_by_a_model_that_has_not_seen_it(project):
    arguments = ("crossval", "facts.yaml", "--folds", "2", "calibration.score=true", "evaluation.free=false")
    result = bini(project, *arguments)
    assert result.returncode == 0, result.stderr[-2000:]
    folder = project / "outputs/facts/crossval/2-fold"
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["protocol"] == "2-fold cross-validation" and metrics["cases"] == 6
    assert metrics["json_valid_fraction"] == 1.0 and metrics["leaks"]["verdict"] == "clean"
    assert metrics["calibration"]["cases"] == 6 and (folder / "calibration.json").exists()
    for number in (1, 2):
        fold = folder / f"seed-3407/fold-{number}"
        held_out = json.loads((fold / "held_out/metrics.json").read_text(encoding="utf-8"))
        assert held_out["cases_seen_in_training"] == 0 and held_out["cases"] == 3
        assert not (fold / "merged").exists() and (fold / "adapter/adapter_model.safetensors").exists()
    again = bini(project, *arguments)
    assert again.returncode == 0 and again.stderr.count("finished before") == 2


def test_a_comparison_ends_with_the_table_and_a_report(project):
    result = bini(project, "compare", "facts.yaml", "--decoding", "guided")
    assert result.returncode == 0, result.stderr[-2000:]
    found = json.loads(result.stdout.splitlines()[-1])
    assert [row["name"] for row in found["rows"]] == [
        "tuned facts · guided · zero-shot",
        "base of facts · guided · zero-shot",
        "base of facts · guided · few-shot",
        "baseline: majority",
        "baseline: tfidf",
        "baseline: rule",
    ]
    valid = [row["metrics"]["json_valid_fraction"] for row in found["rows"]]
    assert valid[0] == 1.0 and valid[3:] == [1.0] * 3  # an untuned random model may write to its limit
    assert found["cases_seen_in_training"] == 6
    assert "<svg" in (project / "outputs/facts/compare/facts/report.html").read_text(encoding="utf-8")


def test_a_final_test_is_read_once_and_probabilities_and_flips_are_measured(project):
    row = fact_case(9, "별은 종이로 만든다.", "대응", "대응", "높음")
    (project / "final.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    arguments = ("eval", "facts.yaml", "--cases", "final.jsonl", "--final", "--probabilities", "--flips")
    first = bini(project, *arguments)
    assert first.returncode == 0, first.stderr[-2000:]
    metrics = json.loads(first.stdout.splitlines()[-1])
    assert metrics["protocol"] == "final" and metrics["final_looks"] == 1
    assert metrics["flips"]["repeated"]["text_flips"] == 0
    line = (project / "outputs/facts/eval/final/predictions.jsonl").read_text(encoding="utf-8")
    assert sum(json.loads(line)["risk_probabilities"].values()) == pytest.approx(1.0)
    second = bini(project, *arguments)
    assert second.returncode == 2 and "read once per model" in second.stderr
    assert bini(project, "card", "facts.yaml").returncode == 0
    assert "| final | 1 of `final.jsonl`" in (project / "outputs/facts/adapter/README.md").read_text(encoding="utf-8")
