"""Whole messages as they go out, one file a situation and language, to be read by people.

``DUEWISE_RENEW_GOLDEN=1 .venv/bin/pytest tests/serving/messages/test_golden.py`` writes them anew; read the
difference before it is committed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from features import Book
from features.matrix import history_of
from serving.actions import Action
from serving.messages import Message, MessageTexts, Occasion
from serving.messages.account import account_of
from serving.messages.plan_words import plan_words
from serving.plans import Debt, Means, NoPlan, Plan, PlanSettings, plan_for, read_plans

GOLDEN = Path(__file__).parent / "golden"
RENEW = "DUEWISE_RENEW_GOLDEN"

REASONS = {
    "en": ("Income has fallen (last income 101 days ago).", "Payments are overdue now (50 days past due now)."),
    "zh": ("收入有所下降（上次收入在101天前）。", "目前有逾期未还（目前逾期50天）。"),
}
EARLY = {"due_date": date(2026, 3, 5), "days_past_due": -3}
TODAY = {"due_date": date(2026, 3, 5), "days_past_due": 0}
LATE_12 = {"due_date": date(2026, 2, 17), "days_past_due": 12}
SITUATIONS: dict[str, tuple[Action, dict[str, Any]]] = {
    "sms_careless_pensioner_three_days_before": (Action("sms", "gentle"), {"stance": "careless", "product": "mortgage", "amount_open": 2_000.0} | EARLY),
    "sms_reliable_on_the_day": (Action("sms", "standard"), {"stance": "reliable", "product": "auto", "amount_open": 3_150.5} | TODAY),
    "sms_laid_off_twelve_days_late": (Action("sms", "standard", "plan"), LATE_12),
    "sms_first_borrower_a_day_late": (Action("sms", "gentle"), {"stance": "new_to_credit", "product": "credit_card", "amount_open": 300.0, "days_past_due": 1, "due_date": date(2026, 2, 28)}),
    "sms_strategic_forty_days_late": (Action("sms", "firm"), {"stance": "strategic", "days_past_due": 40, "amount_open": 12_345.67}),
    "sms_late_by_years_without_an_account": (Action("sms", "firm"), {"stance": "chronic", "days_past_due": 800, "due_date": date(2023, 12, 21), "account": None}),
    "push_chronic_three_days_before": (Action("push", "gentle"), {"stance": "chronic"} | EARLY),
    "push_careless_fifty_days_late": (Action("push", "standard"), {"stance": "careless"}),
    "email_unsure_how_on_the_day": (Action("email", "gentle", "guide"), {"stance": "unsure_how"} | TODAY),
    "email_first_borrower_before": (Action("email", "gentle", "basics"), {"stance": "new_to_credit", "product": "credit_card"} | EARLY),
    "email_over_extended_late": (Action("email", "standard", "budget"), {}),
    "email_laid_off_with_a_plan": (Action("email", "gentle", "plan"), LATE_12),
    "call_laid_off_with_a_plan": (Action("call", "standard", "plan"), {}),
    "call_chronic_fifty_days_late": (Action("call", "firm"), {"stance": "chronic"}),
    "call_strategic_forty_days_late": (Action("call", "firm"), {"stance": "strategic", "days_past_due": 40}),
    "call_careless_on_the_day": (Action("call", "gentle"), {"stance": "careless"} | TODAY),
}  # fmt: skip

WHOLE = Debt("credit_card", amount_due=750.0, balance=9_750.0, annual_rate=0.12)
DEBT = Debt("consumer", amount_due=750.0, balance=9_750.0, annual_rate=0.12)
PLANS = {
    "plan_that_fits": (Means(income=4_000, obligations=3_400), None),
    "plan_at_half_the_rate": (Means(income=4_000, obligations=3_400), 0.06),
    "plan_of_one_payment": (Means(income=9_000, obligations=1_000), None),
    "plan_that_does_not_fit": (Means(income=1_000, obligations=990), None),
}


def compare(name: str, found: str) -> None:
    file = GOLDEN / f"{name}.txt"
    if os.environ.get(RENEW) == "1":
        file.write_text(found, encoding="utf-8")
    assert file.is_file(), f"{file.name} is missing; {RENEW}=1 writes it"
    assert found == file.read_text(encoding="utf-8")


def printed(message: Message) -> str:
    """Return a message as a golden file shows it."""
    lines = [f"{message.channel}, {message.language}"]
    if message.length is not None:
        length = message.length
        lines.append(f"{length.segments} segments: {length.units} places of {length.encoding}")
    if message.title is not None:
        lines.append(f"title: {message.title}")
    lines += ["", message.body]
    if message.payload is not None:
        payload = json.dumps(asdict(message.payload), ensure_ascii=False, indent=1, default=str)
        lines += ["", f"payload: {payload}"]
    return "\n".join([*lines, ""])


def offer(texts: MessageTexts, language: Any) -> str:
    settings = read_plans()
    plan = plan_for(WHOLE, PLANS["plan_that_fits"][0], settings, date(2026, 3, 31))
    words = plan_words(texts, plan, settings.share_of_free_income, texts.debt("consumer", "2222", language), language)
    assert words.customer is not None
    return words.customer


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", SITUATIONS)
def test_a_message_reads_as_its_golden_file(
    name: str,
    language: Any,
    texts: MessageTexts,
    occasion: Callable[..., Occasion],
    book: Book,
    as_of: Any,
) -> None:
    action, changes = SITUATIONS[name]
    about = occasion(language=language, reasons=REASONS[language], **changes)
    history = history_of(book, as_of, ["bo"])
    row = int(history.fallen_due.row[3])
    shown = account_of(history, 0, row, coming=12, past=6)
    message = texts.render(
        action,
        about,
        shown if about.days_past_due == 50 else None,
        offer(texts, language) if name.endswith("with_a_plan") else "",
    )
    assert message is not None
    compare(f"{name}.{language}", printed(message))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", PLANS)
def test_a_plan_reads_as_its_golden_file(name: str, language: Any, texts: MessageTexts) -> None:
    usual = read_plans()
    means, rate = PLANS[name]
    settings = PlanSettings(
        usual.version,
        usual.share_of_free_income,
        usual.most_months,
        rate,
        dict.fromkeys(usual.spread, "balance" if name != "plan_of_one_payment" else "amount_due"),
    )
    plan = plan_for(DEBT, means, settings, date(2026, 3, 31))
    assert isinstance(plan, NoPlan if name.endswith("not_fit") else Plan)
    debt = texts.debt("consumer", "2222", language)
    words = plan_words(texts, plan, settings.share_of_free_income, debt, language)
    compare(f"{name}.{language}", f"customer:\n{words.customer}\n\nbank:\n{words.bank}\n")


def test_no_golden_file_is_left_over() -> None:
    expected = {f"{name}.{language}.txt" for name in (*SITUATIONS, *PLANS) for language in ("zh", "en")}
    assert {file.name for file in GOLDEN.iterdir()} == expected
