"""Batches: tables in, results out, and no pair lost or asked twice, whatever is killed in between."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile

import openpyxl
import pytest
from conftest import ScriptedEngine

from bini.errors import BiniError
from bini.screen import answer_pairs, summary
from bini.screen.journal import Journal, pairs_of
from bini.screen.results import write_results
from bini.screen.tables import read_patents, read_products
from bini.store import JobPatent, JobProduct, Origin

ORIGIN = Origin(model="m", model_version="v1", prompt_sha256="p")
PRODUCTS = [JobProduct(product_id=f"p{n}", user_query=f"ATBC {n}% 앰플") for n in range(4)]
PATENTS = [JobPatent(regit_num=f"{n}", claim_text="ATBC를 포함하는 화장료.", elements=("ATBC",)) for n in range(2)]
YES = '{"1":["ATBC","대응"],"risk_level":"높음"}'
NO = '{"1":[null,"미대응"],"risk_level":"낮음"}'


def workbook(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.csv", "id,text\n1,앰플\n2,크림\n".encode()),
        ("p.csv", "제품번호,제품 설명\r\n1,앰플\r\n2,크림\r\n".encode("cp949")),
        ("p.csv", "\ufeffid;text\n1;앰플\n\n2;크림\n".encode()),
        ("p.tsv", "user_query\tid\n앰플\t1\n크림\t2\n".encode()),
        ("p.jsonl", '{"id":1,"text":"앰플"}\n\n{"case_id":"2","user_query":"크림"}\n'.encode()),
        ("p.xlsx", workbook([["ID", "Text"], [1, "앰플"], [None, None], ["2", "크림"]])),
    ],
)
def test_products_are_read_from_every_kind_of_table(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    found = [(product.product_id, product.user_query) for product in read_products(tmp_path / name)]
    assert found == [("1", "앰플"), ("2", "크림")]


def test_patents_are_read_with_their_elements(tmp_path):
    path = tmp_path / "patents.jsonl"
    path.write_text('{"regit_num":"7","claim_text":"A와 B","elements":["A","B"]}\n', encoding="utf-8")
    assert read_patents(path) == [JobPatent(regit_num="7", claim_text="A와 B", elements=("A", "B"))]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("p.csv", b"", "holds no product"),
        ("p.csv", b"id,name\n1,x\n", "missing: text"),
        ("p.csv", b"id,text\n1,\n", "p.csv:2, text: empty"),
        ("p.csv", b"id,text\n1,a\n1,b\n", "also in row 2"),
        ("p.csv", b'id,text\n1,"a\n', "is not CSV"),
        ("p.csv", b"id,text\n1,\xff\xff\xff\n", "neither UTF-8 nor CP949"),
        ("p.csv", b"id,text\n1," + b"x" * 20001, "at most 20000"),
        ("p.jsonl", b"[1]\n", "p.jsonl:1: found list"),
        ("p.jsonl", b"{\n", "p.jsonl:1: not JSON"),
        ("p.jsonl", b'{"text":"\\ud800"}\n', "surrogate"),
        ("p.xlsx", b"PK\x03\x04no", "is no workbook"),
        ("p.xlsx", b"", "is no workbook"),
        ("p.pdf", b"x", "is no table"),
    ],
)
def test_a_wrong_table_is_said_with_its_row_and_remedy(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BiniError, match=said):
        read_products(tmp_path / name)


def rezipped(change):
    """Return a good workbook with one part changed or added."""
    source = zipfile.ZipFile(io.BytesIO(workbook([["id", "text"], [1, "앰플"]])))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        parts = {name: source.read(name) for name in source.namelist()}
        for name, content in change(parts).items():
            target.writestr(name, content)
    return buffer.getvalue()


ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst/>'


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda parts: {**parts, "xl/bomb.xml": b"0" * 50_000_000}, "unpacks to 50 MB"),
        (lambda parts: {**parts, "xl/vbaProject.bin": b"x"}, "holds macros"),
        (lambda parts: {**parts, "xl/worksheets/sheet1.xml": ENTITY}, "XML entities"),
        (lambda parts: {**parts, "xl/sharedStrings.xml": ENTITY.decode().encode("utf-16")}, "XML entities"),
        (lambda parts: {**parts, "xl/worksheets/sheet1.xml": b"<broken"}, "no workbook"),
        (lambda parts: {name: content for name, content in parts.items() if "workbook.xml" not in name}, "no workbook"),
        (lambda parts: {**parts, **{f"xl/{n}.txt": b"" for n in range(2100)}}, "2110 parts|parts"),
    ],
)
def test_a_harmful_workbook_is_refused(tmp_path, change, said):
    with pytest.raises(BiniError, match=said):
        read_products(tmp_path / "p.xlsx", rezipped(change))


def test_each_pair_is_asked_once_and_the_riskiest_come_first(tmp_path, recipe):
    pairs = pairs_of(PRODUCTS, PATENTS, ORIGIN)
    engine = ScriptedEngine(NO, YES, NO, YES, NO, NO, "{", NO)
    with Journal(tmp_path / "j") as journal:
        answer_pairs(pairs, journal, engine, recipe, ORIGIN, chunk=3)
        assert summary(pairs, journal) == "8 pairs: 높음 2, 애매 0, 낮음 5, without an answer 1"
        rows = [journal.rows[pair.pair_id] for pair in pairs]
    assert len(engine.asked) == 8
    for suffix in ("jsonl", "csv", "xlsx"):
        write_results(rows, tmp_path / f"out.{suffix}")
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["risk_level"] for row in found] == ["높음"] * 2 + ["낮음"] * 5 + [None] and found[-1]["error"]
    lines = list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8-sig"))))
    assert lines[1][:3] == ["p0", "1", "높음"] and len(lines) == 10 and "법률 자문이 아닙니다" in lines[-1][0]
    matrix = [[c.value for c in row] for row in openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[1].rows]
    assert len(matrix) == 5 and sum(row.count("높음") for row in matrix) == 2


def test_a_second_call_asks_only_for_what_is_new_or_changed(tmp_path, recipe):
    with Journal(tmp_path / "j") as journal:
        answer_pairs(pairs_of(PRODUCTS[:2], PATENTS, ORIGIN), journal, ScriptedEngine(*[YES] * 4), recipe, ORIGIN)
    engine = ScriptedEngine(*[NO] * 3)
    changed = [PRODUCTS[0], PRODUCTS[1].model_copy(update={"user_query": "새 설명"})]
    with Journal(tmp_path / "j") as journal:
        answer_pairs(pairs_of(changed, PATENTS, ORIGIN), journal, engine, recipe, ORIGIN)
    assert len(engine.asked) == 2
    with Journal(tmp_path / "j") as journal:
        other = ORIGIN.model_copy(update={"model_version": "v2"})
        assert not [pair for pair in pairs_of(changed, PATENTS, other) if pair.pair_id in journal.rows]


def test_a_torn_line_is_cut_off_and_a_damaged_one_answered_anew(tmp_path, recipe, capsys):
    pairs = pairs_of(PRODUCTS, PATENTS, ORIGIN)
    with Journal(tmp_path / "j") as journal:
        answer_pairs(pairs, journal, ScriptedEngine(*[YES] * 8), recipe, ORIGIN)
    content = (tmp_path / "j").read_bytes()
    lines = content.splitlines(keepends=True)
    (tmp_path / "j").write_bytes(
        b"".join([lines[0].replace("높음".encode(), "낮음".encode()), *lines[1:7], lines[7][:40]])
    )
    engine = ScriptedEngine(NO, NO)
    with Journal(tmp_path / "j") as journal:
        answer_pairs(pairs, journal, engine, recipe, ORIGIN)
        assert len(journal.rows) == 8 and len(engine.asked) == 2
    assert "1 damaged lines" in capsys.readouterr().err


def test_two_processes_do_not_share_a_journal(tmp_path):
    with Journal(tmp_path / "j"), pytest.raises(BiniError, match="in use"), Journal(tmp_path / "j"):
        pass


SLOW_BATCH = """
import sys, time
sys.path[:0] = [sys.argv[1]]
from pathlib import Path
from test_screen import *
from bini.recipe import Recipe
class Slow(ScriptedEngine):
    def generate(self, requests):
        time.sleep(0.02)
        return [self.one(r) for r in requests]
    def one(self, request):
        self.script = [YES]
        return ScriptedEngine.generate(self, [request])[0]
