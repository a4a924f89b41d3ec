from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from features.errors import PolicyError
from serving.feedback.settings import read_feedback
from serving.settings import CONFIGS

Edit = Any


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (
            ("consequences", "dispute", "closes"),
            "sms",
            r"consequences.dispute.closes: got 'sms'; Input should be 'none'",
        ),
        (("consequences", "dispute", "days"), 0, "days must be 1 or more, or null, got 0"),
        (("consequences", "opt_out", "closes"), "none", "an opt-out is honoured"),
        (("consequences", "dispute", "dayz"), 3, "consequences.dispute.dayz: there is no such setting"),
        (("consequences", "bored"), {}, "consequences.bored"),
        (("promise", "at_most"), 1, r"without_day must be in \[1, at_most\], got 3 with 1"),
        (("advice",), {}, "advice must have exactly the keys"),
        (("person", "alone"), ["..."], r"person.*a phrase must hold a letter or a character, got '...'"),
        (("person",), None, "person"),
        (("approved",), {"role": "risk", "on": "2026-01-31"}, "approved.on: there is no such setting"),
        (("never_missed", "opt_out", "anywhere"), ["??"], r"a phrase must hold a letter or a character, got '\?\?'"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_key(tmp_path: Path, path: tuple[str, ...], value: Edit, says: str) -> None:
    content = yaml.safe_load((CONFIGS / "feedback.yaml").read_text(encoding="utf-8"))
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    file = tmp_path / "feedback.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(PolicyError, match=says):
        read_feedback(file)


def test_settings_that_nobody_approved_say_so() -> None:
    settings = read_feedback()
    assert settings.approved is None
    assert settings.named_version == f"{settings.version} draft"


def test_an_approval_is_written_as_the_comment_says(tmp_path: Path) -> None:
    text = (CONFIGS / "feedback.yaml").read_text(encoding="utf-8")
    said = re.search(r"\{role: \.\.\., day: [0-9-]+\}", text)
    assert said is not None
    file = tmp_path / "feedback.yaml"
    file.write_text(text.replace("approved: null", f"approved: {said.group()}"), encoding="utf-8")
    assert read_feedback(file).named_version == read_feedback().version
