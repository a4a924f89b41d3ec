"""Whom a person is asked to visit or to write to: tables of situations, each "never" among them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features import Book
from features.example import worked_tables
from features.matrix import history_of
from features.pressing import pressing_instalments
from serving.actions import STANCES
from serving.escalation.escalations import LETTER, NEVER_WHILE, NOTHING, VISIT, Escalations, escalations_of
from serving.escalation.settings import EscalationSettings
from serving.feedback.causes import CAUSES
from serving.feedback.holding import held
from serving.feedback.reader import ReplyReader
from serving.rules import Standing
from training import simulate_bank

DUE = pd.Timestamp("2026-01-10T10:00:00+08:00")
"""The day bo's fourth instalment fell due; 750 of it are open."""

FIRM = (5, 12, 20)
"""Days past due on which firm reminders went out."""


def book_of(sent: Any = FIRM, amount: float = 2_250.0, instalment: int = 4, rows: Any = (), **rights: Any) -> Book:
    """Return the worked book with bo's contacts replaced: firm messages on these days past due, and ``rows``."""
    tables = worked_tables()
    like = tables["reminders"][tables["reminders"]["reminder_id"] == "r9"]
    usual = {"channel": "sms", "intensity": "firm", "instalment_no": instalment}
    changes = [{"day": day} for day in sent] + list(rows)
    made = [
        like.assign(
            **{**usual, **{k: v for k, v in one.items() if k != "day"}},
            reminder_id=f"f{k}", sent_at=(DUE + pd.Timedelta(days=one["day"])).isoformat(),
        )
        for k, one in enumerate(changes)
    ]  # fmt: skip
    own = tables["customers"]["customer_id"] == "bo"
    for name, value in rights.items():
        tables["customers"][name] = tables["customers"][name].astype(object).where(~own, value)
    fourth = (tables["instalments"]["loan_id"] == "bo-1") & (tables["instalments"]["instalment_no"] == 4)
    tables["instalments"]["amount_due"] = tables["instalments"]["amount_due"].where(~fourth, amount)
    others = tables["reminders"][tables["reminders"]["customer_id"] != "bo"]
    return Book.of(tables | {"reminders": pd.concat([others, *made])})


def asked(
    settings: EscalationSettings,
    book: Book | None = None,
    day: int = 50,
    stance: str = "strategic",
    causes: tuple[str, ...] = (),
    plan: bool = False,
    hours: int = 0,
) -> Escalations:
    """Return what is put to a person about bo, ``day`` days past due."""
    at = DUE + pd.Timedelta(days=day, hours=hours)
    history = history_of(book_of() if book is None else book, at, ["bo"])
    pressing, zero = pressing_instalments(history), np.zeros(1, np.int64)
    number = np.array([STANCES.index(stance)])
    standing = Standing(history.ledger, history.customer, history.at, pressing.row, zero, zero, zero, number)
    told = np.array([[cause in causes for cause in CAUSES]])
    return escalations_of(standing, pressing, settings, told, np.array([plan]))


@pytest.mark.parametrize(
    ("day", "expected"), [(44, NOTHING), (45, VISIT), (74, VISIT), (75, LETTER), (400, LETTER)], ids=str
)
def test_a_step_begins_at_its_day(settings: EscalationSettings, day: int, expected: int) -> None:
    assert asked(settings, day=day).step.tolist() == [expected]


@pytest.mark.parametrize(
    ("stance", "causes", "expected"),
    [
        ("strategic", (), VISIT),
        ("chronic", (), VISIT),
        ("careless", (), NOTHING),
        ("reliable", (), NOTHING),
        ("careless", ("refuses",), VISIT),
        ("reliable", ("refuses",), VISIT),
        ("careless", ("forgot",), NOTHING),
        ("struggling", (), NOTHING),
        ("struggling", ("refuses",), NOTHING),
        ("new_to_credit", (), NOTHING),
        ("new_to_credit", ("refuses",), NOTHING),
        ("strategic", ("opt_out",), VISIT),
        ("strategic", ("opt_out", "refuses"), VISIT),
    ],
)
def test_stance_or_refusal_leads_to_a_step(
    settings: EscalationSettings, stance: str, causes: tuple[str, ...], expected: int
) -> None:
    assert asked(settings, stance=stance, causes=causes).step.tolist() == [expected]


