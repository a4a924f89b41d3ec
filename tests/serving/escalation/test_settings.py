"""The section ``escalation``: what may not be set is refused with line, key and legal values."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from features.errors import PolicyError
from serving.actions import STANCES
from serving.escalation.settings import GROUNDS, EscalatedStance, EscalationSettings
from serving.feedback.causes import CAUSES
from serving.settings import CONFIGS, read_source

SECTION = CONFIGS / "policy.yaml"


def test_every_ground_is_a_stance_or_a_cause() -> None:
    assert set(GROUNDS) <= {*STANCES, *CAUSES}
    assert not {"struggling", "new_to_credit", "unsure_how"} & set(get_args(EscalatedStance))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("stances: [chronic, strategic]", "stances: [chronic, struggling]", r"line \d+: escalation\.visit\.stances\.1: got 'struggling'"),
        ("stances: [chronic, strategic]", "stances: [new_to_credit]", r"'reliable', 'careless', 'chronic' or 'strategic'"),
        ("causes: [refuses]", "causes: [promise]", r"escalation\.visit\.causes\.0: got 'promise'"),
        ("from_day: 45", "from_day: 0", r"line \d+: escalation\.visit\.from_day: got 0; .*greater than or equal to 1"),
        ("firm_reminders: 2", "firm_reminders: 0", r"escalation\.visit\.firm_reminders: got 0"),
        ("least_open: 500", "least_open: -1", r"escalation\.visit\.least_open: got -1"),
        ("cost: 60", "price: 60", r"there is no such setting; expected from_day, stances, .*cost"),
        ("{step}. Days", "the step. Days", r"rests_on\.en must have the places"),
        ("      refuses: {en", "      other: {en", r"grounds must have exactly the keys"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = SECTION.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "policy.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    source = read_source(file)
    with pytest.raises(PolicyError, match=message):
        source.built(EscalationSettings, source.content["escalation"], ("escalation",))


def test_a_step_that_nothing_leads_to_is_refused(tmp_path: Path) -> None:
    text = SECTION.read_text(encoding="utf-8")
    text = text.replace("stances: [chronic, strategic]", "stances: []", 1).replace("causes: [refuses]", "causes: []", 1)
    file = tmp_path / "policy.yaml"
    file.write_text(text, encoding="utf-8")
    source = read_source(file)
    with pytest.raises(PolicyError, match="stances or causes must hold one or more"):
        source.built(EscalationSettings, source.content["escalation"], ("escalation",))


def test_a_step_may_be_left_out() -> None:
    source = read_source(SECTION)
    content = {**source.content["escalation"], "letter": None}
    settings = source.built(EscalationSettings, content)
    assert (settings.letter, settings.visit is None) == (None, False)