products = [JobProduct(product_id=f"p{n}", user_query=f"ATBC {n}% 앰플") for n in range(60)]
with Journal(Path(sys.argv[2])) as journal:
    answer_pairs(pairs_of(products, PATENTS, ORIGIN), journal, Slow(), Recipe(name="t", base_model="x"), ORIGIN, chunk=4)
"""


@pytest.mark.slow
def test_a_batch_that_is_killed_again_and_again_loses_and_repeats_nothing(tmp_path):
    from conftest import REPOSITORY

    command = [sys.executable, "-c", SLOW_BATCH, str(REPOSITORY / "tests"), str(tmp_path / "j")]
    kills = 0
    for attempt in range(40):
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        size = (tmp_path / "j").stat().st_size if (tmp_path / "j").exists() else 0
        deadline = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < deadline:
            if (tmp_path / "j").exists() and (tmp_path / "j").stat().st_size > size:
                time.sleep(0.007 * (attempt % 5))
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
                break
            time.sleep(0.002)
        error = process.communicate()[1]
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, error
    assert kills >= 10 and process.returncode == 0
    lines = [line.partition(b" ")[2] for line in (tmp_path / "j").read_bytes().splitlines()]
    ids = [json.loads(line)["pair_id"] for line in lines]
    assert len(ids) == len(set(ids)) == 120
