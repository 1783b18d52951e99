"""The store: what was answered stays, what was reviewed becomes cases, what was logged cannot be changed."""

import gc
import os
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest
from click.testing import CliRunner

from bini.cases import dump_jsonl, load_cases
from bini.cli import cli
from bini.errors import BiniError
from bini.schema import Assessment
from bini.store import GlossaryAddition, JobPatent, JobProduct, Origin, Patent, Review, open_store
from bini.store.database import MIGRATIONS

ORIGIN = Origin(model="test", model_version="v1", prompt_sha256="p", data_sha256="d")
CORRECTION = Review(element=1, decision="corrected", match="미대응", quote="ATBC 2%", reason="다른 물질이다")


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "history.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def answer(make_label):
    label = make_label()
    return Assessment.model_validate(label)


def test_an_assessment_is_kept_with_its_input_model_and_hashes(store, make_case, answer):
    kept = store.keep(make_case(), answer, ORIGIN)
    found = store.assessment(kept.assessment_id)
    assert found == kept and found.assessment == answer and found.origin == ORIGIN and len(found.input_sha256) == 64
    assert found.case.user_query == make_case().user_query and found.case.elements == ("ATBC", "미백 화장료")


def test_the_same_question_has_the_same_hash_and_another_has_another(store, make_case, answer):
    hashes = [store.keep(make_case(user_query=text), answer, ORIGIN).input_sha256 for text in ("가", "가", "나")]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_chart_that_was_looked_at_whole_becomes_a_case_for_training(store, make_case, answer, tmp_path):
    kept = store.keep(make_case(), answer, ORIGIN)
    store.review(kept.assessment_id, CORRECTION)
    assert store.reviewed_cases() == ([], 1)  # one cell is still the model's word alone
    store.review(kept.assessment_id, Review(element=2, decision="accepted"))
    cases, num_partly = store.reviewed_cases()
    assert num_partly == 0
    (tmp_path / "cases.jsonl").write_text(dump_jsonl(cases), encoding="utf-8")
    (case,) = load_cases(tmp_path / "cases.jsonl")
    assert case.label.risk_level == "낮음" and [c.match for c in case.label.comparisons] == ["미대응", "대응"]
    assert case.label.comparisons[0].user_product_element == "ATBC 2%" and case.tags == ("reviewed",)


def test_training_takes_the_reviewed_cases(store, make_case, answer, recipe, tmp_path):
    from conftest import WordTokenizer

    from bini.sft import training_rows

    kept = store.keep(make_case(), answer, ORIGIN)
    for element in (1, 2):
        store.review(kept.assessment_id, Review(element=element, decision="accepted"))
    (row,) = training_rows(store.reviewed_cases()[0], recipe, WordTokenizer())
    assert row.num_supervised > 10


def test_the_latest_review_of_a_cell_counts_and_the_earlier_one_stays(store, make_case, answer):
    kept = store.keep(make_case(), answer, ORIGIN)
    store.review(kept.assessment_id, CORRECTION)
    store.review(kept.assessment_id, Review(element=1, decision="accepted"))
    assert [review.decision for review in store.assessment(kept.assessment_id).reviews] == ["accepted"]
    assert sum(row["table"] == "reviews" for row in store.everything()) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"element": 3}, "2 elements"),
        ({"match": None}, "match: missing"),
        ({"reason": " "}, "reason: empty"),
        ({"quote": "없는 말"}, "word for word"),
        ({"match": "대응", "quote": None}, "quote: empty"),
        ({"match": "판단불가", "equivalents": True}, "near variant"),
    ],
)
def test_a_correction_that_no_label_could_hold_is_refused(store, make_case, answer, changes, said):
    kept = store.keep(make_case(), answer, ORIGIN)
    with pytest.raises(BiniError, match=said):
        store.review(kept.assessment_id, CORRECTION.model_copy(update=changes))
    assert store.assessment(kept.assessment_id).reviews == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "REPLACE INTO audit SELECT audit_id, at, 'x', action, subject, detail FROM audit",
        "UPDATE reviews SET element = 2",
    ],
)
def test_sql_itself_refuses_to_change_the_audit_log_or_a_review(store, make_case, answer, statement):
    kept = store.keep(make_case(), answer, ORIGIN)
    store.review(kept.assessment_id, CORRECTION)
    before = store.audit_log()
    with (
        sqlite3.connect(store.database.path) as connection,
        pytest.raises(sqlite3.IntegrityError, match=r"grows|never"),
    ):
        connection.execute(statement)
    connection.close()
    assert store.audit_log() == before and [entry.action for entry in before] == ["corrected", "assess"]


