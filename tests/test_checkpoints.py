"""Checkpoints: the newest whole one is used; torn, truncated and foreign ones are named and set aside."""

import json
import os
import time

import pytest

from bini.checkpoints import last_checkpoint, seal, sealing


def checkpoint(folder, step, *, is_sealed=True):
    path = folder / f"checkpoint-{step}"
    path.mkdir(parents=True)
    (path / "adapter_model.safetensors").write_bytes(b"weights %d" % step)
    (path / "optimizer.pt").write_bytes(b"moments %d" % step)
    (path / "trainer_state.json").write_text(f'{{"global_step": {step}}}', encoding="utf-8")
    if is_sealed:
        seal(path)
    return path


def truncate(path):
    with (path / "optimizer.pt").open("rb+") as file:
        file.truncate(3)


BREAKERS = {
    "it was never finished": lambda path: (path / "checksums.json").unlink(),
    "optimizer.pt differs": truncate,
    "optimizer.pt": lambda path: (path / "optimizer.pt").unlink(),
    "scaler.pt came into it later": lambda path: (path / "scaler.pt").write_bytes(b"foreign"),
    "damaged": lambda path: (path / "checksums.json").write_text('{"adapter_model.safe', encoding="utf-8"),
    "lists no file": lambda path: (path / "checksums.json").write_text("{}", encoding="utf-8"),
    "checksums.json lists": lambda path: (path / "checksums.json").write_text("[1]", encoding="utf-8"),
    "no trainer_state.json": lambda path: ((path / "trainer_state.json").unlink(), seal(path)),
}


@pytest.mark.parametrize("said", BREAKERS)
def test_a_broken_checkpoint_is_named_and_set_aside_and_the_one_before_it_is_used(tmp_path, capsys, said):
    whole = checkpoint(tmp_path, 20)
    BREAKERS[said](checkpoint(tmp_path, 100))
    assert last_checkpoint(tmp_path) == whole
    message = capsys.readouterr().err
    assert "checkpoint-100 is not used" in message and said in message
    assert (tmp_path / "broken-checkpoint-100").is_dir() and not (tmp_path / "checkpoint-100").exists()
    assert last_checkpoint(tmp_path) == whole and capsys.readouterr().err == ""


def test_the_newest_is_the_one_with_the_highest_step(tmp_path):
    for step in (100, 20, 9):
        checkpoint(tmp_path, step)
    (tmp_path / "checkpoint-final").mkdir()  # a person's own folder: left alone
    assert last_checkpoint(tmp_path) == tmp_path / "checkpoint-100"
    assert (tmp_path / "checkpoint-final").is_dir()


def test_without_a_whole_checkpoint_training_starts_anew(tmp_path):
    assert last_checkpoint(tmp_path) is None
    checkpoint(tmp_path, 20, is_sealed=False)
    assert last_checkpoint(tmp_path) is None


def test_a_checkpoint_is_sealed_when_the_disk_has_the_rest(tmp_path, monkeypatch):
    written = []
    path = checkpoint(tmp_path, 20, is_sealed=False)
    monkeypatch.setattr(
        "bini.checkpoints.sync_all", lambda folder: written.append(sorted(f.name for f in folder.iterdir()))
    )
    seal(path)
    assert written == [["adapter_model.safetensors", "optimizer.pt", "trainer_state.json"]]
    assert set(json.loads((path / "checksums.json").read_text(encoding="utf-8"))) == set(written[0])


@pytest.mark.slow
def test_a_clock_that_goes_backwards_costs_no_checkpoint(tmp_path):
    """The trainer keeps the two that were changed last; a seal makes that the two with the highest steps."""
    trainer_utils = pytest.importorskip("transformers.trainer_utils")
    checkpoint(tmp_path, 20)
    checkpoint(tmp_path, 40)
    yesterday = time.time() - 86400
    newest = checkpoint(tmp_path, 60, is_sealed=False)
    os.utime(newest, (yesterday, yesterday))
    trainer_utils.rotate_checkpoints(str(tmp_path), save_total_limit=2, use_mtime=True)
    seal(newest)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-40", "checkpoint-60"]
    assert last_checkpoint(tmp_path) == newest


@pytest.mark.slow
def test_the_trainer_seals_what_it_saves(tmp_path):
    transformers = pytest.importorskip("transformers")
    path = checkpoint(tmp_path, 20, is_sealed=False)
    arguments = type("Arguments", (), {"output_dir": str(tmp_path)})()
    sealing().on_save(arguments, transformers.TrainerState(global_step=20), None)
    assert last_checkpoint(tmp_path) == path


@pytest.mark.slow
def test_a_training_goes_on_from_the_checkpoint_before_a_torn_one(tmp_path):
    """The real trainer around a model of one number: its checkpoints are sealed, and the last whole one is taken up."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")

    class OneNumber(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x, labels):
            return {"loss": ((self.weight * x - labels) ** 2).mean()}

    def trainer(max_steps):
        arguments = transformers.TrainingArguments(
            str(tmp_path),
            max_steps=max_steps,
            save_steps=2,
            save_total_limit=2,
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
        )
        rows = [{"x": torch.ones(1), "labels": torch.ones(1)}] * 16
        return transformers.Trainer(OneNumber(), arguments, train_dataset=rows, callbacks=[sealing()])

    trainer(6).train()
    assert sorted(path.name for path in tmp_path.glob("checkpoint-*")) == ["checkpoint-4", "checkpoint-6"]
    truncate(tmp_path / "checkpoint-6")
    found = last_checkpoint(tmp_path)
    assert found == tmp_path / "checkpoint-4"
    resumed = trainer(8)
    resumed.train(resume_from_checkpoint=str(found))
    assert resumed.state.global_step == 8 and last_checkpoint(tmp_path) == tmp_path / "checkpoint-8"
