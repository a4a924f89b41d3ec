"""One answer from trusted and untrusted evidence, over all actions: a Gaussian hierarchical model.

Average effects of the actions are drawn around a common one, weights of a pattern around a common one, and
what untrusted rows say is off by a bias drawn around a common one. How far each is spread is chosen by
marginal likelihood: where trusted rows contradict untrusted ones the bias is wide and they count for little,
and where effects do not follow a pattern its weights are 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.evidence import Evidence

Floats = npt.NDArray[np.float64]

_COMMON_EFFECT, _COMMON_BIAS = 0.3, 0.2
_WEIGHT_BIAS, _OWN_WEIGHT_BIAS = 0.5, 0.3
_TYPICAL_SPREAD = 0.05
_PRICE_OF_PATTERN = 1.0
_GRIDS = {
    "effects": (0.01, 0.02, 0.03, 0.05, 0.08, 0.15),
    "bias": (0.01, 0.02, 0.03, 0.05, 0.08, 0.15),
    "common": (0.0, 0.1, 0.2, 0.35, 0.6, 1.0),
    "own": (0.0, 0.1, 0.2, 0.35, 0.6),
}
_SWEEPS = 3


@dataclass(frozen=True)
class Pooled:
    """The posterior: ``mean`` (actions - 1, 1 + p), its ``covariance`` over the flattened mean, and ``spreads``,
    the standard deviations chosen (``effects``, ``bias`` in probability; ``common_j``, ``own_j`` in weight).
    """

    mean: Floats
    covariance: Floats
    spreads: Mapping[str, float]


@dataclass(frozen=True)
class _Model:
    """The evidence stacked, and what each choice of spreads makes of it."""

    value: Floats
    noise: Floats
    place: npt.NDArray[np.int64]
    untrusted: npt.NDArray[np.bool_]
    contrasts: int
    terms: int

    def prior(self, spreads: Mapping[str, float]) -> Floats:
        """Return the prior covariance of all parameters."""
        total = np.zeros((self.contrasts * self.terms,) * 2)
        for j in range(self.terms):
            rows = np.arange(self.contrasts) * self.terms + j
            common, own = (_COMMON_EFFECT, spreads["effects"])
            if j:
                common, own = spreads[f"common_{j}"], spreads[f"own_{j}"]
            total[np.ix_(rows, rows)] = common**2 + own**2 * np.eye(len(rows))
        return total

    def noise_with_bias(self, spreads: Mapping[str, float]) -> Floats:
        """Return the covariance of the evidence around the parameters, the bias of untrusted rows in it."""
        total = self.noise.copy()
        for j in range(self.terms):
            rows = np.flatnonzero(self.untrusted & (self.place % self.terms == j))
            common, own = (_WEIGHT_BIAS, _OWN_WEIGHT_BIAS) if j else (_COMMON_BIAS, spreads["bias"])
            total[np.ix_(rows, rows)] += common**2 + own**2 * np.eye(len(rows))
        return total

    def log_likelihood(self, spreads: Mapping[str, float]) -> float:
        """Return the log density of the evidence, less the price of complexity, up to a constant."""
        scatter = self.prior(spreads)[np.ix_(self.place, self.place)] + self.noise_with_bias(spreads)
        root = np.linalg.cholesky(scatter + 1e-10 * np.eye(len(scatter)))
        scaled = np.linalg.solve(root, self.value)
        price = sum((spreads[name] / _TYPICAL_SPREAD) ** 2 / 2 for name in ("effects", "bias"))
        price += _PRICE_OF_PATTERN * sum(size > 0 for name, size in spreads.items() if "_" in name)
        return float(-0.5 * scaled @ scaled - np.log(np.diag(root)).sum() - price)

    def posterior(self, spreads: Mapping[str, float]) -> tuple[Floats, Floats]:
        """Return mean and covariance of all parameters given the evidence."""
        prior = self.prior(spreads)
        seen = prior[:, self.place]
        scatter = seen[self.place] + self.noise_with_bias(spreads)
        gain = np.linalg.solve(scatter + 1e-10 * np.eye(len(scatter)), seen.T).T
        covariance = prior - gain @ seen.T
        return gain @ self.value, (covariance + covariance.T) / 2


def pool(trusted: Evidence, untrusted: Evidence | None, contrasts: int, patterns: int) -> Pooled:
    """Return the posterior of all ``contrasts`` x (1 + ``patterns``) parameters.

    ``trusted`` is taken as unbiased; ``untrusted`` (None: there is none) as off by a bias to be found.
    """
    parts = [trusted] if untrusted is None else [trusted, untrusted]
    sizes = [len(part.value) for part in parts]
    noise = np.zeros((sum(sizes),) * 2)
    noise[: sizes[0], : sizes[0]] = trusted.covariance
    noise[sizes[0] :, sizes[0] :] = parts[-1].covariance if untrusted is not None else 0.0
    model = _Model(
        np.concatenate([part.value for part in parts]),
        noise,
        np.concatenate([part.place for part in parts]),
        np.arange(sum(sizes)) >= sizes[0],
        contrasts,
        1 + patterns,
    )
    spreads = _chosen(model, patterns)
    mean, covariance = model.posterior(spreads)
    return Pooled(mean.reshape(contrasts, 1 + patterns), covariance, spreads)


def _chosen(model: _Model, patterns: int) -> dict[str, float]:
    spreads = {"effects": 0.05, "bias": 0.05}
    for j in range(1, patterns + 1):
        spreads |= {f"common_{j}": 0.6, f"own_{j}": 0.0}
    for _ in range(_SWEEPS):
        for name in spreads:
            grid = _GRIDS[name.split("_")[0]]
            spreads[name] = max(grid, key=lambda size, name=name: model.log_likelihood(spreads | {name: size}))  # type: ignore[misc]
    return spreads
