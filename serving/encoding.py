"""Any numeric or categorical DataFrame as the float32 matrix XGBoost reads, the same at fit and at scoring.

Categories are numbered in the order learned at fit; a category never seen then is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import ModelError
from features.feature_matrix import FeatureMatrix

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Encoding:
    """The columns of a model in their order, and the categories of those that are not numbers."""

    columns: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]

    @classmethod
    def fit(cls, X: pd.DataFrame) -> Encoding:
        """Learn the columns and categories of ``X``.

        Raises
        ------
        ModelError
            When ``X`` is no DataFrame or has no column, a column is neither numeric nor categorical (dates, for one),
            or two share a name.
        """
        if not isinstance(X, pd.DataFrame) or not X.shape[1]:
            shape = getattr(X, "shape", "none")
            raise ModelError(f"X must be a DataFrame with a column or more, got {type(X).__name__} of shape {shape}.")
        names = [str(name) for name in X.columns]
        if len(set(names)) < len(names):
            raise ModelError("two columns of X share a name; every column needs its own.")
        categories = {
            name: tuple(sorted(X.iloc[:, k].dropna().astype(str).unique()))
            for k, name in enumerate(names)
            if _is_categorical(name, X.iloc[:, k])
        }
        return cls(tuple(names), categories)

    @property
    def feature_types(self) -> list[str]:
        """XGBoost's type of each column: ``c`` for categories, ``q`` for numbers."""
        return ["c" if name in self.categories else "q" for name in self.columns]

    def matrix(self, X: pd.DataFrame | FeatureMatrix) -> Matrix:
        """Return ``X`` as a float32 matrix (rows, columns), in the order learned, NaN where missing.

        Raises
        ------
        ModelError
            When a learned column is absent, or one learned as a number holds text or what no float32 can hold.
        """
        if isinstance(X, FeatureMatrix):
            if not self.categories:
                return self._finite(self._taken(X))
            X = X.frame
        if tuple(X.columns) != self.columns:
            X = self._in_order(X)
        if not self.categories:
            return self._finite(self._numbers(X))
        parts = [self._codes(name, X.iloc[:, k]) for k, name in enumerate(self.columns)]
        return self._finite(np.column_stack(parts).astype(np.float32))

    def to_json(self) -> dict[str, Any]:
        """Return a form that ``from_json`` reads back."""
        return {"columns": list(self.columns), "categories": {k: list(v) for k, v in self.categories.items()}}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Encoding:
        """Read back what ``to_json`` returned."""
        return cls(tuple(record["columns"]), {k: tuple(v) for k, v in record["categories"].items()})

    def _in_order(self, X: pd.DataFrame) -> pd.DataFrame:
        X = X.set_axis([str(name) for name in X.columns], axis=1)
        absent = [name for name in self.columns if name not in X.columns]
        if absent:
            raise _lacking(absent)
        return X[list(self.columns)]

    def _taken(self, X: FeatureMatrix) -> Matrix:
        try:
            with np.errstate(over="ignore"):  # too large becomes infinite, which is refused
                return X.taken(self.columns).astype(np.float32, order="C")
        except KeyError as error:
            raise _lacking(error.args) from error

    def _finite(self, matrix: Matrix) -> Matrix:
        endless = np.isinf(matrix)
        if endless.any():
            row, column = np.argwhere(endless)[0]
            name = self.columns[column]
            raise ModelError(f"column {name}, row {row}: infinity, or a number beyond {np.finfo(np.float32).max:.1e}.")
        return matrix

    def _numbers(self, X: pd.DataFrame) -> Matrix:
        try:
            with np.errstate(over="ignore"):  # too large becomes infinite, which is refused
                return np.ascontiguousarray(X.to_numpy(dtype=np.float32, na_value=np.nan))
        except (TypeError, ValueError) as error:
            raise ModelError(f"a column learned as a number holds something else: {error}") from error

    def _codes(self, name: str, cells: pd.Series[Any]) -> npt.NDArray[np.float64]:
        if name not in self.categories:
            return self._numbers(cells.to_frame())[:, 0].astype(np.float64)
        texts = cells.astype(object).where(cells.notna()).map(str, na_action="ignore")
        codes = pd.Index(self.categories[name], dtype=object).get_indexer(pd.Index(texts, dtype=object))
        return np.where(codes < 0, np.nan, codes)


def _is_categorical(name: str, cells: pd.Series[Any]) -> bool:
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_complex_dtype(cells.dtype):
        return False
    if isinstance(cells.dtype, pd.CategoricalDtype | pd.StringDtype) or cells.dtype == object:
        return True
    raise ModelError(f"column {name} has dtype {cells.dtype}; a model takes numbers and categories only.")


def _lacking(absent: Sequence[str]) -> ModelError:
    return ModelError(f"X lacks {len(absent)} of the model's columns: {_some(absent)}.")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
