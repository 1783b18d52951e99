"""`bini doctor`: each thing that may be wrong, made wrong."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from conftest import REPOSITORY

from bini import doctor as room
from bini import hardware, weights
from bini.doctor import environment, machine, models, stack
from bini.doctor.finding import Finding

CPU = hardware.Profile("cpu", "a CPU", 2, 2**34, None, "float32", False, ("because",))
SAFETENSORS = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
WHOLE = len(SAFETENSORS).to_bytes(8, "little") + SAFETENSORS + b"\0\0\0\0"


def states(findings):
    return [finding.state for finding in findings]


@pytest.mark.parametrize(
    ("flags", "kind", "state", "said"),
    [
        ({"sse2"}, "cpu", "problem", "needs AVX2"),
        ({"avx2"}, "cpu", "warning", "AVX2 library"),
        ({"avx2", "avx512f"}, "cpu", "ok", "AVX-512, AVX2"),
        ({"avx2", "avx512f", "avx512_bf16", "amx_tile"}, "cpu", "ok", "AMX, AVX-512, AVX2, bfloat16"),
        ({"sse2"}, "gpu", "ok", "none of AVX2"),
        (set(), "cpu", "warning", "cannot be read"),
    ],
)
def test_what_the_processor_can_do_is_said_with_what_follows(flags, kind, state, said):
    finding = machine.processor(frozenset(flags), replace(CPU, kind=kind))
    assert finding.state == state and said in finding.found + finding.remedy


@pytest.mark.parametrize(
    ("capability", "gigabytes", "state"),
    [(6.1, 16, "problem"), (7.5, 16, "problem"), (8.9, 6, "warning"), (8.9, 16, "ok")],
)
def test_a_gpu_that_is_too_old_or_too_small_is_said(capability, gigabytes, state):
    finding = machine.gpu("NVIDIA", gigabytes * 10**9, capability, "570")
    assert finding.state == state and (state == "ok") == (finding.remedy == "")


@pytest.mark.parametrize(
    ("total", "available", "state"), [(4, 3, "problem"), (8, 7, "warning"), (32, 2, "warning"), (32, 20, "ok")]
)
def test_little_memory_is_said(total, available, state):
    assert machine.memory(total * 10**9, available * 10**9).state == state


@pytest.mark.parametrize(("free", "state"), [(1, "problem"), (5, "warning"), (50, "ok")])
def test_a_disk_that_is_nearly_full_is_said(tmp_path, monkeypatch, free, state):
    usage = type("Usage", (), {"free": free * 10**9})
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: usage)
    assert states(machine.disk(tmp_path)) == [state]


def test_what_a_kill_has_left_is_said(tmp_path):
    (tmp_path / "outputs/run/.adapter-x1").mkdir(parents=True)
    left = [finding for finding in machine.disk(tmp_path) if "unfinished" in finding.found]
    assert len(left) == 1 and "rm -r" in left[0].remedy and ".adapter-x1" in left[0].remedy


def test_a_missing_compiler_is_a_problem_where_vllm_compiles(monkeypatch):
    assert machine.compiler(CPU).state == "ok"
    monkeypatch.setenv("PATH", "")
    assert machine.compiler(CPU).state == "problem"
    assert machine.compiler(replace(CPU, enforce_eager=True)).state == "warning"


@pytest.mark.parametrize(
    ("lock", "state", "said"),
    [
        ("click=={click} \\\n    --hash=sha256:00\n    # via bini\n", "ok", "all 1 packages"),
        ("click==0.1 --hash=sha256:00\n", "problem", "(locked 0.1)"),
        ("no-such-package==1.0 --hash=sha256:00\n", "problem", "1 packages are missing"),
        ("click=={click}\n", "problem", "not locked by version and hash"),
        ("click>=1 --hash=sha256:00\n", "problem", "not locked by version and hash"),
        ("cl!ck==1\n", "problem", "is no requirement"),
        (
            "win==1 ; sys_platform == 'win32' \\\n  --hash=sha256:00\nclick=={click} --hash=sha256:1\n",
            "ok",
            "all 1 packages",
        ),
    ],
)
def test_versions_are_held_against_the_lock(tmp_path, lock, state, said):
    file = tmp_path / "cpu.txt"
    file.write_text(lock.format(click=stack._installed("click")), encoding="utf-8")
    findings = list(stack.versions(file))
    assert findings[0].state == state and said in findings[0].found


def test_python_and_licences():
    assert stack.python((3, 11)).state == "ok" and stack.python((3, 13)).state == "problem"
    assert stack.licence_of("click").startswith("BSD")
    assert stack.COPYLEFT.search("AGPL-3.0-only") and stack.COPYLEFT.search("GNU General Public License v3")
    assert not stack.COPYLEFT.search("LGPL-3.0") and not stack.COPYLEFT.search("GNU Lesser General Public License")


@pytest.mark.parametrize(
    ("variables", "state", "said"),
    [
        ({}, "ok", "no variable"),
        ({"OMP_NUM_THREADS": "1"}, "warning", "stays idle"),
        ({"PYTHONPATH": "/x"}, "warning", "before those of the lock"),
        ({"PYTHONHOME": "/x"}, "problem", "elsewhere"),
        ({"VLLM_CPU_KVCACHE_SPACE": "40"}, "warning", "beats what BINI sets"),
        ({"VLLM_LOGGING_LEVEL": "ERROR"}, "ok", "no variable"),
        ({"VLLM_ALLOW_INSECURE_SERIALIZATION": "1"}, "problem", "unpickle"),
        ({"TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "true"}, "problem", "run code"),
        ({"LD_PRELOAD": "/none/libhook.so"}, "warning", "before torch"),
        ({"OPENBLAS_CORETYPE": "Haswell"}, "warning", "NumPy"),
        ({"HTTP_PROXY": "http://proxy:3128"}, "warning", "127.0.0.1"),
        ({"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "127.0.0.1"}, "ok", "no variable"),
        ({"TMPDIR": "/none"}, "problem", "nothing can be written"),
    ],
)
def test_variables_that_hurt_are_named_with_a_remedy(tmp_path, monkeypatch, variables, state, said):
    monkeypatch.setattr(environment.os, "sched_getaffinity", lambda _: {0, 1})
    finding = next(environment.look_at_environment(tmp_path, variables))
    assert finding.state == state and said in finding.found and (state == "ok" or finding.remedy)


def test_a_gpu_that_a_variable_hides_is_a_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "profile", lambda: replace(CPU, kind="gpu"))
    for hidden in ("", "-1"):
        (finding,) = environment.look_at_environment(tmp_path, {"CUDA_VISIBLE_DEVICES": hidden})
        assert finding.state == "problem" and "unset CUDA_VISIBLE_DEVICES" in finding.remedy
    assert states(environment.look_at_environment(tmp_path, {"CUDA_VISIBLE_DEVICES": "0"})) == ["ok"]


def test_an_offline_hub_without_the_recipes_models_is_said(tmp_path):
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/one.yaml").write_text("base_model: org/name\nrevision: abc\n", encoding="utf-8")
    variables = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")}
    (finding,) = environment.look_at_environment(tmp_path, variables)
    assert finding.state == "warning" and "org/name (one)" in finding.found
    cached = tmp_path / "home/hub/models--org--name/snapshots/abc"
    cached.mkdir(parents=True)
    (cached / "config.json").write_text("{}", encoding="utf-8")
    assert states(environment.look_at_environment(tmp_path, variables)) == ["ok"]


def test_models_are_held_against_their_checksums(tmp_path):
    folder = tmp_path / "outputs/base_models/gemma"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(WHOLE)
    weights.write_checksums(folder)
    assert set(states(models.look_at_models(tmp_path))) == {"ok"}
    (folder / "model.safetensors").write_bytes(WHOLE[:-4] + b"\0\0\0\1")
    (finding,) = [finding for finding in models.look_at_models(tmp_path) if finding.state == "problem"]
    assert "model.safetensors differs" in finding.found and "made again" in finding.remedy


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("adapter_model.bin", b"\x80\x04", "pickle"),
        ("rows.pkl", b"", "pickle"),
        ("modeling.py", b"", "code"),
        ("config.json", b'{"auto_map": {"AutoModel": "evil.Model"}}', "auto_map"),
        ("model.safetensors", WHOLE[:-2], "cut off"),
        ("model.safetensors", b"", "no safetensors"),
        ("model.safetensors", b"\xff" * 40, "no safetensors"),
        ("model.safetensors", (3).to_bytes(8, "little") + b"[1]", "damaged"),
        ("model.safetensors", (2).to_bytes(8, "little") + b"{}" + b"x", "its header says 10"),
    ],
)
def test_what_is_no_whole_safetensors_file_is_a_problem(tmp_path, name, content, said):
    folder = tmp_path / "outputs/run/merged"
    folder.mkdir(parents=True)
    (folder / "good.safetensors").write_bytes(WHOLE)
    assert "problem" not in states(models.look_at_models(tmp_path))
    (folder / name).write_bytes(content)
    (finding,) = [finding for finding in models.look_at_models(tmp_path) if finding.state == "problem"]
    assert said in finding.found and finding.remedy


def test_a_hub_model_without_a_revision_is_a_problem(tmp_path):
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/one.yaml").write_text("base_model: org/name\n", encoding="utf-8")
    assert "problem" in states(models.look_at_models(tmp_path))


def test_every_shipped_recipe_pins_its_hub_model():
    shipped = list(environment.hub_models(REPOSITORY))
    assert shipped and all(revision for _, _, revision in shipped)


def test_a_finding_with_something_to_do_is_printed_with_it():
    findings = [Finding("disk", "problem", "full", "free some"), Finding("memory", "ok", "32 GB")]
    text = room.render(findings)
    assert "-> free some" in text and text.endswith("1 problems, 0 warnings.")
    assert json.loads(room.as_json(findings))["findings"][0]["remedy"] == "free some"


def test_the_command_exits_with_1_on_a_problem_and_loads_neither_torch_nor_vllm(tmp_path):
    code = (
        "import sys; sys.argv = ['bini', 'doctor', '--json']\n"
        "from bini import cli\n"
        "try: cli.main()\n"
        "finally: print(sorted({'torch', 'vllm', 'transformers'} & set(sys.modules)), file=sys.stderr)"
    )
    variables = {**os.environ, "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=variables, check=False
    )
    assert done.stderr == "[]\n" and done.returncode == 1
    assert json.loads(done.stdout)["problems"] >= 1
