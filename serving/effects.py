"""What each action adds to the chance of payment: the only place where the response model predicts.

The chance under the reference action comes from one booster. The effect of an action is its average effect
plus a weighted sum of patterns (how the effect of each action differs from row to row), one booster a
pattern with a vector of values in each leaf, times the room that the row's chance of payment leaves for
effects. The weights are few, so their joint covariance gives the intervals. An interval speaks of the
effect under these patterns: what no pattern saw is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost as xgb
from scipy.special import expit

from features.errors import ModelError
from features.feature_matrix import FeatureMatrix
from serving.card import read_card, read_trees, readable, write_card
from serving.encoding import Encoding, Matrix
from serving.forest import Forest

Floats = npt.NDArray[np.float64]
Label = str | int

Z95 = 1.959963984540054
"""Half-width of a 95 % interval, in standard errors."""

_LEAST_ROOM = 0.05

_CARD, _BASE, _PATTERN = "effects.json", "base.ubj", "pattern_{}.ubj"


class Effects(NamedTuple):
    """Effects of each action on P(outcome = 1), each (n, k), in [-1, 1], with 95 % intervals."""

    effects: Floats
    low: Floats
    high: Floats


def room(chance: Floats) -> Floats:
    """Return how much of an effect can show, in (0, 1], where the outcome has a ``chance`` in [0, 1], (n,) each.

    That is the slope of the probability over the log-odds, p (1 - p), as a share of its largest: who pays anyway, or
    never, is moved little by what moves others.

    >>> room(np.array([0.0, 0.5, 0.9])).round(2).tolist()
    [0.05, 1.0, 0.36]
    """
    return np.maximum(4.0 * chance * (1.0 - chance), _LEAST_ROOM)


def contrasts(pattern: xgb.Booster, shares: Floats, matrix: Matrix, room: Floats) -> Floats:
    """Return what a pattern says each action adds to the reference, (n, k), in rows with so much ``room`` (n,).

    The booster has an output a share, what having it adds, and perhaps a level after them, which cancels; ``shares``
    (s, k) says which actions have a share, 1 or 0. The reference has none, so its column is 0.
    """
    outputs = pattern.inplace_predict(matrix, validate_features=False).astype(np.float64).reshape(len(matrix), -1)
    total = np.zeros((len(matrix), shares.shape[1]))
    # share by share, so that a row's sum does not depend on how many rows there are
    for place, has in enumerate(shares):
        total += outputs[:, place, None] * has
    return total * room[:, None]


def margin(base: xgb.Booster, matrix: Matrix) -> Floats:
    """Return the log-odds of payment under the reference action, (n,)."""
    raw = base.inplace_predict(matrix, predict_type="margin", validate_features=False)
    return np.asarray(raw, dtype=np.float64).reshape(len(matrix))


@dataclass(frozen=True)
class Weights:
    """How the patterns add up to effects, for k actions and p patterns.

    ``mean`` (k, 1 + p): the average effect of each action against the reference, then a weight a pattern;
    the reference's row is 0. ``covariance`` (k, 1 + p, k, 1 + p) of ``mean``. ``centre`` (k, p): mean of each
    pattern over the rows of the fit. ``noise`` (k,): variance of an effect that comes from having learned
    the patterns on a sample.
    """

    mean: Floats
    covariance: Floats
    centre: Floats
    noise: Floats

    def __post_init__(self) -> None:
        k, terms = self.mean.shape
        shapes = (self.covariance.shape, self.centre.shape, self.noise.shape)
        if shapes != ((k, terms, k, terms), (k, terms - 1), (k,)):
            raise ModelError(f"weights for {k} actions and {terms - 1} patterns do not fit shapes {shapes}.")

    def effect(self, terms: Sequence[Floats]) -> Floats:
        """Return the effects against the reference, (n, k), from the ``terms`` that ``design`` returned."""
        total = terms[0] * self.mean[:, 0]
        for place, term in enumerate(terms[1:], start=1):
            total = total + term * self.mean[:, place]
        return total

    def design(self, patterns: Sequence[Floats], rows: int) -> list[Floats]:
        """Return what each weight multiplies, (n, k) each: ones, then the centred patterns."""
        ones = np.ones((rows, len(self.mean)))
        return [ones, *(pattern - self.centre[:, j] for j, pattern in enumerate(patterns))]

    def variance(self, terms: Sequence[Floats], baseline: int) -> Floats:
        """Return the variance of each effect against action number ``baseline``, (n, k), at least 0."""
        total = np.zeros_like(terms[0])
        for i, left in enumerate(terms):
            for j, right in enumerate(terms):
                block = self.covariance[:, i, :, j]
                other = slice(baseline, baseline + 1)
                total = total + left * right * np.diagonal(block)
                total = total - 2.0 * left * right[:, other] * block[:, baseline]
                total = total + left[:, other] * right[:, other] * block[baseline, baseline]
        total = np.maximum(total, 0.0) + self.noise + self.noise[baseline]
        total[:, baseline] = 0.0
        return total

    def to_json(self) -> dict[str, Any]:
        """Return a form that ``from_json`` reads back to the bit."""
        return {name: getattr(self, name).tolist() for name in ("mean", "covariance", "centre", "noise")}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Weights:
        """Read back what ``to_json`` returned."""
        mean = np.array(record["mean"], dtype=np.float64)
        centre = np.array(record["centre"], dtype=np.float64).reshape(len(mean), -1)
        covariance, noise = np.array(record["covariance"]), np.array(record["noise"])
        return cls(mean, covariance, centre, noise)


@dataclass(frozen=True)
class EffectScorer:
    """A response model that predicts, and does nothing else.

    ``actions`` (k labels) has the reference action first, and the columns of every answer in its order;
    ``shares`` (s, k) tells which actions have a share in the outputs of a pattern; ``usual`` is what the logged
    actions added on average to what the base says, so that both together are the chance that rows had in the log.
    Methods take a matrix with the model's columns, or the float32 matrix that ``encoding.matrix`` makes of
    it, and a row's answer does not depend on the rows beside it, to the bit.
    """

    encoding: Encoding
    actions: tuple[Label, ...]
    base: xgb.Booster
    patterns: tuple[xgb.Booster, ...]
    shares: Floats
    weights: Weights
    usual: float

    def predict(self, X: pd.DataFrame | FeatureMatrix | Matrix) -> Floats:
        """Return P(outcome = 1 | row, action), (n, k), in [0, 1].

        Raises
        ------
        ModelError
            When ``X`` lacks a column of the model, or is a matrix of another width.
        """
        matrix = self._matrix(X)
        start = self._start(matrix)
        return _moved(start, self.weights.effect(self._design(matrix, start)))

    def effect(self, X: pd.DataFrame | FeatureMatrix | Matrix, baseline: Label = "none") -> Effects:
        """Return what each action adds to P(outcome = 1) over ``baseline``, with 95 % intervals.

        ``baseline`` is one of ``actions``; "none" means the reference where no action has that name.

        Raises
        ------
        ModelError
            When ``baseline`` is no action of the model, or ``X`` does not fit it.
        """
        against = self.position(baseline)
        matrix = self._matrix(X)
        reference = self._start(matrix)
        terms = self._design(matrix, reference)
        effect = self.weights.effect(terms)
        probability = _moved(reference, effect)
        start = probability[:, against : against + 1]
        reach = Z95 * np.sqrt(self.weights.variance(terms, against))
        gain = probability - start
        middle = effect - effect[:, against : against + 1]
        low = np.minimum(np.maximum(middle - reach, -start), gain)
        high = np.maximum(np.minimum(middle + reach, 1.0 - start), gain)
        return Effects(gain, low, high)

    def position(self, action: Label) -> int:
        """Return the place of ``action`` among ``actions``.

        Raises
        ------
        ModelError
            When it is not there (but "none" is then the reference, 0).
        """
        if action in self.actions:
            return self.actions.index(action)
        if action == "none":
            return 0
        raise ModelError(f"baseline must be one of {list(self.actions)}, got {action!r}.")

    def save(self, path: str | Path) -> None:
        """Write the scorer into the folder ``path``: boosters in XGBoost's UBJSON, the rest in JSON."""
        folder = Path(path)
        card = {
            "encoding": self.encoding.to_json(),
            "actions": list(self.actions),
            "patterns": len(self.patterns),
            "shares": self.shares.tolist(),
            "weights": self.weights.to_json(),
            "usual": self.usual,
        }
        folder.mkdir(parents=True, exist_ok=True)
        trees = {_BASE: self.base} | {_PATTERN.format(place): one for place, one in enumerate(self.patterns)}
        for name, booster in trees.items():
            booster.save_model(folder / name)
        write_card(folder / _CARD, card, list(trees))

    @classmethod
    def load(cls, path: str | Path, threads: int = 1) -> EffectScorer:
        """Read a scorer that ``save`` wrote; ``threads`` are used for each prediction.

        Raises
        ------
        ModelError
            When a file is missing or damaged, or another format wrote it.
        """
        folder = Path(path)
        with readable("effect scorer", folder):
            card = read_card(folder / _CARD)
            patterns = tuple(read_trees(folder / _PATTERN.format(j), threads) for j in range(card["patterns"]))
            shares = np.array(card["shares"], dtype=np.float64).reshape(-1, len(card["actions"]))
            encoding, weights = Encoding.from_json(card["encoding"]), Weights.from_json(card["weights"])
            base = read_trees(folder / _BASE, threads)
            return cls(encoding, tuple(card["actions"]), base, patterns, shares, weights, card["usual"])

    def _matrix(self, X: pd.DataFrame | FeatureMatrix | Matrix) -> Matrix:
        if isinstance(X, pd.DataFrame | FeatureMatrix):
            return self.encoding.matrix(X)
        if X.ndim != 2 or X.shape[1] != len(self.encoding.columns) or X.dtype != np.float32:
            wanted = f"a float32 matrix (rows, {len(self.encoding.columns)})"
            raise ModelError(f"the model reads {wanted}, got {X.dtype} of shape {X.shape}.")
        return X

    def _start(self, matrix: Matrix) -> Floats:
        """Return P(outcome = 1 | row, the reference action), (n,)."""
        chance: Floats = expit(margin(self.base, matrix) if self._forest is None else self._forest.margin(matrix))
        return chance

    @cached_property
    def _forest(self) -> Forest | None:
        return Forest.of(self.base)

    def _design(self, matrix: Matrix, start: Floats) -> list[Floats]:
        left = room(np.clip(start + self.usual, 0.0, 1.0))
        return self.weights.design([contrasts(p, self.shares, matrix, left) for p in self.patterns], len(matrix))


def _moved(start: Floats, effect: Floats) -> Floats:
    return np.clip(start[:, None] + effect, 0.0, 1.0)
