"""The Taiwan card set (doi 10.24432/C55S3H) as a book: reported statuses become instalments and payments.

Its status columns and its payment columns do not fit each other to the month, so a book true to both needs
two repairs: ``late_months`` raises a level that no calendar could reach, and where the bank reports an
instalment settled in a month in which it shows no money, a payment of one cent stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.book import Book
from features.errors import SchemaError
from features.tables.schema import TABLES

Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]
Ids = npt.NDArray[np.object_]

ZONE: Final = "Asia/Taipei"
AS_OF: Final = pd.Timestamp("2005-09-30 23:59:59", tz=ZONE)
LABEL: Final = "default.payment.next.month"
STATUSES: Final = [f"PAY_{k}" for k in (6, 5, 4, 3, 2, 0)]
BILLS: Final = [f"BILL_AMT{k}" for k in (6, 5, 4, 3, 2, 1)]
PAID: Final = [f"PAY_AMT{k}" for k in (6, 5, 4, 3, 2, 1)]
"""The monthly columns from April to September 2005; the set counts them backwards."""

_RANGES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        **{"ID": (1, 99_999), "LIMIT_BAL": (1, 10**9), "AGE": (18, 120)},
        **{"SEX": (1, 2), "EDUCATION": (0, 6), "MARRIAGE": (0, 3), LABEL: (0, 1)},
        **dict.fromkeys(STATUSES, (-2, 8)),
        **dict.fromkeys(BILLS, (-(10**9), 10**9)),
        **dict.fromkeys(PAID, (0, 10**9)),
    }
)
_DUE_MONTHS: Final = np.arange("2004-09", "2005-11", dtype="datetime64[M]")
"""An instalment's number less one: September 2004, for who is eight months late in April, to October 2005."""

_APRIL, _OCTOBER = 7, 13
_DUE_DAY, _ON_TIME_DAY, _LATE_DAY = 15, 10, 20
_MINIMUM_SHARE, _MINIMUM_CENTS, _RATE = 0.05, 100_00, 0.20
"""The yearly rate is not in the set: this is the ceiling of article 205 of Taiwan's Civil Code in 2005."""


@dataclass(frozen=True)
class TaiwanBook:
    """The book, its moment, and the label (1: did not pay in October 2005) by ``customer_id``."""

    book: Book
    as_of: pd.Timestamp
    default: pd.Series[Any]


@dataclass(frozen=True)
class _Schedule:
    """Money by customer and due month, in cents.

    ``received`` is (customers, six months, 13 due months), ``due`` (customers, 14), 0 without an instalment;
    ``unpaid`` (customers, 14) is what is still to be paid at the cut.
    """

    received: Ints
    due: Ints
    unpaid: Ints


def read_taiwan(path: str | Path) -> pd.DataFrame:
    """Read the set from a CSV file, plain or gzipped: one row a customer, whole numbers, NT dollars.

    Raises
    ------
    SchemaError
        When the file cannot be read, a column is missing, or a cell is not a whole number in its range.
    """
    try:
        frame = pd.read_csv(Path(path))
    except (OSError, EOFError, ValueError) as error:
        raise SchemaError(f"{path} cannot be read as CSV: {error}") from error
    return _checked(frame, str(path))


