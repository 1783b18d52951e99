"""Faults injected: a full disk, missing permissions, kills between two steps. Nothing is lost, and it is said what to do."""

import contextlib
import errno
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from bini import cli, gguf_export, runs
from bini.corpus import build
from bini.errors import BiniError
from bini.faults import REMEDIES, explained
from bini.gguf_export import export_gguf
from bini.runs import Run, new_folder, put_back, write_bytes, write_json, write_text
from bini.schema import Case
from bini.training_report import write_training_report

FAULTS = [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO, errno.EDQUOT]


def raises(code):
    def fail(*_, **__):
        raise OSError(code, os.strerror(code))

    return fail


@contextlib.contextmanager
def as_nobody():
    """Give up the right to write everywhere, where a test runs as root."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize("step", ["fsync", "replace", "mkstemp"])
def test_a_write_that_the_disk_refuses_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, code, step):
    path = tmp_path / "metrics.json"
    write_text(path, "old")
    owner = {"fsync": runs.os, "mkstemp": runs.tempfile, "replace": Path}[step]
    with monkeypatch.context() as patched:
        patched.setattr(owner, step, raises(code))
        with pytest.raises(OSError) as caught:
            write_text(path, "new")
    fault = explained(caught.value)
    assert isinstance(fault, BiniError)
    assert str(path) in str(fault) and REMEDIES[code] in str(fault) and os.strerror(code) in str(fault)
    assert path.read_text(encoding="utf-8") == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["metrics.json"]


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_folder_that_the_disk_refuses_leaves_the_old_folder_and_nothing_else(tmp_path, monkeypatch, step):
    target = tmp_path / "adapter"
    with new_folder(target) as folder:
        (folder / "weights").write_bytes(b"old")
    with monkeypatch.context() as patched, pytest.raises(OSError), new_folder(target) as folder:
        (folder / "weights").write_bytes(b"new")
        patched.setattr(runs.os if step == "fsync" else Path, step, raises(errno.ENOSPC))
    assert (target / "weights").read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["adapter"]


def test_a_fault_between_the_two_renames_of_a_folder_puts_the_old_one_back(tmp_path, monkeypatch):
    target, rename = tmp_path / "adapter", Path.rename
    with new_folder(target) as folder:
        (folder / "weights").write_bytes(b"old")

    def fails_for_the_new_one(path, to):
        if path.name.startswith(".adapter-"):
            raise OSError(errno.EIO, "the disk is gone")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", fails_for_the_new_one)
    with pytest.raises(OSError, match="the disk is gone"), new_folder(target) as folder:
        (folder / "weights").write_bytes(b"new")
    assert (target / "weights").read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["adapter"]


def test_a_kill_between_the_two_renames_of_a_folder_is_mended_by_the_next_that_holds_the_run(tmp_path):
    run = Run(tmp_path / "run")
    before = run.folder / ".adapter.before"
    before.mkdir(parents=True)
    (before / "weights").write_bytes(b"old")
    with run.locked():
        assert (run.adapter / "weights").read_bytes() == b"old"
    assert not before.exists()
    before.mkdir()
    put_back(run.adapter)  # the kill came after both renames: what was replaced goes
    assert (run.adapter / "weights").read_bytes() == b"old" and not before.exists()


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    steps, fsync, replace = [], os.fsync, Path.replace
    monkeypatch.setattr(runs.os, "fsync", lambda descriptor: (steps.append("fsync"), fsync(descriptor)))
    monkeypatch.setattr(Path, "replace", lambda path, to: (steps.append("rename"), replace(path, to)))
    write_json(tmp_path / "run.json", {"loss": 0.1})
    assert steps == ["fsync", "rename", "fsync"]  # the file, its name, the folder that holds the name


DETAILS = {
    "recipe": "test",
    "steps": [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0}],
    "epochs": [{"epoch": 1, "loss": 1.0, "token_accuracy": None}],
    "environment": {"machine": {"device": "CPU", "kind": "cpu", "dtype": "float32"}, "versions": {}},
    **dict.fromkeys(("base_model", "revision", "cases_file", "cases_hash", "prompt_hash"), "x"),
    **dict.fromkeys(("rows", "tokens", "supervised_tokens", "longest_row_tokens", "trainable_parameters", "seed"), 1),
    "training_seconds": 60,
}


def write_report(folder):
    write_training_report(folder, DETAILS)


def write_corpus(folder):
    case = Case(case_id="c", regit_num="1", claim_text="c", user_query="q", elements=("e",))
    build.write({"dev": [case]}, folder, accept=True)


def write_model(folder):
    export_gguf(folder, folder / "model.gguf")


WRITERS = [
    (write_report, "loss.png"),
    (write_report, "TRAINING_REPORT.md"),
    (write_corpus, "dev.jsonl"),
    (write_corpus, "hashes.json"),
    (write_model, "model.gguf"),
]


@pytest.fixture
def any_model(monkeypatch):
    """A GGUF export that costs no model: what is read and checked is test_gguf_export's."""
    for name in ("model_of", "vocabulary_of", "check_file", "check_tokenizer"):
        monkeypatch.setattr(gguf_export, name, lambda *_: SimpleNamespace(tensors={}))
    monkeypatch.setattr(gguf_export, "write_gguf", lambda path, *_: path.write_bytes(b"new"))


