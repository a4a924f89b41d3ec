"""configs/monitoring.yaml: what is refused, with file, line, key and what is legal."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import PolicyError
from serving.monitoring.settings import RULES, read_monitoring
from serving.settings import CONFIGS

SHIPPED = (CONFIGS / "monitoring.yaml").read_text(encoding="utf-8")


def test_every_rule_says_what_to_do_and_its_size_is_explained() -> None:
    rules = read_monitoring().rules
    for name in RULES:
        assert len(rules.named(name).to_do) > 20
        assert name in SHIPPED.partition("rules:")[0]


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("window_days: 30", "window_day: 30", r"monitoring.yaml: line \d+: window_day: there is no such setting"),
        ("window_days: 30", "window_days: 0", r"line \d+: window_days: got 0; Input should be greater than or equal"),
        ("history_days: 400", "history_days: 40", "history_days must be at least two windows, 60, got 40"),
        ("false_alarm_rate: 0.05", "false_alarm_rate: 1.5", r"false_alarm_rate: got 1.5; Input should be less than 1"),
        ("credit: 45", "bureau: 45", "feeds.bureau: .*is not among loans, instalments, payments"),
        ("warning: 1.5, alarm: 2.5", "warning: 3.5, alarm: 2.5", "warning must be at most alarm, 2.5, got 3.5"),
        ("  ranking:", "  rankings:", r"rules.rankings: there is no such setting; expected score_shift"),
    ],
    ids=["no such key", "no days", "short history", "a rate above 1", "no such table", "order", "rule"],
)
def test_settings_that_make_no_sense_are_refused(was: str, now: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "monitoring.yaml"
    assert was in SHIPPED
    file.write_text(SHIPPED.replace(was, now), encoding="utf-8")
    with pytest.raises(PolicyError, match=said):
        read_monitoring(file)
