"""Keeps the stack's chatter off the terminal, so that what a person reads is BINI's. BINI_VERBOSE=1 lets it through."""

import logging
import os
import warnings

NOISY_LOGGERS = (
    "torchao",
    "torch.utils._pytree",
    "torch.distributed",
    "transformers",
    "datasets",
    "vllm",
    "httpx",
    "unsloth_zoo",
    "bitsandbytes",
)
QUIET_ENVIRONMENT = {
    "VLLM_LOGGING_LEVEL": "ERROR",
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
    "TOKENIZERS_PARALLELISM": "false",
    "GLOG_minloglevel": "2",
}


def quiet() -> None:
    """Silence what the stack logs and warns below an error; to be called before it is imported."""
    if os.environ.get("BINI_VERBOSE") == "1":
        return
    for name, value in QUIET_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings(
        "ignore", category=UserWarning, module=r"(torch|transformers|vllm|peft|trl|unsloth|torchao)\b"
    )


def quiet_transformers() -> None:
    """Silence transformers' own progress bars; to be called after it is imported."""
    if os.environ.get("BINI_VERBOSE") != "1":
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
