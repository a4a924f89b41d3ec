"""The evidence: point in time, sums to the cent, and what became of contacts and promises."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features import Book, SchemaError
from features.example import WORKED_AS_OF, worked_book, worked_tables
from serving.escalation.evidence import Evidence, evidence_of, late_loans
from serving.escalation.known import known_of
from serving.escalation.pack import as_json
from serving.feedback.reader import ReplyReader
from serving.policy_settings import read_policy
from training import simulate_bank

RULES = read_policy().rulebook
AS_OF = pd.Timestamp("2025-06-20T10:00:00+08:00")


@pytest.fixture(scope="module")
def bank() -> Book:
    return simulate_bank(250, 14, seed=11).book


@pytest.fixture(scope="module")
def late(bank: Book) -> list[str]:
    """Return customers with a loan overdue."""
    ids = bank.customers["customer_id"]
    return [name for name in ids if late_loans(known_of(bank, AS_OF, name))][:25]


def of_bo(reader: ReplyReader, book: Book | None = None, as_of: pd.Timestamp = WORKED_AS_OF, **more: Any) -> Evidence:
    return evidence_of(worked_book() if book is None else book, as_of, "bo", None, reader, RULES, **more)


def with_reminders(*rows: dict[str, Any], **tables: pd.DataFrame) -> Book:
    """Return the worked book with more contacts of bo, each like r9 but as told."""
    own = worked_tables() | tables
    like = own["reminders"][own["reminders"]["reminder_id"] == "r9"]
    made = [like.assign(**{"reminder_id": f"x{k}", **row}) for k, row in enumerate(rows)]
    return Book.of(own | {"reminders": pd.concat([own["reminders"], *made])})


def test_the_worked_book_tells_bos_loan(reader: ReplyReader) -> None:
    found = of_bo(reader)
    assert (found.loan_id, found.sums.overdue_open, found.sums.to_come_open) == ("bo-1", 175_000, 200_000)
    assert (found.sums.instalments_overdue, found.sums.oldest_instalment, found.sums.oldest_days_past_due) == (2, 4, 50)
    rows = found.schedule.set_index("instalment_no")
    assert rows["status"].tolist() == ["paid", "paid_late", "paid", "partly_paid", "overdue", "to_come", "to_come"]
    assert (rows.loc[2, "days_late"], str(rows.loc[2, "settled_on"])) == (10, "2025-11-20")
    assert found.contacts["reminder_id"].tolist() == ["r5", "r6", "r7", "r2", "r3", "r9"]  # r4 was not sent
    assert found.contacts["sent_at"].iloc[1] == "2025-11-11T19:00:00+08:00"
    assert found.contacts["causes"].iloc[0] == ("dispute",)
    assert found.notices["must_carry"].tolist() == [("explanation", "opt_out_notice")]


def moved(book: Book, as_of: pd.Timestamp) -> Book:
    """Return the book with every later row changed, what became of the newest contacts included."""
    tables = {name: frame.copy() for name, frame in book.tables()}
    payments, sent, loans = tables["payments"], tables["reminders"], tables["loans"]
    later = payments["paid_at"] > as_of
    payments["amount"] = payments["amount"].where(~later, payments["amount"] * 3 + 1)
    payments["paid_at"] = payments["paid_at"].where(~later, payments["paid_at"] + pd.Timedelta(days=2))
    later = sent["sent_at"] > as_of
    sent["channel"] = sent["channel"].where(~later, "letter")
    sent["sent_at"] = sent["sent_at"].where(~later, sent["sent_at"] + pd.Timedelta(hours=3))
    unknown = sent["sent_at"] + pd.Timedelta(days=1) > as_of
    for name in ("delivered", "read", "conversation", "replied"):
        sent[name] = sent[name] ^ unknown
    sent["reply_text"] = sent["reply_text"].where(~unknown, "金额不对，我要投诉")
    loans["principal"] = loans["principal"].where(loans["opened_on"] <= as_of.tz_localize(None), 1.0)
    return Book.of(tables)


def test_moving_every_later_row_changes_nothing(bank: Book, late: list[str], reader: ReplyReader) -> None:
    other = moved(bank, AS_OF)
    assert len(late) == 25
    for name in late:
        before, after = (as_json(evidence_of(book, AS_OF, name, None, reader, RULES)) for book in (bank, other))
        assert before == after


def test_the_same_rows_a_day_later_do_change_it(bank: Book, late: list[str], reader: ReplyReader) -> None:
    other, day = moved(bank, AS_OF), AS_OF + pd.Timedelta(days=30)
    changed = [
        as_json(evidence_of(bank, day, name, None, reader, RULES))
        != as_json(evidence_of(other, day, name, None, reader, RULES))
        for name in late
    ]
    assert sum(changed) > 15, "nothing was moved"


def test_what_became_of_a_contact_is_known_after_a_day(reader: ReplyReader) -> None:
    book = with_reminders({"sent_at": "2026-02-28T12:00:00+08:00", "replied": True, "reply_text": "我22号还"})
    last = of_bo(reader, book).contacts.iloc[-1]
    assert (last["reminder_id"], last["delivered"], last["reply_text"], last["causes"]) == ("x0", None, None, ())
    then = of_bo(reader, book, pd.Timestamp("2026-03-01T12:00:00+08:00"))
    last = then.contacts.iloc[-1]
    assert (last["delivered"], last["reply_text"], last["causes"]) == (True, "我22号还", ("promise",))


def test_customers_of_a_book_are_each_as_alone(bank: Book, late: list[str], reader: ReplyReader) -> None:
    for name in late[:8]:
        loans = set(bank.loans.loc[bank.loans["customer_id"] == name, "loan_id"])
        tables = {
            table: frame[frame["customer_id"] == name]
            if "customer_id" in frame
            else frame[frame["loan_id"].isin(loans)]
            for table, frame in bank.tables()
        }
        alone = Book.of(tables)
        together, single = (as_json(evidence_of(book, AS_OF, name, None, reader, RULES)) for book in (bank, alone))
        assert together == single


def cents(amount: float) -> int:
    return int((Decimal(repr(float(amount))) * 100).to_integral_value())


def test_sums_agree_with_the_book_to_the_cent(bank: Book, late: list[str], reader: ReplyReader) -> None:
    today = pd.Timestamp(AS_OF.date())
    for name in late:
        found = evidence_of(bank, AS_OF, name, None, reader, RULES)
        due = bank.instalments[bank.instalments["loan_id"] == found.loan_id]
        paid = bank.payments[(bank.payments["loan_id"] == found.loan_id) & (bank.payments["paid_at"] <= AS_OF)]
        received: dict[int, int] = {}
        for row in paid.itertuples():
            received[row.instalment_no] = received.get(row.instalment_no, 0) + cents(row.amount)
        left = {
            row.instalment_no: cents(row.amount_due) - received.get(row.instalment_no, 0) for row in due.itertuples()
        }
        overdue = {
            n for n, day in zip(due["instalment_no"], due["due_date"], strict=True) if day < today and left[n] > 0
        }
        assert found.sums.overdue_open == sum(left[n] for n in overdue) > 0
        assert found.sums.total_open == sum(max(amount, 0) for amount in left.values())
        assert found.sums.received == sum(received.values()) == found.payments["amount"].sum()
        assert found.sums.instalments_overdue == len(overdue)
        assert (
            found.sums.total_open == found.sums.overdue_open + found.sums.to_come_open == found.schedule["open"].sum()
        )


def annuity(rate: float = 0.12, told_rate: float | None = None, paid: tuple[float, ...] = ()) -> Book:
    """Return a book in which bo has a loan of 12,000 over six months that its schedule pays off."""
    tables, monthly, balance = worked_tables(), rate / 12, 1_200_000
    level = round(balance * monthly / (1 - (1 + monthly) ** -6)) if monthly else balance // 6
    amounts = []
    for number in range(6):
        interest = round(balance * monthly)
        amounts.append(level if number < 5 else balance + interest)
        balance -= amounts[-1] - interest
    own = tables["loans"]["loan_id"] == "bo-1"
    told = rate if told_rate is None else told_rate
    tables["loans"] = tables["loans"].assign(
        principal=tables["loans"]["principal"].where(~own, 12_000.0),
        annual_rate=tables["loans"]["annual_rate"].where(~own, told),
        term_months=tables["loans"]["term_months"].where(~own, 6),
    )
    rows = [
        ("bo-1", k + 1, f"2025-{10 + k}-10" if k < 3 else f"2026-{k - 2:02d}-10", a / 100)
        for k, a in enumerate(amounts)
    ]
    others = tables["instalments"][tables["instalments"]["loan_id"] != "bo-1"]
    tables["instalments"] = pd.concat([others, pd.DataFrame(rows, columns=list(others.columns))])
    made = [("bo-1", k + 1, f"2025-12-{k + 1:02d}T10:00:00+08:00", amount) for k, amount in enumerate(paid)]
    payments = tables["payments"][tables["payments"]["loan_id"] != "bo-1"]
    tables["payments"] = pd.concat([payments, pd.DataFrame(made, columns=list(payments.columns))])
    tables["reminders"] = tables["reminders"][tables["reminders"]["instalment_no"] <= 6]
    return Book.of(tables)


def test_principal_and_interest_are_told_where_the_contract_divides_them(reader: ReplyReader) -> None:
    whole = of_bo(reader, annuity()).sums
    assert (whole.principal_open, whole.interest_open) == (1_200_000, whole.total_open - 1_200_000)
    first = round(1_200_000 / 100)  # a month's interest of 1 %
    level = int(of_bo(reader, annuity()).schedule["amount_due"].iloc[0])
    one_paid = of_bo(reader, annuity(paid=(level / 100,))).sums
    assert one_paid.principal_open == 1_200_000 - (level - first)
    part = of_bo(reader, annuity(paid=(150.0,))).sums  # 120 of interest, then 30 of principal
    assert part.principal_open == 1_200_000 - 3_000
    less = of_bo(reader, annuity(paid=(100.0,))).sums
    assert (less.principal_open, less.interest_open) == (1_200_000, whole.total_open - 1_200_000 - 10_000)
    free = of_bo(reader, annuity(rate=0.0)).sums
    assert (free.principal_open, free.interest_open) == (1_200_000, 0)


def test_no_division_is_estimated(reader: ReplyReader) -> None:
    assert of_bo(reader, annuity(told_rate=0.13)).sums.principal_open is None
    assert of_bo(reader).sums.principal_open is None


DAY = "2026-02-18T10:00:00+08:00"


@pytest.mark.parametrize(
    ("text", "paid", "as_of", "expected"),
    [
        ("我22号还", (), "2026-02-22T23:00:00+08:00", ("2026-02-22", 100_000, 0, "open")),
        ("我22号还", (), "2026-02-23T00:30:00+08:00", ("2026-02-22", 100_000, 0, "broken")),
        ("我22号还", (("2026-02-22T23:30:00+08:00", 1_000.0),), "2026-03-01T00:00:00+08:00", ("2026-02-22", 100_000, 100_000, "kept")),
        ("我22号还", (("2026-02-23T00:30:00+08:00", 1_000.0),), "2026-03-01T00:00:00+08:00", ("2026-02-22", 100_000, 0, "broken")),
        ("我22号还", (("2026-02-20T10:00:00+08:00", 999.0),), "2026-03-01T00:00:00+08:00", ("2026-02-22", 100_000, 99_900, "broken")),
        ("can do 300 on Friday", (("2026-02-20T10:00:00+08:00", 300.0),), "2026-03-01T00:00:00+08:00", ("2026-02-20", 30_000, 30_000, "kept")),
        ("can do 300 on Friday", (("2026-02-17T10:00:00+08:00", 300.0),), "2026-03-01T00:00:00+08:00", ("2026-02-20", 30_000, 0, "broken")),
        ("我一定还", (), "2026-02-21T10:00:00+08:00", ("2026-02-21", 100_000, 0, "open")),
        ("我一定还", (), "2026-02-22T10:00:00+08:00", ("2026-02-21", 100_000, 0, "broken")),
    ],
)  # fmt: skip
def test_promises_are_judged_by_payments(
    reader: ReplyReader, text: str, paid: tuple[tuple[str, float], ...], as_of: str, expected: tuple[Any, ...]
) -> None:
    payments = worked_tables()["payments"]
    more = pd.DataFrame([("bo-1", 5, at, amount) for at, amount in paid], columns=list(payments.columns))
    book = with_reminders(
        {"sent_at": DAY, "replied": True, "reply_text": text},
        payments=pd.concat([payments, more]) if paid else payments,
    )
    promise = of_bo(reader, book, pd.Timestamp(as_of)).promises.iloc[-1]
    assert promise["reminder_id"] == "x0"
    assert (str(promise["by"]), promise["required"], promise["received"], promise["outcome"]) == expected


def changed(table: str, column: str, value: Any) -> Book:
    tables = worked_tables()
    own = tables[table]["customer_id"] == "bo"
    tables[table][column] = (
        tables[table][column].astype(object).where(~own, value) if column in tables[table] else value
    )
    return Book.of(tables)


@pytest.mark.parametrize(
    ("book", "code"),
    [
        (changed("customers", "stop_flag", "dispute"), "stop_flag"),
        (changed("customers", "vulnerable", True), "vulnerable"),
        (changed("customers", "timezone", None), "zone_unknown"),
        (changed("customers", "person_asked_on", "2026-02-01"), "person_asked"),
        (changed("loans", "account_masked", None), "account_unknown"),
        (worked_book(), "cause_holds"),
        (worked_book(), "schedule_not_whole"),
        (worked_book(), "texts_not_kept"),
        (changed("reminders", "delivered", False), "no_written_notice"),
        (changed("reminders", "conversation", False), "no_conversation"),
        (changed("reminders", "recipient", "third_party"), "third_party"),
        (changed("reminders", "recipient", "third_party"), "breaches"),
        (with_reminders({"sent_at": "2026-02-28T12:00:00+08:00"}), "fate_unknown"),
        (with_reminders({"sent_at": "2026-02-26T12:00:00+08:00", "reply_text": "怎么还款？"}), "reply_unanswered"),
        (with_reminders({"sent_at": "2026-01-12T12:00:00+08:00", "reply_text": "手头紧，没钱"}), "told_unable"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_reviewer_would_miss_is_said(book: Book, code: str, reader: ReplyReader) -> None:
    unable_holds = code == "told_unable"
    at = WORKED_AS_OF + pd.Timedelta(days=10) if unable_holds else WORKED_AS_OF
    assert code in [gap.code for gap in of_bo(reader, book, at).gaps]
    always = {"cause_holds", "schedule_not_whole", "texts_not_kept"}
    assert (code in [gap.code for gap in of_bo(reader).gaps]) == (code in always)


def test_a_person_may_have_settled_what_a_reply_told(reader: ReplyReader) -> None:
    def settled(at: pd.Timestamp) -> Book:
        sent = worked_tables()["reminders"]
        return Book.of(
            worked_tables()
            | {"reminders": sent.assign(answered_at=pd.Series(at, sent.index).where(sent["reminder_id"] == "r5"))}
        )

    assert of_bo(reader).held == ("dispute",)
    assert of_bo(reader, settled(WORKED_AS_OF)).held == ()
    assert of_bo(reader, settled(WORKED_AS_OF + pd.Timedelta(hours=1))).held == ("dispute",)


def test_without_rules_it_says_that_none_were_asked(reader: ReplyReader) -> None:
    found = evidence_of(worked_book(), WORKED_AS_OF, "bo", "bo-1", reader)
    assert "no_rules" in [gap.code for gap in found.gaps]
    assert (len(found.breaches), found.notices["must_carry"].tolist()) == (0, [()])


@pytest.mark.parametrize(
    ("customer", "loan", "as_of", "message"),
    [
        ("eve", None, WORKED_AS_OF, "'eve' is not in the book"),
        ("bo", "ann-1", WORKED_AS_OF, "'bo' has no loan 'ann-1' by 2026-03-01; expected one of bo-1"),
        ("dai", "dai-2", pd.Timestamp("2025-11-01T00:00:00+08:00"), "expected one of dai-1"),
        ("bo", None, pd.Timestamp("2025-09-01T00:00:00+08:00"), "'bo' has no instalment open"),
        ("bo", None, pd.Timestamp("2026-03-01"), "as_of must be a time with a time zone"),
    ],
)
def test_what_cannot_be_told_is_refused(
    reader: ReplyReader, customer: str, loan: str | None, as_of: pd.Timestamp, message: str
) -> None:
    with pytest.raises(SchemaError, match=message):
        evidence_of(worked_book(), as_of, customer, loan, reader)


def test_the_pressing_loan_is_taken_and_the_others_are_named(reader: ReplyReader) -> None:
    tables = worked_tables()
    second = tables["loans"][tables["loans"]["loan_id"] == "bo-1"].assign(loan_id="bo-2")
    due = pd.DataFrame([("bo-2", 1, "2026-02-01", 10.0)], columns=list(tables["instalments"].columns))
    book = Book.of(
        tables
        | {
            "loans": pd.concat([tables["loans"], second]),
            "instalments": pd.concat([tables["instalments"], due]),
        }
    )
    found = of_bo(reader, book)
    assert (found.loan_id, found.other_late) == ("bo-1", ("bo-2",))
    other = evidence_of(book, WORKED_AS_OF, "bo", "bo-2", reader, RULES)
    assert (other.sums.total_open, other.other_late, len(other.contacts)) == (1_000, ("bo-1",), 0)
    assert np.array_equal(other.schedule["days_late"], [28])
