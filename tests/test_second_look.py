"""The second look: planted likelihoods beside a quote alone turn marks over, and weights say by how much."""

import json
import math
import random
import shutil

import pytest
from conftest import ScriptedEngine, WordTokenizer

from bini.assess import assess
from bini.calibrate import calibrate, look_fit
from bini.engine import Completion, Step
from bini.errors import BiniError
from bini.evaluate import reread
from bini.fitted import look_weights
from bini.pairs import Pair
from bini.predictions import read_predictions, write_predictions
from bini.recipe import Calibration, as_written
from bini.runs import run_of, write_json, write_text
from bini.schema import Label, Look, Prediction
from bini.second_look import SEEN, WORDS, first_tokens, in_batches, look_features, together, training_ids
from bini.sft import IGNORED, PAIR, pair_rows

GOOD = '{"1":["ATBC 2%","대응"],"2":["미백 앰플","대응"],"risk_level":"높음"}'
FIRST = {"대응": "대", "균등": "균", "미대응": "미", "판단불가": "판", "무관": "무"}
SURE = {"대응": 0.9, "균등": 0.02, "미대응": 0.06, "판단불가": 0.02}


def look(miss=0.01, silent=0.01):
    return {"대응": 0.99 - miss - silent, "미대응": miss, "판단불가": 0.01, "무관": silent}


class LookingEngine(ScriptedEngine):
    """Writes a chart of which it is SURE; beside a quote alone it holds the words for as likely as planted for the quote."""

    def __init__(self, *script, looks=()):
        super().__init__(*script)
        self.looks = dict(looks)

    def generate(self, requests):
        found = []
        for request in requests:
            self.asked.append(request)
            if request.max_tokens > 1:
                text = self.script.pop(0)
                steps = tuple(Step(ord(c), {ord(FIRST[m]): math.log(p) for m, p in SURE.items()}) for c in text)
                found.append(Completion(text, "stop", 5, 7, steps))
                continue
            asked = self.tokenizer.decode(request.prompt_ids)
            element, _, quote = asked.removeprefix("<user>구성요소: ").removesuffix("<end>").partition("\n제품: ")
            likely = self.looks.get((element, quote), self.looks.get(quote, look(silent=0.97)))
            step = Step(request.watched[0], {ord(FIRST[mark]): math.log(p) for mark, p in likely.items()})
            found.append(Completion("", "length", 5, 1, (step,)))
        return found


