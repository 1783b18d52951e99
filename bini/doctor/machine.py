"""The machine: processor, GPU, memory, disk, compiler, and what follows for training and answering."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bini.doctor.finding import Finding
from bini.errors import BiniError
from bini.hardware import Profile, cpu_flags, profile
from bini.weights import BYTES_NEEDED

COMFORTABLE_DISK_BYTES = 10 * 1000**3  # an environment, a base model, a run with its merged model and checkpoints
SMALL_MEMORY_BYTES = 6 * 1000**3  # Gemma 3 270M in vLLM with the default cache of 2 GiB
COMFORTABLE_MEMORY_BYTES = 12 * 1000**3  # training it on long rows
MIN_COMPUTE_CAPABILITY = 7.5  # vLLM's wheels
BFLOAT16_COMPUTE_CAPABILITY = 8.0
CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def look_at_machine(root: Path) -> Iterator[Finding]:
    """Say what this machine is, part by part."""
    yield _system()
    try:
        machine = profile()
    except BiniError as error:
        found, _, remedy = str(error).partition("\n")
        yield Finding("profile", "problem", found, remedy or "unset BINI_PROFILE")
        return
    yield Finding("profile", "ok", f"{machine.kind}: {machine.device}; {'; '.join(machine.reasons)}")
    yield processor(cpu_flags(), machine)
    if machine.kind == "gpu":
        yield from _gpus()
    yield memory(min(machine.memory_bytes, _memory_limit() or machine.memory_bytes), _available_bytes())
    yield from disk(root)
    yield compiler(machine)


def _system() -> Finding:
    found = f"{platform.system()} {platform.release()} on {platform.machine()}"
    if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        return Finding("system", "ok", found)
    return Finding(
        "system", "problem", found, "the locks are for Linux on x86_64: use such a machine, or WSL 2 on Windows"
    )


def processor(flags: frozenset[str], machine: Profile) -> Finding:
    """Say what the CPU's instructions mean for vLLM's CPU build, which has a library for each of them."""
    has = [name for flag, name in (("amx_tile", "AMX"), ("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags]
    has += ["bfloat16"] if flags & {"amx_bf16", "avx512_bf16"} else []
    found = f"{machine.cores} cores with {', '.join(has) or 'none of AVX2, AVX-512, AMX'}"
    if not flags:
        return Finding("processor", "warning", "its features cannot be read", "look at /proc/cpuinfo by hand for avx2")
    if machine.kind == "gpu":
        return Finding("processor", "ok", found)
    if "avx2" not in flags:
        remedy = "vLLM's CPU build needs AVX2: use another machine, or let the virtual machine pass it through"
        return Finding("processor", "problem", found, remedy)
    if "avx512f" not in flags:
        remedy = "vLLM answers with its AVX2 library, in float32 and uncompiled: slower, nothing to mend"
        return Finding("processor", "warning", found, remedy)
    return Finding("processor", "ok", found)


def _gpus() -> Iterator[Finding]:
    query = ["nvidia-smi", "--query-gpu=name,memory.total,compute_cap,driver_version", "--format=csv,noheader,nounits"]
    answer = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)
    for line in answer.stdout.splitlines():
        name, mebibytes, capability, driver = (part.strip() for part in line.split(","))
        yield gpu(name, int(mebibytes) * 1024**2, float(capability), driver)


def gpu(name: str, memory_bytes: int, capability: float, driver: str) -> Finding:
    """Say whether a GPU is new and large enough."""
    found = f"{name}, {memory_bytes / 1e9:.0f} GB, compute capability {capability}, driver {driver}"
    if capability < MIN_COMPUTE_CAPABILITY:
        return Finding("gpu", "problem", found, f"vLLM needs {MIN_COMPUTE_CAPABILITY}: use PROFILE=cpu, or another GPU")
    if capability < BFLOAT16_COMPUTE_CAPABILITY:
        remedy = "Gemma 3 overflows in float16 and this GPU has no bfloat16: use PROFILE=cpu, or another GPU"
        return Finding("gpu", "problem", found, remedy)
    if memory_bytes < 8 * 1000**3:
        return Finding("gpu", "warning", found, "use a 1B recipe, with train.load_in_4bit=true")
    return Finding("gpu", "ok", found)


def memory(total_bytes: int, available_bytes: int) -> Finding:
    """Say whether training and answering fit into main memory."""
    found = f"{total_bytes / 1e9:.1f} GB, {available_bytes / 1e9:.1f} GB of it available now"
    if total_bytes < SMALL_MEMORY_BYTES:
        remedy = "too little to answer with the default recipe: set engine.kv_cache_gib=1, or use a larger machine"
        return Finding("memory", "problem", found, remedy)
    if total_bytes < COMFORTABLE_MEMORY_BYTES or available_bytes < SMALL_MEMORY_BYTES:
        remedy = "close what else is large; lower train.batch_size and engine.max_num_seqs where it does not fit"
        return Finding("memory", "warning", found, remedy)
    return Finding("memory", "ok", found)


def disk(root: Path) -> Iterator[Finding]:
    """Say how much is free where the runs lie, and whether they can be written."""
    place = root / "outputs" if (root / "outputs").is_dir() else root
    free = shutil.disk_usage(place).free
    found = f"{free / 1e9:.1f} GB free in {place.resolve()}"
    if free < BYTES_NEEDED:
        remedy = f"unpacking a base model needs {BYTES_NEEDED / 1e9:.1f} GB: free some space, or move to a larger disk"
        yield Finding("disk", "problem", found, remedy)
    elif free < COMFORTABLE_DISK_BYTES:
        remedy = "free some space: checkpoints and merged models of several runs do not fit (`make clean` drops runs)"
        yield Finding("disk", "warning", found, remedy)
    else:
        yield Finding("disk", "ok", found)
    if not os.access(place, os.W_OK):
        yield Finding("disk", "problem", f"{place.resolve()} cannot be written", "give this user the right to it")
    if scratch := sorted(place.glob("*/.adapter-*")) + sorted(place.glob("*/.merged-*")):
        remedy = f"where nothing runs, delete what a kill has left: rm -r {' '.join(map(str, scratch[:3]))}"
        yield Finding("disk", "warning", f"{len(scratch)} unfinished folders, {_size(scratch) / 1e9:.1f} GB", remedy)


def compiler(machine: Profile) -> Finding:
    """Say whether there is a compiler: vLLM compiles unless it is eager, on a GPU through Triton."""
    found = next((path for name in ("g++", "c++", "clang++") if (path := shutil.which(name))), None)
    if found is not None:
        return Finding("compiler", "ok", found)
    remedy = "install one: `apt install g++`"
    if machine.enforce_eager:
        return Finding("compiler", "warning", "no C++ compiler; answering needs none here, training may", remedy)
    return Finding("compiler", "problem", "no C++ compiler, and vLLM compiles its kernels on this machine", remedy)


def _available_bytes() -> int:
    for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def _memory_limit() -> int | None:
    """Return what a container allows, in bytes; None where it says nothing."""
    for path in CGROUP_LIMITS:
        text = path.read_text(encoding="utf-8").strip() if path.is_file() else "max"
        if text.isdecimal():
            return int(text)
    return None


def _size(folders: list[Path]) -> int:
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())
