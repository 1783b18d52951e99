"""Plans: shapes against published facts, every shipped GPU recipe against its card, and refusals."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from conftest import REPOSITORY

from bini import weights
from bini.errors import BiniError
from bini.plan import check_fit, plan, plan_for
from bini.plan.cards import card_named
from bini.plan.memory import activation_bytes, sequence_bytes, training_memory, weight_bytes
from bini.plan.shapes import SHAPES, shape_of
from bini.plan.work import adapter_parameters, answering_flops, attended_pairs, forward_flops, training_flops
from bini.recipe import Lora, load_recipe

RECIPES = {path.stem: path for path in sorted((REPOSITORY / "recipes").glob("*.yaml"))}
GPU_RECIPES = ("gemma3-1b-bini", "gemma3-1b-lora", "gemma3-1b-qlora", "gemma3-4b-qlora", "qwen3-8b-qlora")
CARD = card_named("rtx-2000-ada")
SMALL = SHAPES["embedded:gemma-3-270m"]


@pytest.fixture(autouse=True)
def _in_repository(monkeypatch):
    monkeypatch.chdir(REPOSITORY)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("embedded:gemma-3-270m", 268_098_176),
        ("google/gemma-3-1b-it", 999_885_952),
        ("google/gemma-3-4b-it", 4_300_079_472),
        ("Qwen/Qwen3-8B", 8_190_735_360),
    ],
)
def test_a_shape_has_the_published_number_of_parameters(name, parameters):
    assert SHAPES[name].parameters == parameters


def test_a_shape_is_read_from_a_model_folder_as_the_table_has_it(tmp_path):
    config = weights.GEMMA_3_270M | {"model_type": "gemma3_text", "vocab_size": 262_144}
    config["layer_types"] = (["sliding_attention"] * 5 + ["full_attention"]) * 3
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert shape_of(str(tmp_path)) == SMALL


def test_a_model_of_unknown_shape_is_said_with_the_known_ones(tmp_path):
    with pytest.raises(BiniError, match=r"(?s)org/model.*Qwen/Qwen3-8B"):
        shape_of("org/model")
    (tmp_path / "config.json").write_text('{"model_type": "x"}', encoding="utf-8")
    with pytest.raises(BiniError, match=r"config\.json does not say"):
        shape_of(str(tmp_path))


def test_an_adapter_has_as_many_parameters_as_training_counts():
    """3,796,992 trainable parameters is what Unsloth reports for r=16 on all seven matrices."""
    assert adapter_parameters(SMALL, Lora(r=16)) == 3_796_992
    assert adapter_parameters(SMALL, Lora(r=8, target_modules=("q_proj",))) == 18 * 8 * (640 + 1024)


def test_work_is_counted_by_the_formula():
    assert attended_pairs(SMALL, [3]) == 18 * 6
    assert attended_pairs(SMALL, [600]) == 3 * (600 * 601 // 2) + 15 * (512 * 513 // 2 + 88 * 512)
    assert forward_flops(SMALL, 10, 0, 0) == 20 * SMALL.linear_parameters
    assert forward_flops(SMALL, 0, 0, 2) == 4 * 262_144 * 640
    assert answering_flops(SMALL, [5], [2]) == forward_flops(SMALL, 7, 18 * 28, 2)
    lora = Lora(r=16)
    expected = 2 * forward_flops(SMALL, 7, 18 * 28, 2) + 6 * 3_796_992 * 7
    assert training_flops(SMALL, lora, [7], 2) == expected


@pytest.mark.parametrize("name", GPU_RECIPES)
def test_every_shipped_gpu_recipe_fits_16_gb_with_one_to_spare(name):
    recipe = load_recipe(RECIPES[name])
    if (
        recipe.data.corpus is not None
    ):  # made by a command, so not in a fresh clone; a checked-in split has the same rows
        recipe = load_recipe(RECIPES[name], ["data.corpus=data/corpus/test_iid.jsonl"])
    found = plan_for(recipe, CARD)
    check_fit(found, recipe)
    assert sum(found.training_bytes.values()) <= 15e9
    assert sum(found.serving_bytes.values()) <= 15e9
    assert found.max_sequences >= 1


def test_of_many_cases_some_prompts_are_read_and_the_rows_are_as_long_on_average(monkeypatch, make_case, make_label):
    recipe = load_recipe(RECIPES["gemma3-1b-lora"])
    cases = [make_case(user_query="ATBC 2% 앰플 " * (1 + n % 5), label=make_label()) for n in range(1000)]

    def row_tokens(some):
        monkeypatch.setattr("bini.plan.charts_as_read", lambda *_: some)
        found = plan_for(recipe, CARD)
        assert found.rows == len(some)
        return found.row_tokens

    read = []
    monkeypatch.setattr("bini.plan.messages", lambda case, *_: read.append(case) or [{"content": case.user_query}])
    exact = sum(row_tokens(cases[n : n + 100]) for n in range(0, 1000, 100)) / 10
    assert len(read) == 1000
    assert row_tokens(cases + cases[:1]) == pytest.approx(exact, rel=0.05) and len(read) < 1101


def test_every_recipe_of_a_hub_model_is_planned_here():
    hub = {name for name, path in RECIPES.items() if not load_recipe(path).base_model.startswith("embedded:")}
    assert hub == set(GPU_RECIPES)


@pytest.mark.parametrize(
    ("name", "overrides", "said"),
    [
        ("gemma3-4b-qlora", ["train.batch_size=64", "train.gradient_checkpointing=false"], r"batch_size=32"),
        ("qwen3-8b-qlora", ["train.load_in_4bit=false"], r"train\.load_in_4bit=true"),
        ("qwen3-8b-qlora", ["engine.quantization=null"], r"engine\.quantization=bitsandbytes"),
        (
            "gemma3-4b-qlora",
            ["train.gradient_checkpointing=false", "train.max_length=8192"],
            r"gradient_checkpointing=true",
        ),
        ("gemma3-1b-lora", ["engine.gpu_memory_utilization=0.99"], r"gpu_memory_utilization=0\.94"),
    ],
)
def test_a_recipe_that_cannot_fit_is_refused_with_the_knob_to_turn(name, overrides, said):
    recipe = load_recipe(RECIPES[name], overrides)
    with pytest.raises(BiniError, match=said):
        check_fit(plan_for(recipe, CARD), recipe)


def test_four_bits_and_checkpointing_shrink_what_they_are_said_to_shrink():
    shape = SHAPES["google/gemma-3-1b-it"]
    assert weight_bytes(shape, 2, in_4bit=True) < 0.5 * weight_bytes(shape, 2, in_4bit=False)
    plain = load_recipe(RECIPES["gemma3-1b-lora"])
    saving = load_recipe(RECIPES["gemma3-1b-lora"], ["train.gradient_checkpointing=true"])
    assert activation_bytes(saving, shape, CARD, 1024) < 0.1 * activation_bytes(plain, shape, CARD, 1024)


def test_a_cpu_in_16_bit_also_keeps_the_adapters_inputs_in_float32():
    recipe = load_recipe(RECIPES["gemma3-1b-lora"])
    copying = replace(CARD, copies_adapter_inputs=True)
    more = activation_bytes(recipe, SMALL, copying, 100) - activation_bytes(recipe, SMALL, CARD, 100)
    assert more == 100 * SMALL.layers * 4 * (5 * 640 + 1024 + 2048)  # q, k, v, gate, up; o; down


def test_a_cpu_in_float32_holds_the_head_twice():
    recipe = load_recipe(RECIPES["gemma3-1b-lora"])
    packing = training_memory(recipe, SMALL, replace(CARD, packs_head=True), 100, 10)
    plain = training_memory(recipe, SMALL, CARD, 100, 10)
    assert packing["weights"] - plain["weights"] == 262144 * 640 * 4


def test_a_sliding_layer_keeps_its_window_only():
    per_cell = 2 * 256 * 2
    assert sequence_bytes(SMALL, 100, 2) == per_cell * 18 * 100
    assert sequence_bytes(SMALL, 4096, 2) == per_cell * (3 * 4096 + 15 * 512)


def test_the_command_prints_a_table_and_ends_in_json(capsys):
    found = plan(load_recipe(RECIPES["gemma3-1b-lora"]), "rtx-2000-ada")
    said = capsys.readouterr().out.splitlines()
    assert "estimates" in said[0]
    assert json.loads(said[-1])["kind"] == "estimate"
    assert json.loads(said[-1])["training_bytes"] == found.training_bytes


def test_an_unknown_gpu_is_refused_with_the_known_ones():
    from bini.cli import cli

    outcome = CliRunner().invoke(cli, ["plan", "recipes/gemma3-1b-lora.yaml", "--gpu", "h1000"])
    assert isinstance(outcome.exception, BiniError)
    assert "rtx-2000-ada" in str(outcome.exception)
