"""The command line, what loads when, and what is installed."""

import subprocess
import sys
import tomllib

import pytest
from click.testing import CliRunner
from conftest import REPOSITORY

from bini.cli import cli
from bini.errors import BiniError


def run(*arguments, cwd=REPOSITORY):
    return subprocess.run(
        [sys.executable, "-m", "bini.cli", *arguments], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.mark.parametrize("module", ["schema", "prompts", "rules", "metrics", "cases", "recipe", "cli", "hardware"])
def test_light_rooms_load_neither_torch_nor_vllm(module):
    code = (
        f"import sys, bini.{module}; "
        "heavy = {'torch', 'vllm', 'transformers', 'unsloth'} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr == ""


def test_every_file_of_the_package_is_installed_with_it():
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    kinds = {pattern.removeprefix("**/*") for pattern in settings["tool"]["setuptools"]["package-data"]["bini"]}
    found = {path.suffix for path in (REPOSITORY / "bini").rglob("*") if path.is_file()} - {".py", ".pyc"}
    assert found == kinds


def test_every_command_has_help():
    for name in cli.commands:
        result = CliRunner().invoke(cli, [name, "--help"])
        assert result.exit_code == 0 and result.output.count("\n") > 3


def test_an_error_is_said_without_a_traceback_and_exits_with_2():
    result = run("train", "recipes/none.yaml")
    assert result.returncode == 2
    assert "There is no recipe" in result.stderr and "Traceback" not in result.stderr and result.stdout == ""


def test_a_wrong_option_exits_with_2():
    assert run("eval").returncode == 2
    assert run("no-such-command").returncode == 2


def test_a_vllm_of_ones_own_and_one_elsewhere_exclude_each_other():
    result = CliRunner().invoke(cli, ["serve", "recipes/smoke.yaml", "--vllm-only", "--upstream", "http://127.0.0.1:9"])
    assert isinstance(result.exception, BiniError) and "give one of the two" in str(result.exception)


def test_recipe_prints_the_resolved_recipe_and_the_machine_with_reasons():
    result = run("recipe", "recipes/smoke.yaml", "train.epochs=7")
    assert "epochs: 7" in result.stdout and "# machine:" in result.stdout and "float" in result.stdout


def test_data_reports_the_distribution_and_writes_both_files(tmp_path):
    result = run("data", "recipes/smoke.yaml", "--out", str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert "높음 10  애매 11  낮음 14" in result.stdout
    assert len((tmp_path / "sft_train.jsonl").read_text(encoding="utf-8").splitlines()) == 35
    assert len((tmp_path / "cases.jsonl").read_text(encoding="utf-8").splitlines()) == 35


def test_eval_without_a_merged_model_says_how_to_make_one(tmp_path):
    (tmp_path / "r.yaml").write_text("base_model: embedded:tiny-random\n", encoding="utf-8")
    (tmp_path / "cases.jsonl").write_text(
        '{"case_id":"a","regit_num":"1","claim_text":"c","user_query":"q"}\n', encoding="utf-8"
    )
    result = run("eval", "r.yaml", "--cases", "cases.jsonl", cwd=tmp_path)
    assert result.returncode == 2 and "make merge" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--product", "x"], "either --claim"),
        (["--product", "", "--claim", "c"], "--product is empty"),
        (["--product", "@none.txt", "--claim", "c"], "cannot be read"),
        (["--product", "x", "--regit-num", "7"], "holds no patent 7"),
    ],
)
def test_assess_says_what_is_missing_before_anything_is_loaded(arguments, said):
    result = run("assess", "recipes/smoke.yaml", *arguments)
    assert result.returncode == 2 and said in result.stderr


def test_serve_refuses_to_open_the_gateway_to_the_network_without_a_key(tmp_path):
    result = run("serve", "recipes/smoke.yaml", "--host", "0.0.0.0", "--store", str(tmp_path / "history.sqlite"))
    assert result.returncode == 2 and "SSH tunnel" in result.stderr