@pytest.mark.parametrize("cause", NEVER_WHILE)
@pytest.mark.parametrize("stance", STANCES)
def test_never_while_such_a_reply_holds(settings: EscalationSettings, cause: str, stance: str) -> None:
    assert asked(settings, day=200, stance=stance, causes=(cause, "refuses")).step.tolist() == [NOTHING]


@pytest.mark.parametrize(
    "rights",
    [
        {"vulnerable": True},
        *({"stop_flag": flag} for flag in ("dispute", "hardship", "plan_signed", "deceased", "bankruptcy", "legal")),
    ],
    ids=str,
)
def test_never_for_the_vulnerable_nor_with_a_stop_flag(settings: EscalationSettings, rights: dict[str, Any]) -> None:
    book = book_of(**rights)
    assert asked(settings, book, day=200, causes=("refuses",)).step.tolist() == [NOTHING]


def test_a_plan_on_offer_is_tried_first(settings: EscalationSettings) -> None:
    assert asked(settings, plan=True).step.tolist() == [NOTHING]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sent": (5, 12)}, VISIT),
        ({"sent": (5,)}, NOTHING),
        ({"sent": ()}, NOTHING),
        ({"sent": (5, 47)}, VISIT),
        ({"sent": (5, 48)}, NOTHING),
        ({"sent": (5, 60)}, NOTHING),
        ({"sent": (5, 12), "instalment": 5}, NOTHING),
        ({"sent": (5,), "rows": [{"day": 8, "intensity": "standard"}]}, NOTHING),
        ({"sent": (5,), "rows": [{"day": 8, "channel": "call"}]}, VISIT),
        ({"sent": (5,), "rows": [{"day": 8, "channel": "none", "intensity": None}]}, NOTHING),
        ({"sent": (5,), "rows": [{"day": 8, "delivered": False}]}, VISIT),
        ({"sent": (5,), "rows": [{"day": 8, "channel": "letter"}]}, NOTHING),
        ({"rows": [{"day": 30, "channel": "visit", "intensity": "standard"}]}, NOTHING),
        ({"rows": [{"day": 20, "channel": "letter", "intensity": "standard"}]}, VISIT),
        ({"rows": [{"day": 30, "channel": "visit", "instalment_no": 5}]}, VISIT),
        ({"amount": 750.0}, VISIT),
        ({"amount": 749.99}, NOTHING),
    ],
    ids=str,
)
def test_what_must_have_been_tried_before(settings: EscalationSettings, changes: dict[str, Any], expected: int) -> None:
    assert asked(settings, book_of(**changes)).step.tolist() == [expected]


def test_days_since_the_last_reminder_are_those_of_the_customers_calendar(settings: EscalationSettings) -> None:
    book = book_of(sent=(5, 47))
    assert asked(settings, book, day=49, hours=13).step.tolist() == [NOTHING]  # 23:00 on the second day
    assert asked(settings, book, day=49, hours=15).step.tolist() == [VISIT]  # 01:00 on the third


def test_nothing_for_who_owes_nothing(settings: EscalationSettings) -> None:
    book = worked_book_without_schedule()
    history = history_of(book, DUE + pd.Timedelta(days=50), ["cy"])
    pressing, zero = pressing_instalments(history), np.zeros(1, np.int64)
    assert pressing.row.tolist() == [-1]
    chronic = np.array([STANCES.index("chronic")])
    standing = Standing(history.ledger, history.customer, history.at, pressing.row, zero, zero, zero, chronic)
    found = escalations_of(standing, pressing, settings)
    assert (found.step.tolist(), found.why(0)) == ([NOTHING], None)


