"""Training that goes on with an adapter: what is refused before a model is loaded, and which cases are read."""

import json
from pathlib import Path

import pytest

from bini.cases import cases_as_read, dump_jsonl, training_cases
from bini.continued import check_continued, files_read_before, put_weights
from bini.crossval import crossval
from bini.errors import BiniError
from bini.evaluate import known_training_cases, seen_in_training
from bini.published import WEIGHTS
from bini.recipe import LINEAR_LAYERS, Recipe
from bini.train import training_fingerprint
from bini.weights import write_checksums


@pytest.fixture
def adapter(tmp_path):
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / WEIGHTS).write_bytes(b"weights")
    config = {"r": 16, "lora_alpha": 32, "target_modules": list(reversed(LINEAR_LAYERS))}
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps({"base_model": "embedded:tiny-random"}), encoding="utf-8")
    return folder


def going_on_with(folder, base_model="embedded:tiny-random", **lora):
    return Recipe.model_validate(
        {"name": "further", "base_model": base_model, "lora": {"continue_from": str(folder)} | lora}
    )


def test_an_adapter_of_the_same_base_and_size_is_gone_on_with(adapter):
    check_continued(going_on_with(adapter))
    check_continued(Recipe(name="fresh", base_model="embedded:tiny-random"))


def test_every_reason_against_an_adapter_is_said_at_once(adapter):
    with pytest.raises(BiniError) as refused:
        check_continued(going_on_with(adapter, base_model="embedded:gemma-3-270m", r=8, target_modules=["q_proj"]))
    said = str(refused.value)
    assert "r is 16, the recipe's lora has 8" in said and "it belongs to embedded:tiny-random" in said
    assert "target_modules is" in said and len(said.splitlines()) == 3


def test_a_folder_without_an_adapter_and_changed_weights_are_refused(adapter, tmp_path):
    with pytest.raises(BiniError, match="holds no adapter"):
        check_continued(going_on_with(tmp_path))
    write_checksums(adapter)
    (adapter / WEIGHTS).write_bytes(b"others")
    with pytest.raises(BiniError, match=WEIGHTS):
        check_continued(going_on_with(adapter))


def test_other_weights_to_go_on_with_are_another_training(adapter):
    fresh = training_fingerprint(
        going_on_with(adapter).model_copy(update={"lora": Recipe.model_fields["lora"].default}), "d"
    )
    first = training_fingerprint(going_on_with(adapter), "d")
    (adapter / WEIGHTS).write_bytes(b"others")
    assert len({fresh, first, training_fingerprint(going_on_with(adapter), "d")}) == 3


def test_an_adapter_with_other_layers_is_refused(tmp_path):
    import torch
    from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
    from safetensors.torch import save_file

    def model():
        return get_peft_model(torch.nn.Sequential(torch.nn.Linear(4, 4)), LoraConfig(r=2, target_modules=["0"]))

    taught, fresh = model(), model()
    weights = {name: torch.full_like(tensor, 0.5) for name, tensor in get_peft_model_state_dict(taught).items()}
    save_file(weights, tmp_path / WEIGHTS)
    put_weights(fresh, tmp_path)
    assert all((tensor == 0.5).all() for tensor in get_peft_model_state_dict(fresh).values())
    save_file(dict(list(weights.items())[:1]), tmp_path / WEIGHTS)
    with pytest.raises(BiniError, match="other layers"):
        put_weights(fresh, tmp_path)


@pytest.fixture
def with_corpus(tmp_path, make_case, make_label):
    def write(name, products):
        cases = [make_case(case_id=p, user_query=f"{p} ATBC 2% 미백 앰플", label=make_label()) for p in products]
        (tmp_path / name).write_text(dump_jsonl(cases), encoding="utf-8")
        return str(tmp_path / name)

    own, corpus = write("own.jsonl", ["가", "나"]), write("corpus.jsonl", [f"제품{n}" for n in range(30)])

    def recipe(**data):
        values = {"cases": own, "labels": None, "corpus": corpus} | data
        return Recipe.model_validate({"name": "r", "base_model": "embedded:tiny-random", "data": values})

    return recipe


def test_what_the_adapter_has_read_counts_as_seen(with_corpus, adapter, tmp_path):
    first = with_corpus(max_corpus_cases=10)
    facts = {"base_model": "embedded:tiny-random", "cases_file": f"{tmp_path / 'own.jsonl'} + {first.data.corpus}"}
    (adapter / "run.json").write_text(json.dumps(facts), encoding="utf-8")
    fresh = first.model_copy(update={"data": first.data.model_copy(update={"corpus": None})})
    second = fresh.model_copy(update={"lora": fresh.lora.model_copy(update={"continue_from": adapter})})
    assert seen_in_training(training_cases(first), fresh) == 2
    assert seen_in_training(training_cases(first), second) == 12


def test_what_an_adapter_before_it_has_read_counts_too(with_corpus, adapter, tmp_path):
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    files = with_corpus().data
    (earlier / "run.json").write_text(json.dumps({"cases_file": str(files.corpus)}), encoding="utf-8")
    (adapter / "run.json").write_text(
        json.dumps({"cases_file": str(files.cases), "continued_from": {"folder": str(earlier)}}), encoding="utf-8"
    )
    asked = with_corpus(max_corpus_cases=3)
    third = asked.model_copy(update={"lora": asked.lora.model_copy(update={"continue_from": adapter})})
    assert files_read_before(third) == [files.cases, files.corpus]
    assert seen_in_training(training_cases(with_corpus()), asked) == 5
    assert seen_in_training(training_cases(with_corpus()), third) == 32
    texts = [case.user_query for case in known_training_cases(third)]
    assert len(texts) == len(set(texts)) == 32 and texts[:2] == [f"{p} ATBC 2% 미백 앰플" for p in "가나"]


def test_several_corpus_files_are_read_as_one(with_corpus, tmp_path):
    both = [str(tmp_path / "corpus.jsonl"), str(tmp_path / "more.jsonl")]
    with pytest.raises(BiniError, match=r"There is no corpus .*more.jsonl"):
        training_cases(with_corpus(corpus=both))
    text = (tmp_path / "corpus.jsonl").read_text(encoding="utf-8").replace("제품", "물건")
    (tmp_path / "more.jsonl").write_text(text, encoding="utf-8")
    assert len(training_cases(with_corpus(corpus=both))) == 62
    assert len(training_cases(with_corpus(corpus=both, max_corpus_cases=40))) == 42


def test_own_cases_are_read_as_often_as_the_recipe_says(with_corpus):
    read = cases_as_read(with_corpus(max_corpus_cases=10, repeat_cases=3))
    assert sum(case.case_id == "가" for case in read) == 3 and len(read) == 16


def test_more_cases_are_read_like_own_ones(with_corpus):
    plain = with_corpus(max_corpus_cases=10)
    more = with_corpus(max_corpus_cases=10, repeat_cases=2, more_cases=plain.data.corpus)
    assert len(training_cases(more)) == 2 + 30 + 10 and len(cases_as_read(more)) == 2 * 32 + 10
    assert more.data.training_files == (plain.data.cases, plain.data.corpus, plain.data.corpus)


def test_cross_validation_refuses_an_adapter_that_may_have_read_the_held_out_cases(adapter, tmp_path):
    path = tmp_path / "further.yaml"
    path.write_text(f"base_model: embedded:tiny-random\nlora: {{continue_from: {adapter}}}\n", encoding="utf-8")
    with pytest.raises(BiniError, match="which may have read the cases"):
        crossval(Path(path))
