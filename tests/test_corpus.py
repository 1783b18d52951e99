"""The corpus: labels follow from facts, texts hold their quotes, splits stay apart, gates can fail."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from bini.cases import content_hash, load_cases
from bini.corpus.build import HASHES, draw_corpus, write
from bini.corpus.gates import check_gates
from bini.corpus.korean import Ending, conjugate, with_particle
from bini.corpus.noise import spoil
from bini.corpus.pool import is_held_out
from bini.corpus.recipe import CorpusRecipe, Counts, load_corpus_recipe
from bini.corpus.spans import Span, draw_value
from bini.corpus.splits import skeleton
from bini.corpus.stock import read_stock
from bini.errors import BiniError
from bini.glossary import load_glossary
from bini.quotes import find_quote
from bini.rules import risk_level
from bini.schema import RISK_LEVELS, Case

REPOSITORY = Path(__file__).parents[1]
CORPUS = REPOSITORY / "data/corpus"
SMALL = Counts.model_validate(
    {name: 6 for name in Counts.model_fields} | {"train": 60, "train_more": 60, "test_iid": 30}
)


def _draw(seed: int) -> dict[str, list[Case]]:
    return draw_corpus(recipe_of(seed))


def recipe_of(seed: int) -> CorpusRecipe:
    return CorpusRecipe(seed=seed, counts=SMALL, stock=CORPUS / "stock", more_stock=CORPUS / "stock_more")


@pytest.fixture(scope="module")
def splits() -> dict[str, list[Case]]:
    return _draw(7)


@pytest.fixture(scope="module")
def cases(splits: dict[str, list[Case]]) -> list[Case]:
    return [case for rows in splits.values() for case in rows]


def test_the_same_seed_makes_the_same_rows_and_another_seed_others(splits: dict[str, list[Case]]) -> None:
    again = draw_corpus(recipe_of(7))
    assert {name: content_hash(rows) for name, rows in again.items()} == {
        name: content_hash(rows) for name, rows in splits.items()
    }
    other = CorpusRecipe(seed=8, counts=Counts.model_validate({name: 0 for name in Counts.model_fields} | {"dev": 15}))
    assert draw_corpus(other.model_copy(update={"stock": CORPUS / "stock"}))["dev"] != splits["dev"]


def test_every_quote_stands_in_its_text_and_every_grade_follows_from_its_marks(cases: list[Case]) -> None:
    for case in cases:
        assert case.label is not None
        for finding in case.label.comparisons:
            quote = finding.user_product_element
            assert quote is None or find_quote(quote, case.user_query) == quote
            assert quote is not None or finding.match == "판단불가"
        assert risk_level(case.label.comparisons) == case.label.risk_level
        assert case.elements == tuple(finding.patent_element for finding in case.label.comparisons)


def test_elements_that_are_no_chart_rows_are_slices_of_the_claim(cases: list[Case]) -> None:
    sliced = [case for case in cases if all(element in case.claim_text for element in case.elements or ())]
    assert 0.4 < len(sliced) / len(cases) < 0.9


def test_blocks_have_each_label_once(splits: dict[str, list[Case]]) -> None:
    rows = splits["train"]
    for at in range(0, len(rows), 3):
        block = rows[at : at + 3]
        assert {case.label.risk_level for case in block if case.label} == set(RISK_LEVELS)
        sort = next(tag for tag in block[0].tags if tag.startswith("block:"))
        products, claims = {case.user_query for case in block}, {case.claim_text for case in block}
        assert (len(products), len(claims)) == {"block:product": (1, 3)}.get(sort, (3, 1))


def test_a_minimal_pair_differs_in_one_mark(splits: dict[str, list[Case]]) -> None:
    rows = splits["test_minimal_pairs"]
    for at in range(0, len(rows), 3):
        first, *others = rows[at : at + 3]
        assert first.label is not None
        for other in others:
            assert other.label is not None
            pairs = zip(first.label.comparisons, other.label.comparisons, strict=True)
            assert sum((a.match, a.flags) != (b.match, b.flags) for a, b in pairs) == 1


def test_no_product_and_no_claim_skeleton_crosses_splits(splits: dict[str, list[Case]]) -> None:
    owners: dict[str, str] = {}
    for name, rows in splits.items():
        for key in {case.user_query for case in rows} | {skeleton(case.claim_text) for case in rows}:
            assert owners.setdefault(key, name) == name


def test_the_wider_training_half_differs_from_its_claims_in_more_elements(splits: dict[str, list[Case]]) -> None:
    def other_marks(name: str) -> float:
        findings = [finding for case in splits[name] if case.label for finding in case.label.comparisons]
        return sum(finding.match != "대응" for finding in findings) / len(findings)

    assert other_marks("train_more") > 1.2 * other_marks("train")
    more = {f"scene:{scene.name}" for scene in read_stock(CORPUS / "stock_more")}
    assert any(more & set(case.tags) for case in splits["train_more"])
    assert not any(more & set(case.tags) for name, rows in splits.items() if name != "train_more" for case in rows)


def test_scenes_of_both_stocks_have_names_of_their_own() -> None:
    names = [scene.name for folder in ("stock", "stock_more") for scene in read_stock(CORPUS / folder)]
    assert len(set(names)) == len(names) >= 60


@pytest.mark.parametrize(
    ("folder", "slipped_in"),
    [
        ("stock_more", {"Sodium Hydroxide"}),  # in one scene's prose, as 가성소다; docs/model.md says so
        ("stock_pairs", set()),
        ("../written", set()),
    ],
)
def test_the_wider_stocks_say_nothing_of_what_is_held_out(folder: str, slipped_in: set[str]) -> None:
    stock = "\n".join(
        path.read_text(encoding="utf-8")
        for path in [*(CORPUS / folder).glob("*.txt"), *(CORPUS / folder).glob("*.jsonl")]
    )
    assert stock
    held_out = [s for s in read_stock(CORPUS / "stock") if s.industry == "construction"]
    values = [value for scene in held_out for slot in scene.slots for value in slot.values]
    last = [scene.slots[-1] for scene in read_stock(CORPUS / "stock")]
    values += [value for slot in last for value in slot.values]
    assert not [said for value in values for said in (value.claim_ko, *value.says_ko, *value.says_en) if said in stock]
    found = {
        m.candidates[0] for m in load_glossary().find(stock) if m.how in ("name", "cas") and len(m.candidates) == 1
    }
    entities = load_glossary().entities
    named = {name for name in found if entities[name].kind == "substance" and entities[name].cas and is_held_out(name)}
    assert named == slipped_in


def test_what_is_held_out_is_not_in_training(splits: dict[str, list[Case]]) -> None:
    train = "\n".join(f"{case.claim_text}\n{case.user_query}" for case in splits["train"])
    scenes = [scene for scene in read_stock(CORPUS / "stock") if scene.industry != "construction"]
    assert not any(value.claim_ko.removesuffix("다") in train for scene in scenes for value in scene.slots[-1].values)
    assert not any("register:letter" in case.tags for case in splits["train"])
    assert all("construction" in case.tags for case in splits["test_heldout_industry"])
    mentions = load_glossary().find(train)
    entities = load_glossary().entities
    seen = {m.candidates[0] for m in mentions if m.how in ("name", "cas") and len(m.candidates) == 1}
    substances = {name for name in seen if entities[name].kind == "substance" and entities[name].cas}
    assert not [name for name in substances if is_held_out(name)]


def test_small_corpus_passes_the_exact_gates_and_a_spoilt_one_fails(splits: dict[str, list[Case]]) -> None:
    recipe = CorpusRecipe()
    exact = {gate.name: gate.holds for gate in check_gates(splits, recipe) if "classifier" not in gate.name}
    exact.pop("bag of words on both")
    assert all(exact.values()), exact
    case = splits["train"][0]
    assert case.label is not None
    wrong = case.label.model_copy(update={"risk_level": "높음" if case.label.risk_level != "높음" else "낮음"})
    finding = case.label.comparisons[0].model_copy(update={"user_product_element": "이 문구는 없다"})
    lost = case.label.model_copy(update={"comparisons": (finding, *case.label.comparisons[1:])})
    spoilt = splits | {
        "dev": [
            case.model_copy(update={"label": wrong}),
            case.model_copy(update={"label": lost}),
            case.model_copy(update={"label": case.label.model_copy(update={"decision_reason": "그냥 그렇다."})}),
            case.model_copy(update={"user_query": f"{case.user_query} {case.label.decision_reason}"}),
        ]
    }
    failing = {gate.name for gate in check_gates(spoilt, recipe) if not gate.holds}
    assert failing >= {
        "product texts in two splits",
        "claim skeletons in two splits",
        "gold differs from the rule",
        "quotes that the text does not hold",
        "reasons that stand in the input",
        "reasons not grounded in their row",
    }


def test_a_label_that_words_give_away_fails_the_classifier_gates(
    make_case: Callable[..., Case], splits: dict[str, list[Case]]
) -> None:
    def leaking(rows: list[Case]) -> list[Case]:
        return [
            case.model_copy(update={"user_query": f"{case.user_query} 단어{RISK_LEVELS.index(case.label.risk_level)}"})
            for case in rows
            if case.label
        ]

    gates = check_gates({name: leaking(rows) for name, rows in splits.items()}, CorpusRecipe())
    assert not next(gate for gate in gates if gate.name == "product-only classifier").holds


def test_changed_rows_are_refused_until_accepted(splits: dict[str, list[Case]], tmp_path: Path) -> None:
    write(splits, tmp_path, accept=False)
    write(splits, tmp_path, accept=False)
    changed = splits | {"dev": splits["dev"][:-1]}
    with pytest.raises(BiniError, match="dev came out otherwise"):
        write(changed, tmp_path, accept=False)
    write(changed, tmp_path, accept=True)
    assert len(load_cases(tmp_path / "dev.jsonl")) == len(splits["dev"]) - 1


def test_the_checked_in_splits_are_those_of_the_hashes() -> None:
    hashes = json.loads((CORPUS / HASHES).read_text(encoding="utf-8"))
    for path in sorted(CORPUS.glob("test_*.jsonl")):
        cases = load_cases(path)
        assert hashes[path.stem] == {"rows": len(cases), "sha256": content_hash(cases)}
        counts = Counter(case.label.risk_level for case in cases if case.label)
        assert max(counts.values()) - min(counts.values()) <= 1


@pytest.mark.parametrize(
    ("clause", "ending", "expected"),
    [
        ("알루미나를 코팅한다", "polite", "알루미나를 코팅합니다"),
        ("알루미나를 코팅했다", "memo", "알루미나를 코팅했음"),
        ("«코팅하지 않는다»", "and", "«코팅하지 않고»"),
        ("가스를 내보낸다", "memo", "가스를 내보냄"),
        ("홈을 만든다", "polite", "홈을 만듭니다"),
        ("홈을 만든다", "modifier", "홈을 만드는"),
        ("미정이다", "casual", "미정이에요"),
        ("기포가 없다", "but", "기포가 없는데"),
        ("지름이 같다", "modifier", "지름이 같은"),
        ("수지가 아니다", "polite", "수지가 아닙니다"),
    ],
)
def test_clauses_are_conjugated(clause: str, ending: Ending, expected: str) -> None:
    assert conjugate(clause, ending) == expected


@pytest.mark.parametrize(
    ("word", "particle", "expected"),
    [
        ("앰플", "을", "앰플을"),
        ("토너", "은", "토너는"),
        ("3 mm", "으로", "3 mm로"),
        ("5%", "을", "5%를"),
        ("글리세린(CAS 56-81-5)", "이", "글리세린(CAS 56-81-5)이"),
        ("LED", "으로", "LED로"),
    ],
)
def test_particles_follow_the_sound(word: str, particle: str, expected: str) -> None:
    assert with_particle(word, particle) == expected


@pytest.mark.parametrize(
    ("span", "value", "state"),
    [
        (Span(10, 25), 10, "L"),
        (Span(10, 25, "exclusive"), 10, "E"),
        (Span(10, 25), 9.9, "E"),
        (Span(10, 25), 28.7, None),
        (Span(10, 25), 33, "N"),
        (Span(None, 10), 10.5, "E"),
        (Span(5, None), 4, "N"),
    ],
)
def test_numbers_are_judged_by_the_band(span: Span, value: float, state: str | None) -> None:
    assert span.state(value) == state


def test_drawn_values_have_the_state_that_was_wanted() -> None:
    random = Random(1)
    values = [(state, draw_value(random, Span(2, 8), state, 1)) for state in ("L", "E", "N") for _ in range(50)]
    assert all(value is None or Span(2, 8).state(value) == state for state, value in values)


def test_noise_leaves_numbers_and_marks_alone() -> None:
    text = "\ue000slot/slot/코팅\ue001알루미나 12.5%를 코팅\ue002했습니다. " * 20
    spoilt = spoil(text, 0.2, Random(3))
    assert spoilt != text
    assert spoilt.count("\ue000slot/slot/코팅\ue001") == spoilt.count("\ue002") == 20
    assert [c for c in spoilt if c.isdigit()] == [c for c in text if c.isdigit()]


def test_wrong_recipes_and_stocks_are_explained(tmp_path: Path) -> None:
    recipe = tmp_path / "corpus.yaml"
    recipe.write_text("seed: x\ncounts:\n  trane: 5\n", encoding="utf-8")
    with pytest.raises(BiniError) as caught:
        load_corpus_recipe(recipe)
    assert "seed:" in str(caught.value)
    assert "counts.trane: unknown key; the nearest is counts.train" in str(caught.value)
    (tmp_path / "wrong.txt").write_text("slot 제목 | title\nscene a\n!? x\n", encoding="utf-8")
    with pytest.raises(BiniError, match=r"wrong\.txt:1.*\n.*wrong\.txt:2: `scene` has 1 parts, expected 2"):
        read_stock(tmp_path)


def test_the_shipped_recipe_is_read() -> None:
    assert load_corpus_recipe(CORPUS / "corpus.yaml").counts.train >= 12000


def test_every_slot_of_the_stock_can_be_told_in_both_languages() -> None:
    for scene in (*read_stock(CORPUS / "stock"), *read_stock(CORPUS / "stock_more")):
        for slot in scene.slots:
            assert len(slot.values) >= 2, (scene.name, slot.title_ko)
            assert len(slot.undecided_ko) >= 2, (scene.name, slot.title_ko)
            assert slot.undecided_en, (scene.name, slot.title_ko)
            for value in slot.values:
                assert len(value.says_ko) >= 2, value.claim_ko
                assert value.says_en, value.claim_ko
                assert all(said.endswith("다") for said in value.says_ko), value.says_ko


def test_the_examples_of_the_documentation_are_read(tmp_path: Path) -> None:
    blocks = (REPOSITORY / "docs/data.md").read_text(encoding="utf-8").split("```")
    row = next(block for block in blocks if block.startswith("json"))
    case = Case.model_validate(json.loads(row.removeprefix("json")))
    assert case.label is not None
    assert all((finding.user_product_element or "?") in case.user_query for finding in case.label.comparisons)
    (tmp_path / "filter.txt").write_text(next(b for b in blocks if b.startswith("\nscene ")), encoding="utf-8")
    (scene,) = read_stock(tmp_path)
    assert [len(slot.values) for slot in scene.slots] == [2]
