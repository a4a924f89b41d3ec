"""The time zone in which a book's moments are read when given without one, and the last moment it has seen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd

from features.errors import SchemaError
from features.tables.conform import MOMENT_DTYPE, convert, known_zones
from features.tables.schema import CUSTOMERS, PAYMENTS, REMINDERS, Table
from features.tables.table_file import TableFile


def usual_zone(book: str | Path) -> str:
    """Return the zone in which most customers of a book's folder live; the first by name of several.

    Raises
    ------
    SchemaError
        When the customers' file is missing or cannot be read, or names no time zone.
    """
    file, customers = TableFile.of(Path(book), CUSTOMERS), Counter[str]()
    file.require_columns()
    for rows, _ in file.batches(["timezone"]):
        for found in rows["timezone"].value_counts().to_pylist():
            customers[found["values"]] += found["counts"]
    zones = [zone for zone in customers if zone in known_zones()]
    if not zones:
        raise SchemaError(f"customers.timezone: no row of {file.path} names an IANA time zone.")
    return min(zones, key=lambda zone: (-customers[zone], zone))


def last_seen(book: str | Path) -> pd.Timestamp:
    """Return the last moment of a payment or a reminder in a book's folder, rounded up to a second, in its zone.

    Cells that are no moments are passed over.

    Raises
    ------
    SchemaError
        When a file is missing or cannot be read, no time zone is named, or the book has seen nothing.
    """
    zone = usual_zone(book)
    ends = [_last(TableFile.of(Path(book), table), name) for table, name in _SEEN]
    seen = max((end for end in ends if not pd.isna(end)), default=None)
    if seen is None:
        raise SchemaError(f"{book}: no payment and no reminder says until when the book goes; a moment is needed.")
    return seen.tz_convert(zone).ceil("s")


_SEEN: tuple[tuple[Table, str], ...] = ((PAYMENTS, "paid_at"), (REMINDERS, "sent_at"))


def _last(file: TableFile, name: str) -> pd.Timestamp:
    file.require_columns()
    column = file.table.columns[name]
    batches = (rows[name].to_pandas() for rows, _ in file.batches([name]))
    return pd.Series([convert(column, cells)[0].max() for cells in batches if len(cells)], dtype=MOMENT_DTYPE).max()
