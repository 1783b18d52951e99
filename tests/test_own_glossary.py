"""A user's own names reach what code says of a case, wherever it is asked: terminal, batch, gateway; and nowhere else."""

import json
import threading
from contextlib import nullcontext

import pytest
from click.testing import CliRunner
from conftest import REPOSITORY, ScriptedEngine, WordTokenizer
from fastapi.testclient import TestClient
from gateway_pieces import make_gateway

from bini.cli import cli
from bini.commands import options
from bini.engine import Completion, Engine
from bini.errors import BiniError
from bini.facts import hints_for
from bini.glossary import OWN_FILE, glossary_in_force, glossary_with, shipped_glossary
from bini.recipe import Recipe
from bini.runs import environment
from bini.schema import Case
from bini.screen import cluster
from bini.screen.answering import Asking
from bini.serve.gateway import create_app
from bini.store import Origin, open_store
from bini.store.origin import origin_of

CLAIM = "나의펩타이드를 포함하는 크림."
PRODUCT = "MYP-7 2 %를 넣은 크림입니다."
HINT = "1: MYP-7 = My Peptide"
ROW = {"canonical": "My Peptide", "korean": "나의펩타이드", "is_a": "Peptide", "aliases": "MYP-7"}
ASKED = {"user_query": PRODUCT, "claim_text": CLAIM}
ANSWER = '{"1":["MYP-7 2 %","대응"],"2":["크림","대응"],"risk_level":"높음"}'
CASE = Case(case_id="c", regit_num="1", claim_text=CLAIM, user_query=PRODUCT)


