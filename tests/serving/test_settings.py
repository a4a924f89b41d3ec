from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from features import PolicyError
from serving.policy_settings import ContactHours, read_policy
from serving.rules import send_window
from serving.settings import CONFIGS
from training.settings import read_train_settings

POLICY = (CONFIGS / "policy.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "recovery_weight: 0.05",
            "recovery_wait: 0.05",
            r"recovery_wait: there is no such setting; expected version, rules, tiers, .*recovery_weight",
        ),
        ("rules: cn", "rules: fr", r"rules: got 'fr'; expected one of the packs cn, eu, in, uk, us"),
        (
            "from_hour: 9, until_hour: 20}",
            "from_hour: 22, until_hour: 24}",
            r"contact_hours: contact_hours leave no minute",
        ),
        ("recovery_weight: 0.05", "recovery_weight: much", r"recovery_weight: got 'much'"),
        ("{share: 0.05, band: 0.5}", "{share: 0.9, band: 0.5}", r"exploration.*share must be in \[0, 0\.5\], got 0\.9"),
        ("  none: {}\n", "", r"actions must hold none"),
        ("sms_gentle: {channel: sms,", "sms_gentle: {channel: pigeon,", r"actions\.sms_gentle\.channel: got 'pigeon'"),
        ("medium: 0.06", "medium: 0.01", r"tiers must rise"),
        (
            "{from_hour: 12, until_hour: 17}",
            "{from_hour: 11, until_hour: 17}",
            r"dayparts must not overlap; morning ends at 12, afternoon begins at 11",
        ),
        (
            "{from_hour: 17, until_hour: 20}",
            "{from_hour: 17, until_hour: 25}",
            r"dayparts\.evening.*must rise within 0\.\.24, got 17 to 25",
        ),
        (
            "{from_hour: 17, until_hour: 20}",
            "{from_hour: 17, until: 20}",
            r"dayparts\.evening\.until: there is no such setting",
        ),
        ("call: null}", "call: null, pigeon: 3}", r"capacity\.channels\.pigeon.*got 'pigeon'"),
        ("call: null}", "call: -3}", r"capacity: .*call must be 0 or more, got -3"),
        ("budget: null", "budget: much", r"capacity\.budget: got 'much'"),
        ("high: null}\n  # how", "high: null, huge: 0.5}\n  # how", r"capacity\.service may have the keys .*huge"),
        ("high: null}\n  # how", "high: 1.5}\n  # how", r"service\.high must be in \[0, 1\], got 1\.5"),
        (
            "fairness: []",
            "fairness: [{group: shoe_size, channel: call, most: 0.1}]",
            r"capacity\.fairness\.0\.group: got 'shoe_size'",
        ),
        (
            "fairness: []",
            "fairness: [{group: region, channel: call, most: 2}]",
            r"capacity\.fairness\.0\.most: most must be in \[0, 1\], got 2",
        ),
        ("  T0: {low: gentle,", "  T1: {low: gentle,", r"ladder must have exactly the keys"),
    ],
    ids=[
        "unknown key",
        "unknown pack of rules",
        "hours no rule allows",
        "text for a number",
        "too much exploration",
        "no none",
        "unknown channel",
        "falling tiers",
        "overlapping parts of the day",
        "a part beyond midnight",
        "unknown key of a part",
        "unknown channel of capacity",
        "capacity below nothing",
        "text for a budget",
        "unknown tier of service",
        "more than everybody",
        "unknown group",
        "more than all",
        "unknown stage",
    ],
)
def test_a_wrong_setting_is_refused_by_file_line_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in POLICY
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=rf"policy\.yaml: line \d+: .*{message}"):
        read_policy(file)


def test_the_settings_that_come_with_duewise_are_legal() -> None:
    assert read_policy().action_ids[0] == "none"
    assert not read_policy().capacity.binds
    assert read_train_settings().horizon_days == 90


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"absent\.yaml cannot be read"):
        read_policy(tmp_path / "absent.yaml")


@pytest.mark.parametrize(("probability", "tier"), [(0.0, 0), (0.0199, 0), (0.02, 1), (0.5, 3), (1.0, 3)])
def test_a_tier_begins_at_the_bound_of_the_one_before(probability: float, tier: int) -> None:
    assert read_policy().tier_of(np.array([probability]))[0] == tier


@pytest.mark.parametrize(("days_past_due", "tier"), [(0, 0), (29, 0), (30, 3), (400, 3), (np.nan, 0)])
def test_who_is_in_default_is_in_the_last_tier(days_past_due: float, tier: int) -> None:
    assert read_policy().tier_of(np.array([0.0]), np.array([days_past_due]))[0] == tier


WILLING = ("reliable", "careless", "struggling", "unsure_how", "new_to_credit")


@pytest.mark.parametrize("stance", WILLING)
def test_the_willing_meet_no_more_than_their_stance_allows(stance: str) -> None:
    policy = read_policy()
    limits = [policy.stance_limit(stance, stage) for stage in policy.stages]
    assert limits == ["gentle"] * 5 + ["standard"] * 2


@pytest.mark.parametrize("stance", ["chronic", "strategic"])
def test_the_chronic_and_the_unwilling_may_meet_firmness_once_they_are_overdue(stance: str) -> None:
    policy = read_policy()
    assert [policy.stance_limit(stance, stage) for stage in policy.stages] == ["standard"] * 4 + ["firm"] * 3


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (-30, "not yet"),
        (-7, "T-7"),
        (-4, "T-7"),
        (-3, "T-3"),
        (0, "T0"),
        (1, "overdue"),
        (8, "overdue 8"),
        (400, "overdue 30"),
    ],
)
def test_a_stage_lasts_until_the_next_begins(days: int, stage: str) -> None:
    settings = read_policy()
    assert list(settings.stages)[settings.stage_of(np.array([float(days)]))[0]] == stage


@pytest.mark.parametrize(
    ("utc", "earliest"),
    [
        ("2026-03-01T00:30", "2026-03-01T09:00:00+08:00"),
        ("2026-03-01T03:00", "2026-03-01T11:00:00+08:00"),
        ("2026-03-01T12:00", "2026-03-02T09:00:00+08:00"),
    ],
    ids=["before hours", "within hours", "after hours"],
)
def test_a_reminder_goes_out_in_the_customers_own_hours(utc: str, earliest: str) -> None:
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert send_window(now, "Asia/Shanghai", ContactHours(9, 20))[0].isoformat() == earliest
