"""Batches: tables in, results out, and no pair lost or asked twice, whatever is killed in between."""

import contextlib
import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
from conftest import ScriptedEngine

from bini.errors import BiniError
from bini.screen import count_left, keep, summary
from bini.screen.answering import Asking, answers_here
from bini.screen.journal import Journal
from bini.screen.out import check_out, check_size, write_out
from bini.screen.pairs import Pairs
from bini.screen.parts import write_parts
from bini.screen.rows import MAX_ROWS
from bini.screen.tables import ProductTable, read_patents, read_products
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


def parquet(**columns):
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), buffer)
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
        ("p.parquet", parquet(id=[1, 2], text=["앰플", "크림"], other=[[0.1], [0.2]])),
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
        ("p.jsonl", b'{"id":"\\ud800","text":"x"}\n', "id: holds half a character"),
        ("p.parquet", b"PAR1", "is no Parquet"),
        ("p.parquet", parquet(id=[1], name=["x"]), "missing: text"),
        ("p.parquet", parquet(id=[1], text=[None]), "p.parquet:1, text: empty"),
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


def batch(products=PRODUCTS, origin=ORIGIN):
    return Pairs(products, PATENTS, origin)


def answered(pairs, journal, engine, recipe, **how):
    """Answer what is left, as `bini screen` does, with a script for an engine."""
    todo = (pair for pair in pairs if pair.pair_id not in journal)
    answers = answers_here(todo, lambda: contextlib.nullcontext(engine), Asking(recipe, pairs.origin, **how))
    keep(answers, journal, max(1, count_left(pairs, journal)))
    return journal.results(pair.pair_id for pair in pairs)


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_pair_is_asked_once_and_the_riskiest_come_first(tmp_path, recipe, monkeypatch):
    monkeypatch.setattr("bini.screen.answering.CHUNK", 3)
    engine = ScriptedEngine(NO, YES, NO, YES, NO, NO, "{", NO)
    with Journal(tmp_path / "j") as journal:
        results = answered(batch(), journal, engine, recipe)
        assert summary(results) == "8 pairs: 높음 2, 애매 0, 낮음 5, without an answer 1"
        for suffix in ("jsonl", "csv", "xlsx", "parquet"):
            write_out(results, tmp_path / f"out.{suffix}")
    assert len(engine.asked) == 8
    found = read_lines(tmp_path / "out.jsonl")
    assert [row["risk_level"] for row in found] == ["높음"] * 2 + ["낮음"] * 5 + [None] and found[-1]["error"]
    lines = list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8-sig"))))
    assert lines[1][:3] == ["p0", "1", "높음"] and len(lines) == 10 and "법률 자문이 아닙니다" in lines[-1][0]
    matrix = [[c.value for c in row] for row in openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[1].rows]
    assert len(matrix) == 5 and sum(row.count("높음") for row in matrix) == 2
    failed = read_lines(tmp_path / "out.parquet.failed.jsonl")
    assert [row["pair_id"] for row in failed] == [found[-1]["pair_id"]] and failed[0]["raw_text"] == "{"


