"""What this machine is, and the settings that follow, each with its reason. Nothing else in the code asks.

Imports no torch: the facts come from /proc/cpuinfo and nvidia-smi. `BINI_PROFILE=cpu|gpu` overrides the finding.
"""

import functools
import os
import platform
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from bini.errors import BiniError


@dataclass(frozen=True)
class Profile:
    """One machine. `reasons` says why each setting is what it is."""

    kind: Literal["cpu", "gpu"]
    device: str  # e.g. "AMD EPYC, 2 cores" or "NVIDIA RTX 2000 Ada Generation"
    cores: int
    memory_bytes: int
    gpu_memory_bytes: int | None
    dtype: Literal["float32", "bfloat16"]  # of training's and answering's arithmetic
    enforce_eager: bool  # vLLM without compilation
    reasons: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


@functools.cache
def profile() -> Profile:
    """Return this machine's profile.

    Raises:
        BiniError: BINI_PROFILE is neither cpu nor gpu, or says gpu where nvidia-smi finds none.
    """
    asked = os.environ.get("BINI_PROFILE", "")
    if asked not in ("", "cpu", "gpu"):
        raise BiniError(f"BINI_PROFILE is {asked!r}; it can be cpu or gpu, or be left unset.")
    gpu = None if asked == "cpu" else _gpu()
    if asked == "gpu" and gpu is None:
        raise BiniError("BINI_PROFILE says gpu, but nvidia-smi finds none.\nCheck the driver, or use PROFILE=cpu.")
    return _cpu_profile() if gpu is None else _gpu_profile(*gpu)


def _gpu() -> tuple[str, int] | None:
    """Return name and memory (bytes) of the first NVIDIA GPU."""
    if shutil.which("nvidia-smi") is None:
        return None
    query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    answer = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)
    if answer.returncode != 0 or not answer.stdout.strip():
        return None
    name, mebibytes = answer.stdout.splitlines()[0].rsplit(",", 1)
    return name.strip(), int(mebibytes) * 1024**2


def _gpu_profile(name: str, memory_bytes: int) -> Profile:
    return Profile(
        kind="gpu",
        device=name,
        cores=os.cpu_count() or 1,
        memory_bytes=_memory_bytes(),
        gpu_memory_bytes=memory_bytes,
        dtype="bfloat16",
        enforce_eager=False,
        reasons=("bfloat16: Gemma 3 overflows in float16", "compiled: CUDA graphs pay for their start on a GPU"),
    )


def _cpu_profile() -> Profile:
    flags = cpu_flags()
    has_bfloat16 = bool(flags & {"amx_bf16", "avx512_bf16"})
    reasons = (
        "bfloat16: this CPU multiplies it in hardware" if has_bfloat16 else "float32: bfloat16 would be emulated here",
        "eager: the first answer comes in half the time and needs no C++ compiler; engine.compile=true for long work",
        f"all {_cores()} cores: offline work leaves none idle",
    )
    return Profile(
        kind="cpu",
        device=f"{_cpu_name()}, {_cores()} cores",
        cores=_cores(),
        memory_bytes=_memory_bytes(),
        gpu_memory_bytes=None,
        dtype="bfloat16" if has_bfloat16 else "float32",
        enforce_eager=True,
        reasons=reasons,
    )


@functools.cache
def cpu_flags() -> frozenset[str]:
    """Return the CPU's feature flags as the kernel names them; empty where /proc/cpuinfo is not to be read."""
    return frozenset(_cpuinfo("flags").split())


def _cpu_name() -> str:
    return _cpuinfo("model name") or platform.machine()


def _cpuinfo(key: str) -> str:
    path = Path("/proc/cpuinfo")
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        if line.split(":", 1)[0].strip() == key:
            return line.split(":", 1)[1].strip()
    return ""


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
