"""configs/weekly.yaml: what is refused, with file, line, key and what is legal; and what is bounded by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import PolicyError
from serving.bank_ladder import climbed
from serving.monitoring.weeks import Week
from serving.policy_settings import read_policy
from serving.registry import load_models
from serving.settings import CONFIGS
from serving.weekly.calls import calls_of
from serving.weekly.settings import read_weekly

TEXT = (CONFIGS / "weekly.yaml").read_text(encoding="utf-8")
POLICY = read_policy()


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("plan: {arrears_rate: 0.15", "plan: {arrears_rate: 15", r"weekly\.yaml: line \d+: plan\.arrears_rate: got 15"),
        ("plan: {arrears_rate", "plan: {overdue_rate", "expected arrears_rate, cure_rate, recovered"),
        ("  channel:\n", "  region:\n", "groups.region is not among tier, product, channel"),
        ("  forgot:", "  forgotten:", "lessons must hold exactly forgot"),
        ("  arrears: {name", "  arrear: {name", "rules must hold exactly score_shift"),
        ("more_calls: 10", "more_calls: 0", "more_calls: got 0"),
        ("chance: 0.05", "chance: 1.5", "chance: got 1.5"),
    ],
    ids=["out of range", "unknown key", "unknown grouping", "lesson missing", "rule missing", "no calls", "no chance"],
)
def test_a_bad_setting_is_refused_with_its_place(was: str, now: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "weekly.yaml"
    assert was in TEXT
    file.write_text(TEXT.replace(was, now, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=said):
        read_weekly(file)


def test_a_group_without_a_plan_has_none_and_all_loans_have_the_banks() -> None:
    settings = read_weekly()
    assert settings.plan_of("product", "mortgage").arrears_rate == 0.10
    assert settings.plan_of("product", "pawn").arrears_rate is None
    assert settings.plan_of("all", "all") == settings.plan


@pytest.mark.parametrize(
    ("tier", "stage", "blocked", "action"),
    [
        ("high", "T-3", (), "sms_gentle"),
        ("low", "overdue", (), "sms_standard"),
        ("high", "overdue 8", (), "call_firm"),
        ("high", "overdue 8", ("call_firm", "call_standard"), "sms_standard"),
        ("high", "overdue 8", POLICY.actions, "none"),
    ],
)
def test_the_ladder_texts_until_the_due_date_and_calls_the_upper_tiers_after(
    tier: str, stage: str, blocked: Any, action: str
) -> None:
    allowed = np.array([[name not in blocked for name in POLICY.action_ids]])
    places = (np.array([list(POLICY.tiers).index(tier)]), np.array([list(POLICY.stages).index(stage)]))
    assert POLICY.action_ids[climbed(POLICY, *places, allowed)[0]] == action


WEEK = Week("a", "b", (), 9, 9, 0, 0.0, {}, {"call": 14}, 0, {})


def test_more_calls_bring_no_more_than_their_price_and_nothing_where_none_bounds_them(world: Any) -> None:
    rich, settings = replace(POLICY, recovery_weight=1.0), read_weekly()
    models, as_of = load_models(), pd.Timestamp(world.as_of)
    free = calls_of(world.book, as_of, WEEK, models, rich, settings)
    assert (free.limit, free.brings, free.a_day, free.used) == (None, None, 2.0, None)
    tight = calls_of(world.book, as_of, WEEK, models, rich, replace(settings, calls_a_day=1))
    assert (tight.limit, tight.limit_by, tight.used) == (1, "weekly", 2.0)
    assert tight.planned <= 1
    assert 0 < tight.brings <= 10 * tight.price * (1 + 1e-6)
    wide = calls_of(world.book, as_of, WEEK, models, rich, replace(settings, calls_a_day=5_000))
    assert (wide.price, wide.brings) == (0.0, pytest.approx(0.0, abs=1e-6))