def _checked(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    absent = [name for name in _RANGES if name not in frame]
    if absent:
        raise SchemaError(f"{source}: the Taiwan set has the columns {', '.join(_RANGES)}; missing {absent}.")
    for name, (low, high) in _RANGES.items():
        cells = pd.to_numeric(frame[name], errors="coerce")
        wrong = np.flatnonzero(~(cells.between(low, high) & (cells % 1 == 0)))
        if len(wrong):
            found = f"{frame[name].iloc[wrong[0]]} in row {wrong[0] + 1} ({len(wrong)} such)"
            raise SchemaError(f"{source}: {name} must be a whole number in [{low}, {high}], got {found}.")
    if frame["ID"].duplicated().any():
        again = frame["ID"][frame["ID"].duplicated()].iloc[0]
        raise SchemaError(f"{source}: ID must be unique, got {again} more than once.")
    return frame[list(_RANGES)].astype("int64")


def late_months(frame: pd.DataFrame) -> Ints:
    """Return how many months late each customer stands at the end of April to September, (customers, 6).

    Who is k months late was k - 1 months late a month before. Where the bank reported less then (it often
    goes from 0 to 2), the earlier level is raised; the last level is always the reported one.

    >>> late_months(pd.DataFrame([[-1, 0, 0, 2, 2, 0]], columns=STATUSES)).tolist()
    [[0, 0, 1, 2, 2, 0]]
    """
    levels: Ints = np.maximum(frame[STATUSES].to_numpy(np.int64), 0)
    for month in range(levels.shape[1] - 2, -1, -1):
        levels[:, month] = np.maximum(levels[:, month], levels[:, month + 1] - 1)
    return levels


def _spread(money: Ints, wanted: Ints) -> Ints:
    """Give ``money`` (n,) to the instalments that want some (n, m): oldest first, the newest takes the rest.

    >>> _spread(np.array([10, 3, 7]), np.array([[4, 2, 0], [4, 2, 0], [0, 0, 0]])).tolist()
    [[4, 6, 0], [3, 0, 0], [0, 0, 0]]
    """
    given: Ints = np.clip(money[:, None] - (np.cumsum(wanted, axis=1) - wanted), 0, wanted)
    newest = wanted.shape[1] - 1 - np.argmax(wanted[:, ::-1] > 0, axis=1)
    given[np.arange(len(money)), newest] += np.where(wanted.any(axis=1), money - given.sum(axis=1), 0)
    return given


def _schedule(levels: Ints, bills: Ints, money: Ints) -> _Schedule:
    """Return the smallest instalments that the levels, statements and payments allow.

    Statements before April are not in the set; April's stands for them.
    """
    slot, rows = np.arange(_OCTOBER), np.arange(len(levels))
    statements = np.hstack([np.repeat(bills[:, :1], _APRIL + 1, axis=1), bills])
    minimum = np.maximum(np.ceil(statements * _MINIMUM_SHARE).astype(np.int64), _MINIMUM_CENTS)
    billed, october, minimum = statements[:, :-1] > 0, minimum[:, -1:], minimum[:, :-1]
    oldest_unpaid = _APRIL + 1 + np.arange(levels.shape[1]) - levels
    was_oldest = ((slot == oldest_unpaid[:, :, None]) & (levels > 0)[:, :, None]).any(axis=1)

    received = np.zeros((*levels.shape, _OCTOBER), np.int64)
    paid, paid_while_open = np.zeros((2, len(levels), _OCTOBER), np.int64)
    begin = np.minimum(oldest_unpaid[:, 0], _APRIL)
    for month, now in enumerate(received.swapaxes(0, 1)):
        end, cash, late = oldest_unpaid[:, month], money[:, month], levels[:, month] > 0
        settled = (slot >= begin[:, None]) & (slot < end[:, None]) & (billed | was_oldest)
        settled[~late & (cash > 0) & ~settled.any(axis=1), _APRIL + month] = True
        now += _spread(cash, np.where(settled, np.maximum(minimum - paid, 1), 0))
        now[settled & was_oldest & (now == 0)] = 1
        partial = late & ~settled.any(axis=1)
        now[rows[partial], end[partial]] += cash[partial]
        paid += now
        paid_while_open = np.where(slot >= end[:, None], paid, paid_while_open)
        begin = end

    still_open = slot >= begin[:, None]
    at_most = np.where(still_open, minimum, np.minimum(minimum, paid))
    exists = (paid > 0) | was_oldest | (billed & still_open)
    due = np.where(exists, np.maximum(at_most, paid_while_open + 1), 0)
    unpaid = np.where(still_open & exists, due - paid, 0)
    return _Schedule(received, np.hstack([due, october]), np.hstack([unpaid, october]))


def _day(month: Days, day: int | Ints) -> Days:
    days: Days = month.astype("datetime64[D]") + (np.asarray(day) - 1).astype("timedelta64[D]")
    return days.astype("datetime64[us]")


def _instalments(due: Ints, loan_id: Ids) -> pd.DataFrame:
    row, slot = np.nonzero(due)
    dates, amounts = _day(_DUE_MONTHS[slot], _DUE_DAY), due[row, slot] / 100
    keys = {"loan_id": loan_id[row], "instalment_no": slot + 1}
    return pd.DataFrame({**keys, "due_date": dates, "amount_due": amounts})


def _payments(schedule: _Schedule, loan_id: Ids, default: Ints) -> pd.DataFrame:
    """Return the payments of six months, and October's: all that is open, or nothing after a default."""
    row, month, slot = np.nonzero(schedule.received)
    amount, paid_in = schedule.received[row, month, slot], _APRIL + month
    day = np.where(slot == paid_in, _ON_TIME_DAY, _LATE_DAY)
    row_after, slot_after = np.nonzero(np.where(default[:, None] == 0, schedule.unpaid, 0))
    row, slot = np.append(row, row_after), np.append(slot, slot_after)
    paid_in = np.append(paid_in, np.full(len(row_after), _OCTOBER))
    day = np.append(day, np.full(len(row_after), _ON_TIME_DAY))
    paid_at = pd.Series(_day(_DUE_MONTHS[paid_in], day) + np.timedelta64(10, "h")).dt.tz_localize(ZONE)
    amounts = np.append(amount, schedule.unpaid[row_after, slot_after]) / 100
    keys = {"loan_id": loan_id[row], "instalment_no": slot + 1}
    return pd.DataFrame({**keys, "paid_at": paid_at, "amount": amounts})


def _described(frame: pd.DataFrame, customer_id: Ids, loan_id: Ids) -> dict[str, pd.DataFrame]:
    """Return customers, loans and credit; born on 1 April of the year that gives AGE at the cut.

    EDUCATION goes to the free text ``occupation`` as ``education:2``; MARRIAGE has no place in a book.
    """
    limit, ids = frame["LIMIT_BAL"].to_numpy(np.float64), {"customer_id": customer_id}
    born: Days = np.datetime64("2005-04", "M") - 12 * frame["AGE"].to_numpy().astype("timedelta64[M]")
    consents = dict.fromkeys(("consent_sms", "consent_call", "consent_email", "consent_push"), True)
    customers = {
        **ids,
        "birth_date": _day(born, 1),
        "gender": frame["SEX"].map({1: "M", 2: "F"}).to_numpy(),
        "occupation": ("education:" + frame["EDUCATION"].astype(str)).to_numpy(),
        **{"timezone": ZONE, "language": "zh", **consents, "vulnerable": False},
    }
    opened_on = np.repeat(_day(_DUE_MONTHS[:1], 1), len(frame))
    terms = {"product": "credit_card", "opened_on": opened_on, "principal": limit, "annual_rate": _RATE}
    month_ends = _day(_DUE_MONTHS[_APRIL + 1 :], 0)
    credit = {
        "customer_id": np.repeat(customer_id, len(month_ends)),
        "observed_on": np.tile(month_ends, len(frame)),
        "credit_limit": np.repeat(limit, len(month_ends)),
        "balance": frame[BILLS].to_numpy(np.float64).ravel(),
    }
    loans = pd.DataFrame({"loan_id": loan_id, **ids, **terms})
    return {"customers": pd.DataFrame(customers), "loans": loans, "credit": pd.DataFrame(credit)}


def taiwan_book(frame: pd.DataFrame) -> TaiwanBook:
    """Turn the set, as ``read_taiwan`` returns it, into a book of one card a customer.

    Due day is the 15th, so 1, 2, 3 months late at a month end are 15, 46, 77 days past due in September.
    ``PAY_AMT`` of a month is the money received in it, oldest instalment first. ``amount_due`` is the
    minimum payment (5 % of the statement, at least 100), or what was paid if that settled it, or a cent
    above what was paid if that did not. A month with nothing billed has an instalment only if money came or
    the bank reports it unpaid. The label shows in October's payments alone; October's instalment is the
    minimum payment for all.

    Raises
    ------
    SchemaError
        When a column is missing or a cell is not a whole number in its range.
    """
    frame = _checked(frame, "frame")
    number, default = frame["ID"].map("{:05d}".format), frame[LABEL].to_numpy()
    customer_id, loan_id = ("tw-" + number).to_numpy(object), ("card-" + number).to_numpy(object)
    bills, money = (frame[names].to_numpy() * 100 for names in (BILLS, PAID))
    schedule = _schedule(late_months(frame), bills, money)
    tables = _described(frame, customer_id, loan_id)
    tables["instalments"] = _instalments(schedule.due, loan_id)
    tables["payments"] = _payments(schedule, loan_id, default)
    empty = {name: pd.DataFrame(columns=list(TABLES[name].columns)) for name in ("incomes", "reminders")}
    label = pd.Series(default, index=pd.Index(customer_id, dtype="str", name="customer_id"), name="default")
    return TaiwanBook(Book.of(tables | empty), AS_OF, label)