@pytest.fixture
def own_file(tmp_path):
    path = tmp_path / "mine.csv"
    header, cells = [*ROW, "industry", "kind"], [*ROW.values(), "cosmetics", "substance"]
    path.write_text(f"{','.join(header)}\n{','.join(cells)}\n", encoding="utf-8")
    return path


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """The prompts that reach vLLM, which answers without being there."""
    prompts = []

    def generate(self, requests):
        prompts.extend("".join(map(chr, request.prompt_ids)) for request in requests)
        return [Completion(ANSWER, "stop", 9, 9) for _ in requests]

    monkeypatch.setattr(Engine, "__init__", lambda self, *_, **__: setattr(self, "tokenizer", WordTokenizer()))
    monkeypatch.setattr(Engine, "generate", generate)
    monkeypatch.setattr(Engine, "close", lambda self: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    (tmp_path / "model/config.json").write_text("{}", encoding="utf-8")
    return prompts


def run(*arguments):
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def screened(folder, *options):
    (folder / "products.csv").write_text(f"id,text\n1,{PRODUCT}\n", encoding="utf-8")
    (folder / "patents.csv").write_text(f"regit_num,claim_text\n1,{CLAIM}\n", encoding="utf-8")
    tables = (folder / "products.csv", "prompt.hints=true", "--patents", folder / "patents.csv")
    recipe = ("--recipe", REPOSITORY / "recipes/smoke.yaml", "--model", folder / "model")
    run("screen", *tables, *recipe, "--out", folder / "out.jsonl", *options)


def test_hints_know_the_users_file_for_one_command(own_file):
    texts = ("--claim", CLAIM, "--product", PRODUCT)
    assert "My Peptide" not in run("hints", *texts)
    assert "MYP-7 = My Peptide" in run("hints", *texts, "--glossary", own_file)
    assert "My Peptide" not in run("hints", *texts)


def test_the_variable_does_what_the_option_does(own_file, monkeypatch):
    assert options.OWN_GLOSSARY == OWN_FILE
    monkeypatch.setenv(OWN_FILE, str(own_file))
    assert HINT in hints_for(CASE)
    assert len(environment()["own_glossary_sha256"]) == 64
    monkeypatch.delenv(OWN_FILE)
    assert HINT not in hints_for(CASE) and "own_glossary_sha256" not in environment()


def test_a_faulty_file_is_said_with_its_row(own_file):
    own_file.write_text(own_file.read_text(encoding="utf-8").replace("Peptide,MYP-7", "Peptite,MYP-7"), "utf-8")
    with pytest.raises(BiniError, match=r"mine\.csv:2, column is_a.*Peptide"):
        run("hints", "--claim", CLAIM, "--product", PRODUCT, "--glossary", own_file)


def test_assess_asks_with_the_users_names(own_file, asked, tmp_path):
    recipe = (REPOSITORY / "recipes/smoke.yaml", "prompt.hints=true", "--model", tmp_path / "model")
    for names in ((), ("--glossary", own_file)):
        run("assess", *recipe, "--claim", CLAIM, "--product", PRODUCT, *names)
    assert [HINT in prompt for prompt in asked] == [False, True]


def test_screen_asks_with_the_users_names_and_anew_when_they_change(own_file, asked, tmp_path):
    for names in ((), (), ("--glossary", own_file), ("--glossary", own_file)):
        screened(tmp_path, *names)
    assert [HINT in prompt for prompt in asked] == [False, True]  # the same names are not asked twice


def test_the_gateway_answers_with_its_library_and_says_so(tmp_path, recipe):
    engine = ScriptedEngine(*[ANSWER] * 4)
    gateway = make_gateway(tmp_path, hinting(recipe), engine)
    made = TestClient(create_app(gateway))
    before = made.post("/v1/assessments", json=ASKED).json()
    assert made.put("/v1/library/glossary", json=[ROW]).status_code == 200
    after = made.post("/v1/assessments", json=ASKED).json()
    assert made.put("/v1/library/glossary", json=[]).status_code == 200
    again = made.post("/v1/assessments", json=ASKED).json()
    prompts = ["".join(map(chr, request.prompt_ids)) for request in engine.asked]
    assert [HINT in prompt for prompt in prompts] == [False, True, False]
    assert before["prompt_sha256"] == again["prompt_sha256"] != after["prompt_sha256"]
    kept = gateway.store.assessment(after["results"][0]["assessment_id"])
    assert kept.origin.prompt_sha256 == after["prompt_sha256"]
    gateway.store.close()


def test_a_batch_of_the_gateway_knows_the_library(tmp_path, recipe):
    engine = ScriptedEngine(ANSWER)
    gateway = make_gateway(tmp_path, hinting(recipe), engine)
    job = {"products": [{"product_id": "p", "user_query": PRODUCT}], "patents": [{"claim_text": CLAIM}]}
    with TestClient(create_app(gateway)) as made:
        made.put("/v1/library/glossary", json=[ROW])
        job_id = made.post("/v1/jobs", json=job).json()["job_id"]
        made.get(f"/v1/jobs/{job_id}/events")  # until it ends
    assert HINT in "".join(map(chr, engine.asked[0].prompt_ids))
    gateway.store.close()


def test_two_answers_side_by_side_have_two_glossaries():
    found, meet = {}, threading.Barrier(2)

    def ask(name, glossary):
        with glossary_in_force(glossary):
            for _ in range(20):
                meet.wait(60)
                found.setdefault(name, set()).add(HINT in hints_for(CASE))

    own = glossary_with((tuple((ROW | {"industry": "cosmetics", "kind": "substance"}).items()),))
    threads = [threading.Thread(target=ask, args=pair) for pair in (("own", own), ("shipped", shipped_glossary()))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"own": {True}, "shipped": {False}}


def test_an_addition_that_fits_no_more_is_said_before_the_gateway_opens(tmp_path):
    store = open_store(tmp_path / "history.sqlite")
    lost = {"canonical": "X", "korean": "엑스", "industry": "cosmetics", "kind": "substance", "is_a": "Lost Class"}
    with store.database.transaction() as connection:
        connection.execute("INSERT INTO glossary_additions VALUES ('X', ?, 'now')", (json.dumps(lost),))
    with pytest.raises(BiniError, match="addition 1, column is_a"):
        store.glossary()
    store.close()


def test_the_origin_of_an_answer_changes_with_the_users_names(own_file, recipe, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shipped = origin_of(recipe, str(tmp_path))
    monkeypatch.setenv(OWN_FILE, str(own_file))
    assert origin_of(recipe, str(tmp_path)).prompt_sha256 != shipped.prompt_sha256


def hinting(recipe):
    return recipe.model_copy(update={"prompt": recipe.prompt.model_copy(update={"hints": True})})


def test_a_worker_on_another_machine_reads_the_glossary_that_travelled_with_its_work(own_file, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster.tempfile, "gettempdir", lambda: str(tmp_path / "there"))
    monkeypatch.setenv(OWN_FILE, str(own_file))
    travels = cluster._own_glossary()
    variables = cluster._environment()
    own_file.unlink()  # there is no such file on the other machine
    monkeypatch.chdir(tmp_path)
    asking = Asking(Recipe(name="r", base_model="b"), Origin(model="m", model_version="v", prompt_sha256="p"))
    cluster.Worker(lambda: nullcontext(None), asking, 0, variables, str(tmp_path), travels)
    assert [mention.candidates for mention in glossary_with().find("MYP-7 2 %")] == [("My Peptide",)]
    monkeypatch.delenv(OWN_FILE)
    assert cluster._own_glossary() is None
