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

_STRENGTHS = (0.01, 0.1, 1.0, 10.0)
_L2 = {"solver": ["newton-cholesky"], "l1_ratio": [0.0], "C": _STRENGTHS}
_L1 = {"solver": ["liblinear"], "l1_ratio": [1.0], "intercept_scaling": [10.0], "C": _STRENGTHS}
"""liblinear holds the intercept back too; scaled by 10 it hardly does."""

ON_CARD = "on the card"


@dataclass(frozen=True)
class Weighing:
    """The columns that stay, the strongest first, their coefficients, and why each other column went.

    ``verdicts`` is a row a column, by name: ``verdict`` and ``against``, the stronger column where it correlates.
    """

    columns: tuple[str, ...]
    coefficients: tuple[float, ...]
    intercept: float
    penalty: str
    verdicts: pd.DataFrame


@dataclass(frozen=True)
class Limits:
    """Information value a column needs, correlation with a stronger one it may have, and most columns that stay."""

    least_iv: float
    correlation: float
    most: int

    def __post_init__(self) -> None:
        if not 0 <= self.correlation <= 1:
            raise ModelError(f"correlation must be in [0, 1], got {self.correlation:g}.")
        if self.most < 1:
            raise ModelError(f"most must be 1 or more, got {self.most}.")


def _apart(evidence: pd.DataFrame, most: float) -> tuple[list[str], dict[str, str]]:
    """Return the columns that correlate by ``most`` at most with any before them, and for the others with which."""
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


def _pruned(
    evidence: pd.DataFrame, y: Floats, model: LogisticRegression, most: int
) -> tuple[list[str], Floats, dict[str, str]]:
    """Fit again without the worst column until every coefficient is above 0 and ``most`` columns are left at most."""
    names, why = list(evidence.columns), {}
    while names:
        cells = evidence[names].to_numpy()
        coefficients = model.fit(cells, y).coef_[0]
        turned = coefficients.min() < 0
        if not turned and coefficients.min() > 0 and len(names) <= most:
            return names, coefficients, why
        worst = int((coefficients if turned else coefficients * cells.std(axis=0)).argmin())
        why[names.pop(worst)] = "turned" if turned else "not needed"
    raise ModelError(f"a penalty of C={model.C:g} leaves none of {evidence.shape[1]} columns on the card.")


def weigh(
    evidence: Mapping[str, Floats], iv: Mapping[str, float], y: Floats, folds: Sequence[Fold], limits: Limits, seed: int
) -> Weighing:
    """Choose among columns by the weights of evidence of their cells, (n,) each, and their information values.

    Raises
    ------
    ModelError
        When no column has the information value it needs.
    """
    order = sorted(iv, key=lambda name: -iv[name])
    strong = [name for name in order if iv[name] >= limits.least_iv]
    if not strong:
        raise ModelError(
            f"none of the {len(iv)} columns says enough of who defaults: the strongest, {order[0]}, has an "
            f"information value of {iv[order[0]]:.4f}, and {limits.least_iv:g} is needed."
        )
    frame = pd.DataFrame({name: evidence[name] for name in strong})
    kept, against = _apart(frame, limits.correlation)
    model = _chosen(frame[kept], y, folds, seed)
    columns, coefficients, why = _pruned(frame[kept], y, model, limits.most)
    verdict = dict.fromkeys(iv, "weak") | dict.fromkeys(against, "correlated") | why | dict.fromkeys(columns, ON_CARD)
    table = pd.DataFrame({"verdict": verdict, "against": pd.Series(against, dtype=object)}, index=order).fillna("")
    penalty = f"{'L1' if model.l1_ratio else 'L2'}, C={model.C:g}"
    return Weighing(tuple(columns), tuple(coefficients.tolist()), float(model.intercept_[0]), penalty, table)
