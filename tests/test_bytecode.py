"""What Python compiles is kept, by this process and by those that it starts."""

import os
import subprocess
import sys

from conftest import REPOSITORY


def test_bytecode_is_kept_where_the_environment_forbids_it(tmp_path):
    (tmp_path / "some_module.py").write_text("VALUE = 1\n", encoding="utf-8")
    inner = "import some_module"
    code = (
        "from bini.bytecode import keep_bytecode; keep_bytecode(); import subprocess, sys; "
        f"subprocess.run([sys.executable, '-c', {inner!r}], check=True)"
    )
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPOSITORY}"}
    subprocess.run([sys.executable, "-c", inner], env=environment, check=True)
    assert not (tmp_path / "__pycache__").exists()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert (tmp_path / "__pycache__").exists()
