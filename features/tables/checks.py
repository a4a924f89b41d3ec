"""What is wrong with one table by itself: cells that do not fit, out of range, keys that repeat.

Ranges and choices are checked by pandera from the declaration in schema.py. A cell that does not fit its
column's kind is null in ``cells`` and kept in ``given``, so that an error shows the bank's own value.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import SchemaError
from features.kernel.windows import Ints
from features.tables.conform import convert, known_zones, one_column
from features.tables.schema import TABLES, Column, Table


class Failure(NamedTuple):
    """Rows of a table in which a cell (or, with columns joined by commas, a few cells) is not as expected."""

    column: str
    rows: Ints
    expected: str


class Checked(NamedTuple):
    """A table as given, its cells in canonical form, and what failed in it by itself."""

    table: Table
    given: pd.DataFrame
    cells: pd.DataFrame
    failures: list[Failure]


def checked(table: Table, frame: pd.DataFrame) -> Checked:
    """Return a table's cells in canonical form, and where they are not as declared.

    Raises
    ------
    SchemaError
        When a column that may not be null is absent.
    """
    absent = [name for name in table.columns if name not in frame.columns]
    if absent:
        expected = table.columns[absent[0]].expectation
        raise SchemaError(
            f"{table.name}.{absent[0]}: the column is absent from {len(frame)} rows; expected {expected}."
        )
    given = frame.reset_index(drop=True)
    cells, failures = {}, []
    for name, column in table.columns.items():
        cells[name], unfit = convert(column, one_column(table, given, name))
        if unfit.any():
            failures.append(Failure(name, np.flatnonzero(unfit), column.expectation))
    whole = pd.DataFrame(cells, index=given.index, copy=False)
    return Checked(table, given, whole, failures + _out_of_range(table, whole))


def repeated(table: Table, keys: pd.DataFrame) -> list[Failure]:
    """Return the rows whose key another row has too; a key with a null in it repeats nothing."""
    if _all_differ(keys):
        return []
    rows = np.flatnonzero(keys.duplicated(keep=False) & keys.notna().all(axis=1))
    name = ", ".join(table.key)
    return [Failure(name, rows, f"one row a ({name})")] if len(rows) else []


def _out_of_range(table: Table, cells: pd.DataFrame) -> list[Failure]:
    """Return the cells outside their range or choices."""
    if all(_is_in_range(column, cells[name]) for name, column in table.columns.items()):
        return []
    contract, refusal = _contract(table.name)
    try:
        contract.validate(cells, lazy=True)
    except refusal as refused:
        cases = refused.failure_cases
        rows = cases["index"].astype(np.int64).groupby(cases["column"].astype(str), sort=False)
        return [Failure(name, np.unique(found), table.columns[name].expectation) for name, found in rows]
    return []


def _is_in_range(column: Column, cells: pd.Series[Any]) -> bool:
    """Tell whether no cell of a column is outside its range or choices."""
    choices = known_zones() if column.kind == "zone" else column.choices
    if choices:
        return set(cells.dropna().unique()) <= set(choices)
    if column.low is None and column.high is None:
        return True
    values = cells.to_numpy(np.float64)
    low, high = (-np.inf if column.low is None else column.low), (np.inf if column.high is None else column.high)
    return bool((((values >= low) & (values <= high)) | np.isnan(values)).all())


def _all_differ(keys: pd.DataFrame) -> bool:
    """Tell whether no two rows have the same key; where a hash of two is the same it says that they may."""
    mixed = np.zeros(len(keys), np.uint64)
    for name in keys:
        mixed = (mixed ^ (mixed >> _HALF)) * _ODD + _as_bits(keys[name])
    return pd.Index(mixed).is_unique


_HALF, _ODD = np.uint64(31), np.uint64(0x9E3779B97F4A7C15)


def _as_bits(cells: pd.Series[Any]) -> npt.NDArray[np.uint64]:
    """Return a whole number a cell, the same for equal cells, and another for others of the column."""
    if cells.dtype.kind == "M":
        return cells.to_numpy(dtype="datetime64[us]").view(np.uint64)
    if cells.dtype.kind == "f":
        return (cells.to_numpy(np.float64) + 0.0).view(np.uint64)  # -0.0 is 0.0
    return pd.factorize(cells)[0].astype(np.uint64)


@cache
def _contract(name: str) -> tuple[Any, Any]:
    """Return the pandera schema of a table (ranges and choices of its columns) and the error it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandera imports pyspark where it is installed, which warns of its pandas
        import pandera.errors
        import pandera.pandas as pa

    columns = {}
    for column, declared in TABLES[name].columns.items():
        checks = _checks(declared, pa)
        if checks:
            columns[column] = pa.Column(checks=checks, nullable=True)
    return pa.DataFrameSchema(columns), pandera.errors.SchemaErrors


def _checks(column: Column, pa: Any) -> list[Any]:
    """Return the checks of a column: numbers have both limits or one, or none."""
    choices = known_zones() if column.kind == "zone" else column.choices
    checks = [pa.Check.isin(choices)] if choices else []
    if column.low is not None and column.high is not None:
        return [*checks, pa.Check.in_range(column.low, column.high)]
    checks += [] if column.low is None else [pa.Check.ge(column.low)]
    return checks + ([] if column.high is None else [pa.Check.le(column.high)])
