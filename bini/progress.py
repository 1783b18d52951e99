"""What a person sees while a model trains: one line that updates, and one line per epoch.

Loss is the mean over an epoch's steps; token accuracy is the fraction of supervised tokens that the model ranks first.
"""

import itertools
import sys
import time
from typing import Any

from transformers import TrainerCallback

SECONDS_BETWEEN_LINES = 60  # in a log file, where no line can update


class TrainingProgress(TrainerCallback):  # type: ignore[misc]
    """Prints loss, tokens per second and time left to stderr."""

    def __init__(self, tokens_per_epoch: int) -> None:
        self.tokens_per_epoch = tokens_per_epoch
        self.started = 0.0
        self.first_step = 0
        self.last_line = 0.0
        self.is_terminal = sys.stderr.isatty()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.started, self.first_step = time.monotonic(), state.global_step
        print(f"{state.max_steps - state.global_step} steps to go.", file=sys.stderr, flush=True)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        if not logs or "loss" not in logs:
            return
        line, now = self._line(state, float(logs["loss"])), time.monotonic()
        if self.is_terminal:
            print("\r" + line + "\033[K", end="", file=sys.stderr, flush=True)
        elif now - self.last_line > SECONDS_BETWEEN_LINES:
            self.last_line = now
            print(line, file=sys.stderr, flush=True)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        epochs = epochs_of([entry for entry in state.log_history if "loss" in entry])
        if epochs:
            last = epochs[-1]
            accuracy = f", token accuracy {last['token_accuracy']:.3f}" if last["token_accuracy"] is not None else ""
            line = f"epoch {last['epoch']}: loss {last['loss']:.4f}{accuracy} · {self._line(state, last['loss'])}"
            print(("\r\033[K" if self.is_terminal else "") + line, file=sys.stderr, flush=True)

    def _line(self, state: Any, loss: float) -> str:
        elapsed = time.monotonic() - self.started
        done = max(1, state.global_step - self.first_step)
        left = (state.max_steps - state.global_step) * elapsed / done
        tokens = self.tokens_per_epoch * state.num_train_epochs * done / max(1, state.max_steps)
        speed = tokens / max(elapsed, 1e-9)
        return f"step {state.global_step}/{state.max_steps} · loss {loss:.3f} · {speed:.0f} tokens/s · {left / 60:.1f} min left"


def epochs_of(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one {epoch, loss, token_accuracy} per epoch from the trainer's per-step log."""
    epochs = []
    for number, group in itertools.groupby(steps, key=lambda entry: -int(-entry["epoch"] // 1)):
        entries = list(group)
        accuracies = [entry["mean_token_accuracy"] for entry in entries if "mean_token_accuracy" in entry]
        epochs.append(
            {
                "epoch": number,
                "loss": sum(entry["loss"] for entry in entries) / len(entries),
                "token_accuracy": sum(accuracies) / len(accuracies) if accuracies else None,
            }
        )
    return epochs
