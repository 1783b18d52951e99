"""Training on the GPU, proved without one: the arguments exist, the rows stay as they are, the adapter fits the base.

Unsloth is read, not imported (see test_gpu_path.py). An argument that only lands in **kwargs counts as unknown. Two
functions of Unsloth's are cut out of its source and run on stand-ins: they need names and columns, not a model.
"""

import ast
import inspect
import re
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any, Optional, Union

import pytest
from test_gpu_path import RECIPES, definition, each_recipe, fields, gpu_machine, source, strings

from bini.recipe import LINEAR_LAYERS
from bini.runs import Run
from bini.train import adapter_arguments, base_arguments, trainer_arguments

TORCH = SimpleNamespace(bfloat16="torch.bfloat16")  # asked for any other type, it raises
LOADERS = (("loader.py", "FastLanguageModel"), ("loader.py", "FastModel"), ("vision.py", "FastBaseModel"))
ADAPTERS = (("llama.py", "FastLlamaModel"), ("vision.py", "FastBaseModel"))  # Qwen3's, and Gemma 3's


@pytest.fixture(autouse=True)
def _gpu(tmp_path, monkeypatch):
    with gpu_machine(tmp_path, monkeypatch):
        yield


@each_recipe
@pytest.mark.parametrize(("file", "name"), LOADERS)
def test_unsloths_loaders_name_every_argument_of_load_base(recipe, file, name):
    named = signature("unsloth", f"models/{file}", f"{name}.from_pretrained")
    named.bind(**base_arguments(recipe, "folder", TORCH))


@each_recipe
@pytest.mark.parametrize(("file", "name"), ADAPTERS)
def test_unsloths_adapters_name_every_argument_of_add_adapter(recipe, file, name):
    named = signature("unsloth", f"models/{file}", f"{name}.get_peft_model")
    named.bind("model", **adapter_arguments(recipe))


@pytest.mark.parametrize(
    ("file", "caller", "callee", "verb"),
    [
        ("loader.py", "FastLanguageModel", "FastModel", "from_pretrained"),  # every Gemma 3
        ("loader.py", "FastModel", "FastBaseModel", "from_pretrained"),
        ("llama.py", "FastLlamaModel", "FastBaseModel", "get_peft_model"),
    ],
)
def test_unsloth_hands_every_argument_on(file, caller, callee, verb):
    recipe = RECIPES["gemma3-4b-qlora"]
    ours = base_arguments(recipe, "", TORCH) if verb == "from_pretrained" else adapter_arguments(recipe)
    calls = calls_of(definition(source("unsloth", f"models/{file}"), f"{caller}.{verb}"), f"{callee}.{verb}")
    assert calls and all(ours.keys() <= handed_on for handed_on in calls)


def test_fast_language_model_leaves_adapters_to_the_class_that_names_the_arguments():
    method = definition(source("unsloth", "models/loader.py"), "FastLanguageModel.get_peft_model")
    assert {None} in calls_of(method, "FastLlamaModel.get_peft_model")  # {None}: nothing but **kwargs


@pytest.mark.parametrize("prefix", ["model.layers", "model.language_model.layers"])
def test_unsloths_pattern_for_gemma_3_takes_the_language_models_layers_alone(prefix, monkeypatch):
    """FastBaseModel turns the list of target modules into a pattern; finetune_vision_layers is False there."""
    monkeypatch.setitem(sys.modules, "transformers.models.gemma4.modeling_gemma4", None)
    parts = dict.fromkeys(("q_proj", "k_proj", "v_proj", "o_proj"), "self_attn") | dict.fromkeys(
        LINEAR_LAYERS[4:], "mlp"
    )
    wanted = [f"{prefix}.{layer}.{part}.{name}" for layer in (0, 17) for name, part in parts.items()]
    other = ["lm_head", "model.vision_tower.encoder.layers.0.self_attn.q_proj", "model.multi_modal_projector.proj"]
    model = SimpleNamespace(config=None, named_modules=lambda: [(name, Linear()) for name in wanted + other])
    pattern = cut_out(
        "unsloth_zoo",
        "peft_utils.py",
        "get_peft_regex",
        List=list,
        re=re,
        torch=SimpleNamespace(nn=SimpleNamespace(Linear=Linear)),
        MOE_ROUTER_MODULES=(),
        _linear_forward_returns_tensor=lambda _: True,
    )(model, finetune_vision_layers=False, target_modules=list(LINEAR_LAYERS))
    assert [name for name in wanted + other if re.fullmatch(pattern, name)] == wanted


