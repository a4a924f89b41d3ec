"""What a bank changes in configuration alone: the pack of rules, the languages, the brand; and what it may not write there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from features import PolicyError

PACKS = ("cn", "us", "in", "uk", "eu")


@pytest.mark.parametrize(("pack", "until"), [("cn", 20), ("us", 20), ("in", 19), ("uk", 20), ("eu", 20)], ids=PACKS)
def test_the_pack_says_until_when_a_late_customer_is_contacted(
    configured: Any, situations_by_name: Mapping[str, Any], pack: str, until: int
) -> None:
    configured.change("policy.yaml", "rules: cn", f"rules: {pack}")
    window = configured.decided(situations_by_name["late_evening_in_india"], "en").recommendation.send_at
    assert (window.earliest.hour, window.latest.hour) == (9, until)


@pytest.mark.parametrize(
    ("pack", "decides"), list(zip(PACKS, (True, False, False, True, True), strict=True)), ids=PACKS
)
def test_the_pack_says_whether_a_person_decides_on_request(
    configured: Any, situations_by_name: Mapping[str, Any], pack: str, decides: bool
) -> None:
    configured.change("policy.yaml", "rules: cn", f"rules: {pack}")
    assert configured.decided(situations_by_name["asked_for_a_person"], "en").recommendation.requires_human == decides


@pytest.mark.parametrize(
    ("pack", "is_counted"), list(zip(PACKS, (False, True, False, False, False), strict=True)), ids=PACKS
)
def test_the_pack_says_how_many_calls_a_week_there_may_be(
    configured: Any, situations_by_name: Mapping[str, Any], pack: str, is_counted: bool
) -> None:
    configured.change("policy.yaml", "rules: cn", f"rules: {pack}")
    blocked = configured.decided(situations_by_name["seven_calls_this_week"], "zh").blocked
    assert ("seven_calls_in_seven_days" in {one.rule_id for one in blocked}) == is_counted


@pytest.mark.parametrize(
    ("pack", "is_spared"), list(zip(PACKS, (False, False, False, True, False), strict=True)), ids=PACKS
)
def test_the_pack_says_who_is_spared_pressure(
    configured: Any, situations_by_name: Mapping[str, Any], pack: str, is_spared: bool
) -> None:
    configured.change("policy.yaml", "rules: cn", f"rules: {pack}")
    decision = configured.decided(situations_by_name["vulnerable_customer_overdue"], "en")
    assert ("vulnerable" in {one.rule_id for one in decision.blocked}) == is_spared
    assert decision.versions.rules == "2026-11-1"


def test_every_blocking_rule_of_a_pack_is_told_in_both_languages(configured: Any) -> None:
    ids = set()
    for pack, after in zip(PACKS, (*PACKS[1:], "cn"), strict=True):
        ids |= set(configured.read("policy.yaml").rulebook.blocking)
        configured.change("policy.yaml", f"rules: {pack}", f"rules: {after}")
    assert set(configured.read("explanations.yaml").rules) == ids


def test_what_the_bank_tightens_beside_the_policy_is_what_holds(
    configured: Any, situations_by_name: Mapping[str, Any]
) -> None:
    configured.change(
        "rules/bank.yaml", "tighten: {}", 'tighten: {cn: {quiet_hours: {opens: "11:00", closes: "17:00"}}}'
    )
    decision = configured.decided(situations_by_name["request_at_half_past_ten_in_the_evening"], "zh")
    assert (decision.recommendation.send_at.earliest.hour, decision.recommendation.send_at.latest.hour) == (11, 17)
    assert decision.versions.rules == "2026-11-1 bank 1"


@pytest.mark.parametrize("own", ["zh", "en"])
@pytest.mark.parametrize("wanted", ["zh", "en"])
def test_all_customers_may_be_written_to_in_one_language(
    configured: Any, situations_by_name: Mapping[str, Any], own: str, wanted: str
) -> None:
    situation = situations_by_name["careless_pensioner_three_days_before"]
    before = configured.decided(situation, own)
    after = configured.change("messages.yaml", "customers: null", f"customers: {wanted}").decided(situation, own)
    assert before.recommendation.content.language == own
    assert after.recommendation.content.language == wanted
    assert (before.decision_id, before.recommendation.action) == (after.decision_id, after.recommendation.action)


def test_staff_are_briefed_in_their_language_whatever_the_customers_is(
    configured: Any, situations_by_name: Mapping[str, Any]
) -> None:
    configured.change("messages.yaml", "staff: null", "staff: en")
    called = configured.decided(situations_by_name["chronic_twenty_days_late"], "zh").recommendation.content
    written = configured.decided(situations_by_name["reliable_on_the_day"], "zh").recommendation.content
    assert (called.channel, called.language, written.language) == ("call", "en", "zh")
    assert called.body.startswith("Call sheet")


def test_the_brand_is_the_banks_or_a_programmes(configured: Any, situations_by_name: Mapping[str, Any]) -> None:
    configured.change(
        "messages.yaml",
        'brand: {zh: 【示例银行】, en: "[Example Bank]"}',
        'brand: {zh: 【江河银行】, en: "[River Bank]"}',
    )
    configured.change(
        "policy.yaml",
        "    products: [mortgage]\n",
        '    products: [mortgage]\n    brand: {zh: 【江河安居】, en: "[River Homes]"}\n',
    )
    home, other = (situations_by_name[name] for name in ("mortgage_a_week_before", "reliable_on_the_day"))
    said = {
        (one.name, language): configured.decided(one, language).recommendation.message
        for one in (home, other)
        for language in ("zh", "en")
    }
    assert {
        key: text.split("】")[0] + "】" if key[1] == "zh" else text.split("]")[0] + "]" for key, text in said.items()
    } == {
        (home.name, "zh"): "【江河安居】",
        (home.name, "en"): "[River Homes]",
        (other.name, "zh"): "【江河银行】",
        (other.name, "en"): "[River Bank]",
    }


WRONG = {
    "an unknown pack": ("policy.yaml", "rules: cn", "rules: fr", r"rules: got 'fr'; expected one of the packs cn, eu, in, uk, us"),
    "an unknown intensity of the ladder": ("policy.yaml", "T-3: {low: gentle", "T-3: {low: loud", r"ladder\.T-3\.low: got 'loud'; .*'gentle', 'standard' or 'firm'"),
    "a default before it": ("policy.yaml", "in_default: 30", "in_default: -1", r"in_default: in_default must be 1 or more, got -1"),
    "a stage without a day": ("policy.yaml", "T-7: -7, T-3", "T-7: early, T-3", r"stages\.T-7: got 'early'; .*valid integer"),
    "falling tiers": ("policy.yaml", "medium: 0.06", "medium: 6", r"tiers: tiers must rise from first to last, got \[0\.02, 6\.0"),
    "an unknown stance": ("policy.yaml", "stances: [struggling], days: 60", "stances: [sad], days: 60", r"plan_first\.stances: .*may have the keys \['reliable', .*got \['sad'\]"),
    "firm before the due date": ("policy.yaml", "from_day: 8, least: standard", "from_day: -8, least: standard", r"firm_with\.from_day: from_day must be 1 or more, got -8"),
    "a visit to who is short of money": ("policy.yaml", "    stances: [chronic, strategic]\n", "    stances: [struggling]\n", r"escalation\.visit\.stances\.0: got 'struggling'; .*'reliable', 'careless', 'chronic' or 'strategic'"),
    "an action that pays": ("policy.yaml", "cost: 3.0}", "cost: -3.0}", r"actions\.call_standard\.cost: cost must be 0 or more, got -3"),
    "an action by another name": ("policy.yaml", "sms_gentle: {channel: sms, intensity: gentle", "sms_gentle: {channel: sms, intensity: firm", r"actions\.sms_gentle: .*must be named sms_firm"),
    "an unknown offer": ("policy.yaml", "offer: plan, cost: 0.05", "offer: cake, cost: 0.05", r"offer: got 'cake'; .*'plan', 'guide', 'basics' or 'budget'"),
    "a weight below nothing": ("policy.yaml", "recovery_weight: 0.05", "recovery_weight: -1", r"recovery_weight: recovery_weight must be 0 or more, got -1"),
    "an unknown friction": ("policy.yaml", "firm: 8.0}", "loud: 8.0}", r"friction\.low\.loud: got 'loud'; .*'gentle', 'standard' or 'firm'"),
    "a friction left out": ("policy.yaml", ", firm: 8.0}", "}", r"friction\.low: .*must have exactly the keys \['gentle', 'standard', 'firm'\]"),
    "a band below nothing": ("policy.yaml", "band: 0.5", "band: -1", r"exploration\.band: band must be 0 or more, got -1"),
    "hours that fall": ("policy.yaml", "from_hour: 9, until_hour: 20}", "from_hour: 9, until_hour: 8}", r"contact_hours: .*must rise within 0\.\.24, got 9 to 8"),
    "a programme's unknown channel": ("policy.yaml", "channels: [sms, email, call]", "channels: [fax]", r"programmes\.businesses\.channels\.0: got 'fax'; .*'sms', 'push', 'email' or 'call'"),
    "a brand in no language": ("policy.yaml", "products: [mortgage]", "products: [mortgage]\n    brand: Homes", r"programmes\.home loans\.brand: got 'Homes'; .*dictionary"),
    "an unknown language": ("messages.yaml", "customers: null", "customers: fr", r"languages\.customers: got 'fr'; .*'en' or 'zh'"),
    "no segment": ("messages.yaml", "most_segments: 2", "most_segments: 0", r"most_segments: most_segments must be in \[1, 10\], got 0"),
    "no folder of templates": ("messages.yaml", "templates: messages", "templates: texts", r"templates: got 'texts'; expected a folder beside this file"),
    "a brand in one language": ("messages.yaml", 'brand: {zh: 【示例银行】, en: "[Example Bank]"}', "brand: {zh: 【示例银行】}", r"brand\.en: got nothing; Field required"),
    "a currency without an amount": ("messages.yaml", '{zh: "{amount}元"', '{zh: "元"', r"currency\.zh: .*must have the places \['amount'\], got \[\]"),
    "a product left out": ("messages.yaml", "  auto: {zh: 汽车贷款, en: car loan}\n", "", r"products: .*must have exactly the keys \['credit_card', .*'auto'"),
    "an approval of no template": ("messages.yaml", "  zh/basics.j2: {version", "  zh/basic.j2: {version", r"approvals\.zh/basic\.j2: there is no such template; expected some of en/basics\.j2"),
    "an unknown setting": ("messages.yaml", "bank: {zh", "banks: {zh", r"banks: there is no such setting; expected version, templates"),
    "a way out by fax": ("messages.yaml", "  push: {zh: 可在", "  fax: {zh: 可在", r"opt_out\.fax: got 'fax'; .*'sms', 'push' or 'email'"),
    "no share of income": ("plans.yaml", "share_of_free_income: 0.5", "share_of_free_income: 0", r"share_of_free_income: .*must be in \(0, 1\], got 0"),
    "a plan longer than the law's": ("plans.yaml", "most_months: 60", "most_months: 61", r"most_months: .*must be in \[1, 60\] \(card measures art\. 70\), got 61"),
    "a rate beyond reason": ("plans.yaml", "annual_rate: null", "annual_rate: 11", r"annual_rate: .*must be in \[0, 10\] or null, got 11"),
    "half a spread": ("plans.yaml", "mortgage: amount_due", "mortgage: half", r"spread\.mortgage: got 'half'; .*'amount_due' or 'balance'"),
    "a product without a spread": ("plans.yaml", ", business: amount_due", "", r"spread: .*must have exactly the keys .*'business'"),
    "an unknown closing": ("feedback.yaml", "forgot: {closes: none", "forgot: {closes: some", r"consequences\.forgot\.closes: got 'some'; .*'none', 'channel', 'number' or 'all'"),
    "no days": ("feedback.yaml", "forgot: {closes: none, days: 60", "forgot: {closes: none, days: 0", r"consequences\.forgot\.days: days must be 1 or more, or null, got 0"),
    "an unknown strength": ("feedback.yaml", "strongest: gentle, offer: guide", "strongest: loud, offer: guide", r"consequences\.how_to_pay\.strongest: got 'loud'; .*'gentle', 'standard' or 'firm'"),
    "a promise that never holds": ("feedback.yaml", "promise: {without_day: 3", "promise: {without_day: 0", r"promise\.without_day: .*must be in \[1, at_most\], got 0 with 31"),
    "an opt-out not honoured": ("feedback.yaml", "  opt_out: {closes: channel", "  opt_out: {closes: none", r"consequences\.opt_out\.closes: .*must be channel, number or all"),
    "a misspelt consequence": ("feedback.yaml", "requires_human: false}", "requires_person: false}", r"requires_person: there is no such setting; expected closes, days"),
    "an unknown feature": ("stance.yaml", "feature: dpd_now, at_least: 1", "feature: dpd_today, at_least: 1", r"signals\.overdue_now\.feature: .*such as dpd_now, .*got 'dpd_today'"),
    "a share above one": ("stance.yaml", "at_least: 0.8", "at_least: 8", r"at_least: at_least must be in \[0, 1\] for late_share_365d, got 8"),
    "an unknown side": ("stance.yaml", "speaks_for: [overdue_now]", "speaks_for: [overdue_today]", r"speaks_for\.0: got 'overdue_today'; .*'late', 'overdue_now'"),
    "blame on one signal": ("stance.yaml", "unwilling: 2", "unwilling: 1", r"needed\.unwilling: unwilling must be 2 or more, got 1"),
    "an unknown cause": ("stance.yaml", "cause: refuses", "cause: refused", r"signals\.refuses\.cause: got 'refused'; .*'forgot', 'short_of_money'"),
    "another unit": ("stance.yaml", "told_as: share", "told_as: percent", r"told_as: got 'percent'; .*'share'"),
    "fewer than none": ("explanations.yaml", "alternatives: 2", "alternatives: -2", r"most\.alternatives: alternatives must be 0 or more, got -2"),
    "a channel without a name": ("explanations.yaml", "  push: {en: message in the app, zh: App消息}\n", "", r"channels: channels must have exactly the keys \['sms', 'push', 'email', 'call'\]"),
    "a place left out": ("explanations.yaml", '"Other choices: {actions}."', '"Other choices."', r"action_text\.next\.en: .*must have the places \['actions'\], got \[\]"),
    "a limit of another name": ("explanations.yaml", "  told_forgot: {en", "  told_forgotten: {en", r"limits: limits must have exactly the keys \['nothing_due', 'ladder'"),
    "a looser figure": ("rules/bank.yaml", "tighten: {}", "tighten: {cn: {unanswered_dials: {most: 9}}}", r"tighten\.cn\.unanswered_dials\.most: a bank may only tighten: .* says 6, got 9, which is looser"),
    "no time of the clock": ("rules/bank.yaml", "tighten: {}", 'tighten: {cn: {quiet_hours: {opens: "7am"}}}', r"opens: got '7am'; expected a time of the clock from \"00:00\" to \"24:00\""),
    "no such rule": ("rules/bank.yaml", "tighten: {}", 'tighten: {cn: {loud_hours: {opens: "09:00"}}}', r"tighten\.cn\.loud_hours: the pack cn has no rule 'loud_hours'; expected one of quiet_hours"),
    "no such pack": ("rules/bank.yaml", "tighten: {}", "tighten: {fr: {}}", r"tighten\.fr: there is no pack 'fr'; expected one of cn, eu, in, uk, us"),
    "a rule of no kind": ("rules/bank.yaml", "add: {}", "add: {cn: {sms_a_week: {kind: often}}}", r"add\.cn\.sms_a_week: got .*expected tags: 'hours', 'frequency'"),
}  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "refusal"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_setting_is_refused_by_file_line_key_and_what_is_legal(
    configured: Any, file: str, old: str, new: str, refusal: str
) -> None:
    configured.change(file, old, new)
    with pytest.raises(PolicyError, match=rf"{file.replace('.', '[.]')}: line \d+: .*{refusal}"):
        configured.read(file)
