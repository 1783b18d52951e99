"""Recipes: one typed YAML says what a run trains, how it is asked, and how it answers.

Read by every stage. An unknown key is refused with the nearest name; all errors are reported together; `key=value`
on the command line beats the YAML, the YAML beats the default. A knob's consequence stands beside it here.
"""

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bini.errors import BiniError

LINEAR_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def _files(named: Path | tuple[Path, ...] | None) -> tuple[Path, ...]:
    return (named,) if isinstance(named, Path) else named or ()


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Data(Section):
    cases: Path = Path("data/raw/seeds/seed_cases.json")  # JSON list of products and claims, or a cases file (.jsonl)
    labels: Path | None = Path(
        "data/processed/train.jsonl"
    )  # one label a line, same order; null: cases carry their own
    corpus: Path | tuple[Path, ...] | None = None  # more training cases: cases files with labels (`bini corpus` makes
    # data/corpus/train.jsonl and train_more.jsonl)
    max_corpus_cases: Annotated[int, Field(ge=1)] | None = None  # so many of them, drawn by the seed; null: all
    more_cases: Path | tuple[Path, ...] | None = None  # cases files with labels that are read as often as `cases`
    repeat_cases: Annotated[int, Field(ge=1)] = 1  # how often those are read for each time that the corpus is
    pairs: Path | tuple[Path, ...] | None = None  # elements and sentences for the second look: files, folders of .txt
    # (bini.pairs), or cases files (.jsonl), of which every quoted cell is read
    repeat_pairs: Annotated[int, Field(ge=1)] = 1  # how often they are read for each time that the corpus is
    eval_cases: Path | None = None  # null: the training rows are scored, and the report says so
    eval_labels: Path | None = None

    @property
    def more_files(self) -> tuple[Path, ...]:
        return _files(self.more_cases)

    @property
    def corpus_files(self) -> tuple[Path, ...]:
        return _files(self.corpus)

    @property
    def training_files(self) -> tuple[Path, ...]:
        """Every cases file that is trained on, as charts or as pairs."""
        charted = (self.cases, *self.more_files, *self.corpus_files)
        return charted + tuple(file for file in self.pairs_files if file.suffix == ".jsonl" and file not in charted)

    @property
    def pairs_files(self) -> tuple[Path, ...]:
        named = _files(self.pairs)
        return tuple(file for path in named for file in (sorted(path.glob("*.txt")) if path.is_dir() else [path]))


class Prompt(Section):
    instructions: Literal["full", "short"] = "full"  # short: for a tuned model, which knows the task; faster
    claim_text: bool = True  # false: the elements alone, a shorter prompt
    hints: bool = False  # true: what code found in names, numbers and words goes in as short notes (bini.facts)


class Answer(Section):
    evidence: Literal["before", "after"] = "before"  # the quote before or after the mark it supports
    reason: Literal["composed", "written"] = "composed"  # composed in code from the chart, or written by the model
    facts: Literal["ignored", "decided"] = "ignored"  # decided: where code is sure of an element, its word counts
    second_look: bool = False  # true: each quoted element is read once more, beside its quote alone (bini.second_look);
    # for a model that was trained on pairs
    max_quote_tokens: Annotated[int, Field(ge=8)] = 64  # longest quote an answer has room for, per element
    max_reason_tokens: Annotated[int, Field(ge=16)] = 256


class Lora(Section):
    r: Annotated[int, Field(ge=1)] = 16  # adapter size grows with it
    alpha: Annotated[int, Field(ge=1)] = 32  # the adapter's weight is alpha / r
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    target_modules: tuple[str, ...] = LINEAR_LAYERS
    continue_from: Path | None = None  # folder of an adapter of the same base and r that training goes on with


class Train(Section):
    load_in_4bit: bool = False  # true: QLoRA, the frozen base in NF4
    epochs: Annotated[float, Field(gt=0)] = 10
    batch_size: Annotated[int, Field(ge=1)] = 1
    gradient_accumulation: Annotated[int, Field(ge=1)] = 1
    learning_rate: Annotated[float, Field(gt=0)] = 2e-4
    scheduler: Literal["linear", "cosine", "constant", "constant_with_warmup"] = "linear"
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    max_grad_norm: Annotated[float, Field(gt=0)] = 1.0
    optimizer: str = "adamw_torch_fused"  # adamw_8bit saves GPU memory
    max_length: Annotated[int, Field(ge=64)] = 1024  # tokens; a longer row is an error, never cut
    gradient_checkpointing: bool = False  # true: less memory, about a third more time
    whole_quotes: Annotated[float, Field(ge=0, le=1)] = 1.0  # share of rows whose quotes are learned to their end; of
    # the others the first tokens only: the rest is copying, which a trained model knows, and drowns the mark
    charts_from_pairs: Annotated[int, Field(ge=0)] = 0  # so many charts are composed of data.pairs (bini.composed),
    # whose cells are then the pairs
    silenced_cases: Annotated[int, Field(ge=0)] = 0  # so many of data.more_cases are read again, a sentence taken out:
    # of what it told the product is silent then (bini.silenced)
    clauses_from_cases: Annotated[int, Field(ge=0)] = 0  # of each element of a cases file in data.pairs so many clauses
    # of its product that speak of other things are read as pairs, too (bini.clause_pairs)
    pairs_from_cases: Annotated[int, Field(ge=0)] = 0  # so many quoted cells of cases and corpus are read as pairs, too
    group_by_length: bool = True  # rows of like length share a batch: less padding
    checkpoint_every_steps: Annotated[int, Field(ge=1)] = 20  # what a kill can cost


