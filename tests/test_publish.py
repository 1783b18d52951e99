"""Publishing an adapter and taking it back into a run."""

import json

import pytest

from bini.errors import BiniError
from bini.fitted import fitted_for
from bini.publish import publish
from bini.published import PUBLISHED, WEIGHTS, adopt, published_folder
from bini.recipe import Recipe
from bini.runs import run_of


@pytest.fixture
def trained(tmp_path, monkeypatch, recipe):
    """A run with an adapter of two small tensors, in a project of its own."""
    import torch
    from safetensors.torch import save_file

    monkeypatch.chdir(tmp_path)
    (tmp_path / "NOTICE").write_text("terms", encoding="utf-8")
    run = run_of(recipe)
    run.adapter.mkdir(parents=True)
    save_file({"a": torch.tensor([1.001, 2.0]), "b": torch.zeros(3)}, run.adapter / WEIGHTS)
    (run.adapter / "fingerprint").write_text("abc", encoding="utf-8")
    (run.adapter / "tokenizer.json").write_text("{}", encoding="utf-8")
    details = {
        "base_model": recipe.base_model,
        "fingerprint": "abc",
        "rows": 3,
        "cases_file": "cases.jsonl",
        "cases_hash": "0" * 64,
        "prompt_hash": "1" * 64,
        "epochs": [{"epoch": 1, "loss": 0.5, "token_accuracy": 0.9}],
        "steps": [{"step": 1, "loss": 0.5, "learning_rate": 1e-4}],
        "training_seconds": 60.0,
        "seed": 1,
        "trainable_parameters": 5,
        "environment": {"machine": {"device": "a CPU", "dtype": "float32"}, "versions": {"torch": "2"}},
    }
    (run.folder / "run.json").write_text(json.dumps(details), encoding="utf-8")
    return run


def test_a_published_adapter_is_bfloat16_without_the_tokenizer_and_with_its_terms(trained, recipe):
    import torch
    from safetensors.torch import load_file

    folder = publish(recipe)
    assert folder == PUBLISHED / recipe.name == published_folder(recipe)
    assert {path.name for path in folder.iterdir()} == {
        WEIGHTS, "fingerprint", "README.md", "run.json", "NOTICE", "checksums.json",
    }  # fmt: skip
    tensors = load_file(folder / WEIGHTS)
    assert all(tensor.dtype == torch.bfloat16 for tensor in tensors.values()) and tensors["a"][1] == 2.0


def test_a_run_without_an_adapter_takes_the_published_one(trained, recipe, monkeypatch):
    monkeypatch.setattr("bini.published.base_model_path", lambda *_: str(trained.adapter.parent / "base"))
    (trained.folder / "base").mkdir()
    (trained.folder / "base/tokenizer.json").write_text("{}", encoding="utf-8")
    publish(recipe)
    assert not adopt(recipe)  # its own adapter is there
    (trained.adapter / WEIGHTS).unlink()
    assert adopt(recipe)
    assert (trained.adapter / "fingerprint").read_text(encoding="utf-8") == "abc"
    assert (trained.adapter / "tokenizer.json").exists()


def test_what_was_fitted_with_the_adapter_goes_with_it_and_nothing_else(trained, recipe, monkeypatch):
    monkeypatch.setattr("bini.published.base_model_path", lambda *_: str(trained.folder / "base"))
    (trained.folder / "base").mkdir()
    (trained.folder / "base/tokenizer.json").write_text("{}", encoding="utf-8")
    fitted = trained.folder / "calibration.json"
    fitted.write_text(json.dumps({"temperature": 2.0, "source": "marks", "run_id": "another"}), encoding="utf-8")
    assert not (publish(recipe) / "calibration.json").exists()
    fitted.write_text(json.dumps({"temperature": 2.0, "source": "marks", "run_id": "abc"}), encoding="utf-8")
    assert (publish(recipe) / "calibration.json").exists()
    (trained.adapter / WEIGHTS).unlink()
    fitted.unlink()
    assert adopt(recipe) and not (trained.adapter / "calibration.json").exists()
    assert fitted_for(recipe, "marks").temperature == 2.0


def test_a_published_file_that_was_changed_is_named_and_not_used(trained, recipe):
    folder = publish(recipe)
    (trained.adapter / WEIGHTS).unlink()
    (folder / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BiniError, match=r"run\.json differs"):
        adopt(recipe)


def test_a_recipe_without_a_published_adapter_has_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert published_folder(Recipe(name="other", base_model="embedded:tiny-random")) is None
