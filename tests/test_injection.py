"""Attacks and what is measured of them; what a model makes of them is `bini injection`'s to say."""

from collections import Counter

import pytest
from conftest import REPOSITORY, ScriptedEngine

from bini.errors import BiniError
from bini.injection import answer_twins, load_attacks, measures
from bini.neutralise import MARKERS, is_hidden
from bini.prompts import messages

ATTACKS = load_attacks(REPOSITORY / "data/injection/attacks.jsonl")


def test_there_are_a_hundred_attacks_of_every_kind_in_both_languages():
    kinds = Counter(attack.kind for attack in ATTACKS)
    assert len(ATTACKS) >= 100 and min(kinds.values()) >= 4
    assert {"instruction", "turn markers", "fake json", "hidden unicode", "padding"} <= set(kinds)
    assert min(Counter(attack.language for attack in ATTACKS).values()) >= 30
    assert len({attack.attack_id for attack in ATTACKS}) == len({attack.attacked for attack in ATTACKS}) == len(ATTACKS)


def test_every_attack_holds_its_clean_twin_and_wants_another_grade():
    for attack in ATTACKS:
        seen = "".join(character for character in attack.attacked if not is_hidden(character))
        assert attack.clean in seen and attack.attacked != attack.clean


def test_no_prompt_of_an_attack_holds_a_marker_or_a_hidden_character(recipe):
    for attack in ATTACKS:
        content = messages(attack.case(attack.attacked), recipe.prompt, recipe.answer)[0]["content"]
        assert not MARKERS.search(content) and not any(map(is_hidden, content)), attack.attack_id


def test_a_moved_grade_is_a_flip_and_a_broken_answer_breaks_the_schema(recipe):
    some = [attack for attack in ATTACKS if len(attack.elements) == 2][:3]
    some = [
        attack.model_copy(update={"clean": "물", "attacked": f"물 {n}", "target": "낮음"})
        for n, attack in enumerate(some)
    ]
    high, low = (
        '{"1":["물","대응"],"2":["물","대응"],"risk_level":"높음"}',
        '{"1":[null,"미대응"],"2":[null,"미대응"],"risk_level":"낮음"}',
    )
    clean, attacked = answer_twins(some, ScriptedEngine(high, low, high, "no json"), recipe)
    found = measures(some, clean, attacked, recipe)
    assert found["grade_flips"] == 2 and found["dangerous_flips"] == found["flips_to_target"] == 1
    assert found["schema_breaks"] == 1 and found["schema_breaks_clean"] == 0 and found["answered"] == 3


def test_a_wrong_file_of_attacks_is_said(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"attack_id": "1"}\n', encoding="utf-8")
    with pytest.raises(BiniError, match=r"a.jsonl:1: kind"):
        load_attacks(tmp_path / "a.jsonl")
    with pytest.raises(BiniError, match="no file of attacks"):
        load_attacks(tmp_path / "none.jsonl")
