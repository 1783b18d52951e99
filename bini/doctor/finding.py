"""The noun of the room: one thing that was looked at."""

from dataclasses import asdict, dataclass
from typing import Literal

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """`problem`: a command will fail or an answer cannot be trusted; `warning`: slower, or not as the recipe says."""

    area: str
    state: State
    found: str
    remedy: str = ""  # what to do; empty where all is well

    def as_dict(self) -> dict[str, str]:
        return asdict(self)
