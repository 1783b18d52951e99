"""Recipes."""

import pytest
from conftest import REPOSITORY

from bini.errors import BiniError
from bini.recipe import dump_recipe, load_recipe

RECIPES = sorted((REPOSITORY / "recipes").glob("*.yaml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_shipped_recipe_loads_is_short_and_opens_with_its_header(path):
    recipe = load_recipe(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert recipe.name == path.stem
    assert len(lines) <= 60
    header = "\n".join(lines[:6])
    assert all(f"# {word}:" in header for word in ("Machine", "Command", "Expect"))
    if not recipe.base_model.startswith("embedded:"):
        assert len(recipe.revision) == 40


def test_the_published_hyper_parameters_are_exact():
    recipe = load_recipe(REPOSITORY / "recipes/gemma3-1b-lora.yaml")
    assert (recipe.lora.r, recipe.lora.alpha, recipe.lora.dropout) == (16, 32, 0.05)
    assert (recipe.train.epochs, recipe.train.batch_size, recipe.train.learning_rate) == (10, 1, 2e-4)
    assert len(recipe.lora.target_modules) == 7 and not recipe.train.load_in_4bit


def test_a_resolved_recipe_loads_again_as_itself(tmp_path):
    recipe = load_recipe(REPOSITORY / "recipes/smoke.yaml")
    (tmp_path / "again.yaml").write_text(dump_recipe(recipe), encoding="utf-8")
    assert load_recipe(tmp_path / "again.yaml") == recipe


def test_the_command_line_beats_the_yaml(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text("base_model: embedded:tiny-random\ntrain: {epochs: 5}\n", encoding="utf-8")
    recipe = load_recipe(path, ["train.epochs=2", "lora.r=4"])
    assert (recipe.train.epochs, recipe.lora.r, recipe.lora.alpha) == (2, 4, 32)


def test_all_wrong_keys_and_values_are_said_at_once_with_the_nearest_name(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text("base_model: x\ntrain: {epoch: 5, batch_size: none}\nlorra: {r: 1}\n", encoding="utf-8")
    with pytest.raises(BiniError) as error:
        load_recipe(path)
    said = str(error.value)
    assert "train.epoch: unknown key; the nearest is train.epochs" in said
    assert "train.batch_size" in said and "'none'" in said
    assert "lorra: unknown key; the nearest is lora" in said


@pytest.mark.parametrize("content", ["", "- a\n", "a: [\n"])
def test_a_file_that_is_no_recipe_is_refused(tmp_path, content):
    (tmp_path / "r.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(BiniError, match=r"r\.yaml"):
        load_recipe(tmp_path / "r.yaml")


@pytest.mark.parametrize("override", ["epochs", "name.x=1", "train.epochs=[", "train.epochs=0"])
def test_a_wrong_override_is_refused(override):
    with pytest.raises(BiniError):
        load_recipe(REPOSITORY / "recipes/smoke.yaml", [override])


def test_a_missing_recipe_names_the_shipped_ones(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    with pytest.raises(BiniError, match=r"recipes/smoke\.yaml"):
        load_recipe(REPOSITORY / "recipes/none.yaml")


@pytest.mark.parametrize("text", ["[" * 100_000, "base_model: " + "9" * 5000])
def test_yaml_that_no_reader_should_meet_is_an_error_and_no_traceback(tmp_path, text):
    path = tmp_path / "r.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BiniError, match="not YAML"):
        load_recipe(path)
