"""Stances of a feature matrix, one customer or a million, each with what speaks for it and against it.

A customer's stance never depends on who else is in the matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import compress
from operator import itemgetter

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.feature_matrix import FeatureMatrix
from serving.actions import STANCES
from serving.feedback.causes import CAUSES
from serving.stance.evidence import Evidence
from serving.stance.matrix import ability_of, stance_by_matrix, willingness_of
from serving.stance.sides import BEARINGS
from serving.stance.stance_settings import StanceSettings, read_stance

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Stances:
    """The stances of n customers.

    ``stance`` (n,) are places in ``STANCES``; ``willingness`` and ``ability`` (n,) are 1 for, -1 against, 0 not known;
    ``signals`` (n, k) which signals of the settings hold.
    """

    stance: Ints
    willingness: Ints
    ability: Ints
    signals: Mask
    settings: StanceSettings = field(repr=False)

    def evidence(self, row: int, values: Mapping[str, float]) -> tuple[Evidence, ...]:
        """Return what speaks for the stance of a row, then what speaks against it, the weightiest first.

        A number is told once. ``values`` are the features of the row, by name.
        """
        bearing = BEARINGS[STANCES[self.stance[row]]]
        sides = (*bearing.supporting, *bearing.opposing)
        found = []
        for name in compress(self.settings.names, self.signals[row].tolist()):
            signal = self.settings.signals[name]
            place = min((sides.index(side) for side in signal.speaks_for if side in sides), default=None)
            if place is not None:
                feature = signal.read_of(values)
                value = None if feature is None else float(values[feature])
                supports = place < len(bearing.supporting)
                found.append((place, Evidence(name, sides[place], supports, feature, value, signal.say(value))))
        ordered = [one for _, one in sorted(found, key=itemgetter(0))]
        told = {one.feature or one.signal: one for one in reversed(ordered)}
        return tuple(one for one in ordered if told[one.feature or one.signal] is one)


def stances_of(X: pd.DataFrame | FeatureMatrix, causes: Mask | None, settings: StanceSettings) -> Stances:
    """Return the stance of each row of the feature matrix.

    Parameters
    ----------
    X
        (n rows), with the features of the catalogue among its columns, in any order; NaN: not known.
    causes
        (n, causes) in the order of ``serving.feedback.causes.CAUSES``: what replies told; None where nobody looked.
    settings
        The signals.

    Raises
    ------
    ValueError
        When a feature that a signal reads is no column of ``X``, or ``causes`` has another shape.
    """
    signals = _signals(_values(X, settings), causes, settings)
    counts = signals.astype(np.float32) @ settings.membership
    willingness, ability = willingness_of(counts, settings.needed), ability_of(counts, settings.needed)
    stance = stance_by_matrix(counts, willingness, ability, settings.needed)
    return Stances(stance, willingness, ability, signals, settings)


def stance_of(X: pd.DataFrame, causes: Mask | None = None) -> Ints:
    """Return only the places in ``STANCES``, (n,), by configs/stance.yaml; arguments as of ``stances_of``."""
    return stances_of(X, causes, _usual()).stance


@cache
def _usual() -> StanceSettings:
    return read_stance()


def _values(X: pd.DataFrame | FeatureMatrix, settings: StanceSettings) -> Floats:
    """Return the features read, (n, features read)."""
    absent = [name for name in settings.read_from if name not in X.columns]
    if absent:
        raise ValueError(f"X must have the column {absent[0]}, which a signal of a stance reads.")
    if isinstance(X, FeatureMatrix):
        return X.taken(settings.read_from)
    return X[list(settings.read_from)].to_numpy(np.float64, copy=True)


def _signals(values: Floats, causes: Mask | None, settings: StanceSettings) -> Mask:
    """Return which signals hold, (n, k)."""
    read, other = values[:, : len(settings.of_features)], settings.with_other
    read[:, other] = np.where(np.isnan(read[:, other]), values[:, len(settings.of_features) :], read[:, other])
    low, high = settings.limits
    signals = np.zeros((len(values), len(settings.names)), bool)
    signals[:, settings.of_features] = (read >= low) & (read <= high)
    if causes is not None:
        if causes.shape != (len(values), len(CAUSES)):
            raise ValueError(f"causes must have the shape {(len(values), len(CAUSES))}, got {causes.shape}.")
        signal, cause = settings.of_causes
        signals[:, signal] = causes[:, cause]
    return signals
