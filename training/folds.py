"""How rows are split to judge a model honestly: no customer on both sides, nothing learned from what is later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from features.errors import ModelError

Ints = npt.NDArray[np.int64]
Fold = tuple[Ints, Ints]
type Labels = Sequence[Any] | npt.NDArray[Any] | pd.Series[Any] | pd.Index[Any]


def checked_target(y: Labels, rows: int) -> npt.NDArray[np.float64]:
    """Return ``y`` as 0 and 1, (rows,); ModelError when it has another length or holds anything else."""
    try:
        target = np.asarray(y, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ModelError(f"y must hold 0 and 1 only: {error}.") from error
    if target.shape != (rows,):
        raise ModelError(f"y must have one entry a row of X ({rows}), got shape {target.shape}.")
    strange = target[(target != 0) & (target != 1)]
    if len(strange):
        raise ModelError(f"y must hold 0 and 1 only, got {strange[0]} and {len(strange) - 1} more such.")
    return target


def make_folds(
    y: npt.NDArray[np.float64],
    groups: Labels | None = None,
    time: Labels | None = None,
    splits: int = 5,
    seed: int = 0,
) -> list[Fold]:
    """Return (rows to learn from, rows to judge on), ``splits`` times at most.

    Without ``time`` the folds are stratified by ``y`` and keep each group whole. With ``time`` a fold learns
    from the moments before those it judges, and from none of the groups it judges.

    Raises
    ------
    ModelError
        When there are too few rows of one class to split.
    """
    rarest = int(min(y.sum(), len(y) - y.sum()))
    if rarest < 2 * splits:
        raise ModelError(
            f"{len(y)} rows with {int(y.sum())} defaults are too few; {2 * splits} of each class are needed."
        )
    if time is not None and pd.Series(np.asarray(time)).nunique() > 1:
        ordered = _time_folds(y, groups, pd.Series(np.asarray(time)), splits, seed)
        if ordered:
            return ordered
    splitter = StratifiedKFold if groups is None else StratifiedGroupKFold
    return list(splitter(splits, shuffle=True, random_state=seed).split(y, y, groups))


def _time_folds(
    y: npt.NDArray[np.float64], groups: Labels | None, time: pd.Series[Any], splits: int, seed: int
) -> list[Fold]:
    """Cut the moments into ``splits`` + 1 stretches; judge each but the first on what came before it."""
    rank = time.rank(method="dense").to_numpy(np.int64) - 1
    newest = int(rank.max())
    stretch = rank * (min(splits, newest) + 1) // (newest + 1)
    side = _sides(groups, len(y), splits, seed)
    folds = []
    for later in range(1, int(stretch.max()) + 1):
        judged = (stretch == later) & (side == later % splits)
        learned = (stretch < later) & (side != later % splits)
        if _has_both(y[judged]) and _has_both(y[learned]):
            folds.append((np.flatnonzero(learned), np.flatnonzero(judged)))
    return folds


def _sides(groups: Labels | None, rows: int, splits: int, seed: int) -> Ints:
    """Return a number below ``splits`` for each row, the same for all rows of a group."""
    codes = np.arange(rows) if groups is None else pd.factorize(np.asarray(groups))[0]
    return np.random.default_rng(seed).permutation(codes.max() + 1)[codes] % splits


def _has_both(y: npt.NDArray[np.float64]) -> bool:
    return bool(0 < y.sum() < len(y))