def test_parquet_parts_hold_the_same_rows_under_a_manifest(tmp_path, recipe):
    engine = ScriptedEngine(NO, YES, NO, YES, NO, NO, "{", NO)
    with Journal(tmp_path / "j") as journal:
        results = answered(batch(), journal, engine, recipe)
        write_out(results, tmp_path / "out.jsonl")
        write_parts(results, tmp_path / "out", part_rows=3)
    manifest = json.loads((tmp_path / "out/_manifest.json").read_text(encoding="utf-8"))
    assert manifest["rows"] == 8 and manifest["kinds"]["failed"] == 1
    rows = []
    for part in manifest["parts"]:
        content = (tmp_path / "out" / part["file"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (part["bytes"], part["sha256"])
        rows += pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
    assert [part["rows"] for part in manifest["parts"]] == [3, 3, 2]
    assert pyarrow.parquet.read_table(tmp_path / "out").to_pylist() == rows
    for row, line in zip(rows, read_lines(tmp_path / "out.jsonl"), strict=True):
        line.pop("disclaimer")
        assert {key: value for key, value in row.items() if key in line} == line
        assert all(row[key] is None for key in row.keys() - line.keys())


def test_no_folder_but_an_earlier_result_is_overwritten(tmp_path, recipe):
    (tmp_path / "papers").mkdir()
    check_out(tmp_path / "papers")
    (tmp_path / "papers/thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(BiniError, match="holds no results"):
        check_out(tmp_path / "papers")
    with pytest.raises(BiniError, match="is no format"):
        check_out(tmp_path / "out.pdf")
    with pytest.raises(BiniError, match="more than a sheet"):
        check_size(tmp_path / "out.xlsx", 10_000, 500)
    check_size(tmp_path / "out.csv", 10_000, 500)


def test_a_second_call_asks_only_for_what_is_new_or_changed(tmp_path, recipe):
    with Journal(tmp_path / "j") as journal:
        answered(batch(PRODUCTS[:2]), journal, ScriptedEngine(*[YES] * 4), recipe)
    engine = ScriptedEngine(*[NO] * 3)
    changed = [PRODUCTS[0], PRODUCTS[1].model_copy(update={"user_query": "새 설명"})]
    with Journal(tmp_path / "j") as journal:
        answered(batch(changed), journal, engine, recipe)
    assert len(engine.asked) == 2
    with Journal(tmp_path / "j") as journal:
        other = ORIGIN.model_copy(update={"model_version": "v2"})
        assert count_left(batch(changed, other), journal) == 4


def test_a_torn_line_is_cut_off_and_a_damaged_one_answered_anew(tmp_path, recipe, capsys):
    with Journal(tmp_path / "j") as journal:
        answered(batch(), journal, ScriptedEngine(*[YES] * 8), recipe)
    content = (tmp_path / "j").read_bytes()
    lines = content.splitlines(keepends=True)
    (tmp_path / "j").write_bytes(
        b"".join([lines[0].replace("높음".encode(), "낮음".encode()), *lines[1:7], lines[7][:40]])
    )
    engine = ScriptedEngine(NO, NO)
    with Journal(tmp_path / "j") as journal:
        answered(batch(), journal, engine, recipe)
        assert len(journal) == 8 and len(engine.asked) == 2
    assert "1 damaged lines" in capsys.readouterr().err


@pytest.mark.parametrize("torn", [b"", b"x", b"x" * 200_000])
def test_whatever_is_torn_is_cut_off_up_to_the_last_whole_line(tmp_path, recipe, torn):
    with Journal(tmp_path / "j") as journal:
        answered(batch(PRODUCTS[:1]), journal, ScriptedEngine(YES, YES), recipe)
    whole = (tmp_path / "j").read_bytes()
    for before in (whole, b""):
        (tmp_path / "j").write_bytes(before + torn)
        with Journal(tmp_path / "j") as journal:
            assert len(journal) == (2 if before else 0)
        assert (tmp_path / "j").read_bytes() == before


class Touchy(ScriptedEngine):
    """Answers, but fails at some products and at a batch that holds one."""

    def __init__(self, *poison):
        super().__init__()
        self.poison = poison

    def generate(self, requests):
        texts = ["".join(map(chr, request.prompt_ids)) for request in requests]
        for word in self.poison:
            if any(word in text for text in texts):
                raise ValueError(f"cannot stand {word}")
        self.script = [YES] * len(requests)
        return super().generate(requests)


def test_a_pair_that_breaks_the_stack_costs_only_itself_and_is_asked_again_where_that_is_wanted(tmp_path, recipe):
    with Journal(tmp_path / "j") as journal:
        results = answered(batch(), journal, Touchy("ATBC 2%"), recipe)
        assert results.counts()["failed"] == 2 and len(results) == 8
        errors = {row["error"] for row in results.of_kind("failed")}
        assert errors == {"ValueError: cannot stand ATBC 2%"}
    with Journal(tmp_path / "j") as journal:
        engine = Touchy()
        assert answered(batch(), journal, engine, recipe).counts()["failed"] == 2 and not engine.asked
    with Journal(tmp_path / "j", redo={"failed"}) as journal:
        assert answered(batch(), journal, engine, recipe).counts()["failed"] == 0 and len(engine.asked) == 2
    with Journal(tmp_path / "j") as journal:
        assert answered(batch(), journal, engine, recipe).counts()["높음"] == 8 and len(engine.asked) == 2


def test_an_engine_that_fails_at_everything_is_an_error_and_no_row(tmp_path, recipe):
    with Journal(tmp_path / "j") as journal:
        with pytest.raises(ValueError, match="cannot stand ATBC"):
            answered(batch(), journal, Touchy("ATBC"), recipe)
        assert len(journal) == 0


def test_settled_pairs_are_marked_and_not_asked_only_where_that_is_wanted(tmp_path, recipe):
    products = [PRODUCTS[1], JobProduct(product_id="none", user_query="ATBC 무첨가 앰플입니다.")]
    with Journal(tmp_path / "j") as journal:
        engine = ScriptedEngine(YES, YES)
        results = answered(batch(products), journal, engine, recipe, skip_settled=True)
        rows = list(results)
        assert summary(results) == "4 pairs: 높음 2, 애매 0, 낮음 2 (2 by code)" and len(engine.asked) == 2
    assert [(row["product_id"], row["settled_by_code"], row["risk_level"]) for row in rows[2:]] == [
        ("none", "denied", "낮음"),
    ] * 2
    assert all("모델에 묻지 않음" in row["flags"][0] for row in rows[2:])
    engine = ScriptedEngine(NO, NO)
    with Journal(tmp_path / "j", redo={"settled"}) as journal:  # as without --skip-settled
        rows = list(answered(batch(products), journal, engine, recipe))
    assert len(engine.asked) == 2 and [row["settled_by_code"] for row in rows] == [None] * 4


def test_a_table_of_any_length_is_read_a_row_at_a_time_and_an_upload_is_limited(tmp_path):
    lines = "".join(f"{number},앰플\n" for number in range(MAX_ROWS + 5))
    path = tmp_path / "p.csv"
    path.write_text("id,text\n" + lines, encoding="utf-8")
    table = ProductTable(path)
    assert len(table) == MAX_ROWS + 5 and next(iter(table)).product_id == "0"
    with pytest.raises(BiniError, match="more than 10000 rows"):
        read_products(path, path.read_bytes())
    path.write_text("id,text\n1,다른 앰플\n", encoding="utf-8")
    with pytest.raises(BiniError, match="was changed while"):
        iter(table)


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
import bini.screen.answering
bini.screen.answering.CHUNK = 4
products = [JobProduct(product_id=f"p{n}", user_query=f"ATBC {n}% 앰플") for n in range(60)]
with Journal(Path(sys.argv[2])) as journal:
    answered(batch(products), journal, Slow(), Recipe(name="t", base_model="x"))
"""


@pytest.mark.slow
def test_a_batch_that_is_killed_again_and_again_loses_and_repeats_nothing(tmp_path):
    from conftest import REPOSITORY

    command = [sys.executable, "-c", SLOW_BATCH, str(REPOSITORY / "tests"), str(tmp_path / "j")]
    kills = 0
    for attempt in range(40):
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        size = (tmp_path / "j").stat().st_size if (tmp_path / "j").exists() else 0
        deadline = time.monotonic() + 120
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
