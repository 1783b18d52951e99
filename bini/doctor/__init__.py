"""`bini doctor`: looks at all that a run stands on, and says what to do about what is wrong. It changes nothing.

    ok       processor     AMD EPYC, 2 cores: AVX-512 and bfloat16
    warning  environment   OMP_NUM_THREADS=1, but there are 16 cores
                           -> unset OMP_NUM_THREADS: one thread a core is the default
    problem  disk          0.9 GB free in /home/me/bini; unpacking a base model needs 2.1 GB
                           -> free some space, or move the project to a larger disk

`machine` looks at hardware, `stack` at packages against this profile's lock and at licences, `environment` at variables,
`models` at weights: checksums, whole files, nothing that could run code. Neither torch nor vLLM is loaded.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from bini.doctor.environment import look_at_environment
from bini.doctor.finding import Finding, State
from bini.doctor.machine import look_at_machine
from bini.doctor.models import look_at_models
from bini.doctor.stack import look_at_stack

COLUMN = 13


def doctor(root: Path = Path()) -> list[Finding]:
    """Return what was found about this machine and the project folder `root`."""
    return [*look_at_machine(root), *look_at_stack(root), *look_at_environment(root), *look_at_models(root)]


def render(findings: Sequence[Finding]) -> str:
    """Return findings for the terminal, each with what to do, and how many are wrong."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.state:<8} {finding.area:<{COLUMN}} {finding.found}")
        if finding.remedy:
            lines.append(f"{'':<8} {'':<{COLUMN}} -> {finding.remedy}")
    lines.append(f"{count(findings, 'problem')} problems, {count(findings, 'warning')} warnings.")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    """Return findings as one JSON object: problems, warnings, findings."""
    return json.dumps(
        {
            "problems": count(findings, "problem"),
            "warnings": count(findings, "warning"),
            "findings": [finding.as_dict() for finding in findings],
        },
        ensure_ascii=False,
    )


def count(findings: Sequence[Finding], state: State) -> int:
    return sum(finding.state == state for finding in findings)


__all__ = ["Finding", "State", "as_json", "count", "doctor", "render"]
