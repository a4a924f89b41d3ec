"""Customers who came with their own rows: posted at once where every cell is plainly valid, screened where one is not.

The screen has the last word and names the fault. A decision is the same, to the bit, by either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from features.errors import SchemaError
from features.ledger.texts import Posted
from features.plain_rows import NotPlainError, Records, plain_rows
from features.records import posted_rows
from features.tables.screening import screen, summary
from serving.records import book_of, check_records, faults_by_customer

type Rows = Any
"""One customer's rows as ``features.plain_rows`` reads them."""


class Fault(NamedTuple):
    """Why a customer's rows cannot be decided on: the table and column, and a sentence."""

    field: str
    message: str


class Sent(NamedTuple):
    """The customers of each ledger to decide on, and those who cannot be decided on."""

    posted: list[tuple[list[str], Posted]]
    faults: dict[str, Fault]


def read_sent(sent: Mapping[str, Records | Rows], as_book: bool = False) -> Sent:
    """Return the rows of customers, by customer_id, as ledgers; ``as_book``: as a book, whose rows can be edited."""
    plain = {} if as_book else {name: rows for name, own in sent.items() if (rows := _plain(own)) is not None}
    posted = _together(plain)
    done = {name for names, _ in posted for name in names}
    book, faults = _screened({name: msgspec.to_builtins(own) for name, own in sent.items() if name not in done})
    return Sent(posted + book, faults)


def _plain(records: Records | Rows) -> Rows | None:
    if isinstance(records, msgspec.Struct):
        return records
    try:
        return plain_rows(records)
    except NotPlainError:
        return None


def _together(plain: dict[str, Rows]) -> list[tuple[list[str], Posted]]:
    """Return the ledger of all customers or, where one is not fit or two share an id, of each who can be posted."""
    if not plain:
        return []
    try:
        return [(list(plain), posted_rows(plain))]
    except NotPlainError:
        alone = [{name: rows} for name, rows in plain.items()] if len(plain) > 1 else []
        return [posted for one in alone for posted in _together(one)]


def _screened(sent: Mapping[str, Records]) -> tuple[list[tuple[list[str], Posted]], dict[str, Fault]]:
    faults = {name: fault for name, records in sent.items() if (fault := _shape_of(name, records)) is not None}
    fit = {name: records for name, records in sent.items() if name not in faults}
    if not fit:
        return [], faults
    screened = screen(book_of(fit))
    for name, found in faults_by_customer(screened.rejected, fit).items():
        faults[name] = Fault(f"{found['table'].iloc[0]}.{found['column'].iloc[0]}", summary(found))
    kept = [name for name in fit if name not in faults]
    return ([(kept, screened.book)] if kept else []), faults


def _shape_of(name: str, records: Records) -> Fault | None:
    try:
        check_records(name, records)
    except SchemaError as error:
        return Fault(str(error).partition(":")[0], str(error))
    return None
