"""A planted duplicate is caught, whatever it is dressed in, and a clean file is called clean."""

import json
import time

import pytest
from click.testing import CliRunner

from bini.cli import cli
from bini.leaks import find_leaks

TEXT = "세라마이드와 판테놀 3%를 넣은 수분 크림이며 향료는 넣지 않았고 하루 두 번 얼굴에 펴 바르면 됩니다."


@pytest.fixture
def train(make_case):
    return [
        make_case(case_id="t1", user_query=TEXT, group="family-1"),
        make_case(case_id="t2", user_query="나이아신아마이드 5%와 알부틴을 담은 토너."),
    ]


@pytest.mark.parametrize(
    ("product", "kind"),
    [
        (TEXT, "exact"),
        (TEXT.replace(" ", "  ").replace(",", "，").replace(".", "!"), "normalised"),
        (TEXT.replace("3%", "4%").replace("하루", "매일"), "near"),
    ],
)
def test_a_planted_duplicate_is_caught(make_case, train, product, kind):
    report = find_leaks(train, [make_case(case_id="planted", user_query=product)])
    assert report.verdict == "leaks" and report.leaked_test_cases == 1
    assert [(leak.kind, leak.test_case, leak.train_case) for leak in report.leaks] == [(kind, "planted", "t1")]
    assert f"1 {kind}" in report.words()


def test_a_shared_group_is_a_leak_of_its_own(make_case, train):
    report = find_leaks(train, [make_case(case_id="x", user_query="전혀 다른 샴푸입니다.", group="family-1")])
    assert [leak.kind for leak in report.leaks] == ["group"]


def test_other_products_of_the_same_claim_are_clean(make_case, train):
    report = find_leaks(train, [make_case(user_query="병풀 추출물이 든 두피 샴푸를 개발하고 있습니다.")])
    assert report.verdict == "clean" and report.leaks == () and report.shared_claims == 1
    assert report.ngram_overlap_fraction is None or report.ngram_overlap_fraction == 0


def test_the_same_product_under_another_claim_is_told_but_no_leak(make_case, train):
    report = find_leaks(train, [make_case(user_query=TEXT, claim_text="레티놀을 포함하는 크림.")])
    assert report.verdict == "clean" and report.shared_products == 1
    assert report.ngram_overlap_fraction == 1.0 and report.high_overlap_cases == 1


def test_thousands_of_cases_take_seconds_and_every_planted_edit_is_found(make_case):
    words = [f"성분{i * 7919 % 1000}" for i in range(1000)]

    def product(seed):
        return " ".join(words[(seed * 31 + k * k * (seed % 97 + 1)) % 1000] for k in range(15)) + " 크림입니다."

    train = [make_case(case_id=f"t{i}", user_query=product(i)) for i in range(2000)]
    test = [make_case(case_id=f"x{i}", user_query=product(i * 13).replace("크림", "로션")) for i in range(100)]
    started = time.monotonic()
    report = find_leaks(train, test)
    assert time.monotonic() - started < 5
    assert report.leaked_test_cases == 100


def test_the_command_exits_with_one_where_a_case_leaks(make_case, train, tmp_path):
    def write(name, cases):
        path = tmp_path / name
        path.write_text("".join(case.model_dump_json() + "\n" for case in cases), encoding="utf-8")
        return str(path)

    leaky = write("leaky.jsonl", [make_case(case_id="planted", user_query=TEXT)])
    clean = write("clean.jsonl", [make_case(case_id="fresh", user_query="두피에 쓰는 병풀 샴푸.")])
    trained = write("train.jsonl", train)
    found = CliRunner().invoke(cli, ["leaks", trained, leaky], standalone_mode=False)
    assert found.return_value == 1 and "exact      planted ~ t1" in found.output
    assert json.loads(found.output.splitlines()[-1])["verdict"] == "leaks"
    found = CliRunner().invoke(cli, ["leaks", trained, clean], standalone_mode=False)
    assert found.return_value == 0 and "CLEAN" in found.output
