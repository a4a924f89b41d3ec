"""A finding: how large a change is and whether chance alone does as much, before anybody says that it matters."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from scipy.stats import hypergeom, norm

_FEW = 100
"""Cases, of both samples, below which shares are compared exactly."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    ``rule`` is one of those of configs/monitoring.yaml, where it also stands what ``size`` is; the larger, the worse.
    ``chance`` is how often a window in which nothing has changed shows as much, in [0, 1]; None: it has no say.
    ``evidence`` is a sentence with the numbers, without anything of one customer.
    """

    rule: str
    about: str
    size: float
    chance: float | None
    evidence: str


def chance_of_shares(one: float, many: float, other: float, others: float) -> float:
    """Return how often two samples of one law have shares ``one / many`` and ``other / others`` so far apart.

    >>> round(chance_of_shares(300, 1_000, 260, 1_000), 3), round(chance_of_shares(3, 10, 0, 1_000), 6)
    (0.046, 1e-06)
    """
    if min(many, others) <= 0:
        return 1.0
    if min(one + other, many + others - one - other) < _FEW:
        return _exact(round(one), round(many), round(other), round(others))
    both = (one + other) / (many + others)
    spread = both * (1 - both) * (1 / many + 1 / others)
    return 1.0 if spread <= 0 else chance_of_gap(one / many - other / others, sqrt(spread))


def _exact(one: int, many: int, other: int, others: int) -> float:
    """Return Fisher's chance of two shares, both tails as likely as the smaller."""
    law = hypergeom(many + others, one + other, many)
    return min(1.0, 2 * float(min(law.cdf(one), law.sf(one - 1))))


def chance_of_gap(gap: float, error: float) -> float:
    """Return how often chance makes a gap as large, either way, that has a standard error.

    >>> round(chance_of_gap(1.96, 1.0), 3), chance_of_gap(0.0, 0.0)
    (0.05, 1.0)
    """
    return float(2 * norm.sf(abs(gap) / error)) if error > 0 else 1.0
