"""The packed head gives the loss and the gradient of Unsloth's own, and is used where it may be.

In a process of its own: Unsloth changes the libraries it is imported beside.
"""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

SCRIPT = """
import json, os, sys
os.environ["UNSLOTH_FORCE_CPU"] = "1"
sys.modules["vllm"] = None
import unsloth, torch
from unsloth_zoo.cpu import ops
from bini.packed_head import use_packed_head

torch.manual_seed(1)
weight, targets = torch.randn(3000, 64) * 0.3, torch.randint(0, 3000, (40,))

def run(scale=1.0, dtype=torch.float32, softcap=None):
    hidden = torch.ones(40, 64, dtype=dtype).mul_(torch.arange(40).unsqueeze(1) / 40).requires_grad_()
    log_probs = ops.cpu_chunked_log_probs(hidden, weight.to(dtype), None, targets, 1.0, 256, softcap, scale)[0]
    log_probs.sum().backward()
    return torch.cat([log_probs.detach().float(), hidden.grad.float().flatten()])

ways = [{}, {"scale": 0.5}, {"softcap": 30.0}, {"dtype": torch.bfloat16}]
before = [run(**way) for way in ways]
use_packed_head()
use_packed_head()
after = [run(**way) for way in ways]
again = run()
weight.mul_(2.0)
moved = run()
print(json.dumps({
    "largest": [(a - b).abs().max().item() for a, b in zip(before, after)],
    "again": (again - after[0]).abs().max().item(),
    "is_packed": ops._transformed_logits.__module__,
    "moved": (moved - again).abs().max().item(),
}))
"""


def test_the_packed_head_answers_like_the_plain_one():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["is_packed"] == "bini.packed_head"
    assert found["largest"][0] < 1e-4 and found["largest"][1:] == [0.0, 0.0, 0.0]  # the others are left to Unsloth
    assert found["again"] == 0.0
    assert found["moved"] > 0.1, "a changed head was answered from the old packing"
