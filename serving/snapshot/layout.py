"""How a snapshot lies on disk: a packed row for each row of the ledger, a customer's rows together.

A row is packed into the narrowest types that hold every value the schema allows, so that what is read back is
the ledger to the bit. ``loan`` and ``instalment`` count from the customer's first. What follows from other columns
(``row``, ``customer``, ``opened_at``, when an instalment is known) is not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from features.ledger.columns import POSTED
from features.tables.schema import TABLES, Column

FORMAT = 1
"""The version of what is written here; another is refused."""

DATED = ("loans", "instalments", "payments", "incomes", "credit", "reminders")
"""The tables of a ledger that have rows by customer, in the order of the columns of ``bounds``."""

CODED = ("gender", "language")
"""Choices of the customers that the ledger leaves out."""

LOGGED = ("recipient", "propensity")
"""Columns of the reminders that the ledger leaves out."""

_AT, _DAY, _POINTER, _ZONE = "<i8", "<i4", "<i4", "<i2"
_MOMENTS = {"opened_on": "day", "received_on": "day", "observed_on": "day", "paid_at": "at", "sent_at": "at"}
"""Columns that a ledger has under another name."""

_DERIVED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "customers": {"opted_out": "<f4", "zone": _ZONE, "zone_other": _ZONE},
        "loans": {"at": _AT, "day": _DAY},
        "instalments": {"loan": _POINTER, "due_day": _DAY, "settled_at": _AT, "settled_day": _DAY},
        "payments": {"at": _AT, "instalment": _POINTER, "day": _DAY},
        "incomes": {"at": _AT, "day": _DAY},
        "credit": {"at": _AT, "day": _DAY},
        "reminders": {
            "at": _AT, "instalment": _POINTER, "day": _DAY, "hour": "<i1", "causes": "<i2", "said": "?",
        },
    }
)  # fmt: skip


def packed_type(column: Column) -> str:
    """Return the type that holds every value of a column exactly.

    Whole numbers and days that may be null are float32, which holds whole numbers up to 16,777,216.

    >>> packed_type(TABLES["payments"].columns["amount"]), packed_type(TABLES["loans"].columns["term_months"])
    ('<f8', '<f4')
    """
    match column.kind:
        case "moment":
            return _AT
        case "choice":
            return "<i1"
        case "flag":
            return "?"
        case "number":
            return "<f8"
        case _:
            return "<f4" if column.nullable else "<i4"


def _packed(table: str) -> npt.DTypeLike:
    kept = [name for name in POSTED[table] if name not in _MOMENTS and name != "due_date"]
    kept += {"customers": CODED, "reminders": LOGGED}.get(table, ())
    if table in ("payments", "reminders"):
        kept.remove("instalment_no")
    own = {name: packed_type(TABLES[table].columns[name]) for name in kept}
    return np.dtype([*own.items(), *_DERIVED[table].items()])


PACKED: Mapping[str, np.dtype[Any]] = MappingProxyType({name: np.dtype(_packed(name)) for name in POSTED})
"""The type of a packed row, by table."""

_WIDE: Mapping[str, Any] = {"i": np.int64, "f": np.float64, "b": np.bool_}

type Plain = dict[str, npt.NDArray[Any]]


def packed(table: str, columns: Mapping[str, npt.NDArray[Any]], rows: int) -> npt.NDArray[Any]:
    """Return columns as packed rows, (rows,)."""
    out = np.empty(rows, PACKED[table])
    for name in PACKED[table].fields or ():
        out[name] = columns[name]
    return out


def unpacked(table: str, rows: npt.NDArray[Any]) -> Plain:
    """Return the columns of packed rows in the ledger's types."""
    return {name: rows[name].astype(wide) for name, wide in _COLUMNS[table]}


_COLUMNS = {
    name: [(field, _WIDE[np.dtype(row[field]).kind]) for field in row.names or ()] for name, row in PACKED.items()
}


def schema_digest() -> str:
    """Return what a snapshot's rows depend on: the declared columns with their choices, and the packed rows."""
    declared = [(t.name, [(n, c.kind, c.nullable, c.choices) for n, c in t.columns.items()]) for t in TABLES.values()]
    rows = [(name, np.lib.format.dtype_to_descr(row)) for name, row in PACKED.items()]
    return blake2b(repr((FORMAT, declared, rows)).encode(), digest_size=12).hexdigest()
