"""Explanations are made of the answer alone, and each of its parts is said where it should be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from features import PolicyError
from features.feature import Language
from serving.actions import STANCES
from serving.contract import (
    Blocked,
    Candidate,
    CustomerDecision,
    Due,
    Recommendation,
    Versions,
    WireEffect,
    WireEscalation,
    WireExplanation,
    WireReason,
    WireSignal,
)
from serving.explanation import Explainer, read_explanations
from serving.feedback.reader import ReplyReader
from serving.messages import read_messages
from serving.policy_settings import read_policy
from serving.reason_settings import read_reasons
from serving.rules import read_pack
from serving.settings import CONFIGS

LANGUAGES: tuple[Language, ...] = ("en", "zh")
EXPLAINER = Explainer(read_explanations(), read_policy(), read_messages(), read_reasons())
DEBT: dict[Language, str] = {"en": "credit card ending 1234", "zh": "尾号1234的信用卡"}


def candidate(action: str, value: float, price: float = 0.0) -> dict[str, Any]:
    effect = WireEffect(effect=0.0712, low=0.031, high=0.1104)
    return {"action": action, "expected_effect": effect, "expected_value": value, "capacity_price": price}


def recommended(action: str = "sms_gentle", price: float = 0.0, **more: Any) -> Recommendation:
    one = EXPLAINER.policy.actions[action]
    nothing = dict.fromkeys(("send_at", "daypart", "message", "content"))
    usual = {"daypart_adds": 0.0, "propensity": 0.97, "requires_human": False} | more
    kind = {"channel": one.channel, "intensity": one.intensity, "offer": one.offer}
    return Recommendation(**candidate(action, 2.35, price), **kind, **nothing, **usual)


def decision(**more: Any) -> CustomerDecision:
    versions = dict.fromkeys(
        ("contract", "model", "policy", "rules", "reasons", "messages", "plans", "explanations"), "1"
    )
    usual = {
        "customer_id": "C1",
        "decision_id": "d1",
        "default_probability": 0.0542,
        "tier": "medium",
        "stance": "careless",
        "evidence": [],
        "causes": [],
        "programme": "standard",
        "instalment": Due(loan_id="L1", instalment_no=3, due_date=date(2026, 3, 5), amount_open=894.61, days_past_due=-3, stage="T-3"),
        "reasons": [],
        "would_change": None,
        "recommendation": recommended(),
        "alternatives": [],
        "blocked": [],
        "plan": None,
        "escalation": None,
        "explanation": None,
        "versions": Versions(**versions, prices=None),
    }  # fmt: skip
    return CustomerDecision(**(usual | more))


def explained(**more: Any) -> WireExplanation:
    made = decision(**more)
    return EXPLAINER.explain(made, DEBT if made.instalment is not None else None)


REASON = WireReason(
    reason="late_recently", contribution=0.8, words={"en": "Payments came late.", "zh": "还款有逾期。"},
    feature="late_count_90d", value=2.0, features=[],
)  # fmt: skip
SIGNAL = WireSignal(
    signal="late", side="late", feature="late_count_365d", value=2, words={"en": "late twice", "zh": "晚还两次"}
)


def test_a_risk_is_explained_by_probability_tier_and_reasons() -> None:
    risk = explained(reasons=[REASON]).risk
    assert risk["en"] == "The chance of default is 5.4 %: tier medium. What moved it most: Payments came late."
    assert risk["zh"] == "违约概率为5.4%，风险等级为“中”。影响最大的是：还款有逾期。"


def test_an_action_is_explained_by_what_it_changes_and_what_was_not_allowed() -> None:
    until = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    action = explained(
        evidence=[SIGNAL],
        alternatives=[Candidate(**candidate("push_gentle", 1.2)), Candidate(**candidate("none", 0.0))],
        blocked=[
            Blocked(action="call_firm", rule_id="ladder", citation="policy"),
            Blocked(action="call_standard", rule_id="seven_calls", citation="12 CFR 1006.14(b)(2)", until=until),
        ],
    ).action["en"]
    for part in (
        "late twice",
        "a gentle text message",
        "about 7 percentage points (3 to 11)",
        "CNY 2.4",
        "Other choices: a gentle message in the app, worth about CNY 1.2.",
        "a firm call (too early or too strong",
        "a plain call before 3 March 2026, 09:00 (12 CFR 1006.14(b)(2))",
    ):
        assert part in action


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"instalment": None}, "nothing is due"),
        ({"recommendation": recommended("none")}, "No reminder goes out now."),
        ({"recommendation": recommended("none"), "alternatives": [Candidate(**candidate("push_gentle", -1))]}, "none is worth its cost"),
        ({"recommendation": recommended(propensity=0.02)}, "drawn among actions of nearly equal worth"),
        ({"recommendation": recommended(price=1.5)}, "CNY 1.5 is charged"),
        ({"recommendation": recommended(requires_human=True)}, "A person decides before anything goes out."),
        ({"escalation": WireEscalation(action="visit", cost=60, words={"en": "Consider a visit.", "zh": "考虑上门。"})}, "Consider a visit."),
    ],
    ids=["nothing due", "nothing allowed", "nothing pays", "drawn", "priced", "a person", "a visit"],
)  # fmt: skip
def test_what_is_particular_is_said_and_only_then(more: dict[str, Any], said: str) -> None:
    assert said in explained(**more).action["en"]
    assert said not in explained().action["en"]


def test_the_customer_is_told_nothing_but_their_own_account() -> None:
    blocked = [Blocked(action="call_firm", rule_id="ladder", citation="policy")]
    told = explained(stance="strategic", evidence=[SIGNAL], blocked=blocked, reasons=[REASON]).customer
    assert told["en"].startswith("CNY 894.61 for your credit card ending 1234 is due on 5 March 2026.")
    assert told["zh"].startswith("您名下尾号1234的信用卡应还894.61元，2026年3月5日到期。")
    assert "Payments came late." in told["en"]
    for word in ("able but not paying", "late twice", "firm", "CNY 2.35", "default"):
        assert word not in told["en"]


def test_who_owes_nothing_is_told_so() -> None:
    assert (
        explained(instalment=None, recommendation=recommended("none"))
        .customer["en"]
        .startswith("You have nothing to pay")
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_ask_for_a_person_are_read_as_such(language: Language) -> None:
    person = explained().person[language]
    words = getattr(EXPLAINER.texts.person_words, language)
    assert words in person
    assert EXPLAINER.messages.settings.phone.words[language] in person
    assert ReplyReader.shipped().asks_for_person(words)


@pytest.mark.parametrize("pack", ["cn", "us", "in", "uk", "eu"])
def test_every_rule_of_the_law_is_told_in_words_or_by_its_source(pack: str) -> None:
    for name, rule in read_pack(pack).rules.items():
        said = explained(blocked=[Blocked(action="sms_gentle", rule_id=name, citation=rule.citation)]).action
        words = EXPLAINER.texts.rules[name].words if name in EXPLAINER.texts.rules else {}
        assert all(words.get(language, rule.citation) in said[language] for language in LANGUAGES)


@pytest.mark.parametrize("say", [lambda e: e.risk, lambda e: e.action, lambda e: e.customer, lambda e: e.person])
@pytest.mark.parametrize("stance", STANCES)
def test_no_sentence_has_a_gap(stance: str, say: Callable[[WireExplanation], dict[str, str]]) -> None:
    for text in say(explained(stance=stance, reasons=[REASON], evidence=[SIGNAL])).values():
        assert "{" not in text
        assert "  " not in text
        assert text == text.strip()


BAD = {
    "a place left out": ("tier {tier}.", "tier.", r"line \d+: risk\.probability\.en: .*must have the places \['probability', 'tier'\]"),
    "an unknown stance": ("  chronic: {en: late again", "  lazy: {en: late again", r"stances must have exactly the keys"),
    "a limit without words": ("  plan_kept: {en: a signed", "  plan_cept: {en: a signed", r"limits must have exactly the keys"),
    "an unknown key": ("person_words:", "person_word:", r"there is no such setting; expected version, approved"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "refusal"), BAD.values(), ids=BAD.keys())
def test_a_wrong_text_is_refused_by_file_and_key(old: str, new: str, refusal: str, tmp_path: Path) -> None:
    text = (CONFIGS / "explanations.yaml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "explanations.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=refusal):
        read_explanations(file)
