"""The columns of a sample as a selection judges them: read as the model reads them, over rows that time divides.

Rows are put in an order of their contents, so that neither a sum nor a choice of rows depends on where they stood.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import ModelError
from serving.encoding import Encoding
from training.folds import Ints, Labels

FEWEST_ROWS = 500
"""With fewer rows in a half of the moments, bins fill by chance and the halves are not compared."""


@dataclass(frozen=True)
class Columns:
    """The columns still in question: ``cells`` (rows, columns) float32, categories as codes, NaN where missing.

    ``is_later`` (rows,) tells the halves of the moments apart; ``windows`` names both in words, and is None when
    there is one moment only or a half has fewer than ``FEWEST_ROWS`` rows.
    """

    cells: pd.DataFrame
    encoding: Encoding
    is_later: npt.NDArray[np.bool_]
    windows: str | None

    @classmethod
    def of(cls, X: pd.DataFrame, time: Labels | None, most_rows: int) -> Columns:
        """Return the columns of ``X`` over ``most_rows`` of its rows at most; ``time`` (n,) is the moment of each.

        Raises
        ------
        ModelError
            When ``X`` has fewer than two rows or no column, a column is neither numeric nor categorical, or
            ``time`` is not known of every row.
        """
        if len(X) < 2 or not X.shape[1]:
            raise ModelError(f"X must have two rows and a column, or more, to be judged; got shape {X.shape}.")
        encoding = Encoding.fit(X)
        moments = _moments(time, len(X))
        rows = _by_contents(X, moments.code)[:most_rows]
        cells = pd.DataFrame(encoding.matrix(X.iloc[rows]), columns=list(encoding.columns))
        is_later = moments.code[rows] >= moments.middle
        enough = min(is_later.sum(), (~is_later).sum()) >= FEWEST_ROWS
        return cls(cells, encoding, is_later, moments.windows if enough else None)

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return list(self.cells.columns)

    @property
    def numbers(self) -> pd.DataFrame:
        """The cells of the columns that are not categories."""
        return self.cells.drop(columns=list(self.encoding.categories), errors="ignore")

    def without(self, names: list[str]) -> Columns:
        """Return the other columns."""
        return replace(self, cells=self.cells.drop(columns=names))

    def shown(self, name: str, value: float) -> str:
        """Return a value of a column in words."""
        if np.isnan(value):
            return "missing"
        categories = self.encoding.categories
        return categories[name][int(value)] if name in categories else f"{value:g}"


class _Moments(NamedTuple):
    """The moment of each row, (n,) codes in the order of time, and the moments by code."""

    code: Ints
    at: pd.Index[Any]

    @property
    def middle(self) -> int:
        return len(self.at) // 2

    @property
    def windows(self) -> str:
        text = self.at.strftime("%Y-%m-%d") if isinstance(self.at, pd.DatetimeIndex) else self.at.astype(str)
        return f"{text[self.middle]} to {text[-1]} against {text[0]} to {text[self.middle - 1]}"


def _moments(time: Labels | None, rows: int) -> _Moments:
    at = pd.Index(np.zeros(rows) if time is None else time)
    if len(at) != rows:
        raise ModelError(f"time must have one entry a row of X ({rows}), got {len(at)}.")
    if at.hasnans:
        raise ModelError(f"time must be known of every row, got {int(np.sum(at.isna()))} missing.")
    return _Moments(*pd.factorize(at, sort=True))


def _by_contents(X: pd.DataFrame, moment: Ints) -> Ints:
    cells = X[sorted(X.columns, key=str)]
    own = pd.util.hash_pandas_object(cells, index=False).to_numpy() ^ pd.util.hash_array(moment)
    repeat = pd.Series(own).groupby(own).cumcount().to_numpy()  # else equal rows are chosen all or none
    return np.argsort(pd.util.hash_array(own + pd.util.hash_array(repeat)))
