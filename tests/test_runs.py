"""A run folder: whole files or none, one process at a time."""

import multiprocessing

import pytest

from bini.errors import BiniError
from bini.runs import Run, new_folder, run_of, write_text


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "metrics.json"
    write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "new \ud800")
    assert path.read_text(encoding="utf-8") == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["metrics.json"]


def test_a_folder_appears_only_when_it_is_whole(tmp_path):
    target = tmp_path / "merged"
    with pytest.raises(RuntimeError), new_folder(target) as folder:
        (folder / "half").touch()
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with new_folder(target) as folder:
        (folder / "first").touch()
    with new_folder(target) as folder:
        (folder / "second").touch()
    assert [found.name for found in target.iterdir()] == ["second"]


def hold(folder, ready, end):
    with Run(folder).locked():
        ready.set()
        end.wait(20)


def test_a_second_process_on_a_run_is_told_who_holds_it(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, end = context.Event(), context.Event()
    process = context.Process(target=hold, args=(tmp_path / "run", ready, end))
    process.start()
    assert ready.wait(20)
    try:
        with pytest.raises(BiniError, match=f"in use by process {process.pid}"), Run(tmp_path / "run").locked():
            pass
    finally:
        end.set()
        process.join(20)
    with Run(tmp_path / "run").locked():
        pass


def test_a_run_keeps_its_resolved_recipe(tmp_path, monkeypatch, recipe):
    monkeypatch.chdir(tmp_path)
    assert "max_quote_tokens: 64" in (run_of(recipe).folder / "recipe.yaml").read_text(encoding="utf-8")
