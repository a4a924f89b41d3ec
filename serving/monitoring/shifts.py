"""How the score, the features and the categories of a window stand against the champion's fit window.

Current cases are one a customer, so that chance can be reckoned with; the reference's cases weigh as its customers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from features.catalogue import CATALOGUE
from serving.monitoring.finding import Finding, chance_of_shares
from serving.monitoring.reference import Profile, Reference, category_counts, usual_of
from serving.monitoring.settings import Rules
from serving.monitoring.stability import chance_apart, counts, psi

Floats = npt.NDArray[np.float64]

_WITH_UNITS = ("currency", "points", "ratio")
"""The units of features that a source may deliver in another; days, counts and shares are made here."""

_GROWN = 2.0
"""How many times the judge window's index a feature may have moved: the trend under which it was approved goes on."""

_UNSEEN = 3.0
"""At most so many customers in a sample of the reference's size are of categories that it did not show (95 %)."""


@dataclass(frozen=True)
class Shift:
    """How a column has moved.

    ``psi``, and how often ``chance`` alone does as much; ``judged``: the index of the judge window already. The shares
    ``missing_before`` and ``missing_now``, with ``missing_chance``. ``factor``: the usual amount (median of absolute
    values that are not 0) over that of the reference; None where either has none. ``now`` (bins,) are the customers of
    the window by the reference's bins, ``before`` its shares.
    """

    name: str
    customers: int
    psi: float
    chance: float
    missing_before: float
    missing_now: float
    missing_chance: float
    factor: float | None
    judged: float
    edges: tuple[float, ...]
    before: tuple[float, ...]
    now: tuple[int, ...]

    @property
    def known_psi(self) -> float:
        """The index of the values that are not missing, which a feed that fails or comes back does not move."""
        known, current = np.array(self.before[:-1]) * self.customers, np.array(self.now[:-1])
        return psi(known, current) if known.sum() and current.sum() else 0.0


@dataclass(frozen=True)
class CategoryShift:
    """How the categories of an attribute have moved: ``unseen`` customers are of categories that the reference lacks.

    ``before`` and ``now`` are the customers by category.
    """

    name: str
    customers: int
    psi: float
    chance: float
    unseen: int
    unseen_chance: float
    before: Mapping[str, int]
    now: Mapping[str, int]

    @property
    def new(self) -> list[str]:
        """The categories that the reference lacks."""
        return [name for name in self.now if name not in self.before]


def shift_of(profile: Profile, values: Floats, customers: int) -> Shift:
    """Return how ``values`` (n,), one a customer, stand against a profile of so many ``customers``."""
    reference, current = np.array(profile.counts), counts(values, np.array(profile.edges))
    shares, n = reference / reference.sum(), len(values)
    missing = float(shares[-1])
    usual = usual_of(values)
    return Shift(
        name=profile.name,
        customers=n,
        psi=psi(reference, current) if n else 0.0,
        chance=chance_apart(shares * customers, current) if n else 1.0,
        missing_before=missing,
        missing_now=float(current[-1] / n) if n else missing,
        missing_chance=chance_of_shares(float(current[-1]), n, missing * customers, customers),
        factor=usual / profile.usual if usual and profile.usual else None,
        judged=profile.judged,
        edges=profile.edges,
        before=tuple(map(float, shares)),
        now=tuple(map(int, current)),
    )


def category_shift_of(name: str, before: Mapping[str, int], labels: Sequence[Any] | npt.NDArray[Any]) -> CategoryShift:
    """Return how ``labels`` (n,), one a customer and None where not known, stand against the reference's counts."""
    now = category_counts(labels)
    names = [*before, *(label for label in now if label not in before)]
    reference, current = (np.array([one.get(label, 0) for label in names], np.int64) for one in (before, now))
    n, customers = int(current.sum()), int(reference.sum())
    unseen = sum(rows for label, rows in now.items() if label not in before)
    seen = reference > 0
    return CategoryShift(
        name=name,
        customers=n,
        psi=psi(reference, current) if n and customers else 0.0,
        chance=chance_apart(reference[seen], current[seen]) if n and seen.any() else 1.0,
        unseen=unseen,
        unseen_chance=float(binom.sf(unseen - 1, n, min(_UNSEEN / max(customers, 1), 1.0))) if unseen else 1.0,
        before=dict(before),
        now=now,
    )


def feature_shifts(reference: Reference, values: Mapping[str, Floats]) -> tuple[Shift, ...]:
    """Return the shift of each feature of the model, (n,) values by name, the most moved first."""
    found = [shift_of(profile, values[profile.name], reference.customers) for profile in reference.features]
    return tuple(sorted(found, key=lambda shift: -shift.psi))


def score_findings(shift: Shift) -> Iterator[Finding]:
    """Yield what there is to say of the score."""
    yield Finding("score_shift", shift.name, shift.psi, shift.chance, _moved(shift))


def feature_findings(shifts: Sequence[Shift], rules: Rules) -> Iterator[Finding]:
    """Yield what there is to say of each feature: a broken unit or missing values where these explain the shift."""
    for shift in shifts:
        rise = max(0.0, shift.missing_now - shift.missing_before)
        told = f"missing in {shift.missing_now:.1%} of {shift.customers:,}, before in {shift.missing_before:.1%}"
        yield Finding("missing_values", shift.name, rise, shift.missing_chance, told)
        yield _moved_as(shift, rules)


def category_findings(shifts: Sequence[CategoryShift]) -> Iterator[Finding]:
    """Yield what there is to say of each attribute."""
    for shift in shifts:
        share = shift.unseen / max(shift.customers, 1)
        new = ", ".join(shift.new[:5])
        told = (
            f"{shift.unseen:,} of {shift.customers:,} customers in categories new since the fit window: {new or 'none'}"
        )
        yield Finding("new_category", shift.name, share, shift.unseen_chance, told)
        moved = f"index {shift.psi:.3f} over {shift.customers:,} customers"
        yield Finding("category_shift", shift.name, shift.psi, shift.chance, moved)


def _moved_as(shift: Shift, rules: Rules) -> Finding:
    """Return the finding of a shift: what of it goes beyond twice the judge window's, and is not of missing values."""
    feature = CATALOGUE.get(shift.name)
    has_unit = shift.factor is not None and (feature is None or feature.unit in _WITH_UNITS)
    times = max(shift.factor, 1 / shift.factor) if has_unit and shift.factor is not None else 1.0
    unit, moved = rules.broken_unit.warning, rules.feature_shift.warning
    size = max(0.0, shift.known_psi - _GROWN * shift.judged)
    if unit is not None and times >= unit and moved is not None and size >= moved:
        told = f"the usual amount is {shift.factor:.3g} times that of the fit window; index {shift.psi:.3f}"
        return Finding("broken_unit", shift.name, times, shift.chance, told)
    return Finding("feature_shift", shift.name, size, shift.chance, _moved(shift))


def _moved(shift: Shift) -> str:
    return (
        f"index {shift.psi:.3f} over {shift.customers:,} customers, {shift.judged:.3f} in the judge window; "
        f"by chance in {shift.chance:.2g} of windows"
    )