@pytest.mark.parametrize(("write", "name"), WRITERS)
def test_every_writer_leaves_the_old_file_and_nothing_else_where_the_disk_refuses(
    tmp_path, monkeypatch, any_model, write, name
):
    path, replace = tmp_path / name, Path.replace
    path.write_text("old", encoding="utf-8")

    def refuses_this_one(scratch, to):
        if to == path:
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(scratch, to)

    monkeypatch.setattr(Path, "replace", refuses_this_one)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path)
    assert path.read_text(encoding="utf-8") == "old"
    assert not [found.name for found in tmp_path.iterdir() if found.name.startswith(".")]


@pytest.mark.parametrize(("write", "name"), WRITERS)
def test_every_writer_has_its_file_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch, any_model, write, name):
    synced, fsync, replace = [], os.fsync, Path.replace

    def note(descriptor):
        synced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def named_after_it_is_there(scratch, to):
        assert scratch.stat().st_ino in synced, to
        return replace(scratch, to)

    monkeypatch.setattr(runs.os, "fsync", note)
    monkeypatch.setattr(Path, "replace", named_after_it_is_there)
    write(tmp_path)
    assert (tmp_path / name).stat().st_ino in synced and synced[-1] == tmp_path.stat().st_ino


def test_a_folder_that_nobody_may_write_to_is_named_with_a_remedy(tmp_path):
    with as_nobody(), pytest.raises(OSError) as caught:
        write_bytes(tmp_path / "out" / "metrics.json", b"{}")
    assert str(tmp_path) in str(explained(caught.value)) and "ls -ld" in str(explained(caught.value))
    with as_nobody(), pytest.raises(OSError) as caught, Run(tmp_path / "run").locked():
        pass
    assert "ls -ld" in str(explained(caught.value))
    assert list(tmp_path.iterdir()) == []


def test_a_run_folder_that_may_be_read_but_not_written_to_is_named_with_a_remedy(tmp_path):
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o055)
    run = Run(tmp_path / "run")
    run.folder.mkdir(mode=0o555)
    with as_nobody(), pytest.raises(OSError) as caught, run.locked():
        pass
    assert str(run.folder) in str(explained(caught.value)) and "ls -ld" in str(explained(caught.value))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "out.csv"), "out.csv cannot be used: No space left"),
        (MemoryError(), "Memory has run out"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "Memory has run out"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 8 bytes"), "batch_size"),
        (RuntimeError("PytorchStreamWriter failed writing file data/12"), "Free some space"),
        (Exception("Error while serializing: I/O error: No space left on device (os error 28)"), "Free some space"),
    ],
)
def test_faults_of_the_machine_are_said_in_whatever_words_they_come(error, said):
    assert said in str(explained(error))


def test_a_history_that_cannot_grow_or_be_written_is_said(tmp_path):
    connection = sqlite3.connect(tmp_path / "history.sqlite")
    connection.execute("CREATE TABLE kept (text)")
    connection.execute("PRAGMA max_page_count = 3")
    with pytest.raises(sqlite3.Error) as caught:
        connection.execute("INSERT INTO kept VALUES (?)", ["x" * 100_000])
    assert "No space left on device" in str(explained(caught.value))
    connection.close()
    readonly = sqlite3.connect(f"file:{tmp_path / 'history.sqlite'}?mode=ro", uri=True)
    with pytest.raises(sqlite3.Error) as caught:
        readonly.execute("INSERT INTO kept VALUES ('x')")
    assert "ls -ld" in str(explained(caught.value))
    with pytest.raises(sqlite3.Error) as caught:
        readonly.execute("SELECT nothing FROM nowhere")
    assert explained(caught.value) is None
    readonly.close()


@pytest.mark.parametrize("error", [KeyError("x"), OSError(errno.ENOENT, "gone"), RuntimeError("shape"), ValueError()])
def test_an_error_of_the_program_keeps_its_traceback(error):
    assert explained(error) is None


@pytest.mark.parametrize("code", FAULTS)
def test_the_command_line_says_a_fault_without_a_traceback_and_exits_with_2(monkeypatch, capsys, tmp_path, code):
    monkeypatch.setattr(runs.os, "fsync", raises(code))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["bini", "data", str(Path(__file__).parents[1] / "recipes/smoke.yaml")])
    monkeypatch.setattr("bini.prepare.prepare", lambda recipe, out: write_text(out / "cases.jsonl", "x"))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2 and REMEDIES[code] in said and "cases.jsonl" in said


def test_a_holder_that_died_locks_nobody_out_and_a_clock_that_goes_backwards_hurts_no_lock(tmp_path, monkeypatch):
    code = (
        "import os, sys; from pathlib import Path; from bini.runs import Run\n"
        "with Run(Path(sys.argv[1])).locked(): os.kill(os.getpid(), 9)"
    )
    dead = subprocess.run([sys.executable, "-c", code, str(tmp_path / "run")], check=False)
    assert dead.returncode == -9 and (tmp_path / "run/.lock.holder").exists()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "strftime", lambda *_: "1970-01-01 00:00:00")
    with Run(tmp_path / "run").locked():
        assert f"process {os.getpid()}" in (tmp_path / "run/.lock.holder").read_text(encoding="utf-8")
    assert not (tmp_path / "run/.lock.holder").exists()