@pytest.fixture
def looking(recipe, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return recipe.model_copy(update={"answer": recipe.answer.model_copy(update={"second_look": True})})


def test_a_quote_that_reads_otherwise_alone_turns_its_mark(make_case, looking):
    engine = LookingEngine(GOOD, looks={"ATBC 2%": look(0.97), "미백 앰플": look(0.05)})
    found = assess([make_case()], engine, looking)[0]
    assert [row.match for row in found.assessment.comparisons] == ["미대응", "대응"]
    assert found.assessment.risk_level == "낮음" and found.model_risk_level == "높음"
    assert found.mark_likelihoods[0]["대응"] == pytest.approx(0.9)  # the chart's own opinion is kept beside it
    assert found.looks[0].likelihoods["미대응"] == pytest.approx(0.97)
    chart, *looks = engine.asked
    assert chart.schema is not None and [(look.max_tokens, look.schema) for look in looks] == [(1, None)] * 2
    assert "구성요소: ATBC\n제품: ATBC 2%" in engine.tokenizer.decode(looks[0].prompt_ids)


def test_without_it_nothing_is_asked_again_and_another_model_is_never_asked(make_case, recipe, looking):
    engine = ScriptedEngine(GOOD)
    assert assess([make_case()], engine, recipe)[0].looks is None and len(engine.asked) == 1
    assert looking.watches and not as_written(looking).watches


def test_what_is_no_answer_and_what_is_nearly_met_is_not_looked_at(make_case, looking):
    near = '{"1":["ATBC 2%","균등"],"2":["미백 앰플","균등"],"risk_level":"애매"}'
    engine = LookingEngine(near, "no json")
    found, broken = assess([make_case(), make_case(case_id="c2")], engine, looking)
    assert len(engine.asked) == 2 and found.looks == (None, None)
    assert broken.assessment is None and broken.looks is None


HALF = '{"1":[null,"판단불가"],"2":["미백 앰플","대응"],"risk_level":"애매"}'
SAYS = {"user_query": "미백 앰플입니다. 구연산에스터 2%가 들어갑니다. 향은 없어요."}


def test_a_clause_that_speaks_of_the_element_is_sought_where_the_chart_has_none(make_case, looking):
    engine = LookingEngine(
        HALF, looks={"미백 앰플": look(), ("ATBC", "구연산에스터 2%가 들어갑니다"): look(silent=0.05)}
    )
    found = assess([make_case(**SAYS)], engine, looking)[0]
    assert found.assessment.comparisons[0].user_product_element == "구연산에스터 2%가 들어갑니다"
    assert found.assessment.risk_level == "높음" and found.looks[0].quote == "구연산에스터 2%가 들어갑니다"
    assert found.looks[1].quote is None and len(engine.asked) == 1 + 1 + 3  # chart, its quote, three clauses


def test_it_takes_the_place_of_a_quote_that_has_nothing_to_do_with_the_element(make_case, looking):
    wrong = HALF.replace('null,"판단불가"', '"향은 없어요","대응"')
    denied = {"미백 앰플": look(), ("ATBC", "구연산에스터 2%가 들어갑니다"): look(miss=0.9)}
    found = assess([make_case(**SAYS)], LookingEngine(wrong, looks=denied), looking)[0].assessment.comparisons[0]
    assert (found.user_product_element, found.match) == ("구연산에스터 2%가 들어갑니다", "미대응")
    invented = wrong.replace("향은 없어요", "트리부틸시트레이트 40 그램")
    found = assess([make_case(**SAYS)], LookingEngine(invented, looks=denied), looking)[0].assessment.comparisons[0]
    assert (found.user_product_element, found.match) == ("구연산에스터 2%가 들어갑니다", "미대응")
    silent = assess([make_case(**SAYS)], LookingEngine(wrong, looks={"미백 앰플": look()}), looking)[0]
    assert silent.assessment.comparisons[0].user_product_element is None
    assert silent.assessment.comparisons[0].match == "판단불가" and silent.looks[0].quote is None


def test_a_clause_that_tells_the_claimed_number_takes_the_place_of_a_quote_that_tells_none(make_case, looking):
    case = make_case(
        claim_text="떡을 -35℃ 이하에서 얼린 미백 앰플",
        elements=("떡을 -35℃ 이하에서 얼린", "미백 앰플"),
        user_query="미백 앰플이고, 단맛은 은은하며, 영하 42도 터널을 지나고, 값은 40원.",
    )
    chart = GOOD.replace("ATBC 2%", "단맛은 은은하며")
    cold = {"미백 앰플": look(), "단맛은 은은하며": look(silent=0.2), "영하 42도 터널을 지나고": look()}
    engine = LookingEngine(chart, looks=cold)
    found = assess([case], engine, looking)[0]
    assert found.looks[0].quote == found.assessment.comparisons[0].user_product_element == "영하 42도 터널을 지나고"
    assert len(engine.asked) == 1 + 2 + 1  # chart, its quotes, the one clause with a temperature
    cold["영하 42도 터널을 지나고"] = look(silent=0.9)
    assert assess([case], LookingEngine(chart, looks=cold), looking)[0].looks[0].quote is None


def test_fitted_weights_decide_how_much_it_counts(make_case, looking):
    weights = {
        "features": [f"chart {mark}" for mark in SEEN],
        "weights": {mark: [1.0 if mark == other else 0.0 for other in SEEN] for mark in SEEN},
        "intercepts": dict.fromkeys(SEEN, 0.0),
    }
    write_json(run_of(looking).folder / "calibration.json", {"temperature": 1, "source": "marks", "looks": weights})
    assert look_weights(looking) is not None
    found = assess([make_case()], LookingEngine(GOOD, looks={"ATBC 2%": look(0.97), "미백 앰플": look(0.97)}), looking)[
        0
    ]
    assert [row.match for row in found.assessment.comparisons] == ["대응", "대응"]


def test_both_opinions_are_summed_without_a_fit_and_near_variants_stay():
    likely = {"대응": 0.02, "미대응": 0.97, "판단불가": 0.005, "무관": 0.005}
    found = together(SURE, Look(likelihoods=likely), None)
    assert found["균등"] == 0.02 and sum(found.values()) == pytest.approx(1)
    assert found["미대응"] / found["대응"] == pytest.approx(0.06 * 0.97 / (0.9 * 0.02))
    assert found["판단불가"] / found["대응"] == pytest.approx(0.02 * 0.01 / (0.9 * 0.02))
    alone = together(SURE, Look(likelihoods=likely, quote="다른 절"), None)
    assert alone == pytest.approx({"대응": 0.02, "미대응": 0.97, "판단불가": 0.01, "균등": 0.0})


def test_what_was_seen_is_kept_and_can_be_read_again(make_case, looking, tmp_path):
    cases = [make_case()]
    found = assess(cases, LookingEngine(GOOD, looks={"ATBC 2%": look(0.97), "미백 앰플": look(0.05)}), looking)
    write_predictions(tmp_path / "predictions.jsonl", found)
    again = reread(cases, read_predictions(tmp_path / "predictions.jsonl"), looking)
    assert again[0].assessment == found[0].assessment and again[0].looks == found[0].looks
    without = looking.model_copy(update={"answer": looking.answer.model_copy(update={"second_look": False})})
    assert reread(cases, found, without)[0].assessment.risk_level == "높음"  # the chart alone


def test_the_fit_trusts_whom_the_labels_bear_out(make_case, make_label):
    cases, predictions = [], []
    for mark in "XXOXO?" * 10:
        seen = dict.fromkeys(WORDS, 0.1) | {{"X": "미대응", "O": "대응", "?": "무관"}[mark]: 0.7}
        level = {"X": "낮음", "O": "높음", "?": "애매"}[mark]
        cases.append(make_case(label=make_label(marks=mark + "O", risk_level=level)))
        predictions.append(
            Prediction(
                case_id="c1",
                assessment=None,
                raw_text="",
                finish_reason="stop",
                prompt_tokens=1,
                generated_tokens=1,
                mark_likelihoods=(SURE, SURE),
                looks=(Look(likelihoods=seen), None),
            )
        )
    weights = look_fit(cases, predictions)
    for word in ("대응", "미대응", "무관"):
        seen = Look(likelihoods=dict.fromkeys(WORDS, 0.1) | {word: 0.7})
        likely = weights.weighed(look_features(SURE, seen), SEEN)
        assert max(likely, key=likely.get) == ("판단불가" if word == "무관" else word)
    with pytest.raises(BiniError, match="too few"):
        look_fit(cases[:3], predictions[:3])
    assert isinstance(cases[0].label, Label)


def test_a_pair_teaches_one_token(recipe):
    row = pair_rows([Pair("수지", "물", "미대응")], recipe, WordTokenizer())[0]
    assert row.case_id == PAIR and row.num_supervised == 1 and row.labels[-1] == row.input_ids[-1] == ord("미")
    assert set(row.labels[:-1]) == {IGNORED}
    prompt, token = training_ids(Pair("수지", "물", "미대응"), WordTokenizer())
    assert "".join(map(chr, prompt)) == "<user>구성요소: 수지\n제품: 물<end>" and token == ord("미")
    with pytest.raises(BiniError, match=r"train\.max_length is 64"):
        tight = recipe.model_copy(update={"train": recipe.train.model_copy(update={"max_length": 64})})
        pair_rows([Pair("수지", "물" * 64, "미대응")], tight, WordTokenizer())


def test_marks_that_begin_alike_are_refused():
    class OneToken:
        def encode(self, text, add_special_tokens):
            return [1]

    with pytest.raises(BiniError, match="same token"):
        first_tokens(OneToken())


def test_batches_hold_rows_of_like_length_in_random_order():
    lengths = [50, 400] * 33
    order = in_batches(lengths, 4, random.Random(0))
    batches = [order[i : i + 4] for i in range(0, len(order), 4)]
    assert sorted(order) == list(range(66))
    assert sum(len({lengths[i] for i in batch}) > 1 for batch in batches) <= 1
    kinds = [lengths[batch[0]] for batch in batches]
    assert kinds != sorted(kinds) and kinds != sorted(kinds, reverse=True)
    assert in_batches(lengths, 4, random.Random(0)) == order


def test_a_probability_is_told_by_both(make_case, looking):
    scored = looking.model_copy(update={"calibration": Calibration(score=True, source="marks")})
    found = assess([make_case()], LookingEngine(GOOD, looks={"ATBC 2%": look(0.97), "미백 앰플": look(0.05)}), scored)[
        0
    ]
    assert found.assessment.risk_probabilities["낮음"] > 0.5
    assert json.loads(found.raw_text)["1"][1] == "대응"


@pytest.fixture
def answered(make_case, make_label, looking, tmp_path):
    """Return a function that keeps the answers to so many development cases, as `bini eval` does."""

    def answer(count):
        recipe = looking.model_copy(update={"calibration": Calibration(score=True, source="marks")})
        marks = [("XO", "낮음"), ("OO", "높음"), ("?O", "애매")]
        labels = [make_label(marks=m, risk_level=level) for m, level in marks]
        cases = [
            make_case(case_id=f"c{i}", label=labels[i % 3], user_query=f"{i}번 ATBC 2%를 넣은 미백 앰플")
            for i in range(count)
        ]
        engine = LookingEngine(*[GOOD] * count, looks={"ATBC 2%": look(0.5), "미백 앰플": look()})
        out = run_of(recipe).eval_folder(tmp_path / "some.jsonl")
        write_text(tmp_path / "some.jsonl", "".join(case.model_dump_json() + "\n" for case in cases))
        write_predictions(out / "predictions.jsonl", assess(cases, engine, recipe))
        write_json(out / "metrics.json", {"run_id": "untrained"})
        return recipe, tmp_path / "some.jsonl", run_of(recipe).folder / "calibration.json"

    return answer


def test_calibrate_fits_the_look_and_later_answers_use_it(answered, make_case):
    recipe, cases, path = answered(30)
    calibrate(recipe, cases, rescore=True)
    assert json.loads(path.read_text(encoding="utf-8"))["looks"]["features"]
    assert look_weights(recipe) is not None
    found = assess([make_case()], LookingEngine(GOOD, looks={"ATBC 2%": look(0.5), "미백 앰플": look()}), recipe)[0]
    assert found.assessment.comparisons[1].match == "대응"


def test_several_files_are_fitted_on_together(answered, tmp_path):
    recipe, cases, path = answered(30)
    other = tmp_path / "other.jsonl"
    shutil.copy(cases, other)
    shutil.copytree(run_of(recipe).eval_folder(cases), run_of(recipe).eval_folder(other))
    calibrate(recipe, cases, other, rescore=True)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["cases"] == 60 and found["fitted_on"] == f"{cases} + {other}"
    with pytest.raises(BiniError, match="--labels"):
        calibrate(recipe, cases, other, labels_file=tmp_path / "labels.jsonl", rescore=True)


def test_a_fit_that_fails_leaves_the_old_one(answered):
    recipe, cases, path = answered(3)
    write_json(path, {"temperature": 2.0, "source": "marks"})
    before = path.read_bytes()
    with pytest.raises(BiniError, match="too few"):
        calibrate(recipe, cases, rescore=True)
    assert path.read_bytes() == before
