"""What must be true in each situation (``must`` in its file), so that a renewed golden file cannot hide a wrong decision."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from serving.contract import CustomerDecision, CustomerError, CustomerRequest, ScoreRequest
from serving.rules import read_pack

STRENGTHS = ("gentle", "standard", "firm")


def is_fact(name: str) -> Callable[[CustomerDecision, Any], None]:
    """Return a check that one word of the decision is the one expected."""
    read: Mapping[str, Callable[[CustomerDecision], Any]] = {
        "tier": lambda d: d.tier,
        "stance": lambda d: d.stance,
        "programme": lambda d: d.programme,
        "stage": lambda d: d.instalment and d.instalment.stage,
        "loan": lambda d: d.instalment and d.instalment.loan_id,
        "action": lambda d: d.recommendation.action,
        "person": lambda d: d.recommendation.requires_human,
        "causes": lambda d: d.causes,
        "escalation": lambda d: d.escalation.action if d.escalation else "none",
        "plan": lambda d: {None: "none", True: "fits", False: "none fits"}[d.plan and d.plan.fits],
        "opens": lambda d: d.recommendation.send_at and d.recommendation.send_at.earliest.isoformat(),
    }
    return lambda decision, expected: check(read[name](decision), expected)


def check(found: object, expected: object) -> None:
    assert found == expected


def is_in_window(decision: CustomerDecision, expected: str) -> None:
    """``2026-03-11 09:00 to 20:00`` by the customer's own clock."""
    window = decision.recommendation.send_at
    assert window is not None
    assert f"{window.earliest:%Y-%m-%d %H:%M} to {window.latest:%H:%M}" == expected


def is_blocked(decision: CustomerDecision, expected: Mapping[str, str]) -> None:
    """By action the rule, and ``until`` which minute of the customer's clock it blocks."""
    found = {one.action: one for one in decision.blocked}
    for action, told in expected.items():
        rule, _, until = told.partition(" until ")
        assert found[action].rule_id == rule
        assert (found[action].until is None) == (not until)
        if until:
            assert found[action].until.isoformat(" ", "minutes").startswith(until)


def are_allowed(decision: CustomerDecision, expected: Iterable[str]) -> None:
    assert set(expected) <= open_to(decision)


def is_silent(decision: CustomerDecision, expected: bool) -> None:
    """Nothing may go out at all, whatever it is worth."""
    assert expected
    assert decision.recommendation.message is None
    assert decision.recommendation.send_at is None
    assert [one.action for one in decision.alternatives] == []


def says(decision: CustomerDecision, expected: str) -> None:
    content = decision.recommendation.content
    assert content is not None
    assert re.search(expected, content.body)


def never_says(decision: CustomerDecision, expected: str) -> None:
    """In the message to the customer; what staff read on a call sheet is another matter."""
    content = decision.recommendation.content
    if content is not None and content.channel != "call":
        assert not re.search(expected, f"{content.title}{content.body}")


def would_be_better(decision: CustomerDecision, expected: str) -> None:
    """Of more value than what was chosen, but for the price of capacity."""
    one = next(one for one in decision.alternatives if one.action == expected)
    chosen = decision.recommendation
    assert one.expected_value > chosen.expected_value
    assert one.expected_value - one.capacity_price < chosen.expected_value - chosen.capacity_price


def is_no_stronger(decision: CustomerDecision, expected: str) -> None:
    intensities = [name.split("_")[1] for name in open_to(decision) if name != "none"]
    assert all(STRENGTHS.index(name) <= STRENGTHS.index(expected) for name in intensities)


def was_drawn(decision: CustomerDecision, expected: bool) -> None:
    """Another action was worth more, and this one was taken with a small probability that is told."""
    chosen = decision.recommendation
    assert (chosen.propensity < 0.05) == expected
    assert max(one.expected_value for one in decision.alternatives) > chosen.expected_value


def open_to(decision: CustomerDecision) -> set[str]:
    return {decision.recommendation.action, *(one.action for one in decision.alternatives)}


def suits_every_zone(decision: CustomerDecision, expected: bool) -> None:
    """By no clock of the country earlier than 8 or later than 21: 12 CFR 1006.6(b)(1)(i)."""
    assert expected
    window = decision.recommendation.send_at
    assert window is not None
    for zone in read_pack("us").zones:
        begins, ends = (end.astimezone(ZoneInfo(zone)) for end in (window.earliest, window.latest))
        assert begins.hour >= 8
        assert (ends.hour, ends.minute) <= (21, 0)


