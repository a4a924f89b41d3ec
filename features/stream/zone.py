"""The time zone in which a book's moments are read when they are given without one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from features.errors import SchemaError
from features.tables.conform import known_zones
from features.tables.schema import CUSTOMERS
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
