"""A matrix of features as plain numbers with their names, which gives a DataFrame to who asks for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from features.kernel.windows import Floats, Ints
from features.ledger.texts import Objects


@dataclass(frozen=True)
class FeatureMatrix:
    """Features of n customers as numbers alone: what a DataFrame of them says, at a small part of its cost.

    ``customers`` (n,) are their ids, ``columns`` the names of the k columns of ``values`` (n, k), NaN where not known.
    """

    customers: Objects
    columns: tuple[str, ...]
    values: Floats

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, name: str) -> Floats:
        """Return one column, (n,)."""
        return self.values[:, self._place[name]]

    @property
    def index(self) -> pd.Index[str]:
        """The ids as the index of a DataFrame."""
        return pd.Index(self.customers, dtype="str", name="customer_id")

    @property
    def frame(self) -> pd.DataFrame:
        """The matrix as a DataFrame."""
        return pd.DataFrame(self.values, index=self.index, columns=list(self.columns))

    def row(self, place: int) -> Mapping[str, float]:
        """Return the numbers of one customer by name."""
        return _Row(self._place, self.values[place])

    @cached_property
    def _place(self) -> Mapping[str, int]:
        return _places_of(self.columns)

    def beside(self, columns: Mapping[str, Floats]) -> FeatureMatrix:
        """Return the matrix with more columns, (n,) each."""
        values = np.column_stack([self.values, *columns.values()])
        return FeatureMatrix(self.customers, (*self.columns, *columns), values)

    def taken(self, names: tuple[str, ...]) -> Floats:
        """Return these columns in this order, (n, names).

        Raises
        ------
        KeyError
            When one is not there; it holds the names of all such.
        """
        return self.values[:, _places(self.columns, names)]


@dataclass(frozen=True)
class _Row(Mapping[str, float]):
    """The numbers of one customer by name, looked up when asked for."""

    places: Mapping[str, int]
    numbers: Floats

    def __getitem__(self, name: str) -> float:
        return float(self.numbers[self.places[name]])

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


@lru_cache(maxsize=64)
def _places_of(columns: tuple[str, ...]) -> Mapping[str, int]:
    return {name: k for k, name in enumerate(columns)}


@lru_cache(maxsize=64)
def _places(columns: tuple[str, ...], names: tuple[str, ...]) -> Ints:
    places = _places_of(columns)
    absent = [name for name in names if name not in places]
    if absent:
        raise KeyError(*absent)
    return np.array([places[name] for name in names], np.int64)
