"""Pieces for the gateway's tests: an answerer that never runs out, and a gateway over it."""

import json
import re
import threading
import time

from conftest import WordTokenizer

from bini.engine import Completion
from bini.serve.gateway import Gateway
from bini.serve.limits import Limits
from bini.store import Origin, open_store

NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens
ORIGIN = Origin(model="test", model_version="v1", prompt_sha256="p" * 64)


class QuotingEngine:
    """Finds each element in the product by plain search: 대응 with a quote, 미대응 where the text denies it."""

    def __init__(self, seconds=0.0, capacity=None):
        self.tokenizer = WordTokenizer()
        self.seconds = seconds
        self.num_answers = 0
        self._turns = threading.Semaphore(capacity) if capacity else None

    def generate(self, requests):
        return [self._answer(request) for request in requests]

    def _answer(self, request):
        if self._turns:
            self._turns.acquire()
        try:
            time.sleep(self.seconds)
        finally:
            if self._turns:
                self._turns.release()
        self.num_answers += 1
        text = "".join(map(chr, request.prompt_ids))
        elements, product = re.search(r"\[구성요소\]\n(.*)\n\n\[제품\]\n(.*)<end>", text, re.DOTALL).groups()
        answer, marks = {}, []
        for number, element in enumerate(re.split(r"\n?\d+\. ", elements)[1:], 1):
            key = element.strip()
            mark = "미대응" if f"{key} 무첨가" in product else "대응" if key in product else "판단불가"
            marks.append(mark)
            answer[str(number)] = [key if mark == "대응" else None, mark]
        answer["risk_level"] = "낮음" if "미대응" in marks else "애매" if "판단불가" in marks else "높음"
        return Completion(json.dumps(answer, ensure_ascii=False), "stop", len(request.prompt_ids), 7)


def make_gateway(folder, recipe, engine=None, **changes):
    values = {
        "engine": engine or QuotingEngine(),
        "recipe": recipe,
        "store": open_store(folder / "history.sqlite"),
        "origin": ORIGIN,
        "upstream_url": NOBODY,
        "upstream_model": "test",
        "limits": Limits(max_requests_per_minute=1_000_000),
    }
    return Gateway(**(values | changes))
