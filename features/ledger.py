"""A book's rows as numpy columns: ids are positions, times are whole numbers, rows lie by customer and time.

Built once for a book of any size; every cut at a moment (history.py) is then a range of rows. Moments are
whole seconds since 1970 UTC rounded up, so that nothing is known early. Money decides whether an
instalment is settled in ten-thousandths, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.calendar import DAY, utc_offsets
from features.errors import SchemaError
from features.schema import CHANNELS, INTENSITIES, OFFERS, PRODUCTS, TABLES
from features.windows import Floats, Ints, Mask, bounds_of

NEVER = np.int64(2**35)
"""A moment after every moment a book can hold."""

_UNITS = 10_000
_EARLIEST = 2**35


@dataclass(frozen=True)
class Columns:
    """One table's rows sorted by customer, then by ``at``, the second from which a row is known.

    ``customer`` is the position among the ledger's ``customers``; ``key`` orders (customer, at) in one number.
    """

    customer: Ints
    at: Ints
    values: Mapping[str, npt.NDArray[Any]]

    customers: int

    @cached_property
    def key(self) -> Ints:
        """Return the column that ``search_key`` is searched in."""
        return search_key(self.customer, self.at)

    @cached_property
    def bounds(self) -> Ints:
        """Return where each customer's rows begin, (customers + 1,)."""
        return bounds_of(self.customer, self.customers)

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self.values[name]


def search_key(customer: Ints, at: Ints) -> Ints:
    """Return one number that orders by customer position, then by moment."""
    return (customer << np.int64(37)) + at + _EARLIEST


@dataclass(frozen=True)
class Ledger:
    """The seven tables as sorted columns.

    ``position`` gives a customer's place by id; the tables' columns are those of schema.py
    (dates as days since 1970, choices as their number in the declaration, -1 for null), and besides:
    instalments hold ``settled_at`` (second the last part of the amount arrived, NEVER when it did not) and
    ``settled_day``; payments and reminders hold ``instalment`` (row of the instalments) and the customer's
    local ``day``; ``row`` is where a row stood in its DataFrame.
    """

    position: pd.Index[Any]
    zone: npt.NDArray[np.object_]
    customers: Mapping[str, npt.NDArray[Any]]
    loans: Columns
    instalments: Columns
    payments: Columns
    incomes: Columns
    credit: Columns
    reminders: Columns

    @classmethod
    def from_tables(cls, tables: Mapping[str, pd.DataFrame]) -> Ledger:
        """Build the ledger of one DataFrame a table, as ``Book.of`` leaves them.

        Raises
        ------
        SchemaError
            When a column has not its declared dtype, or a row points to a customer, loan or
            instalment that is not in the book; ``validate`` then says which rows.
        """
        return _Builder(tables).ledger()

    @property
    def everyone(self) -> Ints:
        """Return the positions of all customers."""
        return np.arange(len(self.position))

    def index(self, customer: Ints) -> pd.Index[Any]:
        """Return the ids of customers by position, as an index named customer_id."""
        return self.position.take(customer).rename("customer_id")

    def local_day(self, customer: Ints, at: Ints) -> Ints:
        """Return the day (since 1970) that the customer's calendar shows at each moment."""
        return _local_day(self.zone[customer], at)


def _local_day(zones: npt.NDArray[np.object_], at: Ints) -> Ints:
    return np.floor_divide(at + _offsets(zones, at), DAY)


def _offsets(zones: npt.NDArray[np.object_], at: Ints) -> Ints:
    if len(zones) and (zones == zones[0]).all():
        return utc_offsets(str(zones[0]), at)
    out = np.zeros(len(at), np.int64)
    codes, names = pd.factorize(zones)
    for code, name in enumerate(names):
        chosen = codes == code
        out[chosen] = utc_offsets(str(name), at[chosen])
    return out


@dataclass(frozen=True)
class _Identity:
    """The instalments in the ledger's order: place in the DataFrame, customer, loan, and (loan, number)."""

    order: Ints
    customer: Ints
    loan: Ints
    pairs: pd.Index[Any]


