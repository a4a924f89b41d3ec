"""The worked book: four customers written by hand, small enough to follow every feature on paper.

Ann is careless, Bo has lost his income and has two instalments open, Cy is new, Dai pays early and spends on a
card. Each feature's worked example is its value for one of them at ``WORKED_AS_OF``.
"""

from __future__ import annotations

import pandas as pd

from features.book import Book

WORKED_AS_OF = pd.Timestamp("2026-03-01T00:00:00+08:00")


def worked_tables() -> dict[str, pd.DataFrame]:
    """Return the book as seven tables, as a bank might write them: dates and moments as text."""
    customers = pd.DataFrame(
        {
            "customer_id": ["ann", "bo", "cy", "dai"],
            "birth_date": ["1980-05-17", "1995-01-01", None, "1988-08-08"],
            "gender": ["F", "M", None, "F"],
            "region": ["Chengdu", "Wuhan", None, "Xiamen"],
            "occupation": ["teacher", "driver", None, "shopkeeper"],
            "first_credit_on": ["2010-01-01", "2024-06-01", None, "2019-04-01"],
            "timezone": ["Asia/Shanghai"] * 4,
            "language": ["zh", "en", "zh", "en"],
            "consent_sms": [True, True, True, False],
            "consent_call": [True, False, True, False],
            "consent_email": [False, True, True, True],
            "consent_push": [True, True, False, True],
            "stop_flag": [None, None, None, None],
            "vulnerable": [False, False, False, False],
        }
    )
    loans = pd.DataFrame(
        {
            "loan_id": ["ann-1", "bo-1", "cy-1", "dai-1", "dai-2"],
            "customer_id": ["ann", "bo", "cy", "dai", "dai"],
            "product": ["mortgage", "consumer", "credit_card", "credit_card", "business"],
            "opened_on": ["2025-08-20", "2025-09-10", "2026-02-20", "2024-01-10", "2025-12-01"],
            "principal": [500_000.0, 20_000.0, 10_000.0, 20_000.0, 60_000.0],
            "annual_rate": [0.035, 0.12, 0.18, 0.18, 0.06],
            "term_months": [240, 24, None, None, 12],
            "account_masked": ["****1111", "****2222", "****3333", "****4444", "****5555"],
        }
    )
    instalments = pd.DataFrame(
        [("ann-1", k + 1, f"{2025 + (8 + k) // 12}-{(8 + k) % 12 + 1:02d}-05", 2_000.0) for k in range(8)]
        + [("bo-1", k + 1, f"{2025 + (9 + k) // 12}-{(9 + k) % 12 + 1:02d}-10", 1_000.0) for k in range(7)]
        + [("cy-1", 1, "2026-03-20", 300.0)]
        + [("dai-1", k + 1, f"{2025 + (8 + k) // 12}-{(8 + k) % 12 + 1:02d}-20", 500.0) for k in range(7)],
        columns=["loan_id", "instalment_no", "due_date", "amount_due"],
    )
    payments = pd.DataFrame(
        [
            ("ann-1", 1, "2025-09-05T12:00:00+08:00", 2_000.0),  # on the day
            ("ann-1", 2, "2025-10-08T12:00:00+08:00", 2_000.0),  # 3 days late
            ("ann-1", 3, "2025-11-05T09:00:00+08:00", 2_000.0),
            ("ann-1", 4, "2025-12-04T09:00:00+08:00", 2_000.0),  # a day early
            ("ann-1", 5, "2026-01-05T23:30:00+08:00", 2_000.0),  # still the day, in her calendar
            ("ann-1", 6, "2026-02-09T10:00:00+08:00", 2_000.0),  # 4 days late
            ("bo-1", 1, "2025-10-10T10:00:00+08:00", 1_000.0),
            ("bo-1", 2, "2025-11-12T10:00:00+08:00", 600.0),
            ("bo-1", 2, "2025-11-20T10:00:00+08:00", 400.0),  # 10 days late, in two parts
            ("bo-1", 3, "2025-12-10T10:00:00+08:00", 1_000.0),
            ("bo-1", 4, "2026-01-15T10:00:00+08:00", 250.0),  # partial, still open
        ]
        + [
            ("dai-1", k + 1, f"{2025 + (8 + k) // 12}-{(8 + k) % 12 + 1:02d}-{14 + k}T08:00:00+08:00", 500.0)
            for k in range(6)
        ],
        columns=["loan_id", "instalment_no", "paid_at", "amount"],
    )
    incomes = pd.DataFrame(
        [("ann", f"{2025 + (8 + k) // 12}-{(8 + k) % 12 + 1:02d}-15", 9_000.0, "salary") for k in range(6)]
        + [("bo", f"2025-{month:02d}-20", 4_000.0, "salary") for month in (9, 10, 11)]
        + [
            ("dai", f"{2025 + (8 + k) // 12}-{(8 + k) % 12 + 1:02d}-01", 10_000.0 + 500 * k, "business")
            for k in range(6)
        ]
        + [("dai", "2026-02-10", 2_000.0, "salary")],
        columns=["customer_id", "received_on", "amount", "source"],
    )
    credit = pd.DataFrame(
        [
            ("ann", "2026-01-31", 50_000.0, 5_000.0, 3, 0, 4, 0.0, 720.0),
            ("bo", "2025-11-30", 20_000.0, 12_000.0, 4, 2, 10, 8_000.0, 560.0),
            ("bo", "2026-01-31", 20_000.0, 18_500.0, 5, 4, 21, 15_000.0, 530.0),
            ("dai", "2025-08-31", 20_000.0, 4_000.0, 2, 0, 0, 0.0, 700.0),
            ("dai", "2025-09-30", 20_000.0, 5_000.0, 2, 0, 0, 0.0, 702.0),
            ("dai", "2025-10-31", 20_000.0, 4_500.0, 2, 1, 0, 0.0, 704.0),
            ("dai", "2025-11-30", 20_000.0, 6_000.0, 3, 1, 0, 3_000.0, 704.0),
            ("dai", "2025-12-31", 25_000.0, 5_500.0, 3, 1, 0, 2_500.0, 706.0),
            ("dai", "2026-01-31", 25_000.0, 5_000.0, 3, 0, 0, 2_000.0, 710.0),
        ],
        columns=[
            "customer_id", "observed_on", "credit_limit", "balance", "open_accounts",
            "enquiries_6m", "worst_dpd_12m", "external_debt", "bureau_score",
        ],
    )  # fmt: skip
    reminders = pd.DataFrame(
        [
            ("r1", "ann", "ann-1", 6, "2026-02-06T10:00:00+08:00", "sms", "gentle", None, None, True, True, False, True, "ok", 0.05),
            ("r2", "bo", "bo-1", 4, "2026-01-17T10:00:00+08:00", "call", "standard", None, None, True, False, True, False, None, 3.0),
            ("r3", "bo", "bo-1", 5, "2026-02-20T10:00:00+08:00", "call", "firm", "plan", 0.2, False, False, False, False, None, 3.0),
            ("r4", "bo", "bo-1", 5, "2026-02-27T10:00:00+08:00", "none", None, None, 0.2, False, False, False, False, None, 0.0),
            ("r5", "bo", "bo-1", 1, "2025-10-09T13:00:00+08:00", "email", "gentle", "guide", None, True, True, False, True, "the amount is wrong", 0.01),
            ("r6", "bo", "bo-1", 2, "2025-11-11T19:00:00+08:00", "sms", "gentle", None, None, True, True, False, True, "money is tight, I will pay on Friday", 0.05),
            ("r7", "bo", "bo-1", 3, "2025-12-08T09:00:00+08:00", "push", "gentle", None, None, True, True, False, False, None, 0.0),
            ("r8", "dai", "dai-1", 5, "2026-01-17T20:00:00+08:00", "sms", "gentle", None, None, True, True, False, True, "STOP", 0.05),
            ("r9", "bo", "bo-1", 5, "2026-02-24T18:30:00+08:00", "sms", "standard", None, 0.5, True, False, False, False, None, 0.05),
        ],
        columns=[
            "reminder_id", "customer_id", "loan_id", "instalment_no", "sent_at", "channel", "intensity", "offer",
            "propensity", "delivered", "read", "conversation", "replied", "reply_text", "cost",
        ],
    )  # fmt: skip
    return {
        "customers": customers,
        "loans": loans,
        "instalments": instalments,
        "payments": payments,
        "incomes": incomes,
        "credit": credit,
        "reminders": reminders,
    }


def worked_book() -> Book:
    """Return the worked book."""
    return Book.of(worked_tables())
