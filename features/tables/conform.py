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
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import SchemaError
from features.tables.cells import FLAGS, NUMBER, flag, is_absent, iso, number, text
from features.tables.schema import FIRST_DAY, LAST_DAY, Column, Table

Mask = npt.NDArray[np.bool_]

MOMENT_DTYPE = pd.DatetimeTZDtype("us", "UTC")
DATE_DTYPE = np.dtype("datetime64[us]")
TEXT_DTYPE = pd.StringDtype(na_value=np.nan)
_FIRST, _END = np.datetime64(FIRST_DAY), np.datetime64(LAST_DAY) + np.timedelta64(1, "D")
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ]00:00(?::00(?:[.]0+)?)?)?"
_CLOCK = "[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]{1,9})?)?"
_MOMENT = f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ]{_CLOCK}(?:[zZ]|[+-][0-9]{{2}}(?::?[0-9]{{2}})?)"


def conform(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``frame`` with exactly the declared columns, each in its canonical dtype where every cell fits.

    An absent nullable column is filled with nulls; other absent columns stay absent (the screen says so);
    columns that are not declared are left out.

    Raises
    ------
    SchemaError
        When ``frame`` is no DataFrame, or two of its columns have one declared name.
    """
    if not isinstance(frame, pd.DataFrame):
        raise SchemaError(f"{table.name}: expected a DataFrame, got {type(frame).__name__}.")
    given = frame.reset_index(drop=True)
    columns = {}
    for name, column in table.columns.items():
        if name in given.columns:
            columns[name] = conform_column(column, one_column(table, given, name))
        elif column.nullable:
            columns[name] = pd.Series(None, index=given.index, dtype=canonical_dtype(column))
    return pd.DataFrame(columns, index=given.index, copy=False)


def one_column(table: Table, frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Return a declared column of a table.

    Raises
    ------
    SchemaError
        When the table has several of that name.
    """
    found = frame[name]
    if isinstance(found, pd.DataFrame):
        raise SchemaError(f"{table.name}.{name}: {found.shape[1]} columns have this name; expected one.")
    return found


def conform_column(column: Column, cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return ``cells`` in the column's canonical dtype, or unchanged when a cell does not fit."""
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
            return TEXT_DTYPE


def convert(column: Column, cells: pd.Series[Any]) -> tuple[pd.Series[Any], Mask]:
    """Return the cells in the canonical dtype (null where they do not fit) and the mask of those that do not.

    A null or a blank text in a column that may not hold one counts as unfit.
    """
    plain = _plain(cells)
    values = _read(column, plain)
    missing = values.isna().to_numpy()
    unfit = missing & ~_absent_cells(plain) if column.nullable and missing.any() else missing
    dtype = canonical_dtype(column)
    if values.dtype == dtype or (dtype.kind in "ib" and missing.any()):
        return values, unfit
    return values.astype(dtype), unfit


def _read(column: Column, cells: pd.Series[Any]) -> pd.Series[Any]:
    match column.kind:
        case "moment":
            return _moments(cells)
        case "date":
            return _dates(cells)
        case "number" | "integer":
            return _numbers(cells, whole=column.kind == "integer")
        case "flag":
            return _flags(cells)
        case _:
            return _texts(cells)


def _absent_cells(cells: pd.Series[Any]) -> Mask:
    """Return where a cell is null or a text with nothing in it but spaces."""
    if cells.dtype == object:
        return np.fromiter(map(is_absent, cells), np.bool_, len(cells))
    absent = cells.isna().to_numpy()
    return absent | _blank(cells) if isinstance(cells.dtype, pd.StringDtype) else absent


def _blank(texts: pd.Series[Any]) -> Mask:
    cells = pa.array(texts, pa.large_string(), from_pandas=True)
    blank = pc.or_(pc.utf8_is_space(cells), pc.equal(cells, ""))
    if not pc.any(blank).as_py():
        return np.zeros(len(texts), np.bool_)
    return blank.fill_null(False).to_numpy(zero_copy_only=False)


def _plain(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return numpy's dtypes, texts and moments as they are, and any other container as what lies in it."""
    dtype: Any = cells.dtype
    if isinstance(dtype, np.dtype | pd.DatetimeTZDtype):
        return cells
    inner = dtype.categories.dtype if isinstance(dtype, pd.CategoricalDtype) else dtype
    if isinstance(inner, pd.StringDtype):
        return cells.astype(TEXT_DTYPE)
    return cells.astype(object)


def _texts(cells: pd.Series[Any]) -> pd.Series[Any]:
    if cells.dtype in (np.float32, np.float16):  # these do not hold the digits of an id
        return pd.Series(None, index=cells.index, dtype=TEXT_DTYPE)
    whole = isinstance(cells.dtype, pd.StringDtype) or cells.dtype.kind in "iu"
    texts = (cells if whole else _each(text, cells)).astype(TEXT_DTYPE)
    blank = _blank(texts)
    return texts.mask(blank) if blank.any() else texts


def _numbers(cells: pd.Series[Any], whole: bool) -> pd.Series[Any]:
    if isinstance(cells.dtype, pd.StringDtype):
        values = _matching(cells, NUMBER).astype(np.float64)
    elif isinstance(cells.dtype, np.dtype) and cells.dtype.kind in "iuf":
        values = cells.astype(np.float64)
    else:
        values = _each(number, cells).astype(np.float64)
    floats = values.to_numpy()
    fit = np.isfinite(floats) & ((floats == np.floor(floats)) if whole else True)
    return _where(values, fit)


def _flags(cells: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(cells.dtype, pd.StringDtype):
        return cells.str.strip().str.lower().map(FLAGS).astype(object)
    return cells if cells.dtype == np.bool_ else _each(flag, cells)


def _dates(cells: pd.Series[Any]) -> pd.Series[Any]:
    days = cells
    if not isinstance(cells.dtype, np.dtype) or cells.dtype.kind != "M":
        days = pd.to_datetime(_matching(_isos(cells), _DATE).str.slice(0, 10), errors="coerce", format="%Y-%m-%d")
    at = days.to_numpy()
    return _where(days, (at == at.astype("datetime64[D]")) & (at >= _FIRST) & (at < _END))


def _moments(cells: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        moments = cells.dt.tz_convert("UTC")
    else:
        moments = pd.to_datetime(_matching(_isos(cells), _MOMENT), errors="coerce", utc=True, format="ISO8601")
    at = moments.to_numpy(dtype=f"datetime64[{moments.dtype.unit}]")
    return _where(moments, (at >= _FIRST) & (at < _END))


def _isos(cells: pd.Series[Any]) -> pd.Series[Any]:
    return cells if isinstance(cells.dtype, pd.StringDtype) else _each(iso, cells).astype(TEXT_DTYPE)


def _where(values: pd.Series[Any], fit: Mask) -> pd.Series[Any]:
    return values if fit.all() else values.where(fit)


def _matching(texts: pd.Series[Any], pattern: str) -> pd.Series[Any]:
    bare = texts.str.strip()
    return bare.where(bare.str.fullmatch(pattern))


def _each(read: Any, cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return what ``read`` makes of each cell, looking no further into a cell than it does."""
    return pd.Series([read(cell) for cell in cells], index=cells.index, dtype=object)


@cache
def known_zones() -> frozenset[str]:
    """Return the IANA time zones this machine knows, without the names that are no place."""
    return frozenset(zoneinfo.available_timezones()) - {"Factory", "localtime"}
