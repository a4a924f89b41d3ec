"""Which columns of a scorecard stay, and how much each counts: a logistic regression on weights of evidence.

A weight of evidence already points towards risk, so every coefficient must be above 0: a column whose coefficient
turns only corrects another one, and nobody could read that off a card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from features.errors import ModelError
from training.folds import Fold

Floats = npt.NDArray[np.float64]

_L2 = {"solver": ["newton-cholesky"], "l1_ratio": [0.0], "C": (0.01, 0.1, 1.0, 10.0)}
_L1 = {"solver": ["liblinear"], "l1_ratio": [1.0], "C": (0.01, 0.1), "intercept_scaling": [10.0]}
"""A weaker L1 gives what L2 gives and takes long. liblinear holds the intercept back too; scaled it hardly does."""

WEAK, CORRELATED, TURNED, NOT_NEEDED, ON_CARD = "weak", "correlated", "turned", "not needed", "on the card"
"""The verdicts on a column. Turned: its coefficient would be below 0."""


@dataclass(frozen=True)
class Weighing:
    """The columns that stay, their coefficients and intercept, the penalty in words, and why the others went."""

    columns: tuple[str, ...]
    coefficients: tuple[float, ...]
    intercept: float
    penalty: str
    gone: Mapping[str, str]


def uncorrelated(evidence: pd.DataFrame, most: float) -> tuple[list[str], dict[str, str]]:
    """Return the columns that correlate by ``most`` at most with any before them, and for each other with which."""
    likeness = np.abs(np.corrcoef(evidence.to_numpy(), rowvar=False)).reshape(evidence.shape[1], -1)
    kept: list[int] = []
    against: dict[str, str] = {}
    for column, name in enumerate(evidence.columns):
        like = [other for other in kept if likeness[column, other] > most]
        if like:
            against[name] = evidence.columns[like[0]]
        else:
            kept.append(column)
    return [evidence.columns[column] for column in kept], against


def _chosen(evidence: pd.DataFrame, y: Floats, folds: Sequence[Fold], seed: int) -> LogisticRegression:
    """Return the regression, not fitted, whose kind and strength of penalty give the lowest log loss over folds."""
    search = GridSearchCV(
        LogisticRegression(random_state=seed), [_L2, _L1], scoring="neg_log_loss", cv=folds, refit=False
    )
    return LogisticRegression(random_state=seed, **search.fit(evidence.to_numpy(), y).best_params_)


def _worst(weights: Floats, others_to_go: int) -> list[int]:
    """Return the places to go next: half of those below 0, or else of the surplus, one at least; the least first."""
    turned = int((weights < 0).sum())
    going = max(1, (turned or others_to_go) // 2)
    return np.argsort(weights, kind="stable")[:going].tolist()


def prune(evidence: pd.DataFrame, y: Floats, most: int, model: LogisticRegression | None = None) -> Weighing:
    """Fit ``model`` again without the worst columns until every coefficient is above 0 and ``most`` are left at most.

    ``evidence`` (n, columns) holds weights of evidence, ``y`` (n,) 0/1. Without a model: L2 with C=1.

    Raises
    ------
    ModelError
        When no column is left.
    """
    model = LogisticRegression(solver="newton-cholesky") if model is None else model
    names = list(evidence.columns)
    gone: dict[str, str] = {}
    while names:
        cells = evidence[names].to_numpy()
        coefficients = model.fit(cells, y).coef_[0]
        turned = coefficients.min() < 0
        if coefficients.min() > 0 and len(names) <= most:
            penalty = f"{'L1' if model.l1_ratio else 'L2'}, C={model.C:g}"
            return Weighing(tuple(names), tuple(coefficients.tolist()), float(model.intercept_[0]), penalty, gone)
        weights = coefficients if turned else coefficients * cells.std(axis=0)
        for place in sorted(_worst(weights, len(names) - most), reverse=True):
            gone[names.pop(place)] = TURNED if turned else NOT_NEEDED
    raise ModelError(f"a penalty of C={model.C:g} leaves none of {evidence.shape[1]} columns on the card.")


def weigh(evidence: pd.DataFrame, y: Floats, folds: Sequence[Fold], most: int, seed: int) -> Weighing:
    """Prune with the penalty, L1 or L2, that gives the lowest log loss over the folds."""
    return prune(evidence, y, most, _chosen(evidence, y, folds, seed))
