"""Packs are data: their figures, what a bank may change of them, and how a wrong one is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from features import PolicyError
from serving.policy_settings import read_policy
from serving.rules import RuleBook, pack_names, read_pack
from serving.rules.kinds import Frequency, Hours, Pause
from serving.rules.page import as_markdown
from serving.settings import CONFIGS

ROOT = Path(__file__).parents[3]
NAMES = ("cn", "eu", "in", "uk", "us")
LAST = date(2026, 11, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copytree(CONFIGS / "rules", tmp_path / "rules")


def bank(folder: Path, text: str) -> None:
    (folder / "bank.yaml").write_text(f'version: "7"\n{text}', encoding="utf-8")


def test_there_are_five_packs_each_rule_with_its_source() -> None:
    assert pack_names() == NAMES
    for name in NAMES:
        pack = read_pack(name)
        assert pack.version
        assert all(rule.citation and rule.effective < LAST for rule in pack.rules.values())


@pytest.mark.parametrize(
    ("name", "rule", "figures"),
    [
        ("cn", "quiet_hours", {"opens": "08:00", "closes": "22:00", "unless_night_consent": True, "status": "guideline", "effective": date(2026, 1, 30)}),
        ("cn", "unanswered_dials", {"most": 6, "days": 1, "counted": "unanswered"}),
        ("cn", "conversations_a_day", {"most": 3, "days": 1, "counted": "conversations", "status": "standard"}),
        ("us", "inconvenient_hours", {"opens": "08:00", "closes": "21:00", "status": "law"}),
        ("us", "seven_calls_in_seven_days", {"most": 7, "days": 7, "per": "debt", "counted": "attempts"}),
        ("us", "seven_days_after_conversation", {"days": 7, "per": "debt"}),
        ("in", "recovery_hours", {"opens": "08:00", "closes": "19:00", "effective": date(2022, 8, 12)}),
        ("uk", "vulnerable", {"strongest": "gentle"}),
        ("eu", "person_on_request", {"status": "law"}),
    ],
)  # fmt: skip
def test_the_figures_are_those_of_the_law(name: str, rule: str, figures: dict[str, Any]) -> None:
    found = read_pack(name).rules[rule]
    assert {key: getattr(found, key) for key in figures} == figures


def test_every_electronic_message_needs_an_opt_out_where_the_pack_asks_for_it() -> None:
    for name in NAMES:
        book = RuleBook.of(read_pack(name), None)
        for medium in ("sms", "push", "email"):
            notices = book.requirements(medium, True, LAST).values()
            assert "opt_out" in {rule.notice for rule in notices}
    us = RuleBook.of(read_pack("us"), None)
    assert set(us.requirements("call", True, LAST)) == {"sender"}
    assert not us.requirements("sms", False, LAST)
    assert (us.years_kept, RuleBook.of(read_pack("cn"), None).years_kept) == (3, 2)


def test_hours_are_the_strictest_of_law_and_bank_in_their_stage() -> None:
    book = RuleBook.of(read_pack("in"), read_policy().contact_hours)
    assert book.span(LAST, overdue=True) == (9 * 60, 19 * 60)
    assert book.span(LAST, overdue=False) == (9 * 60, 20 * 60)
    assert book.span(date(2022, 8, 11), overdue=True) == (9 * 60, 20 * 60)


def test_a_bank_may_tighten_and_add(folder: Path) -> None:
    own = "{kind: frequency, counted: attempts, most: 3, days: 7, per: customer, media: [sms], citation: bank, status: bank, effective: 2026-01-01}"
    bank(
        folder,
        f"tighten:\n  cn: {{quiet_hours: {{opens: '09:00'}}, unanswered_dials: {{most: 2, days: 2}}}}\nadd:\n  cn: {{sms_a_week: {own}}}\n",
    )
    pack = read_pack("cn", folder)
    hours, dials, sms = (pack.rules[name] for name in ("quiet_hours", "unanswered_dials", "sms_a_week"))
    assert isinstance(hours, Hours)
    assert (hours.opens, hours.closes) == ("09:00", "22:00")
    assert isinstance(dials, Frequency)
    assert (dials.most, dials.days) == (2, 2)
    assert sms.status == "bank"
    assert pack.version.endswith("bank 7")
    assert read_pack("us", folder) == read_pack("us")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tighten:\n  cn:\n    quiet_hours: {opens: '07:59'}\n", r"line 4: tighten\.cn\.quiet_hours\.opens: a bank may only tighten: China Banking .* says 08:00, got 07:59, which is looser"),
        ("tighten:\n  us:\n    seven_calls_in_seven_days:\n      most: 8\n", r"line 5: tighten\.us\.seven_calls_in_seven_days\.most: .*says 7, got 8, which is looser"),
        ("tighten: {us: {seven_days_after_conversation: {days: 6}}}\n", r"line 2: .*days: .*says 7, got 6"),
        ("tighten: {uk: {vulnerable: {strongest: standard}}}\n", r"says gentle, got standard"),
        ("tighten: {uk: {stop_flag: {flags: [dispute]}}}\n", r"flags: .*says \[dispute, hardship, .*\], got \[dispute\], which is looser"),
        ("tighten: {us: {stop_flag: {citation: hearsay}}}\n", r"citation: .*got hearsay"),
        ("tighten: {us: {quiet: {opens: '09:00'}}}\n", r"tighten\.us\.quiet: the pack us has no rule 'quiet'; expected one of inconvenient_hours"),
        ("tighten: {fr: {}}\n", r"tighten\.fr: there is no pack 'fr'; expected one of cn, eu, in, uk, us"),
        ("tighten: {us: {inconvenient_hours: {opens: 8}}}\n", r"opens: got 8; Input should be a valid string"),
        ("tighten: {us: {inconvenient_hours: {opens: '25:00'}}}\n", r"opens: got '25:00'; expected a time of the clock from \"00:00\" to \"24:00\""),
        ("add:\n  us:\n    inconvenient_hours: {kind: review, citation: x, status: bank, effective: 2026-01-01}\n", r"line 4: add\.us\.inconvenient_hours: a rule that is added has an id of its own"),
        ("add:\n  us:\n    extra: {kind: reviews, citation: x, status: bank, effective: 2026-01-01}\n", r"line 4: add\.us\.extra: got .*expected tags: 'hours', 'frequency'"),
    ],
)  # fmt: skip
def test_a_looser_or_wrong_figure_is_refused_with_file_line_key_and_what_is_legal(
    folder: Path, text: str, message: str
) -> None:
    bank(folder, text)
    name = "uk" if "uk:" in text else "cn" if "cn:" in text else "us"
    with pytest.raises(PolicyError, match=rf"bank\.yaml: .*{message}"):
        read_pack(name, folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("most: 7", "most: 0", r"line \d+: rules\.seven_calls_in_seven_days\.most: got 0; .*greater than or equal to 1"),
        ("most: 7", "mots: 7", r"rules\.seven_calls_in_seven_days\.mots: there is no such setting; expected citation, .*most"),
        ("per: debt", "per: number", r"per: got 'number'; Input should be 'customer' or 'debt'"),
        ("status: law", "status: rumour", r"status: got 'rumour'; Input should be 'law', 'guideline', 'standard' or 'bank'"),
        ("America/Chicago", "America/Atlantis", r"zones\.1: got 'America/Atlantis'; expected an IANA time zone"),
        ("plan_signed, ", "", r"rules must stop contact on every stop flag; none does on plan_signed"),
        ('opens: "08:00"', 'opens: "22:00"', r"rules\.inconvenient_hours.*opens must be before closes"),
        ("    kind: opt_out\n", "    kind: opt_out\n    causes: [mood]\n", r"'mood' is no cause of a reply; expected .*opt_out"),
        ("    kind: opt_out\n", "    kind: opt_out\n    stages: [before_due]\n", r"rules\.opted_out\.stages must hold overdue"),
    ],
)  # fmt: skip
def test_a_wrong_pack_is_refused(folder: Path, old: str, new: str, message: str) -> None:
    file = folder / "us.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=rf"us\.yaml: .*{message}"):
        read_pack("us", folder)


def test_a_pause_counts_as_a_rule_of_its_own() -> None:
    assert isinstance(read_pack("us").rules["seven_days_after_conversation"], Pause)


def test_the_page_in_the_documentation_is_the_packs_as_they_are() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert page == as_markdown(), "renew it with: duewise rules show --out docs/rules.md"
