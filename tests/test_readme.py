"""What README and docs tell a person to type is understood: targets, commands, options, recipes and links exist."""

import re
import shlex
import subprocess

import pytest
from conftest import REPOSITORY

from bini.cli import cli

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
PLACEHOLDER = re.compile(r"\b[A-Z]{4,}\b|…|\.\.\.")


def typed(page):
    """Return the command lines of a page's bash and console blocks, continued lines joined, comments dropped."""
    blocks = re.findall(r"```(?:bash|console|sh)\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line.removeprefix("$ "), comments=True) for line in lines if line.strip() and "EOF" not in line]


COMMANDS = [(page.name, words) for page in PAGES for words in typed(page) if words]


def of(*programs):
    return [
        pytest.param(words, id=f"{name}:{' '.join(words)[:60]}") for name, words in COMMANDS if words[0] in programs
    ]


@pytest.mark.parametrize("words", of("make"))
def test_every_make_command_has_its_target(words):
    done = subprocess.run(
        ["make", "--dry-run", *words[1:]], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", of(".venv/bin/bini", "bini"))
def test_every_bini_command_parses(words, monkeypatch):
    monkeypatch.setattr("click.core.confirm", lambda *_, **__: True)  # parsing asks; nothing is invoked
    if any(PLACEHOLDER.search(word) for word in words):
        pytest.skip("a form with placeholders, no command to type")
    command = cli
    arguments = words[1:]
    while hasattr(command, "commands"):
        command, arguments = command.commands[arguments[0]], arguments[1:]
    command.make_context(words[1], arguments, resilient_parsing=False).close()
    for word in words:
        if word.startswith("recipes/"):
            assert (REPOSITORY / word).is_file(), word


def test_the_two_commands_of_the_readme_come_first():
    commands = [words for name, words in COMMANDS if name == "README.md"]
    assert commands[:2] == [["make", "eval"], ["make", "test"]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_into_the_repository_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_shipped_recipe_is_in_the_readme():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for path in (REPOSITORY / "recipes").glob("*.yaml"):
        assert f"`{path.stem}`" in text, path.stem
