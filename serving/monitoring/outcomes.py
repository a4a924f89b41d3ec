"""What came true of the default probabilities, as labels mature: known a horizon and a delay after their moment.

Each customer counts once, with the first decision of a window, so that chance can be reckoned with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom

from features.kernel.windows import Floats, Mask
from features.labels import FATES, LABELLED, fates_of
from features.ledger.calendar import DAY
from features.ledger.ledger import Ledger
from serving.monitoring.decided import Decided
from serving.monitoring.finding import Finding, chance_of_gap
from serving.monitoring.ranking import auc, auc_error
from serving.monitoring.reference import Reference
from serving.monitoring.settings import MonitoringSettings
from serving.monitoring.span import Span

ALL = "all"


@dataclass(frozen=True)
class TierCalibration:
    """Defaults expected and observed among the ``customers`` of a tier (``all``: of every tier) whose label matured.

    ``chance``: how often as many defaults above or below those expected come about when each probability is right.
    """

    tier: str
    customers: int
    expected: float
    observed: int
    chance: float

    @property
    def expected_rate(self) -> float:
        """The mean default probability."""
        return self.expected / max(self.customers, 1)

    @property
    def observed_rate(self) -> float:
        """The default rate."""
        return self.observed / max(self.customers, 1)


@dataclass(frozen=True)
class Ranking:
    """The AUC of the matured decisions with its standard error, beside that of the champion's judge window.

    None where the customers are not of both kinds.
    """

    customers: int
    defaults: int
    auc: float | None
    error: float | None
    reference_auc: float
    chance: float


@dataclass(frozen=True)
class LabelVintage:
    """The decisions of a month, by their first one a customer, and the share in default so many days after.

    ``shares`` holds a share a day of ``days``; None where not every decision of the month is so old yet.
    """

    month: str
    customers: int
    expected_rate: float
    days: tuple[int, ...]
    shares: tuple[float | None, ...]


@dataclass(frozen=True)
class Matured:
    """The decisions whose label matured in the window, one a customer: probability, tier and default, (n,)."""

    span: Span
    probability: Floats
    tier: tuple[str, ...]
    default: Mask


def matured(
    decided: Decided, ledger: Ledger, window: Span, reference: Reference, settings: MonitoringSettings
) -> Matured:
    """Return the decisions about customers at risk that came of age in the window."""
    span = window.earlier(reference.horizon_days + settings.delay_days)
    rows, days = _labelled(decided.between(span.since, span.until).first(), ledger, reference)
    tier = rows.words["tier"]
    names = tuple(tier.names[code] for code in tier.code)
    return Matured(span, rows["default_probability"], names, ~np.isnan(days))


def calibration_of(came: Matured, tiers: tuple[str, ...]) -> tuple[TierCalibration, ...]:
    """Return the calibration of all and of each tier, in the order of the policy."""
    tier = np.array(came.tier, dtype=object)
    chosen = {ALL: np.ones(len(tier), np.bool_), **{name: tier == name for name in tiers}}
    return tuple(_calibration(name, came.probability[rows], came.default[rows]) for name, rows in chosen.items())


def ranking_of(came: Matured, reference: Reference) -> Ranking:
    """Return how well the matured probabilities ranked."""
    bad = int(came.default.sum())
    area = auc(came.default.astype(np.float64), came.probability)
    if np.isnan(area):
        return Ranking(len(came.default), bad, None, None, reference.auc, 1.0)
    error = auc_error(area, bad, len(came.default) - bad)
    chance = chance_of_gap(reference.auc - area, float(np.hypot(error, reference.auc_error)))
    return Ranking(len(came.default), bad, area, error, reference.auc, chance)


def vintages_of(
    decided: Decided, ledger: Ledger, window: Span, reference: Reference, settings: MonitoringSettings, zone: str
) -> tuple[LabelVintage, ...]:
    """Return the decisions of each month of the history, and how many had defaulted after thirds of the horizon."""
    days = tuple(round(reference.horizon_days * third / 3) for third in (1, 2, 3))
    moments = pd.to_datetime(decided.at, unit="s", utc=True).tz_convert(zone)
    months = moments.strftime("%Y-%m").to_numpy(dtype=object)
    found = []
    for month in sorted(set(months)):
        rows, to_default = _labelled(decided.rows(months == month).first(), ledger, reference)
        if not len(rows):
            continue
        age = (window.until - int(rows.at.max())) / DAY - settings.delay_days
        shares = tuple(float((to_default <= day).mean()) if age >= day else None for day in days)
        found.append(LabelVintage(month, len(rows), float(rows["default_probability"].mean()), days, shares))
    return tuple(found)


def outcome_findings(calibration: tuple[TierCalibration, ...], ranking: Ranking) -> Iterator[Finding]:
    """Yield what there is to say of calibration and ranking."""
    for one in calibration:
        if not one.expected:
            continue
        told = (
            f"{one.observed:,} of {one.customers:,} customers defaulted, {one.expected:.1f} were expected; "
            f"chance does as much in {one.chance:.2g} of windows"
        )
        rule = "label_shift" if one.tier == ALL else "tier_calibration"
        yield Finding(rule, one.tier, abs(one.observed / one.expected - 1), one.chance, told)
    if ranking.auc is not None:
        drop = max(0.0, ranking.reference_auc - ranking.auc)
        told = (
            f"AUC {ranking.auc:.3f} on {ranking.defaults:,} defaults, {ranking.reference_auc:.3f} on the judge window"
        )
        yield Finding("ranking", "default_probability", drop, ranking.chance, told)


def at_risk(decided: Decided, ledger: Ledger, reference: Reference) -> Decided:
    """Return the decisions about customers of the kind the model learned from: of the book, at risk, not in default."""
    return _labelled(decided, ledger, reference)[0]


def _labelled(decided: Decided, ledger: Ledger, reference: Reference) -> tuple[Decided, Floats]:
    known = decided.rows(decided.customer >= 0)
    fates = fates_of(ledger, known.customer, known.at, reference.dpd, reference.horizon_days)
    chosen = fates.fate == FATES.index(LABELLED)
    return known.rows(chosen), fates.days_to_default[chosen]


def _calibration(tier: str, probability: Floats, default: Mask) -> TierCalibration:
    n, bad, expected = len(default), int(default.sum()), float(probability.sum())
    mean = expected / n if n else 0.0
    tails = (binom.cdf(bad, n, mean), binom.sf(bad - 1, n, mean))
    return TierCalibration(tier, n, expected, bad, min(1.0, 2 * float(min(tails))))
