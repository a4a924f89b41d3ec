"""Rows sent with a request: whatever JSON holds, it is refused by name or answered, and nobody else is touched."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import SchemaError, build_features, screen
from features.tables.schema import TABLES
from features.tables.screening import summary
from serving.records import book_of, check_records, faults_by_customer

Records = dict[str, list[dict[str, Any]]]
SETTINGS = settings(
    derandomize=True, database=None, deadline=None, max_examples=10, suppress_health_check=list(HealthCheck)
)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(),
    st.text(max_size=5),
    st.sampled_from([10**400, -(2**70), 2**53 + 1, "", " ", "5", "nan", "Infinity", "true", "2025-09-05", "2025-09-05T12:00:00", "2025-09-05T12:00:00Z", "9999-12-31T23:59:59-12:00", "\ud800", "a\0b", "UTC", "sms"]),
)  # fmt: skip
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
)


@pytest.fixture(scope="module")
def sent(hand_made: dict[str, pd.DataFrame]) -> dict[str, Records]:
    """Return the hand-made tables as the records of Ann, Bo and Cy."""
    lender = dict(zip(hand_made["loans"]["loan_id"], hand_made["loans"]["customer_id"], strict=True))
    records: dict[str, Records] = {who: {name: [] for name in TABLES} for who in hand_made["customers"]["customer_id"]}
    for name, frame in hand_made.items():
        for row in frame.astype(object).where(frame.notna(), None).to_dict("records"):
            records[row.get("customer_id") or lender[row["loan_id"]]][name].append(row)
    return records


@pytest.fixture(scope="module")
def features(sent: dict[str, Records], as_of: pd.Timestamp) -> pd.DataFrame:
    return build_features(book_of(sent), as_of)


def refusals(records: dict[str, Records]) -> dict[str, str]:
    """Return why a customer's records cannot be looked at, by customer."""
    found = {}
    for who, own in records.items():
        try:
            check_records(who, own)
        except SchemaError as error:
            found[who] = str(error)
    return found


@pytest.mark.parametrize("table", TABLES)
@SETTINGS
@given(value=JSON, drawn=st.data())
def test_any_json_in_any_column_is_refused_by_name_or_answered_and_nobody_else_is_touched(
    sent: dict[str, Records],
    features: pd.DataFrame,
    as_of: pd.Timestamp,
    table: str,
    value: Any,
    drawn: st.DataObject,
) -> None:
    records = copy.deepcopy(sent)
    row = drawn.draw(st.sampled_from(records["bo"][table]))
    column = drawn.draw(st.sampled_from(list(TABLES[table].columns)))
    row[column] = value
    refused = refusals(records)
    if refused:
        assert set(refused) == {"bo"}
        assert f"{table}.{column}" in refused["bo"] or f".{column}: " in refused["bo"]
    fit = {who: own for who, own in records.items() if who not in refused}
    screened = screen(book_of(fit))
    faults = faults_by_customer(screened.rejected, fit)
    assert set(faults) <= {"bo"}
    assert all(summary(own).startswith(tuple(TABLES)) and own["row"].max() < 10 for own in faults.values())
    found = build_features(screened.book, as_of)
    assert [who for who in fit if who not in faults] == [who for who in found.index if who not in faults]
    assert not np.isinf(found.to_numpy()).any()
    pd.testing.assert_frame_equal(found.drop(index="bo", errors="ignore"), features.drop(index="bo"), check_exact=True)


def test_a_row_that_does_not_say_whose_it_is_is_a_fault_of_who_sent_it(sent: dict[str, Records]) -> None:
    records = copy.deepcopy(sent)
    records["bo"]["payments"][2]["loan_id"] = None
    records["bo"]["payments"][3]["instalment_no"] = 77
    faults = faults_by_customer(screen(book_of(records)).rejected, records)
    assert list(faults) == ["bo"]
    assert faults["bo"]["row"].tolist() == [2, 3]


@pytest.mark.parametrize("table", ["instalments", "payments", "reminders"])
def test_nobody_sends_rows_of_another_s_loan(sent: dict[str, Records], table: str) -> None:
    records = copy.deepcopy(sent["bo"])
    records[table][0]["loan_id"] = "ann-1"
    with pytest.raises(SchemaError, match=rf"{table}\.loan_id: row 0: got 'ann-1'; expected one of bo's loans"):
        check_records("bo", records)


def test_a_loan_that_two_customers_send_is_a_fault_of_both(sent: dict[str, Records]) -> None:
    records = copy.deepcopy(sent)
    for rows in records["bo"].values():
        for row in rows:
            row |= {"loan_id": "ann-1"} if "loan_id" in row else {}
    assert set(faults_by_customer(screen(book_of(records)).rejected, records)) == {"ann", "bo"}


@pytest.mark.parametrize("value", [10**5_000, [10**5_000], {"a": "x" * 1_000}], ids=["huge", "huge in a list", "long"])
def test_a_value_too_long_to_print_is_refused_in_few_words(sent: dict[str, Records], value: Any) -> None:
    records = copy.deepcopy(sent["bo"])
    records["loans"][0]["principal"] = value
    with pytest.raises(
        SchemaError, match=r"^loans\.principal: row 0: got .{1,90}; expected a number in \[0, 1e\+12\]\.$"
    ):
        check_records("bo", records)
