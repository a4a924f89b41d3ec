"""Whole watches of a small trained bank: its numbers are those of SQL over the journal, and drift is seen."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest

from features.labels import FATES, default_cohort, fates_of
from serving.journal import DecisionRow, OutcomeRow
from serving.monitoring.page import page_of
from serving.monitoring.watch import COUNTED, Watch

PLACE = {name: place for place, name in enumerate(DecisionRow.__struct_fields__)}


@pytest.fixture(scope="session")
def watched(bank: Any) -> Watch:
    return bank.watched()


@pytest.fixture
def sql(bank: Any) -> Iterator[Any]:
    """Return what runs SQL over the journal's own file; ``told(row, place)`` is a field of a row."""
    connection = sqlite3.connect(bank.url.removeprefix("sqlite:///"))
    connection.create_function("told", 2, lambda row, place: msgspec.msgpack.decode(row)[place])
    window = (bank.as_of.timestamp() - 30 * 86_400, bank.as_of.timestamp())
    inside = f"kind = 'decision' AND told(row, {PLACE['as_of']}) >= ? AND told(row, {PLACE['as_of']}) < ?"

    def run(what: str, rest: str = "", where: str = inside) -> list[tuple[Any, ...]]:
        return connection.execute(f"SELECT {what} FROM journal_entries WHERE {where} {rest}", window).fetchall()

    yield run
    connection.close()


def test_the_decisions_of_the_window_are_those_that_sql_counts(watched: Watch, sql: Any) -> None:
    volume = watched.volume
    what = "count(DISTINCT about), count(DISTINCT customer), sum(told(row, {requires_human})), avg(told(row, {default_probability})), sum(told(row, {expected_value}))"
    (counted,) = sql(what.format(**PLACE))
    assert (volume.decisions, volume.customers, volume.requires_human) == counted[:3]
    assert (volume.mean_default_probability, volume.expected_value) == pytest.approx(counted[3:], rel=1e-9)
    assert volume.decisions > 3_000


@pytest.mark.parametrize("name", COUNTED)
def test_the_decisions_by_kind_are_those_that_sql_counts(name: str, watched: Watch, sql: Any) -> None:
    field = f"told(row, {PLACE[name]})"
    assert watched.volume.counts[name] == dict(sql(f"{field}, count(*)", f"AND {field} IS NOT NULL GROUP BY 1"))


def test_outcomes_and_requests_are_those_that_sql_counts(watched: Watch, sql: Any) -> None:
    seconds = "at >= 1000000 * ? AND at < 1000000 * ?"
    assert sql("count(*)", where=f"kind = 'person_request' AND {seconds}") == [(watched.volume.person_requests,)]
    paid = OutcomeRow.__struct_fields__.index("paid")
    assert sql(f"sum(told(row, {paid}))", where="kind = 'outcome' AND ? < ?") == [(watched.volume.paid,)]
    assert (watched.volume.told["read"], watched.volume.with_payment) == (14, 39)


def test_expected_defaults_by_tier_are_those_that_sql_adds_up(bank: Any, watched: Watch, sql: Any) -> None:
    until = bank.as_of.timestamp() - 93 * 86_400
    last = f"kind = 'decision' AND told(row, {PLACE['as_of']}) >= {until - 30 * 86_400} AND told(row, {PLACE['as_of']}) < {until} AND ? < ?"
    rows = pd.DataFrame(
        sql(f"customer, told(row, {PLACE['as_of']}), told(row, {PLACE['tier']}), told(row, {PLACE['default_probability']})", where=last),
        columns=["customer", "at", "tier", "probability"],
    ).sort_values("at").groupby("customer").first()  # fmt: skip
    parts = []
    for at, part in rows.groupby("at"):
        cohort = default_cohort(bank.book, pd.Timestamp(at, unit="s", tz="UTC"), customers=list(part.index))
        parts.append(part.assign(**cohort)[lambda told: told["fate"] == "labelled"])
    expected = pd.concat(parts)
    for one in watched.outcomes.calibration[1:]:
        tier = expected[expected["tier"] == one.tier]
        assert (one.customers, one.observed) == (len(tier), int(tier["default"].sum()))
        assert one.expected == pytest.approx(tier["probability"].sum(), rel=1e-9)


