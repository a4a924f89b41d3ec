"""Contributions turned into reasons: the features that moved a customer's probability most, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.catalogue import CATALOGUE
from features.feature import Language

Floats = npt.NDArray[np.float64]

REASONS = 4
"""How many reasons are given at most."""

_NEGLIGIBLE = 0.01


@dataclass(frozen=True)
class Reason:
    """One reason: a feature, the customer's value (None: missing), what it adds to the log-odds, words by language."""

    feature: str
    value: float | None
    contribution: float
    words: Mapping[Language, str]


def reasons_for(names: tuple[str, ...], values: Floats, contributions: Floats, most: int = REASONS) -> list[Reason]:
    """Return the ``most`` features with the largest contributions in either direction, largest first.

    ``names``, ``values`` and ``contributions`` are (features,) of one customer; contributions are in log-odds,
    above 0 where the value raises the probability. Contributions too small to matter are left out.
    """
    order = np.argsort(-np.abs(contributions), kind="stable")[:most]
    return [
        Reason(names[k], _known(values[k]), float(contributions[k]), _words(names[k], values[k]))
        for k in order
        if abs(contributions[k]) >= _NEGLIGIBLE
    ]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _words(name: str, value: float) -> Mapping[Language, str]:
    feature = CATALOGUE.get(name)
    if feature is None:
        return {"en": f"{name}: {value:g}", "zh": f"{name}：{value:g}"}
    return {"en": feature.say(value, "en"), "zh": feature.say(value, "zh")}