CHECKS: Mapping[str, Callable[[CustomerDecision, Any], None]] = {
    **{
        name: is_fact(name)
        for name in (
            "tier",
            "stance",
            "programme",
            "stage",
            "loan",
            "action",
            "person",
            "causes",
            "escalation",
            "plan",
            "opens",
        )
    },
    "window": is_in_window,
    "blocked": is_blocked,
    "allowed": are_allowed,
    "silent": is_silent,
    "says": says,
    "never_says": never_says,
    "better_but_dear": would_be_better,
    "strongest": is_no_stronger,
    "drawn": was_drawn,
    "hours_in_every_zone": suits_every_zone,
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_must_be_true_is(situation: Any, language: str, look: Callable[[Any, str], Any]) -> None:
    looked = look(situation, language)
    for name, expected in situation.must.items():
        if name == "later":
            found = {step.at.date(): step.decision.recommendation.action for step in looked.steps}
            assert found | expected == found
        else:
            CHECKS[name](looked.decision, expected)


def test_every_situation_says_who_decides_and_what_may_be_done(situation: Any) -> None:
    assert "person" in situation.must
    assert {"action", "allowed", "blocked", "window", "stage", "hours_in_every_zone", "causes"} & set(situation.must)
    assert {"zh", "en"} == set(situation.story)


def test_the_language_of_a_customer_changes_no_decision(situation: Any, look: Callable[[Any, str], Any]) -> None:
    zh, en = (look(situation, language).steps for language in ("zh", "en"))
    assert [same(step.decision) for step in zh] == [same(step.decision) for step in en]
    assert [step.at for step in zh] == [step.at for step in en]


def same(decision: CustomerDecision) -> dict[str, Any]:
    """Return all of a decision but what is written in the customer's language."""
    told = decision.model_dump()
    for name in ("message", "content"):
        told["recommendation"].pop(name)
    return told


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_a_customer_may_be_told_threatens_nobody(
    situation: Any, language: Any, look: Callable[[Any, str], Any]
) -> None:
    looked = look(situation, "en")
    told = looked.decision.explanation.customer[language]
    offered = looked.decision.plan and looked.decision.plan.customer
    said = told if offered is None else told + offered[language]
    forbidden = looked.desk.texts.settings.never[language]
    assert [word for word in forbidden if re.search(rf"\b{word}\b" if word.isascii() else word, said)] == []


def test_nothing_goes_out_at_night(situation: Any, look: Callable[[Any, str], Any]) -> None:
    if situation.told.get("customer", {}).get("timezone", "") is None:
        return  # no clock of the customer's is known: test_what_must_be_true_is asks every zone
    for step in look(situation, "en").steps:
        window = step.decision.recommendation.send_at
        if window is not None:
            own: datetime = window.earliest.astimezone(ZoneInfo(situation.zone))
            assert 9 <= own.hour < 20
            assert window.earliest >= step.at


def test_an_instalment_whose_amount_is_not_known_is_refused_and_never_guessed(
    look: Callable[[Any, str], Any], situations_by_name: Mapping[str, Any]
) -> None:
    looked = look(situations_by_name["reliable_on_the_day"], "en")
    records = {
        "customers": [
            {
                "birth_date": date(1984, 9, 14).isoformat(),
                "timezone": "Asia/Shanghai",
                "language": "en",
                "vulnerable": False,
            }
            | {f"consent_{c}": True for c in ("sms", "call", "email", "push")}
        ],
        "loans": [
            {"loan_id": "L1", "product": "auto", "opened_on": "2025-02-10", "principal": 1e5, "annual_rate": 0.045}
        ],
        "instalments": [{"loan_id": "L1", "instalment_no": 1, "due_date": "2026-03-17", "amount_due": None}],
    }
    request = ScoreRequest(
        as_of=datetime.fromisoformat("2026-03-17T09:30:00+08:00"),
        customers=[CustomerRequest(customer_id="C1", records=records)],
    )
    (result,) = looked.desk.score(request).results
    assert isinstance(result, CustomerError)
    assert (result.error.code, result.error.field) == ("invalid_records", "instalments.amount_due")
