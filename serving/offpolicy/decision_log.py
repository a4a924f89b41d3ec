"""DecisionLog: logged decisions and a policy to be judged on them, checked, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import PolicyError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ROUNDING = 1e-6


def label_column(name: str, values: npt.ArrayLike, rows: int) -> npt.NDArray[Any]:
    """Return ``values`` as a column of ``rows`` labels, none of them missing.

    Raises
    ------
    PolicyError
        When the length differs or a label is missing.
    """
    column = np.asarray(values)
    if column.shape != (rows,):
        raise PolicyError(f"{name} must have one value a row of target, shape ({rows},), got shape {column.shape}.")
    if pd.isna(column).any():
        raise PolicyError(f"{name} must not be missing, got {int(pd.isna(column).sum())} missing values.")
    return column


def _numbers(name: str, values: Any) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise PolicyError(f"{name} must be numbers: {error}") from error


def _column(name: str, values: Any, rows: int) -> Floats:
    column = _numbers(name, values)
    if column.shape != (rows,):
        raise PolicyError(f"{name} must have one value a row of target, shape ({rows},), got shape {column.shape}.")
    return column


def _finite(name: str, values: Floats) -> Floats:
    bad = ~np.isfinite(values)
    if bad.any():
        raise PolicyError(f"{name} must be finite, got {values[bad][0]} and {int(bad.sum())} such values.")
    return values


def _shares(target: Any) -> Floats:
    shares = _numbers("target", target)
    if shares.ndim != 2 or 0 in shares.shape:
        raise PolicyError(f"target must have a row a decision and a column an action, got shape {shares.shape}.")
    outside = ~((shares >= -_ROUNDING) & (shares <= 1 + _ROUNDING))
    if outside.any():
        raise PolicyError(f"target must hold probabilities in [0, 1], got {shares[outside][0]}.")
    totals = shares.sum(axis=1)
    off = np.abs(totals - 1.0) > _ROUNDING
    if off.any():
        raise PolicyError(f"each row of target must sum to 1, got {totals[off][0]} and {int(off.sum())} such rows.")
    return np.clip(shares, 0.0, 1.0)


def _codes(action: npt.ArrayLike, columns: list[Any] | None, rows: int, actions: int) -> Ints:
    labels = label_column("action", action, rows)
    if columns is not None:
        codes = pd.Index(columns).get_indexer(pd.Index(labels))
        if (codes < 0).any():
            raise PolicyError(f"action {labels[codes < 0][0]!r} is not among the columns of target, {columns}.")
        return codes.astype(np.int64)
    if labels.dtype.kind not in "iu":
        raise PolicyError(f"action must be whole-number codes when target is an array, got {labels.dtype} values.")
    if labels.min() < 0 or labels.max() >= actions:
        got = f"{labels.min()} to {labels.max()}"
        raise PolicyError(f"action must be codes from 0 to {actions - 1}, one a column of target, got {got}.")
    return labels.astype(np.int64)


def _predictions(predicted: Any, columns: list[Any] | None, shape: tuple[int, ...]) -> Floats:
    if columns is not None and isinstance(predicted, pd.DataFrame):
        absent = [column for column in columns if column not in predicted.columns]
        if absent:
            raise PolicyError(f"predicted lacks the actions {absent} of target.")
        predicted = predicted[columns]
    model = _numbers("predicted", predicted)
    if model.shape != shape:
        raise PolicyError(f"predicted must have the shape of target, {shape}, got {model.shape}.")
    return _finite("predicted", model)


@dataclass(frozen=True)
class DecisionLog:
    """Logged decisions and the policy under test, checked: n rows, k actions.

    ``action`` (n,) codes; ``outcome`` (n,) finite, the larger the better; ``propensity`` (n,) in (0, 1];
    ``target`` (n, k), rows that sum to 1; ``predicted`` (n, k) E[outcome | row, action], or None.
    """

    action: Ints
    outcome: Floats
    propensity: Floats
    target: Floats
    predicted: Floats | None = None

    @property
    def weight(self) -> Floats:
        """How many times likelier the target is than the logger to do what was done, (n,)."""
        chosen: Floats = self.target[np.arange(len(self.action)), self.action]
        return chosen / self.propensity

    @property
    def model_value(self) -> Floats:
        """What the outcome model expects of the target in each row, (n,)."""
        return np.einsum("nk,nk->n", self.target, self.model())

    @property
    def surprise(self) -> Floats:
        """The outcome less what the outcome model expected of the logged action, (n,)."""
        return self.outcome - self.model()[np.arange(len(self.action)), self.action]

    def model(self) -> Floats:
        """Return the outcome model, (n, k), or raise PolicyError when the log has none."""
        if self.predicted is None:
            raise PolicyError("this method needs predicted, an outcome model of shape (rows, actions); got None.")
        return self.predicted


def read_log(
    action: npt.ArrayLike,
    outcome: npt.ArrayLike,
    propensity: npt.ArrayLike,
    target: Any,
    predicted: Any = None,
) -> DecisionLog:
    """Check the arguments of ``policy_value`` and return them as arrays.

    Raises
    ------
    PolicyError
        When shapes differ, an action is unknown, a probability is out of range or a number is not finite.
    """
    shares = _shares(target)
    rows, actions = shares.shape
    columns = list(target.columns) if isinstance(target, pd.DataFrame) else None
    chance = _column("propensity", propensity, rows)
    bad = ~((chance > 0) & (chance <= 1))
    if bad.any():
        raise PolicyError(
            f"propensity must be in (0, 1] in every row, got {chance[bad][0]} and {int(bad.sum())} such rows."
        )
    paid = _finite("outcome", _column("outcome", outcome, rows))
    model = None if predicted is None else _predictions(predicted, columns, shares.shape)
    return DecisionLog(_codes(action, columns, rows, actions), paid, chance, shares, model)
