"""Which columns a model can do without: the constant, the unstable, and those another column already tells.

The one door to feature-engine. Missing is a value like any other here: feature-engine would leave it out, but
a new customer has no history, and being new says much.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from feature_engine.selection import DropConstantFeatures, DropCorrelatedFeatures, DropHighPSIFeatures
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from features.errors import ModelError
from training.columns import Columns
from training.folds import Labels

Floats = npt.NDArray[np.float64]

BINS = 10
"""Bins of the stability index, a tenth each of the earlier half's known values; missing has a bin besides."""

SAME_GAPS = 0.99
"""Two columns are compared when, of the rows that know either, at least this share knows both."""

_ROW = 0
"""Name of a column added for feature-engine; no text, as the others' names are."""


class Dropped(NamedTuple):
    """A column that was dropped; ``FeatureSelection.fit`` says what ``measure`` and ``against`` hold."""

    feature: str
    reason: str
    measure: float
    against: str


def _constant(columns: Columns, share: float) -> list[Dropped]:
    codes = columns.cells.apply(lambda cells: pd.factorize(cells)[0])  # missing is a code like any other
    codes[_ROW] = np.arange(len(codes))  # feature-engine refuses to drop every column
    found = DropConstantFeatures(variables=columns.names, tol=share, missing_values="ignore").fit(codes)
    return [_commonest(columns, name) for name in found.features_to_drop_]


def _commonest(columns: Columns, name: str) -> Dropped:
    shares = columns.cells[name].value_counts(normalize=True, dropna=False)
    return Dropped(name, "constant", shares.iloc[0], columns.shown(name, shares.index[0]))


def _unstable(columns: Columns, most: float) -> list[Dropped]:
    if columns.windows is None:
        return []
    bins = pd.DataFrame({name: _bins(columns, name) for name in columns.names})
    halves = bins.set_axis(columns.is_later.astype(int))  # feature-engine splits by the index
    found = DropHighPSIFeatures(variables="all", cut_off=0.5, threshold=most).fit(halves)
    return [Dropped(name, "unstable", found.psi_values_[name], columns.windows) for name in found.features_to_drop_]


def _bins(columns: Columns, name: str) -> pd.Categorical[Any]:
    """Return the bin of each row: tenths of what the earlier half knew, what is below them, what is missing."""
    values = columns.cells[name].to_numpy()
    known = values[~columns.is_later & ~np.isnan(values)]
    if name in columns.encoding.categories:
        bins = values
    elif len(known):
        tenths = np.quantile(known, np.arange(1, BINS) / BINS, method="inverted_cdf")
        below = np.nextafter(known.min(), -np.inf)
        bins = np.searchsorted(np.unique(np.append(tenths, below)), values)
    else:
        bins = np.zeros(len(values))
    return pd.Categorical(np.where(np.isnan(values), -1, bins))


def _correlated(columns: Columns, least: float) -> list[Dropped]:
    method: Any = partial(_likeness, least=least)
    dropped = []
    for group in _known_together(columns):
        numbered = columns.cells[group].set_axis(range(len(group)), axis=1)  # feature-engine keeps the first by name
        found = DropCorrelatedFeatures(method=method, threshold=least).fit(numbered)
        for kept, others in found.correlated_feature_dict_.items():
            for other in sorted(others):
                measure = numbered[[kept, other]].corr(method=method).to_numpy()[0, 1]
                dropped.append(Dropped(group[other], "correlated", measure, group[kept]))
    return dropped


def _known_together(columns: Columns) -> list[list[str]]:
    """Return groups of columns of numbers, all known in the rows in which the first is, the best known first."""
    known = columns.numbers.notna()
    groups: list[list[str]] = []
    for name in known.sum().sort_values(ascending=False, kind="stable").index:
        like = [group for group in groups if _same_gaps(known[group[0]], known[name])]
        if like:
            like[0].append(name)
        else:
            groups.append([name])
    return [group for group in groups if len(group) > 1]


def _same_gaps(one: pd.Series[bool], other: pd.Series[bool]) -> bool:
    return bool((one & other).sum() >= SAME_GAPS * (one | other).sum())


def _likeness(a: Floats, b: Floats, least: float) -> float:
    """Return the correlation of the values or of the ranks, the nearer to 0.

    Values alone may agree by a few large ones, ranks alone by many zeros. Ranks are slow and only looked at
    when the values correlate by more than ``least``.
    """
    of_values = _correlation(a, b)
    if abs(of_values) <= least:
        return of_values
    return min(of_values, _correlation(rankdata(a), rankdata(b)), key=abs)


