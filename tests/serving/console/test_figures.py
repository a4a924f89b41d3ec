from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from serving.console.capacity import uses_of
from serving.console.figures import SIDES, portfolio_of
from serving.console.following import Following
from serving.console.roll import Roll
from serving.journal import Journal
from serving.policy_settings import read_policy


def in_short(part: Any) -> tuple[Any, ...]:
    return (
        part.name, part.customers, part.default_probability, part.amount_open, part.amount_at_risk,
        part.expected_value, part.reminded,
    )  # fmt: skip


def test_the_figures_are_those_of_sql_over_the_journal(journal: Journal, decided: Any, counted_in_sql: Any) -> None:
    chance = np.random.default_rng(7)
    entries = [
        decided(
            f"C{chance.integers(40)}",
            as_of=int(chance.integers(5)) if chance.random() < 0.8 else None,
            written=int(chance.integers(5)),
            tier=str(chance.choice(["low", "medium", "high"])),
            stage=None if chance.random() < 0.2 else str(chance.choice(["T-3", "overdue"])),
            stance=str(chance.choice(["reliable", "chronic"])),
            programme=str(chance.choice(["standard", "businesses"])),
            action=str(chance.choice(["none", "sms_gentle", "call_firm"])),
            amount_open=None if chance.random() < 0.2 else round(float(chance.random() * 1e4), 2),
            default_probability=float(chance.random()),
            expected_value=float(chance.normal()),
        )
        for _ in range(300)
    ]
    journal.append(entries)
    portfolio = portfolio_of(Following().roll(journal))
    file = journal.database.name.removeprefix("sqlite:///")
    for side in ("all", *SIDES):
        parts = (portfolio.whole,) if side == "all" else portfolio.sides[side]
        ours = sorted(in_short(part) for part in parts)
        for one, other in zip(ours, counted_in_sql(file, side), strict=True):
            assert one[:2] == other[:2]
            assert one[2:] == pytest.approx(other[2:], rel=1e-12)
    assert sum(cell.customers for cell in portfolio.grid) == portfolio.due
    assert sum(part.customers for part in portfolio.sides["tier"]) == portfolio.whole.customers


def test_names_come_in_the_order_asked_and_rules_by_how_many_they_touch(journal: Journal, decided: Any) -> None:
    journal.append([
        decided("C1", tier="high", blocked_by="hours,quiet"),
        decided("C2", tier="low", blocked_by="quiet", days_past_due=4, requires_human=True),
        decided("C3", tier="medium", blocked_by="", escalation="visit"),
    ])  # fmt: skip
    told = portfolio_of(Following().roll(journal), {"tier": ["low", "medium", "elevated", "high"]})
    assert [part.name for part in told.sides["tier"]] == ["low", "medium", "high"]
    assert dict(told.blocked) == {"quiet": 2, "hours": 1}
    assert (told.overdue, told.requires_human, told.escalated) == (1, 1, 1)


def test_nobody_is_no_fault() -> None:
    told = portfolio_of(Roll())
    assert (told.whole.customers, told.whole.default_probability, told.newest, told.grid) == (0, None, None, ())


def test_capacity_counts_the_last_day_alone(journal: Journal, decided: Any) -> None:
    day = 86_400
    journal.append([
        decided("C1", as_of=10 * day, action="sms_gentle"),
        decided("C2", as_of=10 * day - day + 1, action="call_firm"),
        decided("C3", as_of=9 * day, action="sms_gentle"),
        decided("C4", as_of=10 * day, action="none"),
    ])  # fmt: skip
    settings = read_policy()
    told = {use.name: use for use in uses_of(Following().roll(journal), settings, None)}
    assert {name: use.used for name, use in told.items() if name != "budget"} == {
        "sms": 1, "push": 0, "email": 0, "call": 1,
    }  # fmt: skip
    assert told["budget"].used == pytest.approx(
        settings.actions["sms_gentle"].cost + settings.actions["call_firm"].cost
    )
    assert (told["sms"].limit, told["sms"].price) == (settings.capacity.channels["sms"], None)
