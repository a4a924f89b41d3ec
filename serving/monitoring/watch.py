"""The watch: every number of a window, made once. Page, weekly report, JSON and MLflow all tell these."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from serving.monitoring.action_value import ActionValue, PolicyWorth, value_findings
from serving.monitoring.alarms import Alarms
from serving.monitoring.arrears import ArrearsMonth, Forecast, LoanVintage, RollRate, arrears_findings
from serving.monitoring.cure import Cure
from serving.monitoring.decided import TOLD, Decided
from serving.monitoring.feeds import Feed, Scale, feed_findings, scale_findings
from serving.monitoring.finding import Finding
from serving.monitoring.outcomes import LabelVintage, Ranking, TierCalibration, outcome_findings
from serving.monitoring.plain import plain
from serving.monitoring.settings import Rules
from serving.monitoring.shifts import CategoryShift, Shift, category_findings, feature_findings, score_findings
from serving.monitoring.treatment import (
    GroupTreatment,
    RuleBlock,
    Voice,
    block_findings,
    fairness_findings,
    voice_findings,
)
from serving.monitoring.weeks import Week

COUNTED = ("tier", "stance", "programme", "stage", "action", "model", "policy", "rules")
"""By what the decisions of a window are counted."""


@dataclass(frozen=True)
class Volume:
    """The decisions of the window: how many, about how many customers, and of each kind.

    ``counts`` are decisions by column of ``COUNTED`` and value, where there is one; ``told`` how many outcomes say yes,
    by what they say. ``paid`` is what outcomes told, ``expected_value`` what was expected, in currency.
    """

    decisions: int
    customers: int
    unknown_customers: int
    requires_human: int
    mean_default_probability: float
    expected_value: float
    counts: Mapping[str, Mapping[str, int]]
    told: Mapping[str, int]
    with_payment: int
    paid: float
    person_requests: int


@dataclass(frozen=True)
class Drift:
    """Score, features and categories of the ``customers`` decided about who are of the kind the model learned from.

    Features were computed anew for ``sampled`` of them.
    """

    customers: int
    sampled: int
    score: Shift
    features: tuple[Shift, ...]
    categories: tuple[CategoryShift, ...]


@dataclass(frozen=True)
class Outcomes:
    """What came true: decisions made between ``since`` and ``until`` (ISO), whose label matured in the window."""

    since: str
    until: str
    calibration: tuple[TierCalibration, ...]
    ranking: Ranking
    vintages: tuple[LabelVintage, ...]


@dataclass(frozen=True)
class Sources:
    """The tables: whether they arrive, in which unit, and of how many of the customers a row was faulty."""

    feeds: tuple[Feed, ...]
    scales: tuple[Scale, ...]
    customers: int
    set_aside: int


@dataclass(frozen=True)
class Treatment:
    """How customers were treated, what was not allowed, and what they said."""

    groups: tuple[GroupTreatment, ...]
    blocks: tuple[RuleBlock, ...]
    voices: tuple[Voice, ...]


@dataclass(frozen=True)
class Arrears:
    """The book's arrears by month, where they roll, by age of the loans, how soon they cure, and what comes."""

    months: tuple[ArrearsMonth, ...]
    rolls: tuple[RollRate, ...]
    vintages: tuple[LoanVintage, ...]
    cures: tuple[Cure, ...]
    forecast: Forecast | None


@dataclass(frozen=True)
class Watch:
    """A window from ``since`` to ``until`` (ISO, in ``zone``), all that was counted in it, and what was raised.

    ``weeks`` are the last ones up to its end, the oldest first. ``model`` is the version in service; ``reference``
    says in words which fit window it is held against.
    """

    since: str
    until: str
    zone: str
    model: str
    reference: str
    volume: Volume
    drift: Drift
    outcomes: Outcomes
    actions: tuple[ActionValue, ...]
    policies: tuple[PolicyWorth, ...]
    sources: Sources
    treatment: Treatment
    arrears: Arrears
    weeks: tuple[Week, ...]
    alarms: Alarms

    def to_json(self) -> str:
        """Return every number as JSON, derived ones included; what is not known is null."""
        return json.dumps({"format": 1, **plain(self)}, indent=1, ensure_ascii=False, allow_nan=False)

    def measures(self) -> dict[str, float]:
        """Return the few numbers whose history reviewers look at, by name."""
        total, ranking = self.outcomes.calibration[0], self.outcomes.ranking
        forecast = self.arrears.forecast
        told: dict[str, float | None] = {
            "decisions": self.volume.decisions,
            "customers": self.volume.customers,
            "score_psi": self.drift.score.psi,
            "largest_feature_psi": max((one.psi for one in self.drift.features), default=None),
            "matured_customers": total.customers,
            "default_rate_expected": total.expected_rate if total.customers else None,
            "default_rate_observed": total.observed_rate if total.customers else None,
            "auc": ranking.auc,
            "set_aside": self.sources.set_aside,
            "overdue": self.arrears.months[-1].overdue if self.arrears.months else None,
            "overdue_forecast": None if forecast is None else forecast.overdue,
            "overdue_forecast_error": None if forecast is None else forecast.error,
            "warnings": sum(one.level == "warning" for one in self.alarms.raised),
            "alarms": sum(one.level == "alarm" for one in self.alarms.raised),
        }
        return {name: float(value) for name, value in told.items() if value is not None}


def volume_of(decided: Decided, person_requests: int) -> Volume:
    """Return the counts of the window's decisions."""
    paid = decided.outcomes["paid"]
    n = len(decided)
    return Volume(
        decisions=n,
        customers=len(np.unique(decided.person)),
        unknown_customers=len(np.unique(decided.person[decided.customer < 0])),
        requires_human=int(decided.requires_human.sum()),
        mean_default_probability=float(decided["default_probability"].mean()) if n else 0.0,
        expected_value=float(decided["expected_value"].sum()),
        counts={name: decided.words[name].counts() for name in COUNTED},
        told={name: int((decided.outcomes[name] == 1).sum()) for name in TOLD},
        with_payment=int((paid > 0).sum()),
        paid=float(np.nansum(paid)),
        person_requests=person_requests,
    )


def _unknown(volume: Volume) -> Finding:
    told = f"{volume.unknown_customers:,} of {volume.customers:,} customers decided about are not in the book"
    return Finding("set_aside", "decisions", volume.unknown_customers / max(volume.customers, 1), None, told)


def findings_of(
    volume: Volume,
    drift: Drift,
    outcomes: Outcomes,
    actions: tuple[ActionValue, ...],
    sources: Sources,
    treatment: Treatment,
    arrears: Arrears,
    rules: Rules,
) -> Iterator[Finding]:
    """Yield all that there is to say of a window, large or small."""
    yield from score_findings(drift.score)
    yield from feature_findings(drift.features, rules)
    yield from category_findings(drift.categories)
    yield from outcome_findings(outcomes.calibration, outcomes.ranking)
    yield from value_findings(actions)
    yield from feed_findings(sources.feeds)
    yield from scale_findings(sources.scales)
    yield _set_aside(sources)
    yield _unknown(volume)
    yield from fairness_findings(treatment.groups)
    yield from block_findings(treatment.blocks)
    yield from voice_findings(treatment.voices)
    yield from arrears_findings(arrears.forecast)


def _set_aside(sources: Sources) -> Finding:
    told = f"{sources.set_aside:,} of {sources.customers:,} customers have a faulty row"
    return Finding("set_aside", "book", sources.set_aside / max(sources.customers, 1), None, told)
