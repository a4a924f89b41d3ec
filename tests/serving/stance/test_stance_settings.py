from __future__ import annotations

from pathlib import Path

import pytest

from features import CATALOGUE
from features.errors import PolicyError
from serving.actions import STANCES
from serving.settings import CONFIGS
from serving.stance import StanceSettings, read_stance
from serving.stance.sides import BEARINGS, SIDES

YAML = (CONFIGS / "stance.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("feature: credit_age,", "feature: credit_ages,", r"line \d+: signals.first_credit_young.feature: feature must be one of features.CATALOGUE, such as credit_age, .*got 'credit_ages'"),
        ("instead: days_with_bank", "instead: days_with_us", r"instead must be one of features.CATALOGUE, such as days_with_bank.*got 'days_with_us'"),
        ("cause: refuses", "cause: refused", r"line \d+: signals.refuses.cause: got 'refused'; Input should be 'forgot', 'short_of_money'"),
        ("speaks_for: [forgetful], feature", "speaks_for: [sloppy], feature", r"signals.short_delays.speaks_for.0: got 'sloppy'; Input should be 'late', 'overdue_now'"),
        ("speaks_for: [forgetful], feature", "speaks_for: [], feature", r"speaks_for must name sides, each once, got \[\]"),
        ("utilisation, at_least: 0.8", "utilisation, at_least: 80", r"line \d+: signals.limit_used_up.at_least: at_least must be in \[-10, 10\] for utilisation, got 80"),
        ("at_most: 0.2,", "at_most: 1.2,", r"at_most must be in \[0, 1\] for late_share_365d, got 1.2"),
        ("at_least: 1, at_most: 14", "at_least: 15, at_most: 14", "at_least must not be above at_most, got 15.0 and 14.0"),
        ("dpd_now, at_least: 30", "dpd_now", "at_least or at_most must be given beside a feature, or both, got neither"),
        ("cause: refuses", "cause: refuses, at_least: 1", "at_least goes with a feature; a cause is told or not, got 1.0"),
        ("cause: refuses,", "", "feature or cause must be given, one of them, got none"),
        ("cause: refuses,", "cause: refuses, feature: dpd_now, at_least: 1,", "feature or cause must be given, one of them, got both"),
        ("cause: refuses,", "cause: refuses, weight: 2,", r"signals.refuses.weight: there is no such setting; expected speaks_for, words, feature"),
        ('en: "refused to pay"', 'en: "refused {value} times"', r"words.en must have the places \[\], got \['value'\]"),
        ('zh: "目前已逾期{value}"', 'zh: "目前已逾期"', r"words.zh must have the places \['value'\], got \[\]"),
        ("unwilling: 2", "unwilling: 1", r"needed.unwilling: unwilling must be 2 or more, got 1"),
        ("[asking_how, unsure, willing]", "[unsure, willing]", "signals must speak for every side; none does for asking_how"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_by_file_line_and_key(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in YAML
    file = tmp_path / "stance.yaml"
    file.write_text(YAML.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=says) as refusal:
        read_stance(file)
    assert str(file) in str(refusal.value)


def test_signals_that_nobody_approved_say_so(settings: StanceSettings) -> None:
    assert settings.named_version == f"{settings.version} draft"


def test_every_signal_says_its_number_in_both_languages(settings: StanceSettings) -> None:
    for name, signal in settings.signals.items():
        said = signal.say(None if signal.feature is None else 0.37)
        assert "{" not in said["en"] + said["zh"], name
        assert all("一" <= character <= "鿿" for character in said["zh"][:1]) or said["zh"][0] in "0123456789", name
        if signal.feature is not None:
            assert signal.feature in CATALOGUE


def test_every_stance_has_a_bearing_of_known_sides() -> None:
    assert set(BEARINGS) == set(STANCES)
    for bearing in BEARINGS.values():
        assert set(bearing.supporting) | set(bearing.opposing) <= set(SIDES)
        assert not set(bearing.supporting) & set(bearing.opposing)
