"""One answer from trusted and untrusted evidence, over all actions: a Gaussian hierarchical model.

Average effects of the actions are drawn around a common one, weights of a pattern around a common one, and
what untrusted rows say is off by a bias drawn around a common one. How far effects are spread is chosen by
marginal likelihood; over how large the bias is, and what a pattern weighs, answers are averaged by it: where
trusted rows contradict untrusted ones the bias is wide and they count for little, and where effects do not
follow a pattern its weights are 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import block_diag

from training.response.evidence import Evidence

Floats = npt.NDArray[np.float64]

_COMMON_EFFECT = 0.3
_WEIGHT_BIAS, _OWN_WEIGHT_BIAS = 0.5, 0.3
_TYPICAL_SPREAD, _TYPICAL_BIAS = 0.05, 0.1
_PRICE_OF_PATTERN = 1.0
_SPREADS_OF_EFFECTS, _SPREADS_OF_BIAS = (0.015, 0.03, 0.05, 0.08, 0.15), (0.01, 0.02, 0.03, 0.05, 0.08, 0.15)
_COMMON_BIASES = (0.02, 0.05, 0.1, 0.2)
_COMMON_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
_OWN_SHARES = (0.05, 0.25, 0.5)
_SWEEPS = 3


@dataclass(frozen=True)
class Pooled:
    """The posterior ``mean`` (k - 1, 1 + p) of effects and weights, and what it rests on.

    ``covariance`` is that of the flattened mean. ``spread_of_effects`` and ``spread_of_bias``: standard
    deviations between actions, in probability. ``no_pattern`` (p,): the probability that a pattern says
    nothing of effects.
    """

    mean: Floats
    covariance: Floats
    spread_of_effects: float
    spread_of_bias: float
    no_pattern: tuple[float, ...]


@dataclass(frozen=True)
class _Setting:
    """One choice of what is not known of the parameters.

    ``common`` (p,): the weight of each pattern that actions share; ``own``: how far an action's own weight
    strays from it, as a share of it; ``effects`` and ``bias``: their spread over actions, in probability;
    ``common_bias``: how large the bias that actions share may be, in probability.
    """

    common: tuple[float, ...]
    own: float
    effects: float
    bias: float
    common_bias: float


@dataclass(frozen=True)
class _Stack:
    """Trusted evidence, then untrusted, of the parameters of ``contrasts`` actions with ``terms`` each."""

    value: Floats
    noise: Floats
    place: npt.NDArray[np.int64]
    untrusted: npt.NDArray[np.bool_]
    contrasts: int
    terms: int

    @property
    def term(self) -> npt.NDArray[np.int64]:
        """Which term each parameter is: 0 the average effect, then the patterns."""
        return np.tile(np.arange(self.terms), self.contrasts)

    def prior(self, setting: _Setting) -> tuple[Floats, Floats]:
        """Return mean and covariance of the parameters before any evidence."""
        mean = np.concatenate([[0.0], setting.common])[self.term]
        own = np.concatenate([[setting.effects], setting.own * np.array(setting.common)])[self.term]
        average = self.term == 0
        return mean, np.diag(own**2) + _COMMON_EFFECT**2 * np.outer(average, average)

    def scatter(self, covariance: Floats, setting: _Setting) -> Floats:
        """Return the covariance of the evidence: of the parameters, of their estimates, and of the bias."""
        total = covariance[np.ix_(self.place, self.place)] + self.noise + 1e-10 * np.eye(len(self.value))
        for j in range(self.terms):
            rows = np.flatnonzero(self.untrusted & (self.term[self.place] == j))
            common, own = (_WEIGHT_BIAS, _OWN_WEIGHT_BIAS) if j else (setting.common_bias, setting.bias)
            total[np.ix_(rows, rows)] += common**2 + own**2 * np.eye(len(rows))
        return total

    def log_score(self, setting: _Setting) -> float:
        """Return the log density of evidence and setting, up to a constant."""
        mean, covariance = self.prior(setting)
        root = np.linalg.cholesky(self.scatter(covariance, setting))
        scaled = np.linalg.solve(root, self.value - mean[self.place])
        price = ((setting.effects / _TYPICAL_SPREAD) ** 2 + (setting.bias / _TYPICAL_BIAS) ** 2) / 2
        price += sum(_PRICE_OF_PATTERN + np.log(len(_COMMON_WEIGHTS) - 1) for weight in setting.common if weight > 0)
        return float(-0.5 * scaled @ scaled - np.log(np.diag(root)).sum() - price)

    def posterior(self, setting: _Setting) -> tuple[Floats, Floats]:
        """Return mean and covariance of the parameters given the evidence, under one setting."""
        mean, covariance = self.prior(setting)
        seen = covariance[:, self.place]
        gain = np.linalg.solve(self.scatter(covariance, setting), seen.T).T
        return mean + gain @ (self.value - mean[self.place]), covariance - gain @ seen.T


def pool(trusted: Evidence, untrusted: Evidence | None, contrasts: int, patterns: int) -> Pooled:
    """Return the posterior of all ``contrasts`` x (1 + ``patterns``) parameters.

    ``trusted`` is taken as unbiased; ``untrusted`` (None: there is none) as off by a bias to be found.
    """
    stack = _stacked(trusted, untrusted, contrasts, 1 + patterns)
    setting = _likeliest(stack, patterns)
    biases = product(_COMMON_BIASES, _SPREADS_OF_BIAS) if untrusted else [(setting.common_bias, setting.bias)]
    settings = [
        replace(setting, common_bias=common, bias=own, **choice)
        for (common, own), choice in product(biases, _weight_choices(patterns))
    ]
    score = np.array([stack.log_score(one) for one in settings])
    share = np.exp(score - score.max())
    share /= share.sum()
    used = [i for i in range(len(share)) if share[i] > 1e-4]
    share = share[used] / share[used].sum()
    parts = [stack.posterior(settings[i]) for i in used]
    mean = np.einsum("s,sm->m", share, np.stack([part[0] for part in parts]))
    apart = np.stack([part[0] for part in parts]) - mean
    covariance = np.einsum("s,smn->mn", share, np.stack([part[1] for part in parts]))
    covariance += np.einsum("s,sm,sn->mn", share, apart, apart)
    idle = tuple(
        float(sum(share[s] for s, i in enumerate(used) if settings[i].common[j] == 0)) for j in range(patterns)
    )
    mean = mean.reshape(contrasts, 1 + patterns)
    return Pooled(mean, (covariance + covariance.T) / 2, setting.effects, setting.bias, idle)


def _stacked(trusted: Evidence, untrusted: Evidence | None, contrasts: int, terms: int) -> _Stack:
    parts = [trusted] if untrusted is None else [trusted, untrusted]
    sizes = [len(part.value) for part in parts]
    noise = block_diag(*(part.covariance for part in parts))
    value = np.concatenate([part.value for part in parts])
    place = np.concatenate([part.place for part in parts])
    return _Stack(value, noise, place, np.arange(len(value)) >= sizes[0], contrasts, terms)


def _weight_choices(patterns: int) -> list[dict[str, Any]]:
    grid = product(_OWN_SHARES, product(_COMMON_WEIGHTS, repeat=patterns))
    return [{"own": own, "common": common} for own, common in grid]


def _likeliest(stack: _Stack, patterns: int) -> _Setting:
    """Return the setting with the largest score, searched block by block."""
    setting = _Setting((0.0,) * patterns, _OWN_SHARES[1], 0.05, 0.05, _COMMON_BIASES[1])
    blocks = (
        _weight_choices(patterns),
        [{"effects": size} for size in _SPREADS_OF_EFFECTS],
        [{"bias": size} for size in _SPREADS_OF_BIAS],
    )
    for _ in range(_SWEEPS):
        for block in blocks:
            setting = max((replace(setting, **choice) for choice in block), key=stack.log_score)
    return setting
