"""Each declared sign holds: rows changed so that risk rises move the feature the declared way.

A case is a calmer and a riskier telling of the worked book; every signed feature is in one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd
import pytest

from features import CATALOGUE, Book, build_features
from features.example import WORKED_AS_OF, worked_tables

type Tables = dict[str, pd.DataFrame]
type Change = Callable[[Tables], None]


def rows(tables: Tables, table: str, who: str) -> pd.Index[int]:
    """Return the rows of a customer, the newest last."""
    frame = tables[table]
    owner = frame["customer_id"] if "customer_id" in frame else frame["loan_id"].str.partition("-")[0]
    return frame.index[owner == who]


def without(table: str, who: str, chosen: slice = slice(None)) -> Change:
    def change(tables: Tables) -> None:
        tables[table] = tables[table].drop(index=rows(tables, table, who)[chosen])

    return change


def setting(table: str, who: str, column: str, value: Any, chosen: slice = slice(None)) -> Change:
    def change(tables: Tables) -> None:
        tables[table].loc[rows(tables, table, who)[chosen], column] = value

    return change


def scaled(table: str, who: str, column: str, factor: float, chosen: slice = slice(None)) -> Change:
    def change(tables: Tables) -> None:
        tables[table].loc[rows(tables, table, who)[chosen], column] *= factor

    return change


def later(who: str, days: int, chosen: slice = slice(None)) -> Change:
    def change(tables: Tables) -> None:
        for row in rows(tables, "payments", who)[chosen]:
            moment = pd.Timestamp(tables["payments"].loc[row, "paid_at"]) + pd.Timedelta(days=days)
            tables["payments"].loc[row, "paid_at"] = moment.isoformat()

    return change


def also(table: str, **cells: Any) -> Change:
    def change(tables: Tables) -> None:
        columns = tables[table].columns
        tables[table].loc[len(tables[table])] = [cells.get(column) for column in columns]

    return change


def firm_calls(tables: Tables) -> None:
    """Call Bo firmly on each of three days, in vain."""
    for day in (25, 26, 27):
        fate = dict.fromkeys(("delivered", "read", "conversation", "replied"), False)
        about = {"customer_id": "bo", "loan_id": "bo-1", "instalment_no": 5, "channel": "call", "intensity": "firm"}
        also(
            "reminders", reminder_id=f"more-{day}", sent_at=f"2026-02-{day}T10:00:00+08:00", cost=3.0, **about, **fate
        )(tables)


def both(*changes: Change) -> Change:
    def change(tables: Tables) -> None:
        for one in changes:
            one(tables)

    return change


def as_told(tables: Tables) -> None:
    """Leave the worked book as it is."""


class Case(NamedTuple):
    who: str
    features: str
    riskier: Change
    calmer: Change = as_told


NEWEST, LAST_TWO = slice(-1, None), slice(-2, None)
CASES = {
    "nothing paid": Case(
        "dai",
        "dpd_now dpd_30d_ago dpd_60d_ago dpd_90d_ago dpd_120d_ago months_past_due_180d months_past_due_365d "
        "months_past_due_30_365d roll_forward_count_180d roll_forward_count_365d dpd_trend_180d arrears_months "
        "clean_months days_late_max_30d days_late_max_90d days_late_max_180d days_late_max_365d late_count_30d "
        "late_count_90d late_count_180d late_count_365d late_30_count_180d late_30_count_365d late_share_90d "
        "late_share_365d late_amount_share_365d days_late_mean_90d days_late_mean_180d days_late_mean_365d "
        "days_late_last days_late_before_last on_time_streak late_streak overdue_amount overdue_count "
        "overdue_to_instalment paid_share_30d paid_share_90d paid_share_180d paid_share_365d paid_after_sms_365d",
        without("payments", "dai"),
    ),
    "nothing paid from the first": Case("ann", "dpd_150d_ago", without("payments", "ann")),
    "a newer instalment late": Case("ann", "days_since_late", as_told, later("ann", -4, NEWEST)),
    "one payment much later": Case("ann", "days_late_deviation_365d", later("ann", 20, slice(3, 4))),
    "the newest payment later": Case("dai", "days_late_trend_365d", later("dai", 8, NEWEST)),
    "payments after the due date": Case("dai", "early_share_180d early_share_365d", later("dai", 8)),
    "payments halved": Case(
        "dai",
        "partial_count_90d partial_count_180d partial_count_365d paid_amount_30d paid_amount_90d paid_amount_180d "
        "paid_amount_365d repayment_rate repayment_rate_earlier_1 repayment_rate_earlier_2 repayment_rate_earlier_3 "
        "repayment_rate_earlier_4 repayment_rate_min_180d",
        scaled("payments", "dai", "amount", 0.5),
    ),
    "an instalment in two payments": Case(
        "ann",
        "split_share_365d payment_variation_365d",
        both(
            setting("payments", "ann", "amount", 500.0, NEWEST),
            also("payments", loan_id="ann-1", instalment_no=6, paid_at="2026-02-10T10:00:00+08:00", amount=1_500.0),
        ),
    ),
    "newest payments halved": Case("dai", "paid_change", scaled("payments", "dai", "amount", 0.5, LAST_TWO)),
    "newest payment missing": Case("dai", "days_since_payment", without("payments", "dai", NEWEST)),
    "a payment in between missing": Case("dai", "payment_gap_max_365d", without("payments", "dai", slice(3, 4))),
    "first instalments not there": Case(
        "dai",
        "days_since_first_due",
        both(without("payments", "dai", slice(0, 2)), without("instalments", "dai", slice(0, 2))),
    ),
    "next instalment larger": Case("dai", "next_to_usual", setting("instalments", "dai", "amount_due", 900.0, NEWEST)),
    "newest incomes halved": Case(
        "dai",
        "income_30d income_monthly_90d income_monthly_180d income_monthly_365d income_last income_last_to_usual "
        "income_change income_variation_365d income_trend_365d instalment_to_income debt_service_ratio income_left",
        scaled("incomes", "dai", "amount", 0.5, slice(-3, None)),
    ),
    "all incomes halved": Case("bo", "overdue_to_income", scaled("incomes", "bo", "amount", 0.5)),
    "no income in between": Case(
        "dai",
        "months_without_income_180d months_without_income_365d income_gap_max_365d income_gap_deviation_365d",
        without("incomes", "dai", slice(2, 4)),
    ),
    "newest incomes missing": Case("dai", "days_since_income", without("incomes", "dai", LAST_TWO)),
    "due sooner": Case("ann", "cushion_days", setting("instalments", "ann", "due_date", "2026-03-02", slice(6, 7))),
    "limits halved": Case(
        "dai",
        "credit_limit utilisation utilisation_mean_90d utilisation_mean_180d utilisation_max_180d utilisation_max_365d",
        scaled("credit", "dai", "credit_limit", 0.5),
    ),
    "limit cut": Case("dai", "limit_change_365d", setting("credit", "dai", "credit_limit", 15_000.0, NEWEST)),
    "card nearly full": Case(
        "dai", "utilisation_trend_180d near_limit_share_180d", setting("credit", "dai", "balance", 24_000.0, NEWEST)
    ),
    "more enquiries": Case(
        "dai",
        "enquiries_6m enquiries_mean_365d enquiries_change_365d",
        setting("credit", "dai", "enquiries_6m", 5, NEWEST),
    ),
    "late elsewhere": Case(
        "dai", "worst_dpd_12m worst_dpd_change_365d", setting("credit", "dai", "worst_dpd_12m", 40, NEWEST)
    ),
    "more debt elsewhere": Case(
        "dai",
        "external_debt external_debt_change_365d external_debt_to_income total_debt_to_income",
        setting("credit", "dai", "external_debt", 9_000.0, NEWEST),
    ),
    "lower score": Case(
        "dai",
        "bureau_score bureau_score_change_90d bureau_score_change_365d",
        setting("credit", "dai", "bureau_score", 640.0, NEWEST),
    ),
    "younger credit": Case("dai", "credit_age", setting("customers", "dai", "first_credit_on", "2023-01-01")),
    "dearer loan": Case("dai", "rate_max", setting("loans", "dai", "annual_rate", 0.24, slice(0, 1))),
    "newer loan": Case("dai", "days_since_opening", setting("loans", "dai", "opened_on", "2026-02-01", NEWEST)),
    "newer customer": Case("dai", "days_with_bank", setting("loans", "dai", "opened_on", "2025-08-01", slice(0, 1))),
    "less secured": Case("dai", "unsecured_share", setting("loans", "dai", "principal", 20_000.0, NEWEST)),
    "called firmly and in vain": Case(
        "bo",
        "reminders_7d reminders_30d reminders_90d reminders_180d calls_7d calls_30d calls_90d firm_180d ignored_streak",
        firm_calls,
    ),
    "nothing arrives": Case("bo", "delivered_share_180d", setting("reminders", "bo", "delivered", False)),
    "nothing is read": Case(
        "bo", "read_share_180d read_sms_365d read_push_365d read_email_365d", setting("reminders", "bo", "read", False)
    ),
    "no answer": Case(
        "bo",
        "reply_share_180d responded_sms_365d responded_push_365d responded_email_365d responded_call_365d",
        both(setting("reminders", "bo", "replied", False), setting("reminders", "bo", "conversation", False)),
        setting("reminders", "bo", "replied", True),
    ),
    "no payment upon reminders": Case(
        "bo", "paid_after_share_180d paid_after_push_365d paid_after_email_365d", without("payments", "bo")
    ),
    "no payment upon a call": Case(
        "bo",
        "paid_after_call_365d",
        as_told,
        also("payments", loan_id="bo-1", instalment_no=4, paid_at="2026-01-18T10:00:00+08:00", amount=750.0),
    ),
    "a promise not kept": Case("bo", "promise_kept_share_365d", as_told, later("bo", -7, slice(2, 3))),
    "tells of hardship": Case(
        "bo", "hardship_replies_365d", as_told, setting("reminders", "bo", "reply_text", "I will pay on Friday")
    ),
}


def features_after(change: Change, who: str) -> pd.Series[float]:
    tables = worked_tables()
    change(tables)
    return build_features(Book.of(tables), WORKED_AS_OF).loc[who]


@pytest.mark.parametrize("name", CASES)
def test_a_feature_moves_the_way_its_sign_says_when_risk_rises(name: str) -> None:
    case = CASES[name]
    calm, risky = features_after(case.calmer, case.who), features_after(case.riskier, case.who)
    for feature in case.features.split():
        moved = (risky[feature] - calm[feature]) * CATALOGUE[feature].sign
        assert moved > 0, f"{feature} went from {calm[feature]} to {risky[feature]}"


def test_every_signed_feature_is_in_a_case() -> None:
    tested = {feature for case in CASES.values() for feature in case.features.split()}
    assert tested == {name for name, feature in CATALOGUE.items() if feature.sign}