def test_every_pair_of_a_batch_leaves_one_row_with_who_asked(store, make_case, answer):
    products = [JobProduct(product_id=f"p{n}", user_query="물") for n in range(3)]
    job = store.make_job(products, [JobPatent(regit_num="1", claim_text="물.")], actor="alice")
    for pair in store.waiting_pairs(job.job_id, 9):
        for _ in range(2):  # whoever comes second changes nothing, and is not logged
            store.finish_pair(pair, make_case(), "no JSON" if pair.pair == 2 else answer, ORIGIN)
    rows = [(entry.actor, entry.action, entry.subject) for entry in store.audit_log()][::-1]
    ids = [pair.assessment_id for pair in sorted(store.pairs(job.job_id), key=lambda pair: pair.pair)]
    assert rows == [
        ("alice", "make job", job.job_id),
        ("alice", "assess", ids[0]),
        ("alice", "assess", ids[1]),
        ("alice", "no answer", f"{job.job_id}/2"),
    ]


def test_a_history_of_the_first_version_is_brought_up_and_keeps_its_jobs(tmp_path):
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    path = tmp_path / "history.sqlite"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with create_engine(f"sqlite:///{path}").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql("INSERT INTO jobs VALUES ('j', '2026-11-24', 'waiting', 'old', NULL)")
        connection.exec_driver_sql("INSERT INTO audit VALUES (1, '2026-11-24', 'bob', 'make job', 'j', '')")
    store = open_store(path)
    assert store.job("j").name == "old" and store.job("j").actor == "local"
    assert [entry.actor for entry in store.audit_log()] == ["bob"]
    store.close()


@pytest.mark.parametrize(("command", "subject"), [("export", "everything"), ("cases", "reviewed cases")])
def test_an_export_at_the_terminal_is_logged(store, make_case, answer, tmp_path, command, subject):
    kept = store.keep(make_case(), answer, ORIGIN)
    for element in (1, 2):
        store.review(kept.assessment_id, Review(element=element, decision="accepted"))
    out = tmp_path / "out.jsonl"
    arguments = ["history", command, "--store", str(store.database.path), "--out", str(out)]
    assert CliRunner().invoke(cli, arguments, catch_exceptions=False).exit_code == 0 and out.exists()
    exports = [entry.subject for entry in store.audit_log() if entry.action == "export"]
    assert exports == [subject]


def test_deleting_everything_leaves_no_text_in_any_file(store, make_case, answer, tmp_path):
    kept = store.keep(make_case(user_query="비밀스러운앰플 2%"), answer, ORIGIN)
    store.review(kept.assessment_id, Review(element=2, decision="accepted", reason="비밀스러운이유"))
    store.make_job(
        [JobProduct(product_id="1", user_query="비밀스러운앰플")], [JobPatent(regit_num="1", claim_text="c")]
    )
    assert store.delete_everything() == 1
    assert store.count_assessments() == 0 and store.jobs() == []
    for file in tmp_path.iterdir():
        assert "비밀스러운".encode() not in file.read_bytes(), file
    assert store.audit_log()[0].action == "delete everything"


def test_a_key_opens_and_its_secret_is_in_no_file(store, tmp_path):
    secret = store.make_key("reviewer")
    assert store.key_of(secret).name == "reviewer" and store.key_of(secret + "x") is None and store.key_of("") is None
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes(), file
    store.remove_key(store.list_keys()[0].key_id)
    assert store.key_of(secret) is None
    with pytest.raises(BiniError, match="no key"):
        store.remove_key("none")


