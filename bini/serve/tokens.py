"""A tokenizer that one thread at a time may use: the library's own raises "Already borrowed" where two meet in it."""

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any


class OneAtATime:
    """Everything the tokenizer has; its methods wait for each other."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._tokenizer, name)
        return self._waiting(value) if callable(value) else value

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        with self._lock:
            return self._tokenizer(*arguments, **options)

    def _waiting(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def wait(*arguments: Any, **options: Any) -> Any:
            with self._lock:
                return method(*arguments, **options)

        return wait
