"""The matrix: every feature of every customer as known at a moment.

One customer or a million, a request or a training set: this is the only way a feature is computed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from features.book import Book
from features.catalogue import CATALOGUE
from features.errors import SchemaError
from features.feature_matrix import FeatureMatrix
from features.history import History
from features.kernel.windows import Floats, Ints
from features.ledger.texts import Posted
from features.readings import Readings, readings_of

CHUNK = 256
COLUMNS = tuple(CATALOGUE)
_NAMES = pd.Index(COLUMNS)


def build_features(
    book: Book, as_of: pd.Timestamp | Sequence[pd.Timestamp] | pd.Series[Any], customers: Sequence[str] | None = None
) -> pd.DataFrame:
    """Compute the catalogue's features as known at ``as_of``.

    Parameters
    ----------
    book
        The raw tables.
    as_of
        The moment of the cut, with a time zone; or one moment a customer.
    customers
        Which customers, in this order; a customer may appear at several moments. None: all of the book's.

    Returns
    -------
    DataFrame
        (customers, features) float64, indexed by ``customer_id``; NaN where a feature cannot be known.

    Raises
    ------
    SchemaError
        When ``as_of`` has no time zone, a customer is not in the book, or the tables are not valid.
    """
    return features_of(history_of(book, as_of, customers))


def features_of(history: History, threads: int | None = None) -> pd.DataFrame:
    """Compute the catalogue's features of a history; see ``build_features`` and ``values_of``."""
    index = history.ledger.index(history.customer)
    return pd.DataFrame(values_of(history, threads), index=index, columns=_NAMES, copy=False)


def values_of(history: History, threads: int | None = None) -> Floats:
    """Return the features as numbers alone, (customers, features) in the order of the catalogue.

    Customers are taken ``CHUNK`` at a time, which fits a core's cache, by ``threads`` (None: one a core) at once.
    """
    n = len(history.at)
    values = np.empty((len(CATALOGUE), n))
    starts = range(0, n, CHUNK)
    if len(starts) == 1:
        _fill(values, history, 0)
    else:
        with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
            list(pool.map(lambda start: _fill(values, history, start), starts))
    return values.T


def _fill(values: Floats, history: History, start: int) -> None:
    """Compute the features of the chunk of customers from ``start`` on."""
    stop = min(start + CHUNK, len(history.at))
    part = history if stop - start == len(history.at) else history.part(start, stop)
    chunk = values[:, start:stop]
    readings, others = _plan()
    for reading in readings:
        reading.fill(chunk, part)
    for row, compute in others:
        chunk[row] = compute(part)


@cache
def _plan() -> tuple[list[Readings], list[tuple[int, Callable[[History], Floats]]]]:
    """Return which features are read together, and the rows and functions of the others."""
    readings, rows = readings_of(CATALOGUE)
    functions = [feature.compute for feature in CATALOGUE.values()]
    return readings, [(row, functions[row]) for row in rows]


def matrix_of(history: History) -> FeatureMatrix:
    """Compute the catalogue's features of a history, without a DataFrame; see ``FeatureMatrix``."""
    return FeatureMatrix(history.ledger.names[history.customer], COLUMNS, values_of(history))


def history_of(
    book: Posted, as_of: pd.Timestamp | Sequence[pd.Timestamp] | pd.Series[Any], customers: Sequence[str] | None = None
) -> History:
    """Return the history that ``build_features`` looks at; same arguments and errors."""
    ledger = book.ledger
    position = _positions(book, customers)
    return History(ledger, position, moment_seconds(as_of, len(position)))


def _positions(book: Posted, customers: Sequence[str] | None) -> Ints:
    if customers is None:
        return book.ledger.everyone
    places = book.ledger.places
    position = np.array([places.get(name, -1) for name in customers], np.int64)
    if (position < 0).any():
        strangers = [name for name in customers if name not in places]
        raise SchemaError(f"customers.customer_id: {strangers[0]!r} is not in the book ({len(strangers)} such).")
    return position


def moment_seconds(as_of: pd.Timestamp | Sequence[pd.Timestamp] | pd.Series[Any], customers: int) -> Ints:
    """Return the moments of a cut in whole seconds since 1970 UTC, (customers,)."""
    if isinstance(as_of, pd.Timestamp) and as_of.tzinfo is not None:
        return np.full(customers, as_of.value // 1_000_000_000)
    moments = pd.DatetimeIndex([as_of] if isinstance(as_of, pd.Timestamp) else list(as_of))
    if moments.tz is None or moments.hasnans:
        raise SchemaError(f"as_of must be a time with a time zone, got {as_of!r}.")
    if len(moments) not in (1, customers):
        raise SchemaError(f"as_of must be one moment or one a customer ({customers}), got {len(moments)}.")
    micro = moments.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[us]").astype(np.int64)
    return np.broadcast_to(np.floor_divide(micro, 1_000_000), customers).copy()
