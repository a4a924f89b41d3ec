"""Cells as they were read, turned into the declared kinds; what cannot be turned stays as it was.

The reader of an error finds the bank's own value in it, never a silent null: a column with one cell
that does not fit keeps all of its original cells, and the screen reports the ones that do not.
"""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.schema import FIRST_DAY, LAST_DAY, Column, Table

Mask = npt.NDArray[np.bool_]

MOMENT_DTYPE = pd.DatetimeTZDtype("us", "UTC")
DATE_DTYPE = np.dtype("datetime64[us]")
_OFFSET = r"(?:[zZ]|[+-]\d{2}:?\d{2})$"
_FLAGS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


def conform(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``frame`` with exactly the declared columns, each in its canonical dtype where every cell fits.

    An absent nullable column is filled with nulls; other absent columns stay absent (the screen says so);
    columns that are not declared are left out.
    """
    columns = {}
    for name, column in table.columns.items():
        if name in frame:
            columns[name] = conform_column(column, frame[name])
        elif column.nullable:
            columns[name] = pd.Series(None, index=frame.index, dtype=canonical_dtype(column))
    return pd.DataFrame(columns, index=frame.index).reset_index(drop=True)


def conform_column(column: Column, cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return ``cells`` in the column's canonical dtype, or unchanged when a cell does not fit."""
    if cells.dtype == canonical_dtype(column) and not (_is_text(cells) and (cells == "").any()):
        return cells
    converted, unfit = convert(column, cells)
    return cells if unfit.any() else converted


def canonical_dtype(column: Column) -> Any:
    """Return the dtype a valid column has in a book; whole numbers that may be null are float64."""
    match column.kind:
        case "moment":
            return MOMENT_DTYPE
        case "date":
            return DATE_DTYPE
        case "number":
            return np.dtype("float64")
        case "integer":
            return np.dtype("float64") if column.nullable else np.dtype("int64")
        case "flag":
            return np.dtype("bool")
        case _:
            return pd.StringDtype(na_value=np.nan)


def convert(column: Column, cells: pd.Series[Any]) -> tuple[pd.Series[Any], Mask]:
    """Return the cells in the canonical dtype (null where they do not fit) and the mask of those that do not.

    A null in a column that may not hold one counts as unfit.
    """
    absent = absent_cells(cells)
    match column.kind:
        case "moment":
            values = _moments(cells)
        case "date":
            values = _dates(cells)
        case "number" | "integer":
            values = _numbers(column, cells)
        case "flag":
            values = _flags(cells)
        case _:
            values = _texts(cells, absent)
    missing = values.isna().to_numpy()
    unfit = missing if not column.nullable else missing & ~absent
    dtype = canonical_dtype(column)
    if dtype.kind in "ib" and missing.any():
        return values, unfit
    return values.astype(dtype), unfit


def absent_cells(cells: pd.Series[Any]) -> Mask:
    """Return where a cell is null or an empty text."""
    absent = cells.isna().to_numpy()
    if _is_text(cells):
        absent = absent | (cells == "").fillna(False).to_numpy(dtype=bool)
    return absent


def _is_text(cells: pd.Series[Any]) -> bool:
    return isinstance(cells.dtype, pd.StringDtype | pd.CategoricalDtype) or cells.dtype == object


def _texts(cells: pd.Series[Any], absent: Mask) -> pd.Series[Any]:
    texts = cells.astype(pd.StringDtype(na_value=np.nan))
    return texts.mask(absent)


def _numbers(column: Column, cells: pd.Series[Any]) -> pd.Series[Any]:
    if cells.dtype == bool:
        return pd.Series(np.nan, index=cells.index)
    values = pd.to_numeric(cells, errors="coerce").astype("float64")
    values = values.where(np.isfinite(values))
    return values.where(values == np.floor(values)) if column.kind == "integer" else values


def _flags(cells: pd.Series[Any]) -> pd.Series[Any]:
    return cells.map(lambda cell: _FLAGS.get(str(cell).strip().lower())).astype("object")


def _dates(cells: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(cells.dtype, pd.DatetimeTZDtype) or pd.api.types.is_numeric_dtype(cells):
        return pd.Series(pd.NaT, index=cells.index, dtype=DATE_DTYPE)
    days = pd.to_datetime(cells, errors="coerce", format="ISO8601" if _is_text(cells) else None)
    if isinstance(days.dtype, pd.DatetimeTZDtype):
        return pd.Series(pd.NaT, index=cells.index, dtype=DATE_DTYPE)
    whole = (days == days.dt.normalize()) & days.between(pd.Timestamp(FIRST_DAY), pd.Timestamp(LAST_DAY))
    return days.where(whole)


def _moments(cells: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        return cells.dt.tz_convert("UTC")
    if not _is_text(cells):
        return pd.Series(pd.NaT, index=cells.index, dtype=MOMENT_DTYPE)
    texts = cells.astype(str)
    with_offset = texts.where(texts.str.contains(_OFFSET, regex=True))
    return pd.to_datetime(with_offset, errors="coerce", utc=True, format="ISO8601")


@cache
def known_zones() -> frozenset[str]:
    """Return the IANA time zones this machine knows."""
    return frozenset(zoneinfo.available_timezones())