class Engine(Section):
    max_model_len: Annotated[int, Field(ge=256)] = 4096  # longest prompt and answer together, tokens
    max_num_seqs: Annotated[int, Field(ge=1)] = 64  # answers written side by side
    quotes: Literal["free", "copied"] = "free"  # copied: a guided answer can quote nothing but slices of the product's
    # text; free: it is checked afterwards, and only an answer that repeats itself is asked for again with copied quotes
    compile: bool | None = None  # false: answers sooner, true: faster after a minute; null: as the machine profile says
    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1)] = 0.85
    kv_cache_gib: Annotated[int, Field(ge=1)] = 2  # CPU only; on a GPU the share above decides
    tensor_parallel_size: Annotated[int, Field(ge=1)] = 1  # one model over several GPUs
    quantization: Literal["bitsandbytes"] | None = None  # GPU only: answer with 4-bit weights, a third of the memory


class Evaluation(Section):
    free: bool = True  # also one pass without guidance, for unguided validity


CalibrationSource = Literal["chart", "word", "marks"]


class Calibration(Section):
    score: bool = False  # true: evaluation also asks how likely each grade is; about as long again
    grade: Literal["written", "likeliest"] = (
        "written"  # the chart as written, or the likeliest one by the marks' likelihoods
    )
    source: CalibrationSource = "chart"  # likelihoods of the marks, asked afterwards; of the grade's own word; of the
    # marks as they were written, which needs no second pass and slows answering (docs/evaluation.md)
    abstain_below: Annotated[float, Field(ge=0, le=1)] | None = None  # an answer less sure than this asks for a person

    @property
    def watches(self) -> bool:
        """Whether the engine says, while it writes, how likely the marks are."""
        return self.grade == "likeliest" or (self.score and self.source == "marks")


class Recipe(Section):
    """A whole run. `name` is the file's stem, and the run folder is outputs/<name>."""

    name: str
    base_model: str
    revision: str | None = None  # hub models only: the commit hash
    seed: int = 3407
    data: Data = Data()
    prompt: Prompt = Prompt()
    answer: Answer = Answer()
    lora: Lora = Lora()
    train: Train = Train()
    engine: Engine = Engine()
    evaluation: Evaluation = Evaluation()
    calibration: Calibration = Calibration()

    @property
    def watches(self) -> bool:
        """Whether the engine says, while it writes, how likely the marks are."""
        return self.answer.second_look or self.calibration.watches


def load_recipe(path: Path, overrides: Iterable[str] = ()) -> Recipe:
    """Read a recipe; `overrides` are `section.key=value` with YAML values.

    Raises:
        BiniError: no such file, not YAML, unknown keys, wrong values: all in one message.
    """
    if not path.is_file():
        shipped = ", ".join(str(found) for found in sorted(Path("recipes").glob("*.yaml")))
        raise BiniError(f"There is no recipe {path}.\nShipped recipes: {shipped or 'none in this folder'}.")
    values = read_mapping(path, "recipe: expected `key: value` lines, base_model among them.")
    for override in overrides:
        _apply(values, override)
    try:
        return Recipe.model_validate({"name": path.stem} | values)
    except ValidationError as error:
        raise BiniError(f"{path}:\n" + "\n".join(explanations(error, Recipe))) from error


def read_mapping(path: Path, expected: str) -> dict[str, Any]:
    """Return what a YAML file maps.

    Raises:
        BiniError: it is not YAML, or no mapping: then `expected` says what it should hold.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BiniError(f"{path} is not YAML: {error}") from error
    if not isinstance(values, dict):
        raise BiniError(f"{path} holds no {expected}")
    return values


def explanations(error: ValidationError, noun: type[BaseModel]) -> Iterator[str]:
    """Yield a line for each problem of a file that should describe a `noun`; an unknown key gets the nearest known one."""
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            near = difflib.get_close_matches(where, _keys(noun), n=1, cutoff=0.0)[0]
            yield f"  {where}: unknown key; the nearest is {near}."
        else:
            yield f"  {where}: {problem['msg']} (found {problem['input']!r})."


def as_written(recipe: Recipe) -> Recipe:
    """Return the recipe with the model's chart taken as it was written, for a model that is not the run's own."""
    changes = {"grade": "written", "score": recipe.calibration.score and recipe.calibration.source != "marks"}
    calibration = recipe.calibration.model_copy(update=changes)
    answer = recipe.answer.model_copy(update={"second_look": False})  # it was not trained on pairs
    return recipe.model_copy(update={"calibration": calibration, "answer": answer})


def dump_recipe(recipe: Recipe) -> str:
    """Return the resolved recipe as YAML, every default filled in."""
    return yaml.safe_dump(recipe.model_dump(mode="json"), allow_unicode=True, sort_keys=False)


def _apply(values: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals:
        raise BiniError(f"{override!r} is no override: expected key=value, for example train.epochs=3.")
    *sections, last = key.split(".")
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            raise BiniError(f"{override!r}: {section} is no section of a recipe.")
    try:
        values[last] = yaml.safe_load(value)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BiniError(f"{override!r}: the value is not YAML: {error}") from error


def _keys(section: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, field in section.model_fields.items():
        keys.append(prefix + name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys += _keys(field.annotation, f"{prefix}{name}.")
    return keys