def worked_book_without_schedule() -> Book:
    tables = worked_tables()
    return Book.of(tables | {"instalments": tables["instalments"][tables["instalments"]["loan_id"] != "cy-1"]})


def test_a_step_that_is_left_out_is_never_asked(settings: EscalationSettings) -> None:
    assert asked(replace(settings, letter=None), day=200).step.tolist() == [VISIT]
    assert asked(replace(settings, visit=None), day=50).step.tolist() == [NOTHING]


def test_it_says_what_it_rests_on(settings: EscalationSettings) -> None:
    found = asked(settings, causes=("refuses",))
    assert found.why(0) == {
        "en": "Consider a field visit. Days past due: 50. Firm reminders about this instalment: 3, the last 30 days ago. "
        "The customer has income that covers the instalment and does not answer and said in a reply that they will not "
        "pay. A person decides; nothing has been sent.",
        "zh": "建议由人工考虑上门走访：已逾期50天；就本期账款已发出3次语气严肃的提醒，最近一次在30天前；客户收入足以还款但不予"
        "回应，且在回复中表示拒绝还款。须由人工决定，系统未发出任何内容。",
    }
    assert found.cost.tolist() == [60.0]
    assert asked(settings, day=3).cost.tolist() == [0.0]


def test_causes_of_another_shape_are_refused(settings: EscalationSettings) -> None:
    history = history_of(book_of(), DUE, ["bo"])
    pressing, zero = pressing_instalments(history), np.zeros(1, np.int64)
    standing = Standing(history.ledger, history.customer, history.at, pressing.row, zero, zero, zero, zero)
    with pytest.raises(ValueError, match=r"causes must have the shape \(1, 11\), got \(1, 3\)"):
        escalations_of(standing, pressing, settings, np.zeros((1, 3), bool))


def test_later_reminders_change_nothing(settings: EscalationSettings) -> None:
    later = [{"day": day, "channel": channel} for day in (51, 52) for channel in ("sms", "visit", "letter")]
    before, after = asked(settings), asked(settings, book_of(rows=later))
    assert (after.step.tolist(), after.firm.tolist(), after.quiet.tolist()) == (
        before.step.tolist(), before.firm.tolist(), before.quiet.tolist(),
    )  # fmt: skip


def test_customers_together_are_each_as_alone(settings: EscalationSettings, reader: ReplyReader) -> None:
    book, at = simulate_bank(600, 12, seed=3).book, pd.Timestamp("2025-06-20T10:00:00+08:00")
    rng = np.random.default_rng(0)
    ids = book.customers["customer_id"].tolist()
    stance = rng.integers(len(STANCES), size=len(ids))
    ledger = book.ledger
    told = held(book, ledger.everyone, np.full(len(ids), int(at.timestamp())), reader).causes
    assert settings.visit is not None
    visit = replace(settings.visit, from_day=3, firm_reminders=1, days_since_last=1, least_open=1.0)
    lenient = replace(settings, visit=visit, letter=replace(visit, from_day=30))

    def answers(who: list[str], stances: Any, causes: Any) -> Escalations:
        history = history_of(book, at, who)
        pressing, zero = pressing_instalments(history), np.zeros(len(who), np.int64)
        standing = Standing(history.ledger, history.customer, history.at, pressing.row, zero, zero, zero, stances)
        return escalations_of(standing, pressing, lenient, causes)

    together = answers(ids, stance, told)
    assert set(together.step) == {NOTHING, VISIT, LETTER}
    for k in range(0, len(ids), 6):
        alone = answers([ids[k]], stance[k : k + 1], told[k : k + 1])
        assert (alone.step[0], alone.firm[0], alone.quiet[0]) == (
            together.step[k], together.firm[k], together.quiet[k],
        )  # fmt: skip
        assert alone.why(0) == together.why(k)
