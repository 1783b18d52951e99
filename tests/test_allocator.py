"""tcmalloc is preloaded for training where the machine has it, once, and not against the user's word."""

import sys

import pytest

from bini import allocator, cli
from bini.allocator import environment_with_tcmalloc


def found(name):
    return f"lib{name}.so.4"


def nothing(_name):
    return None


def test_the_smaller_library_is_preloaded_and_keeps_its_memory():
    environment = environment_with_tcmalloc({"PATH": "/bin"}, found)
    assert environment == {"PATH": "/bin", "LD_PRELOAD": "libtcmalloc_minimal.so.4", "TCMALLOC_RELEASE_RATE": "0"}
    only_full = environment_with_tcmalloc({}, lambda name: found(name) if name == "tcmalloc" else None)
    assert only_full["LD_PRELOAD"] == "libtcmalloc.so.4"


def test_what_the_user_preloads_and_sets_stays():
    environment = environment_with_tcmalloc({"LD_PRELOAD": "libx.so", "TCMALLOC_RELEASE_RATE": "5"}, found)
    assert environment == {"LD_PRELOAD": "libtcmalloc_minimal.so.4 libx.so", "TCMALLOC_RELEASE_RATE": "5"}


@pytest.mark.parametrize(
    ("environment", "find"),
    [
        ({}, nothing),
        ({"BINI_ALLOCATOR": "system"}, found),
        ({"LD_PRELOAD": "libjemalloc.so.2"}, found),
        ({"LD_PRELOAD": "libtcmalloc_minimal.so.4"}, found),  # the process that was started again
    ],
)
def test_nothing_starts_again_without_the_library_against_the_word_or_twice(environment, find):
    assert environment_with_tcmalloc(environment, find) is None


@pytest.mark.parametrize(("command", "starts_again"), [("train", True), ("data", False)])
def test_training_alone_starts_itself_again(command, starts_again, monkeypatch):
    started = []
    monkeypatch.setattr(sys, "argv", ["bini", command, "nowhere.yaml"])
    monkeypatch.setattr(allocator, "environment_with_tcmalloc", lambda _: {"LD_PRELOAD": "libtcmalloc_minimal.so.4"})
    monkeypatch.setattr(allocator.os, "execve", lambda *how: started.append(how))
    monkeypatch.setenv("BINI_PROFILE", "cpu")
    with pytest.raises(SystemExit):
        cli.main()
    again = [sys.executable, "-m", "bini.cli", command, "nowhere.yaml"]
    assert started == ([(sys.executable, again, {"LD_PRELOAD": "libtcmalloc_minimal.so.4"})] if starts_again else [])