@each_recipe
def test_trl_knows_every_trainer_argument(recipe, tmp_path):
    known = fields(source("trl", "trainer/sft_config.py"), "SFTConfig")
    known |= fields(source("trl", "trainer/base_config.py"), "_BaseConfig")
    known |= fields(source("transformers", "training_args.py"), "TrainingArguments")
    arguments = trainer_arguments(recipe, Run(tmp_path))
    assert arguments.keys() <= known.keys()
    assert arguments["optim"] in values("training_args.py", "OptimizerNames")
    assert arguments["lr_scheduler_type"] in values("trainer_utils.py", "SchedulerType")
    assert arguments["train_sampling_strategy"] in strings(known["train_sampling_strategy"])
    assert arguments["bf16"] and not arguments["fp16"]


def test_unsloth_keeps_a_tokenised_dataset_with_its_labels(tmp_path, monkeypatch):
    class Rows(list[dict[str, list[int]]]):
        def map(self, *_: Any, **__: Any) -> None:
            pytest.fail("the rows are tokenised again")

    collators = {name: type(name, (), {"__init__": lambda self, *_, **__: None}) for name in COLLATORS}
    monkeypatch.setitem(sys.modules, "transformers", module(**collators))
    monkeypatch.setitem(sys.modules, "unsloth_zoo.dataset_utils", module(trl_collator_applies_masks=lambda: True))
    prepare = cut_out(
        "unsloth_zoo",
        "dataset_utils.py",
        "sft_prepare_dataset",
        Dataset=Rows,
        IterableDataset=type("IterableDataset", (), {}),
        Union=Union,
        Optional=Optional,
        Callable=Callable,
    )
    rows = Rows([{"input_ids": [2, 5, 106], "attention_mask": [1, 1, 1], "labels": [-100, 5, 106]}])
    trainer = SimpleNamespace(model=None)
    args = SimpleNamespace(**trainer_arguments(RECIPES["gemma3-1b-lora"], Run(tmp_path)))
    assert prepare(trainer, rows, SimpleNamespace(pad=None), args, False, None, "train") is rows
    assert isinstance(trainer.data_collator, collators["DataCollatorForSeq2Seq"])  # the one that pads labels


@pytest.mark.slow
def test_trl_builds_its_config_from_every_recipe_and_keeps_labels_without_padding(tmp_path, monkeypatch):
    """On a GPU Unsloth turns padding-free batches on by itself; the labels must outlive that."""
    from transformers import training_args

    monkeypatch.setattr(training_args, "is_torch_bf16_gpu_available", lambda: True)
    from trl import SFTConfig
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    for recipe in RECIPES.values():
        arguments = trainer_arguments(recipe, Run(tmp_path))
        config = SFTConfig(**arguments)
        assert {name: getattr(config, name) for name in ("optim", "max_length", "seed", "learning_rate")} == {
            name: arguments[name] for name in ("optim", "max_length", "seed", "learning_rate")
        }
    rows = [{"input_ids": [2, 5, 6], "labels": [-100, -100, 6]}, {"input_ids": [2, 7], "labels": [-100, 7]}]
    batch = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)(rows)
    assert batch["labels"].tolist() == [[-100, -100, 6, -100, 7]]


COLLATORS = ("DataCollatorForSeq2Seq", "DataCollatorForLanguageModeling")


class Linear:
    """A linear layer as get_peft_regex sees one: it has a weight and no children."""

    def parameters(self, recurse: bool) -> Any:
        return iter(("weight",))

    def children(self) -> Any:
        return iter(())


def module(**names: Any) -> ModuleType:
    made = ModuleType("stand-in")
    vars(made).update(names)
    return made


def signature(package: str, file: str, path: str) -> inspect.Signature:
    """Return the named parameters of a function in a library's source, without *args and **kwargs."""
    arguments = definition(source(package, file), path).args
    positional = arguments.posonlyargs + arguments.args
    required = len(positional) - len(arguments.defaults)
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter(p.arg, kind, default=inspect.Parameter.empty if i < required else None)
        for i, p in enumerate(positional)
    ]
    parameters += [inspect.Parameter(p.arg, inspect.Parameter.KEYWORD_ONLY, default=None) for p in arguments.kwonlyargs]
    return inspect.Signature(parameters)


def calls_of(function: ast.AST, callee: str) -> list[set[str | None]]:
    """Return the keywords of every call of `callee`; None stands for **kwargs."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and ast.unparse(node.func) == callee]
    return [{keyword.arg for keyword in call.keywords} for call in calls]


def values(file: str, enum: str) -> set[str]:
    assignments = [s for s in definition(source("transformers", file), enum).body if isinstance(s, ast.Assign)]
    return {name for assignment in assignments for name in strings(assignment.value)}


def cut_out(package: str, file: str, function: str, **names: Any) -> Any:
    """Return one function of a library, run alone on the names given."""
    tree = ast.Module([definition(source(package, file), function)], type_ignores=[])
    exec(compile(tree, f"{package}/{file}", "exec"), names)
    return names[function]