def test_a_pair_is_answered_once_whoever_comes_second(store, make_case, answer):
    job = store.make_job([JobProduct(product_id="p", user_query="물")], [JobPatent(regit_num="1", claim_text="물.")])
    (pair,) = store.waiting_pairs(job.job_id, 9)
    store.finish_pair(pair, make_case(), answer, ORIGIN)
    store.finish_pair(pair, make_case(), answer, ORIGIN)
    assert store.count_assessments() == 1 and store.job(job.job_id).done == 1
    assert store.waiting_pairs(job.job_id, 9) == []


def test_a_cancelled_job_gives_no_more_pairs_and_stays_cancelled(store):
    job = store.make_job(
        [JobProduct(product_id="p", user_query="물")] * 2, [JobPatent(regit_num="1", claim_text="물.")]
    )
    assert store.open_jobs() == [job.job_id] and store.set_job_state(job.job_id, "cancelled")
    assert store.waiting_pairs(job.job_id, 9) == [] and not store.set_job_state(job.job_id, "running")
    assert store.job(job.job_id).state == "cancelled"


def test_the_library_keeps_patents_and_refuses_a_false_cas_number(store):
    store.put_patent(Patent(regit_num="7", claim_text="물을 포함하는 음료."))
    store.put_patent(Patent(regit_num="7", claim_text="차를 포함하는 음료.", title="차"))
    assert [patent.title for patent in store.patents()] == ["차"] and store.delete_patent("7") and not store.patents()
    good = GlossaryAddition(canonical="Testium Citrate", korean="테스튬시트레이트", source="test")
    store.put_glossary_additions([good])
    with pytest.raises(BiniError, match="check digit"):
        store.put_glossary_additions([good.model_copy(update={"cas": "77-90-8"})])
    assert store.glossary_additions() == [good]


def test_a_file_that_is_no_history_is_said(tmp_path):
    (tmp_path / "notes.txt").write_text("no database " * 100, encoding="utf-8")
    with pytest.raises(BiniError, match="cannot be opened as a history"):
        open_store(tmp_path / "notes.txt")


def test_a_file_of_a_newer_version_is_said(store, tmp_path):
    with sqlite3.connect(store.database.path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(BiniError, match="newer BINI"):
        open_store(store.database.path)


def test_many_threads_lose_nothing(store, make_case, answer):
    def work():
        for _ in range(5):
            store.keep(make_case(), answer, ORIGIN)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count_assessments() == 20
    gc.collect()  # a connection and its cache of statements hold each other
    assert len(store.database._connections) <= 2  # a thread's connection closes with it


WRITER = """
import sys
from pathlib import Path
from bini.schema import Assessment, Case
from bini.store import Origin, open_store
store = open_store(Path(sys.argv[1]))
case = Case(case_id="c", regit_num="1", claim_text="c", user_query="q", elements=("e",))
answer = Assessment(regit_num="1", comparisons=({"patent_element": "e", "match": "판단불가"},), risk_level="애매", decision_reason="r")
while True:
    kept = store.keep(case, answer, Origin(model="m", model_version="v", prompt_sha256="p"))
    print(kept.assessment_id, flush=True)
"""


@pytest.mark.slow
def test_what_was_said_to_be_kept_survives_a_kill(tmp_path):
    path = tmp_path / "history.sqlite"
    promised = []
    for num_lines in (1, 20):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        promised += [process.stdout.readline().strip() for _ in range(num_lines)]
        os.kill(process.pid, signal.SIGKILL)
        promised += process.stdout.read().split()
        process.stdout.close()
        process.wait()
    store = open_store(path)
    kept = [one.assessment_id for one in store.assessments(10_000)]
    store.close()
    assert set(promised) <= set(kept) and len(kept) == len(set(kept)) and len(kept) - len(promised) <= 3