def test_the_json_and_the_page_tell_the_same_numbers(watched: Watch) -> None:
    told = json.loads(watched.to_json())
    assert told["volume"]["counts"] == {name: dict(counts) for name, counts in watched.volume.counts.items()}
    assert told["outcomes"]["calibration"][0]["observed_rate"] == watched.outcomes.calibration[0].observed_rate
    assert told["arrears"]["forecast"]["past"][0]["error"] == watched.arrears.forecast.past[0].error
    page = page_of(watched)
    assert f"{watched.volume.decisions:,} decisions about {watched.volume.customers:,} customers" in page
    assert all(f"<td>{one.month}</td>" in page for one in watched.arrears.months)
    assert not re.search(r"(src|href)=\"http", page)


def test_nothing_of_a_customer_is_in_the_reports(bank: Any, watched: Watch) -> None:
    ids = set(bank.book.customers["customer_id"]) | set(bank.book.loans["loan_id"])
    words = set(re.findall(r"[\w-]+", watched.to_json() + page_of(watched)))
    assert not ids & words


def test_the_same_book_and_journal_give_the_same_watch(bank: Any, watched: Watch) -> None:
    assert bank.watched() == watched


def since(bank: Any, column: pd.Series[Any], days: int) -> pd.Series[Any]:
    """Tell which rows are of the last days before the end, by a date or a moment."""
    begins = bank.as_of - pd.Timedelta(days=days)
    return column >= (begins if getattr(column.dt, "tz", None) is not None else begins.tz_localize(None))


def more_balance(bank: Any) -> dict[str, pd.DataFrame]:
    credit, recent = bank.book.credit, since(bank, bank.book.credit["observed_on"], 60)
    used = credit["balance"].where(
        ~recent, np.minimum(credit["balance"] * 1.5 + 0.4 * credit["credit_limit"], credit["credit_limit"])
    )
    return {"credit": credit.assign(balance=used)}


def new_region(bank: Any) -> dict[str, pd.DataFrame]:
    customers = bank.book.customers
    return {"customers": customers.assign(region=customers["region"].where(customers.index % 12 > 0, "mars"))}


def no_credit(bank: Any) -> dict[str, pd.DataFrame]:
    return {"credit": bank.book.credit[~since(bank, bank.book.credit["observed_on"], 70)]}


def fewer_payments(bank: Any) -> dict[str, pd.DataFrame]:
    payments = bank.book.payments
    stopped = since(bank, payments["paid_at"], 121) & (
        pd.util.hash_array(payments["loan_id"].to_numpy(object)) % 6 == 0
    )
    return {"payments": payments[~stopped]}


def incomes_in_cents(bank: Any) -> dict[str, pd.DataFrame]:
    incomes, recent = bank.book.incomes, since(bank, bank.book.incomes["received_on"], 30)
    return {"incomes": incomes.assign(amount=incomes["amount"].where(~recent, incomes["amount"] * 100))}


@pytest.mark.parametrize(
    ("planted", "rule", "about"),
    [
        (more_balance, "feature_shift", "utilisation"),
        (new_region, "new_category", "region"),
        (no_credit, "stale_feed", "credit"),
        (no_credit, "thin_feed", "credit"),
        (fewer_payments, "label_shift", "all"),
        (incomes_in_cents, "broken_unit", "incomes.amount"),
    ],
    ids=["mean shift", "new category", "feed missing", "feed without rows", "label shift", "broken unit"],
)
def test_a_planted_change_raises_its_own_alarm_in_the_first_window(
    planted: Any, rule: str, about: str, bank: Any, watched: Watch
) -> None:
    assert not any(one.rule == rule and about in (one.about, *one.also) for one in watched.alarms.raised)
    alarms = bank.watched(**planted(bank)).alarms
    raised = [one for one in alarms.raised if one.rule == rule and one.level == "alarm"]
    assert raised, alarms.raised
    assert any(name.startswith(about) for one in raised for name in (one.about, *one.also))
    assert alarms.exit_code == 2
    assert raised[0].to_do


def test_fates_at_moments_of_their_own_are_those_of_the_cohorts(bank: Any) -> None:
    ledger = bank.book.ledger
    for days in (100, 143):
        at = bank.as_of - pd.Timedelta(days=days)
        cohort = default_cohort(bank.book, at)
        told = fates_of(ledger, ledger.everyone, np.full(len(ledger.ids), int(at.timestamp())))
        assert [FATES[place] for place in told.fate] == cohort["fate"].tolist()
        labelled = told.fate == 0
        assert (~np.isnan(told.days_to_default[labelled])).tolist() == (cohort["default"][labelled] == 1).tolist()
        assert np.isnan(told.days_to_default)[~labelled].all()
        assert np.nanmax(told.days_to_default) <= 90
