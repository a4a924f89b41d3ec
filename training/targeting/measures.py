"""Does a ranking find those whom treating helps: TOC, its areas, and the gain at a top share. Larger is better.

TOC and its areas are 0 for a ranking by lot, below 0 for one that is upside down. They judge the order alone: it may be
perfect and treating still bring nothing, which is what ``average_gain`` and the gains at top shares tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import xlogy

from features.errors import PolicyError
from training.review.bootstrap import Resampling, Statistic, interval
from training.targeting.path import Path, heights
from training.targeting.ranking import Ranking

Floats = npt.NDArray[np.float64]

TOP_SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
CURVE_SHARES = tuple(np.linspace(0.02, 1.0, 50).round(2).tolist())


def toc_curve(ranking: Ranking, shares: Sequence[float] = CURVE_SHARES, seed: int = 0) -> pd.DataFrame:
    """Return TOC at each share of rows treated: the mean gain of those first in rank less the mean gain of all.

    Columns ``share``, ``toc``, ``low``, ``high`` (95 %, customers drawn whole), in the unit of the outcome; targeting
    operator characteristic, Yadlowsky et al. 2025, 10.1080/01621459.2024.2393466.

    Raises
    ------
    PolicyError
        When a share is not in (0, 1].
    """
    at, path = _checked(shares), Path.through(ranking)

    def toc(weights: Floats) -> Floats:
        share, gained = path.climb(weights)
        return heights(share, gained, at) / at - gained[:, -1:]

    return _table("share", at, "toc", toc, ranking, seed)


def gains_at(ranking: Ranking, shares: Sequence[float] = TOP_SHARES, seed: int = 0) -> pd.DataFrame:
    """Return what treating the top share brings: ``gain`` a row treated with ``low`` and ``high`` (95 %).

    Columns ``share``, ``gain``, ``low``, ``high``, and ``of_all``, the same spread over all rows (share x gain).

    Raises
    ------
    PolicyError
        When a share is not in (0, 1].
    """
    at, path = _checked(shares), Path.through(ranking)

    def gain(weights: Floats) -> Floats:
        return heights(*path.climb(weights), at) / at

    table = _table("share", at, "gain", gain, ranking, seed)
    return table.assign(of_all=table["share"] * table["gain"])


def rank_measures(ranking: Ranking, seed: int = 0) -> pd.DataFrame:
    """Return the ranking's measures, a row each: ``measure``, ``value``, ``low``, ``high`` (95 %).

    autoc: the area under TOC, which weighs the first customers most: for effects that few have. qini: the area under
    share x TOC, which weighs all alike: for effects that many have (rank-weighted average treatment effects,
    10.1080/01621459.2024.2393466). average_gain: of treating all. An interval above 0 says that the ranking works.
    """
    path = Path.through(ranking)

    def areas(weights: Floats) -> Floats:
        share, gained = path.climb(weights)
        width = np.diff(share)
        mean = np.divide(np.diff(gained), width, out=np.zeros_like(width), where=width > 0)
        # Both areas are integrals of the gain at v against -log v - 1 and 1/2 - v: these are what those integrate to.
        autoc = (mean * np.diff(-xlogy(share, share))).sum(axis=1)
        qini = (mean * np.diff(share * (1 - share) / 2)).sum(axis=1)
        return np.column_stack([autoc, qini, gained[:, -1]])

    return _table("measure", ["autoc", "qini", "average_gain"], "value", areas, ranking, seed)


def _table(
    key: str, keys: Sequence[object] | Floats, name: str, of: Statistic, ranking: Ranking, seed: int
) -> pd.DataFrame:
    value = of(np.ones((1, len(ranking.gain))))[0]
    low, high = interval(Resampling(ranking.customer, seed=seed).values(of))
    return pd.DataFrame({key: keys, name: value, "low": low, "high": high})


def _checked(shares: Sequence[float]) -> Floats:
    at = np.asarray(shares, dtype=np.float64)
    if at.ndim != 1 or not len(at) or not ((at > 0) & (at <= 1)).all():
        raise PolicyError(f"shares must be numbers in (0, 1], got {list(shares)}.")
    return at
