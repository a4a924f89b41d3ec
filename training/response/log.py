"""ResponseLog: what a bank did and what followed, checked, as arrays; action number 0 is the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import ModelError
from serving.effects import Label
from training.folds import Labels

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ResponseLog:
    """One entry a logged decision, (n,).

    ``action``: codes into ``actions``, where 0 is the reference ("none" if any row took it, else the first
    label in order). ``outcome`` in [0, 1]. ``propensity``: P(the logged action | what the logger saw) in (0, 1],
    NaN where not known. ``group``: codes of the customers.
    """

    action: Ints
    outcome: Floats
    propensity: Floats
    group: Ints
    actions: tuple[Label, ...]

    @classmethod
    def of(
        cls,
        rows: int,
        action: Labels,
        outcome: Labels,
        propensity: Any = None,
        groups: Any = None,
    ) -> ResponseLog:
        """Check and hold a log of ``rows`` decisions; None stands for no propensity known, for no groups.

        Raises
        ------
        ModelError
            When lengths differ, an action is missing or there are fewer than two, outcomes leave [0, 1] or do
            not vary, or propensities leave (0, 1].
        """
        codes, actions = _coded(_column("action", action, rows))
        unknown = np.full(rows, np.nan)
        group = np.arange(rows) if groups is None else pd.factorize(_column("groups", groups, rows))[0]
        if group.min() < 0:
            raise ModelError(f"groups must name a customer in every row, got {int((group < 0).sum())} missing.")
        chance = unknown if propensity is None else _numbers("propensity", propensity, rows)
        return cls(codes, _outcome(outcome, rows), _propensity(chance), group.astype(np.int64), actions)

    @property
    def trusted(self) -> Mask:
        """True for the rows whose propensity is known."""
        return ~np.isnan(self.propensity)

    def folds(self, splits: int, seed: int) -> Ints:
        """Return a fold number below ``splits`` for each row, (n,), the same for all rows of a customer."""
        order = np.random.default_rng(seed).permutation(int(self.group.max()) + 1)
        return order[self.group] % splits


def _column(name: str, values: Any, rows: int) -> npt.NDArray[Any]:
    column = np.asarray(values)
    if column.shape != (rows,):
        raise ModelError(f"{name} must have one value a row of X, shape ({rows},), got shape {column.shape}.")
    return column


def _numbers(name: str, values: Any, rows: int) -> Floats:
    try:
        return _column(
            name, pd.to_numeric(pd.Series(values), errors="raise").to_numpy(np.float64, na_value=np.nan), rows
        )
    except (TypeError, ValueError) as error:
        raise ModelError(f"{name} must be numbers: {error}") from error


def _coded(column: npt.NDArray[Any]) -> tuple[Ints, tuple[Label, ...]]:
    missing = int(pd.isna(column).sum())
    if missing:
        raise ModelError(f"action must name what was done in every row, got {missing} missing values.")
    whole = column.dtype.kind in "iub" or all(isinstance(label, int | np.integer) for label in set(column.tolist()))
    labels = [int(label) if whole else str(label) for label in column.tolist()]
    ordered: list[Any] = sorted(set(labels))
    if len(ordered) < 2:
        raise ModelError(f"at least two actions are needed to speak of an effect, got {ordered}.")
    if "none" in ordered:
        ordered = ["none", *(label for label in ordered if label != "none")]
    place = {label: code for code, label in enumerate(ordered)}
    return np.array([place[label] for label in labels], dtype=np.int64), tuple(ordered)


def _outcome(values: Any, rows: int) -> Floats:
    outcome = _numbers("outcome", values, rows)
    outside = ~((outcome >= 0) & (outcome <= 1))
    if outside.any():
        raise ModelError(f"outcome must be in [0, 1], got {outcome[outside][0]} and {int(outside.sum())} such rows.")
    if np.ptp(outcome) == 0:
        raise ModelError(f"outcome is {outcome[0]} in all {rows} rows; there is nothing to learn.")
    return outcome


def _propensity(chance: Floats) -> Floats:
    outside = (chance <= 0) | (chance > 1)
    if outside.any():
        raise ModelError(
            f"propensity must be in (0, 1] or missing, got {chance[outside][0]} and {int(outside.sum())} such rows."
        )
    return chance