def _correlation(a: Floats, b: Floats) -> float:
    """Return Pearson's correlation; of two columns without spread 1, for each says only what the gaps say."""
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float(np.ptp(a) == np.ptp(b))
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


_JUDGES = {
    "constant": (_constant, "constant_share", 0.5, 1.0),
    "unstable": (_unstable, "psi", 0.0, np.inf),
    "correlated": (_correlated, "correlation", 0.0, 1.0),
}
"""For each reason what judges, by which threshold, and the range of the threshold."""

EXCLUDED = "excluded"
REASONS = (EXCLUDED, *_JUDGES)
"""Why a column may be dropped, in the order of judgement."""


def _judged(columns: Columns, thresholds: Mapping[str, float | None]) -> tuple[Columns, list[Dropped]]:
    """Return the columns that stay and those that were dropped, each reason looking at what the one before left."""
    found: list[Dropped] = []
    for judge, name, low, high in _JUDGES.values():
        threshold = thresholds[name]
        if threshold is None or not columns.names:
            continue
        if not low <= threshold <= high:
            raise ModelError(f"{name} must be in [{low:g}, {high:g}], got {threshold:g}.")
        dropped = judge(columns, float(threshold))
        columns = columns.without([column.feature for column in dropped])
        found += dropped
    return columns, found


class FeatureSelection(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Drop columns that are constant, then those unstable over time, then those correlated with one that stays.

    The same rows give the same answer in any order. The order of columns decides only which of
    correlated ones stays: the one with fewer missing values, then the one that comes first.

    Parameters
    ----------
    constant_share
        A column is constant when at least this share of its rows, in [0.5, 1], holds one value or is missing.
    psi
        A column is unstable when its population stability index is above this: the sum over bins of
        (later - earlier) ln(later / earlier), shares of the rows in the later and the earlier half of the moments.
        Numbers have ``BINS`` bins, each category is one, and so is missing.
    correlation
        Two columns of numbers are correlated when their values and their ranks both correlate by more than this,
        in [0, 1], over the rows that know both. Columns known in different rows are never compared
        (``SAME_GAPS``): a tree tells them apart by what is missing.
    most_rows
        Larger samples are judged by this many rows, chosen by a hash of their contents.

    excluded
        Columns that are dropped whatever they hold, on principle; those ``X`` has not are passed over.

    A threshold of None leaves its reason out.
    """

    def __init__(
        self,
        constant_share: float | None = 0.995,
        psi: float | None = 0.25,
        correlation: float | None = 0.98,
        most_rows: int = 50_000,
        excluded: Collection[str] = (),
    ) -> None:
        self.constant_share = constant_share
        self.psi = psi
        self.correlation = correlation
        self.most_rows = most_rows
        self.excluded = excluded

    def fit(self, X: pd.DataFrame, y: Labels | None = None, time: Labels | None = None) -> Self:
        """Judge the columns of ``X`` (n, features), missing values allowed; ``y`` is not looked at.

        ``time`` (n,) holds the moment of each row. Without it, with one moment only, or with fewer than 500 rows
        in a half of the moments, no column is found unstable.

        Fitted: ``kept_``, names in the order of ``X``. ``dropped_``, a row a column: ``feature``, ``reason``
        (excluded, constant, unstable, correlated), ``measure`` (NaN, share of the commonest value, stability
        index, correlation of values or ranks, the nearer to 0) and ``against`` (the settings, that value, the two
        windows, the column that stays in its place).

        Raises
        ------
        ModelError
            When ``X`` has fewer than two rows or no column, a column is neither numeric nor categorical, ``time``
            is not known of every row, a threshold is out of its range, or no column would be left.
        """
        left_out = [name for name in X.columns if str(name) in self.excluded]
        columns, found = _judged(Columns.of(X.drop(columns=left_out), time, self.most_rows), self.get_params())
        found = [Dropped(str(name), EXCLUDED, np.nan, "the settings") for name in left_out] + found
        if not columns.names:
            raise ModelError(
                f"all {X.shape[1]} columns of X would be dropped; the first, {found[0].feature}, is {found[0].reason}."
            )
        self.kept_ = tuple(name for name in X.columns if str(name) in columns.names)
        self.dropped_ = pd.DataFrame(found, columns=list(Dropped._fields)).astype({"measure": np.float64})
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the columns of ``X`` that were kept.

        Raises
        ------
        ModelError
            When ``X`` lacks one of them.
        """
        check_is_fitted(self)
        absent = [str(name) for name in self.kept_ if name not in X]
        if absent:
            raise ModelError(f"X lacks {len(absent)} of the columns kept, such as {absent[0]}.")
        return X[list(self.kept_)]
