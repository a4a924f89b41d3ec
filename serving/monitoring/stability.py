"""The population stability index (PSI) on tenths of a reference, and how often chance alone does as much.

PSI = sum over bins of (current - reference) ln(current / reference), shares of the cases. Two samples of one law do not
give 0: without what chance gives beside it an index of few customers says nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BINS = 10


def edges_of(reference: Floats, bins: int = BINS) -> Floats:
    """Return the upper ends of all bins but the last: tenths of the reference's known values, each once."""
    known = reference[~np.isnan(reference)]
    if not len(known):
        return np.array([])
    return np.unique(np.quantile(known, np.arange(1, bins) / bins, method="inverted_cdf"))


def counts(values: Floats, edges: Floats) -> Ints:
    """Return how many values are in each bin, (len(edges) + 2,): up to each edge, above the last, missing."""
    bin_of = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="left"))
    return np.bincount(bin_of, minlength=len(edges) + 2)


def psi(reference: Ints | Floats, current: Ints | Floats) -> float:
    """Return the stability index of two counts by bin; 0 when the shares are the same, larger the further apart.

    A bin that is empty on one side counts as half a case there; one empty on both sides says nothing.

    >>> round(psi(np.array([50, 50]), np.array([60, 40])), 4)
    0.0405
    """
    seen = (reference + current) > 0
    before, after = (np.maximum(count[seen], 0.5) / count.sum() for count in (reference, current))
    return float(((after - before) * np.log(after / before)).sum())


def psi_by_chance(bins: int, reference: int, current: int, level: float = 0.95) -> float:
    """Return the index that two samples of one law exceed once in 20 times; ``bins`` are those not empty.

    PSI is about chi-square with bins - 1 degrees of freedom, times 1/reference + 1/current (Yurdakul and Naranjo
    2020, Journal of Risk Model Validation 14(4)). Sizes are numbers of customers: their repeated cases say little new.

    >>> round(psi_by_chance(10, 1_000, 1_000), 4)
    0.0338
    """
    return float(chi2.ppf(level, max(bins - 1, 1)) * (1 / reference + 1 / current))


def chance_apart(reference: npt.ArrayLike, current: npt.ArrayLike, fewest: float = 10.0) -> float:
    """Return how often two samples of one law differ as much by bin, in [0, 1]: Pearson's test of homogeneity.

    At the small levels that many features ask for, the chi-square of PSI itself is off several times; this one is not
    once bins are put together in which fewer than ``fewest`` cases of either sample are expected. Counts are those of
    customers, not of their repeated cases, and may be fractions.

    >>> round(chance_apart([500, 500], [60, 40]), 3)
    0.056
    """
    before, after = _pooled(np.asarray(reference, np.float64), np.asarray(current, np.float64), fewest)
    if len(before) < 2:
        return 1.0
    expected = np.outer([before.sum(), after.sum()], before + after) / (before.sum() + after.sum())
    return float(chi2.sf(((np.stack([before, after]) - expected) ** 2 / expected).sum(), len(before) - 1))


def _pooled(reference: Floats, current: Floats, fewest: float) -> tuple[Floats, Floats]:
    """Return both counts without empty bins, those with too few expected cases put together in one."""
    both = reference + current
    rare = both * min(reference.sum(), current.sum()) < fewest * both.sum()
    before, after = (np.append(one[~rare], one[rare].sum()) for one in (reference, current))
    seen = before + after > 0
    return before[seen], after[seen]
