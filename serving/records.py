"""Rows sent with a request turned into a book: the same seven tables, screened the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np
import pandas as pd

from features.book import Book
from features.errors import SchemaError
from features.tables.cells import shown, text
from features.tables.schema import TABLES, Table

Rows = Sequence[Mapping[str, Any]]

_LARGEST = 2**53


def book_of(records: Mapping[str, Mapping[str, Rows]]) -> Book:
    """Return one book of several customers' records, by customer_id and table name."""
    tables = {}
    for name, table in TABLES.items():
        rows = [_row(table, customer, row) for customer, by_table in records.items() for row in by_table.get(name, ())]
        tables[name] = pd.DataFrame(rows, columns=list(table.columns), dtype=object)
    return Book.of(tables)


def faults_by_customer(rejected: pd.DataFrame, records: Mapping[str, Mapping[str, Rows]]) -> dict[str, pd.DataFrame]:
    """Return the faults of ``book_of(records)`` by who sent the row; rows are counted among the customer's own.

    Who sent a row is known even where the row does not say whose it is.
    """
    senders, parts = np.array(list(records), dtype=object), []
    for table, faults in rejected.groupby("table", sort=False):
        sizes = np.array([len(by_table.get(str(table), ())) for by_table in records.values()], np.int64)
        ends = np.cumsum(sizes)
        sender = np.searchsorted(ends, faults["row"].to_numpy(), side="right")
        parts.append(faults.assign(customer_id=senders[sender], row=faults["row"] - (ends - sizes)[sender]))
    found = pd.concat(parts) if parts else rejected
    return {str(name): faults for name, faults in found.groupby("customer_id", sort=False)}


def check_records(customer_id: str, records: Mapping[str, Rows]) -> None:
    """Refuse records whose shape is wrong, before their values are looked at.

    Raises
    ------
    SchemaError
        Naming the table, the row, the column, what was received and what was expected.
    """
    strangers = [name for name in records if name not in TABLES]
    if strangers:
        raise SchemaError(f"{strangers[0]}: there is no such table; expected {', '.join(TABLES)}.")
    if len(records.get("customers", ())) != 1:
        raise SchemaError(f"customers: got {len(records.get('customers', ()))} rows; expected 1, of {customer_id}.")
    loans = {text(row.get("loan_id")) for row in records.get("loans", ())}
    for name, rows in records.items():
        for number, row in enumerate(rows):
            _check_row(TABLES[name], customer_id, number, row)
            _check_loan(TABLES[name], customer_id, number, row, loans)


def _check_row(table: Table, customer_id: str, number: int, row: Mapping[str, Any]) -> None:
    if row.get("customer_id", customer_id) != customer_id:
        raise _refusal(table, "customer_id", number, row["customer_id"], f"{customer_id}, whose records these are")
    for column, value in row.items():
        if column not in table.columns and column != "customer_id":
            raise _refusal(table, column, number, value, f"a column of {table.name}: {', '.join(table.columns)}")
        if not (value is None or isinstance(value, str | bool | float | int)) or _is_huge(value):
            raise _refusal(table, column, number, value, table.columns[column].expectation)


def _check_loan(table: Table, customer_id: str, number: int, row: Mapping[str, Any], loans: Set[str | None]) -> None:
    """Refuse a row of a loan that is not among the customer's: it could be another's of the same request."""
    loan = text(row.get("loan_id"))
    if loan is not None and loan not in loans:
        raise _refusal(table, "loan_id", number, loan, f"one of {customer_id}'s loans")


def _refusal(table: Table, column: str, number: int, value: Any, expected: str) -> SchemaError:
    return SchemaError(f"{table.name}.{column}: row {number}: got {shown(value)}; expected {expected}.")


def _is_huge(value: Any) -> bool:
    return isinstance(value, int) and abs(value) > _LARGEST


def _row(table: Table, customer_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"customer_id": customer_id, **row} if "customer_id" in table.columns else dict(row)
