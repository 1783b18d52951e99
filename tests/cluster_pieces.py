"""An engine for a cluster's workers: it answers by rule, says which process it is, and can be told to be slow or to die."""

import os
import time
from pathlib import Path

from conftest import ScriptedEngine

YES = '{"1":["ATBC","대응"],"risk_level":"높음"}'
NO = '{"1":[null,"미대응"],"risk_level":"낮음"}'


class ClusterEngine(ScriptedEngine):
    """Answers by the text's length; fails at 못읽음, ends its process at 독약. Leaves its process id in a folder."""

    def __init__(self, folder: Path, seconds: float = 0.0) -> None:
        super().__init__()
        self.seconds = seconds
        (folder / str(os.getpid())).touch()

    def generate(self, requests):
        time.sleep(self.seconds)
        texts = ["".join(map(chr, request.prompt_ids)) for request in requests]
        if any("독약" in text for text in texts):
            os._exit(9)
        if any("못읽음" in text for text in texts):
            raise ValueError("cannot stand 못읽음")
        self.script = [(YES, NO, "{")[len(text) % 3] for text in texts]
        return super().generate(requests)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass
