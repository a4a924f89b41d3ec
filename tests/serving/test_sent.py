"""Rows sent with a request are decided on at once where they are plainly valid: as from the screened book, to the bit."""

from __future__ import annotations

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.records import PostedRows
from features.tables.schema import TABLES
from serving.contract import PlainCustomer, read_request
from serving.desk import Desk
from serving.registry import load_models
from serving.sent import read_sent

Records = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def desk(world: Any) -> Desk:
    return Desk(load_models(), snapshot=world.book)


@pytest.fixture(scope="module")
def sent(world: Any) -> dict[str, Records]:
    """Return the records of every tenth customer, as JSON carries them."""
    names = set(world.book.customers["customer_id"].iloc[::10])
    owner = dict(zip(world.book.loans["loan_id"], world.book.loans["customer_id"], strict=True))
    records: dict[str, Records] = {name: {table: [] for table in TABLES} for name in names}
    for table, frame in world.book.tables():
        days = {key: frame[key].dt.strftime("%Y-%m-%d") for key in frame.columns[frame.dtypes == "datetime64[us]"]}
        text = frame.assign(**days).to_json(orient="records", date_format="iso", date_unit="us", double_precision=15)
        whole = [key for key, column in TABLES[table].columns.items() if column.kind == "integer"]
        for row in json.loads(text):
            name = row["customer_id"] if "customer_id" in row else owner[row["loan_id"]]
            if name in names:
                exact = {key: int(row[key]) for key in whole if row[key] is not None}
                records[name][table].append(row | exact)
    return records


def answers(desk: Desk, world: Any, records: dict[str, Records], counterfactual: bool = False) -> list[Any]:
    customers = [{"customer_id": name, "records": own} for name, own in records.items()]
    body = {"as_of": world.as_of.isoformat(), "counterfactual": counterfactual, "customers": customers}
    results = desk.score(read_request(json.dumps(body).encode())).results
    return [msgspec.structs.replace(one, would_change=None) if hasattr(one, "would_change") else one for one in results]


def without_advice(answer: Any) -> Any:
    """Return a decision without what only a request for advice brings: its words for the customer."""
    return {key: cell for key, cell in msgspec.to_builtins(answer).items() if key != "explanation"}


@settings(derandomize=True, database=None, deadline=None, max_examples=8, suppress_health_check=list(HealthCheck))
@given(drawn=st.data())
def test_a_decision_from_plain_rows_is_that_of_the_screened_book(
    desk: Desk, world: Any, sent: dict[str, Records], drawn: st.DataObject
) -> None:
    names = drawn.draw(st.lists(st.sampled_from(sorted(sent)), min_size=1, max_size=6, unique=True))
    some = {name: sent[name] for name in names}
    plain, book = read_sent(some), read_sent(some, as_book=True)
    assert [type(posted) for _, posted in plain.posted] == [PostedRows]
    assert not isinstance(book.posted[0][1], PostedRows)
    quick, screened = answers(desk, world, some), answers(desk, world, some, counterfactual=True)
    assert [without_advice(one) for one in quick] == [without_advice(one) for one in screened]


def test_what_is_not_plain_is_screened_and_the_others_are_not(sent: dict[str, Records]) -> None:
    first, second, third = sorted(sent)[:3]
    some = copy.deepcopy({name: sent[name] for name in (first, second, third)})
    some[second]["instalments"][0]["amount_due"] = str(some[second]["instalments"][0]["amount_due"])
    some[third]["instalments"][0]["amount_due"] = -1
    read = read_sent(some)
    assert [(names, isinstance(posted, PostedRows)) for names, posted in read.posted] == [
        ([first], True),
        ([second], False),
    ]
    assert read.faults[third].message.startswith("instalments.amount_due: 1 row, such as row 0: got -1")


def test_a_row_that_points_to_nothing_is_its_senders_fault_alone(sent: dict[str, Records]) -> None:
    first, second = sorted(sent)[:2]
    some = copy.deepcopy({name: sent[name] for name in (first, second)})
    some[second]["payments"] = [
        {
            "loan_id": some[second]["loans"][0]["loan_id"],
            "instalment_no": 99_999,
            "paid_at": "2025-03-01T00:00:00Z",
            "amount": 1,
        }
    ]
    read = read_sent(some)
    assert [names for names, _ in read.posted] == [[first]]
    assert read.faults[second].field == "payments.loan_id, instalment_no"


def test_customers_who_share_a_loan_id_are_each_decided_on(desk: Desk, world: Any, sent: dict[str, Records]) -> None:
    name = sorted(sent)[0]
    other = {
        table: [row | ({"customer_id": "other"} if "customer_id" in row else {}) for row in rows]
        for table, rows in sent[name].items()
    }
    first, second = answers(desk, world, {name: sent[name], "other": other})
    assert first.default_probability == second.default_probability


@pytest.mark.parametrize(
    ("change", "is_plain"),
    [({}, True), ({"customers": [3]}, False), ({"bills": []}, False), ({"loans": [{"loan_id": 7}]}, False)],
    ids=["as the schema says", "no row", "a table that is none", "a number as an id"],
)
def test_a_body_is_read_at_once_only_where_it_is_plainly_right(
    sent: dict[str, Records], change: Any, is_plain: bool
) -> None:
    name = sorted(sent)[0]
    body = json.dumps({"customers": [{"customer_id": name, "records": sent[name] | change}]}).encode()
    (asked,) = read_request(body).customers
    assert isinstance(asked, PlainCustomer) == is_plain
    assert asked.customer_id == name
