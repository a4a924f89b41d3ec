"""Contributions turned into reasons: what moved a customer's probability most, in words.

Features that say the same are one reason; its contribution is the sum of theirs, so that all reasons and the
base add up to the log-odds, and it is spoken by the feature that carries it most. A reason that raises the
risk is never left out for being awkward: creditors must tell the principal reasons actually used, specific and
accurate, and none may be excluded (Regulation B, 12 CFR 1002.9(b)(2) and comment 9(b)(2)-4; CFPB circulars
2022-03 and 2023-03; likewise PIPL art. 24 and GDPR art. 15(1)(h) with 22). What a reader could make nothing of,
such as the hour at which someone answers, is therefore told with its number where it raises the risk, and may
be left out (``told: raising``) only where it lowers it, which is nobody's adverse reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isnan

import numpy as np
import numpy.typing as npt

from features.catalogue import CATALOGUE
from features.feature import Language
from features.kernel.compiled import compiled
from serving.contract import WireReason
from serving.contract.reasons import WireShare
from serving.reason_settings import ReasonSettings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NO_REASON = -1


@dataclass(frozen=True)
class Ranking:
    """The reasons of n customers, the largest first, (n, most) each; NO_REASON and NaN where there are no more.

    ``reason`` is a place among the explainer's ``names``, ``feature`` one among its ``features``: that which
    carries the reason most in the reason's own direction.
    """

    reason: Ints
    contribution: Floats
    feature: Ints


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _fact(feature: str, value: float) -> dict[Language, str]:
    return {"en": CATALOGUE[feature].say(value, "en"), "zh": CATALOGUE[feature].say(value, "zh")}


def _by_name(feature: str, value: float | None) -> dict[Language, str]:
    """Return the words of a feature without a reason: the catalogue's where it is in it, else its name."""
    if feature in CATALOGUE:
        return _fact(feature, np.nan if value is None else value)
    known = value is not None
    return {
        "en": f"{feature}: {value:g}" if known else f"{feature} is not known",
        "zh": f"{feature}：{value:g}" if known else f"{feature}未知",
    }


@compiled
def _sums(contributions: Floats, place: Ints, reasons: int) -> Floats:
    sums = np.zeros((len(contributions), reasons))
    for i in range(len(contributions)):
        for feature in range(len(place)):
            sums[i, place[feature]] += contributions[i, feature]
    return sums


@compiled
def _ranked(
    contributions: Floats, sums: Floats, place: Ints, told_lowering: Mask, most: int, least: float
) -> tuple[Ints, Floats, Ints]:
    """Return the columns of a ``Ranking``: reasons by weight, of equal ones the first."""
    n = len(sums)
    reasons = np.full((n, most), NO_REASON)
    features, adds = np.full((n, most), NO_REASON), np.full((n, most), np.nan)
    for i in range(n):
        weight = np.where((sums[i] < 0) & ~told_lowering, 0.0, np.abs(sums[i]))
        for k in range(most):
            reason = int(weight.argmax())
            if weight[reason] < least:
                break
            reasons[i, k], adds[i, k] = reason, sums[i, reason]
            features[i, k] = _leading(contributions[i], place, reason, sums[i, reason])
            weight[reason] = -1.0
    return reasons, adds, features


@compiled
def _leading(contributions: Floats, place: Ints, reason: int, direction: float) -> int:
    """Return the feature that moves a reason furthest in the reason's direction, of equal ones the first."""
    leading, furthest = NO_REASON, -np.inf
    for feature in range(len(place)):
        push = contributions[feature] if direction > 0 else -contributions[feature]
        if place[feature] == reason and push > furthest:
            leading, furthest = feature, push
    return leading


@dataclass(frozen=True)
class Explainer:
    """Reasons from the contributions of a model with the columns ``features``."""

    settings: ReasonSettings
    features: tuple[str, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The reasons the model's features make, in the order of the settings, then features without a reason."""
        found = [self._reason(feature) for feature in self.features]
        gathered = tuple(name for name in self.settings.reasons if name in found)
        return gathered + tuple(dict.fromkeys(name for name in found if name not in gathered))

    @cached_property
    def place(self) -> Ints:
        """The place among ``names`` of each feature's reason, (features,)."""
        places = {name: k for k, name in enumerate(self.names)}
        return np.array([places[self._reason(feature)] for feature in self.features], np.int64)

    @cached_property
    def members(self) -> tuple[tuple[int, ...], ...]:
        """The features of each reason, by place."""
        return tuple(tuple(np.flatnonzero(self.place == k).tolist()) for k in range(len(self.names)))

    def sums(self, contributions: Floats) -> Floats:
        """Return the contribution of each reason, (n, reasons), from those of the features, (n, features).

        Added feature by feature in one order, so that a customer's sums do not depend on the others, to the bit.
        """
        return _sums(contributions, self.place, len(self.names))

    def rank(self, contributions: Floats) -> Ranking:
        """Return the reasons to tell of each row of ``contributions``, (n, features) in log-odds."""
        most = min(self.settings.most, len(self.names))
        told = (self.place, self._told_lowering, most, self.settings.least)
        return Ranking(*_ranked(contributions, self.sums(contributions), *told))

    def tell(self, ranking: Ranking, row: int, values: Floats, contributions: Floats) -> list[WireReason]:
        """Return the reasons of the customer in ``row`` of a ranking, in words.

        ``values`` and ``contributions`` are that customer's, (features,).
        """
        told, own, adding = [], values.tolist(), contributions.tolist()
        for reason, adds, feature in zip(*(column[row].tolist() for column in vars(ranking).values()), strict=True):
            if reason != NO_REASON:
                shares = self._shares(reason, own, adding)
                name, value = self.names[reason], _known(own[feature])
                words = self._words(name, self.features[feature], value, adds > 0)
                told.append(WireReason(name, adds, words, self.features[feature], value, shares))
        return told

    def _reason(self, feature: str) -> str:
        return self.settings.reason_of.get(feature, feature)

    @cached_property
    def _told_lowering(self) -> npt.NDArray[np.bool_]:
        reasons = self.settings.reasons
        return np.array([name not in reasons or reasons[name].told == "always" for name in self.names])

    def _shares(self, reason: int, values: list[float], contributions: list[float]) -> list[WireShare]:
        adding = [k for k in self.members[reason] if contributions[k] != 0]
        adding.sort(key=lambda k: -abs(contributions[k]))
        return [WireShare(self.features[k], _known(values[k]), contributions[k]) for k in adding]

    def _words(self, name: str, feature: str, value: float | None, raising: bool) -> dict[Language, str]:
        reason = self.settings.reasons.get(name)
        if reason is None:
            return _by_name(feature, value)
        if value is None:
            ending = self.settings.told_absent.raising if raising else self.settings.told_absent.lowering
            return ending.fill(absent=self.settings.absent.get(feature, reason.absent).fill())
        headline = (reason.raising if raising else reason.lowering).fill()
        return self.settings.told.fill(headline=headline, fact=_fact(feature, value))