class _Builder:
    """Turns the seven DataFrames into a ledger, table by table."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self.tables = tables
        customers = tables["customers"]
        self.position = pd.Index(customers["customer_id"])
        if not self.position.is_unique:
            raise SchemaError("customers.customer_id: a customer appears twice; run validate for the rows.")
        self.zone = customers["timezone"].to_numpy(dtype=object)

    def ledger(self) -> Ledger:
        loans, loan_row = self.loans()
        identity = self.identity(loans, loan_row)
        payments = self.payments(loan_row, identity)
        instalments = self.instalments(identity, payments)
        return Ledger(
            position=self.position,
            zone=self.zone,
            customers={n: _days(self.tables["customers"][n]) for n in ("birth_date", "first_credit_on")},
            loans=loans,
            instalments=instalments,
            payments=payments,
            incomes=self.dated("incomes", "received_on", {"amount": _plain}),
            credit=self.dated("credit", "observed_on", dict.fromkeys(_CREDIT, _plain)),
            reminders=self.reminders(loan_row, identity),
        )

    def loans(self) -> tuple[Columns, pd.Series[Any]]:
        """Return the loans and, by loan_id, the row of each."""
        frame = self.tables["loans"]
        columns = {"principal": _plain, "annual_rate": _plain, "term_months": _plain, "product": _chosen(PRODUCTS)}
        loans = self.dated("loans", "opened_on", columns, ties=[frame["loan_id"]])
        order = loans["row"]
        return loans, pd.Series(np.arange(len(order)), index=frame["loan_id"].iloc[order])

    def identity(self, loans: Columns, loan_row: pd.Series[Any]) -> _Identity:
        """Return how the instalments are ordered, and which row each (loan, number) has then."""
        frame = self.tables["instalments"]
        _require_dtypes("instalments", frame)
        loan = _found(loan_row.index.get_indexer(pd.Index(frame["loan_id"])), "instalments.loan_id", "loans")
        number = frame["instalment_no"].to_numpy(np.int64)
        customer = loans.customer[loan]
        order = np.lexsort((number, loan, _days(frame["due_date"]), customer))
        return _Identity(order, customer[order], loan[order], pd.Index(_pair(loan, number)[order]))

    def instalments(self, identity: _Identity, payments: Columns) -> Columns:
        frame = self.tables["instalments"]
        order, customer = identity.order, identity.customer
        due_day = _days(frame["due_date"])[order].astype(np.int64)
        due_units = _in_units(frame["amount_due"])[order]
        settled_at = _settled(payments["instalment"], payments.at, payments["units"], due_units)
        columns = {
            "due_day": due_day,
            "amount_due": frame["amount_due"].to_numpy(np.float64)[order],
            "loan": identity.loan,
            "row": order,
            "settled_at": settled_at,
            "settled_day": _local_day(self.zone[customer], settled_at),
        }
        return Columns(customer, due_day * DAY, columns, len(self.position))

    def payments(self, loan_row: pd.Series[Any], identity: _Identity) -> Columns:
        frame = self.tables["payments"]
        _require_dtypes("payments", frame)
        instalment = self.instalment_of("payments", loan_row, identity)
        customer, at = identity.customer[instalment], _seconds(frame["paid_at"])
        amount = frame["amount"].to_numpy(np.float64)
        order = np.lexsort((amount, instalment, at, customer))
        customer, at = customer[order], at[order]
        columns = {
            "instalment": instalment[order],
            "amount": amount[order],
            "units": _in_units(frame["amount"])[order],
            "day": _local_day(self.zone[customer], at),
        }
        return Columns(customer, at, columns, len(self.position))

    def reminders(self, loan_row: pd.Series[Any], identity: _Identity) -> Columns:
        frame = self.tables["reminders"]
        _require_dtypes("reminders", frame)
        customer, at = self.owner("reminders"), _seconds(frame["sent_at"])
        order = np.lexsort((pd.factorize(frame["reminder_id"], sort=True)[0], at, customer))
        coded = {"channel": CHANNELS, "intensity": INTENSITIES, "offer": OFFERS}
        values = {name: _chosen(choices)(frame[name]) for name, choices in coded.items()}
        values |= {n: frame[n].to_numpy(np.bool_) for n in ("delivered", "read", "conversation", "replied")}
        values |= {"instalment": self.instalment_of("reminders", loan_row, identity), "row": np.arange(len(frame))}
        values |= {"day": _local_day(self.zone[customer], at)}
        sorted_values = {name: column[order] for name, column in values.items()}
        return Columns(customer[order], at[order], sorted_values, len(self.position))

    def instalment_of(self, table: str, loan_row: pd.Series[Any], identity: _Identity) -> Ints:
        """Return the instalment that each row of a table points to."""
        frame = self.tables[table]
        loan = _found(loan_row.index.get_indexer(pd.Index(frame["loan_id"])), f"{table}.loan_id", "loans")
        pair = pd.Index(_pair(loan, frame["instalment_no"].to_numpy(np.int64)))
        return _found(identity.pairs.get_indexer(pair), f"{table}.instalment_no", "instalments")

    def dated(self, table: str, date: str, columns: Mapping[str, Any], ties: Sequence[pd.Series[Any]] = ()) -> Columns:
        """Return a table whose rows carry a date; ``row`` is where each stood in the DataFrame."""
        frame = self.tables[table]
        _require_dtypes(table, frame)
        customer, day = self.owner(table), _days(frame[date]).astype(np.int64)
        values = {name: read(frame[name]) for name, read in columns.items()}
        tied = [pd.factorize(t, sort=True)[0] for t in ties] or list(values.values())
        order = np.lexsort((*tied, day, customer))
        customer, day = customer[order], day[order]
        kept = {name: column[order] for name, column in values.items()}
        return Columns(customer, self.known_at(customer, day), {"day": day, "row": order, **kept}, len(self.position))

    def known_at(self, customer: Ints, day: Ints) -> Ints:
        """Return when a dated row becomes known: the day's midnight, the customer's or UTC's, whichever is later."""
        midnight = day * DAY
        return midnight - np.minimum(0, _offsets(self.zone[customer], midnight))

    def owner(self, table: str) -> Ints:
        positions = self.position.get_indexer(pd.Index(self.tables[table]["customer_id"]))
        return _found(positions, f"{table}.customer_id", "customers")


