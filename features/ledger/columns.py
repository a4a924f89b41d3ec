"""A book's DataFrames as the plain columns that are posted: ids looked up, dates and moments as whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import SchemaError
from features.facts.credit import OBSERVED
from features.facts.reminders import FATE
from features.kernel.windows import Floats, Ints
from features.ledger.ledger import NEVER, Zones
from features.ledger.posting import Entries
from features.ledger.replies import causes_of
from features.tables.schema import TABLES, Column

CONSENTS = ("consent_sms", "consent_call", "consent_email", "consent_push")
RIGHTS = (
    *CONSENTS,
    *(f"{name}_until" for name in CONSENTS),
    "consent_night_until",
    "person_asked_on",
    "stop_flag",
    "vulnerable",
)
"""The columns of customers that contact rules look at; no feature does, but for the count of refused channels."""

POSTED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "customers": ("birth_date", "first_credit_on", *RIGHTS),
        "loans": ("product", "opened_on", "principal", "annual_rate", "term_months", "plan_signed_on"),
        "instalments": ("instalment_no", "due_date", "amount_due"),
        "payments": ("instalment_no", "paid_at", "amount"),
        "incomes": ("received_on", "amount", "source"),
        "credit": ("observed_on", *OBSERVED),
        "reminders": ("instalment_no", "sent_at", "channel", "intensity", "offer", *FATE, "answered_at", "cost"),
    }
)
"""The columns that are posted as they are; besides, ids become positions, consents a count, an answer its causes.

Of the text of an answer only its causes are posted, and that there is one.
"""

ZONES = ("timezone", "timezone_other")

_NUMERIC = {"number": "f", "integer": "if", "flag": "b", "date": "M", "moment": "M"}


def entries_of(tables: Mapping[str, pd.DataFrame]) -> Entries:
    """Return the entries of one DataFrame a table, as ``Book.of`` leaves them.

    Raises
    ------
    SchemaError
        When a column has not its declared dtype, a customer or loan appears twice, or a row points to a
        customer or loan that is not in the book; ``validate`` then says which rows.
    """
    for name in TABLES:
        _require_dtypes(name, tables[name])
    position = _unique("customers", tables["customers"]["customer_id"])
    customers, loans = _texts(tables["customers"]["customer_id"]), _texts(tables["loans"]["loan_id"])
    _unique("loans", tables["loans"]["loan_id"])
    plain: dict[str, dict[str, npt.NDArray[Any]]] = {name: _plain(name, tables[name]) for name in TABLES}
    for name in ("loans", "incomes", "credit", "reminders"):
        plain[name]["customer"] = _found(customers, tables[name]["customer_id"], f"{name}.customer_id", "customers")
    for name in ("instalments", "payments", "reminders"):
        plain[name]["loan"] = _found(loans, tables[name]["loan_id"], f"{name}.loan_id", "loans")
    refused = [~tables["customers"][name].to_numpy(np.bool_) for name in CONSENTS]
    plain["customers"]["opted_out"] = np.sum(refused, axis=0, dtype=np.float64)
    plain["loans"]["tie"] = _rank(tables["loans"]["loan_id"])
    plain["reminders"]["tie"] = _rank(tables["reminders"]["reminder_id"])
    plain["reminders"]["causes"] = _causes(tables["reminders"]["reply_text"])
    plain["reminders"]["said"] = tables["reminders"]["reply_text"].notna().to_numpy(np.bool_)
    return Entries(position, _zones(*(tables["customers"][name] for name in ZONES)), plain)


def _plain(table: str, frame: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    return {name: plain_column(TABLES[table].columns[name], frame[name]) for name in POSTED[table]}


def plain_column(column: Column, cells: pd.Series[Any]) -> npt.NDArray[Any]:
    """Return the cells of a column in its canonical dtype as they are posted: days, seconds, numbers of choices."""
    match column.kind:
        case "date":
            return _days(cells, column.nullable)
        case "moment":
            return _seconds(cells)
        case "choice":
            return _places(cells, pa.array(column.choices, pa.large_string()))
        case "flag":
            return cells.to_numpy(np.bool_)
        case _:
            return cells.to_numpy(np.float64 if column.kind == "number" or column.nullable else np.int64)


def _seconds(moments: pd.Series[Any]) -> Ints:
    """Return moments in seconds since 1970, rounded up; NEVER where null."""
    at = moments.to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(at), NEVER, -np.floor_divide(-at.astype(np.int64), 1_000_000))


def _days(dates: pd.Series[Any], nullable: bool) -> Floats | Ints:
    days = dates.to_numpy(dtype="datetime64[us]").astype("datetime64[D]")
    whole = days.astype(np.int64)
    return np.where(np.isnat(days), np.nan, whole) if nullable else whole


def _require_dtypes(table: str, frame: pd.DataFrame) -> None:
    for name, column in TABLES[table].columns.items():
        if name not in frame or (column.kind in _NUMERIC and frame[name].dtype.kind not in _NUMERIC[column.kind]):
            found = frame[name].dtype if name in frame else "no such column"
            raise SchemaError(
                f"{table}.{name}: expected {column.expectation}; found {found}. Run validate for the rows."
            )


def _unique(table: str, ids: pd.Series[Any]) -> pd.Index[Any]:
    index = pd.Index(ids)
    if not index.is_unique:
        raise SchemaError(f"{table}.{ids.name}: one appears twice; run validate for the rows.")
    return index


def _found(known: pa.Array, ids: pd.Series[Any], column: str, table: str) -> Ints:
    positions = _places(ids, known)
    lost = int((positions < 0).sum())
    if lost:
        raise SchemaError(f"{column}: {lost} rows point to nothing in {table}. Run validate for the rows.")
    return positions


def _places(cells: pd.Series[Any], known: pa.Array) -> Ints:
    """Return the place of each text among those known, -1 where it is not."""
    return pc.index_in(_texts(cells), value_set=known).fill_null(-1).to_numpy().astype(np.int64)


def _texts(cells: pd.Series[Any]) -> pa.Array:
    texts = pa.array(cells, pa.large_string(), from_pandas=True)
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def _rank(ids: pd.Series[Any]) -> Ints:
    """Return the place of each id among the different ones, in the order of their letters' code points."""
    return pc.rank(_texts(ids), tiebreaker="dense").to_numpy().astype(np.int64) - 1


def _causes(texts: pd.Series[Any]) -> Ints:
    codes, said = pd.factorize(texts)
    return np.array([*(causes_of(str(text)) for text in said), 0], np.int64)[codes]


def _zones(home: pd.Series[Any], other: pd.Series[Any]) -> Zones:
    codes, names = pd.factorize(pd.concat([home, other], ignore_index=True))
    return Zones(tuple(map(str, names)), *codes.astype(np.int64).reshape(2, -1))
