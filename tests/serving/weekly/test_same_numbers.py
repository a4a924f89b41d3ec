"""The page, its twin, monitoring's JSON and SQL over journal and book tell the same numbers."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec
import pandas as pd
import pytest

from serving.feedback.heard import heard
from serving.feedback.reader import ReplyReader
from serving.journal import DecisionRow
from serving.monitoring.rivals import LADDER, LADDER_MODELLED
from serving.policy_settings import read_policy

WEEK = 7 * 86_400
PLACE = {name: place for place, name in enumerate(DecisionRow.__struct_fields__)}


def numbers(told: Any) -> Iterator[float]:
    """Yield every number in JSON."""
    if isinstance(told, dict):
        told = list(told.values())
    if isinstance(told, list):
        for one in told:
            yield from numbers(one)
    elif isinstance(told, int | float) and not isinstance(told, bool):
        yield float(told)


def data(html: str) -> list[tuple[float, str]]:
    """Return every number on a page: its exact value and how it is written."""
    return [(float(value), words) for value, words in re.findall(r'<data value="([^"]+)">([^<]*)</data>', html)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_number_on_the_page_is_in_the_twin(language: str, report: Any) -> None:
    known = set(numbers(report.twin)) | {float(len(report.twin["history"])), 100.0}
    known.add(float(sum(one["chance"] <= report.twin["chance_asked"] for one in report.twin["fairness"])))
    shown = data(report.article(language))
    assert len(shown) > 150
    assert not [pair for pair in shown if pair[0] not in known]


def test_the_weeks_are_those_of_monitoring(report: Any) -> None:
    assert report.twin["history"] == report.monitoring["weeks"]
    assert report.twin["week"] == report.monitoring["weeks"][-1]
    assert report.twin["last"] == report.monitoring["weeks"][-2]
    assert len(report.twin["history"]) == 13


def test_rules_fairness_alarms_and_volume_are_those_of_monitoring(report: Any) -> None:
    treatment = report.monitoring["treatment"]
    for mine, theirs in (("blocks", "blocks"), ("fairness", "groups"), ("voices", "voices")):
        assert sorted(map(repr, report.twin[mine])) == sorted(map(repr, treatment[theirs]))
    assert report.twin["alarms"] == report.monitoring["alarms"]["raised"]
    assert report.twin["decisions"] == report.monitoring["volume"]["decisions"]


def test_the_value_added_is_what_monitoring_says_of_the_ladder_turned_round(report: Any) -> None:
    worths = {one["policy"]: one for one in report.monitoring["policies"]}
    measured, modelled = worths[LADDER], worths[LADDER_MODELLED]
    used = modelled if measured["gain"] is None else measured
    added = report.twin["added"]
    assert (added["value"], added["low"], added["high"]) == tuple(-100 * used[key] for key in ("gain", "high", "low"))
    assert added["modelled"] == (measured["gain"] is None)


def test_the_headline_is_that_of_all_loans_beside_last_week_and_the_plan(report: Any) -> None:
    now, last = (report.twin[name]["groups"][0] for name in ("week", "last"))
    for measure, plan in (("arrears_rate", 0.15), ("cure_rate", 0.30), ("recovered", None)):
        told = report.twin["headline"][measure]
        assert (told["now"], told["last"], told["plan"]) == (now[measure], last[measure], plan)
        assert told["change"] == now[measure] - last[measure]
        assert now[measure] in [value for value, _ in data(report.article("en"))]


@pytest.fixture(scope="session")
def journal(report: Any) -> Iterator[Any]:
    """Return what runs SQL over the decisions of a week, 1 being the last."""
    connection = sqlite3.connect(report.url.removeprefix("sqlite:///"))
    connection.create_function("told", 2, lambda row, place: msgspec.msgpack.decode(row)[place])

    def ask(week: int, what: str, rest: str = "") -> list[tuple[Any, ...]]:
        until = int(report.as_of.timestamp()) - (week - 1) * WEEK
        moment = f"told(row, {PLACE['as_of']})"
        inside = f"kind = 'decision' AND {moment} >= ? AND {moment} < ?"
        query = f"SELECT {what} FROM journal_entries WHERE {inside} {rest}"
        return connection.execute(query, (until - WEEK, until)).fetchall()

    yield ask
    connection.close()


@pytest.mark.parametrize("week", [1, 2, 5])
def test_the_decisions_of_a_week_are_those_that_sql_counts(week: int, report: Any, journal: Any) -> None:
    told, action = report.twin["history"][-week], f"told(row, {PLACE['action']})"
    what = f"count(*), sum({action} <> 'none'), sum(told(row, {PLACE['requires_human']})), sum(told(row, {PLACE['expected_value']}))"
    ((decisions, reminders, human, value),) = journal(week, what)
    assert (told["decisions"], told["reminders"], told["requires_human"]) == (decisions, reminders, human)
    assert told["expected_value"] == pytest.approx(value, rel=1e-9)
    counts = dict(journal(week, f"{action}, count(*)", "GROUP BY 1"))
    assert told["actions"] == counts
    assert decisions > 500
    channels: dict[str, int] = {}
    for name, count in counts.items():
        channel = read_policy().actions[name].channel or "no reminder"
        channels[channel] = channels.get(channel, 0) + count
    assert told["channels"] == channels


@pytest.fixture(scope="session")
def book_sql(report: Any) -> Iterator[sqlite3.Connection]:
    """Return the book in SQLite, moments in seconds and days since 1970."""
    connection, book = sqlite3.connect(":memory:"), report.book
    loans = book.loans[["loan_id", "customer_id", "product"]].assign(opened=_days(book.loans["opened_on"]))
    due = book.instalments.assign(due=_days(book.instalments["due_date"])).drop(columns="due_date")
    paid = book.payments.assign(at=_seconds(book.payments["paid_at"]))
    people = book.customers[["customer_id", "timezone"]]
    for name, table in (
        ("customers", people),
        ("loans", loans),
        ("instalments", due),
        ("payments", paid.drop(columns="paid_at")),
    ):
        table.to_sql(name, connection, index=False)
    connection.execute("CREATE INDEX of_instalment ON payments (loan_id, instalment_no)")
    yield connection
    connection.close()


def _days(column: Any) -> Any:
    return (pd.to_datetime(column) - pd.Timestamp(0)).dt.days


def _seconds(column: Any) -> Any:
    return (column.dt.ceil("s") - pd.Timestamp(0, tz="UTC")).dt.total_seconds()


STANDING = """
SELECT i.loan_id, i.instalment_no, l.product, i.amount_due - coalesce(sum(p.amount), 0) AS owed, i.due < d.today AS late
FROM instalments i JOIN loans l USING (loan_id) JOIN customers c USING (customer_id) JOIN days d USING (timezone)
LEFT JOIN payments p ON p.loan_id = i.loan_id AND p.instalment_no = i.instalment_no AND p.at <= ?
WHERE l.opened <= d.today GROUP BY i.loan_id, i.instalment_no HAVING owed > 0.00005
"""


@pytest.mark.parametrize("product", ["all", "credit_card", "mortgage"])
@pytest.mark.parametrize("week", [1, 3])
def test_arrears_and_cures_are_those_that_sql_counts(week: int, product: str, report: Any, book_sql: Any) -> None:
    until = report.as_of - pd.Timedelta(days=7 * (week - 1))
    now, before = (_standing(book_sql, at, product) for at in (until, until - pd.Timedelta(days=7)))
    late, was = now[now["late"] == 1], before[before["late"] == 1]
    still = was.merge(late, on=["loan_id", "instalment_no"], suffixes=("_was", ""))
    overdue, overdue_before, uncured = (set(part["loan_id"]) for part in (late, was, still))
    wanted = ("all", "all") if product == "all" else ("product", product)
    (told,) = (one for one in report.twin["history"][-week]["groups"] if (one["by"], one["group"]) == wanted)
    assert told["loans"] == now["loan_id"].nunique()
    assert (told["overdue_loans"], told["overdue_before"]) == (len(overdue), len(overdue_before))
    assert (told["cured"], told["fell"]) == (len(overdue_before - uncured), len(overdue - uncured))
    assert told["overdue"] == pytest.approx(late["owed"].sum())
    assert told["recovered"] == pytest.approx(was["owed"].sum() - still["owed"].sum())
    assert len(overdue) > 3


def _standing(connection: sqlite3.Connection, at: pd.Timestamp, product: str) -> pd.DataFrame:
    """Return what is unpaid at a moment, each customer's days counted by their own calendar."""
    zones = [zone for (zone,) in connection.execute("SELECT DISTINCT timezone FROM customers")]
    days = [(at.tz_convert(zone).tz_localize(None).normalize() - pd.Timestamp(0)).days for zone in zones]
    pd.DataFrame({"timezone": zones, "today": days}).to_sql("days", connection, index=False, if_exists="replace")
    found = pd.read_sql(STANDING, connection, params=(at.timestamp(),))
    return found if product == "all" else found[found["product"] == product]


def test_groups_add_up_to_all_loans(report: Any) -> None:
    for week in report.twin["history"]:
        whole, *groups = week["groups"]
        for by in ("tier", "product", "channel"):
            parts = [one for one in groups if one["by"] == by]
            for key in ("loans", "overdue_loans", "overdue_before", "cured", "fell"):
                assert sum(one[key] for one in parts) == whole[key]
        assert whole["overdue_before"] - whole["cured"] + whole["fell"] == whole["overdue_loans"]


def test_causes_are_those_that_duewise_feedback_tells(report: Any) -> None:
    told = heard(report.book, report.as_of, ReplyReader.shipped())
    for k, week in enumerate(reversed(report.twin["history"])):
        until = report.as_of - pd.Timedelta(days=7 * k)
        rows = told[(told["told_at"] >= until - pd.Timedelta(days=7)) & (told["told_at"] < until)]
        assert week["causes"] == rows.groupby("cause")["reminder_id"].nunique().to_dict()
        assert week["replies"] == rows["reminder_id"].nunique()
    assert sum(week["replies"] for week in report.twin["history"]) > 50