_CREDIT = tuple(name for name, column in TABLES["credit"].columns.items() if column.kind in ("number", "integer"))


def _require_dtypes(table: str, frame: pd.DataFrame) -> None:
    for name, column in TABLES[table].columns.items():
        if name not in frame or (column.kind in _NUMERIC and frame[name].dtype.kind not in _NUMERIC[column.kind]):
            found = frame[name].dtype if name in frame else "no such column"
            raise SchemaError(
                f"{table}.{name}: expected {column.expectation}; found {found}. Run validate for the rows."
            )


_NUMERIC = {"number": "f", "integer": "if", "flag": "b", "date": "M", "moment": "M"}


def _found(positions: npt.NDArray[Any], column: str, table: str) -> Ints:
    lost = int((positions < 0).sum())
    if lost:
        raise SchemaError(f"{column}: {lost} rows point to nothing in {table}. Run validate for the rows.")
    return positions.astype(np.int64)


def _seconds(moments: pd.Series[Any]) -> Ints:
    micro = moments.to_numpy(dtype="datetime64[us]").astype(np.int64)
    return -np.floor_divide(-micro, 1_000_000)


def _days(dates: pd.Series[Any]) -> Floats:
    days = dates.to_numpy(dtype="datetime64[us]").astype("datetime64[D]")
    out = days.astype(np.float64)
    out[np.isnat(days)] = np.nan
    return out


def _in_units(money: pd.Series[Any]) -> Ints:
    return np.rint(money.to_numpy(np.float64) * _UNITS).astype(np.int64)


def _plain(column: pd.Series[Any]) -> Floats:
    return column.to_numpy(np.float64)


def _chosen(choices: tuple[str, ...]) -> Any:
    return lambda column: pd.Index(choices).get_indexer(pd.Index(column)).astype(np.int64)


def _pair(loan: Ints, number: Ints) -> Ints:
    return (loan << np.int64(20)) + number


def _settled(instalment: Ints, at: Ints, units: Ints, due_units: Ints) -> Ints:
    """Return the second at which the payments towards each instalment first reach its amount."""
    order = np.lexsort((at, instalment))
    row, so_far = instalment[order], np.cumsum(units[order])
    first: Mask = np.concatenate([[True], row[1:] != row[:-1]]) if len(row) else np.zeros(0, np.bool_)
    before = np.repeat((so_far - units[order])[first], np.diff(np.append(np.flatnonzero(first), len(row))))
    reached = np.flatnonzero(so_far - before >= due_units[row])
    settled = np.full(len(due_units), NEVER)
    settled[row[reached][::-1]] = at[order][reached][::-1]  # the earliest is written last
    return settled
