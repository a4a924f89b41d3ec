"""From a book, a journal and the models in service to the watch of a window, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.book import Book
from features.history import History
from features.kernel.windows import Floats
from features.labels import paid_within
from features.ledger.calendar import DAY
from features.matrix import COLUMNS, values_of
from serving.journal import Journal
from serving.journal.entry import microseconds_of
from serving.monitoring.action_value import ActionValue, PolicyWorth, action_values, modelled_worth, policy_worths
from serving.monitoring.alarms import alarms_of
from serving.monitoring.arrears import forecast_of, loan_vintages, months_of, roll_rates
from serving.monitoring.attributes import attributes_of, treated_groups
from serving.monitoring.cure import cures_of
from serving.monitoring.decided import Advance, Decided, read_decided
from serving.monitoring.feeds import feeds_of, scales_of
from serving.monitoring.in_service import InService
from serving.monitoring.month_ends import month_ends
from serving.monitoring.outcomes import at_risk, calibration_of, matured, ranking_of, vintages_of
from serving.monitoring.reference import SCORE, Reference
from serving.monitoring.rivals import LADDER, LADDER_MODELLED, rival_of
from serving.monitoring.sampled import paid_by_now, valued
from serving.monitoring.settings import MonitoringSettings
from serving.monitoring.shifts import category_shift_of, feature_shifts, shift_of
from serving.monitoring.span import Span, iso
from serving.monitoring.treatment import blocks_of, fairness_of, voices_of
from serving.monitoring.watch import (
    Arrears,
    Drift,
    Outcomes,
    Sources,
    Treatment,
    Watch,
    findings_of,
    volume_of,
)
from serving.monitoring.weeks import weeks_of
from serving.policy_settings import PolicySettings

STAGES = {
    "read": "1/6 decisions of the journal (next: their outcomes)",
    "outcomes": "2/6 outcomes (next: drift)",
    "drift": "3/6 drift, labels, treatment (next: values)",
    "values": "4/6 values of actions and policies (next: arrears)",
    "arrears": "5/6 arrears and feeds (next: Evidently's reports)",
    "show": "6/6 Evidently's reports",
}
"""The stages that ``watch``, and then ``write_reports``, tell of, in words."""


@dataclass(frozen=True)
class Watched:
    """The watch of a window, and what it was made from that others go on with.

    ``sample`` holds the features and score of the customers sampled, ``decided`` all decisions read.
    """

    watch: Watch
    sample: pd.DataFrame
    decided: Decided


@dataclass(frozen=True)
class Desk:
    """What the parts of a watch are made from; ``window`` ends at the moment of the watch."""

    book: Book
    decided: Decided
    window: Span
    service: InService
    policy: PolicySettings
    settings: MonitoringSettings
    zone: str

    @property
    def since(self) -> int:
        """From when on anything is looked at, in seconds."""
        return self.window.until - self.settings.history_days * DAY


def watch(
    book: Book,
    journal: Journal,
    as_of: pd.Timestamp,
    service: InService,
    policy: PolicySettings,
    settings: MonitoringSettings,
    set_aside: int = 0,
    advance: Advance = lambda stage, share: None,
) -> Watched:
    """Count the window that ends at ``as_of``, which has a time zone.

    ``book`` holds valid rows, ``set_aside`` customers having been left out of it; what it knows after ``as_of`` is
    told to nobody but by mistake, so give the book of that moment. ``advance`` is told how far each of ``STAGES`` is.

    Raises
    ------
    JournalError, UnavailableError
        When the journal is damaged or does not answer.
    """
    zone = settings.zone or str(book.customers["timezone"].mode().iloc[0])
    window = Span.window(as_of, settings)
    since = window.until - settings.history_days * DAY
    desk = Desk(book, read_decided(journal, book, since, advance), window, service, policy, settings, zone)
    advance("drift", 0.0)
    now = desk.decided.between(window.since, window.until)
    drift, sample = _drift(desk, now)
    advance("drift", 0.4)
    outcomes, treatment = _outcomes(desk), _treatment(desk, now)
    advance("values", 0.0)
    actions, policies = _values(desk)
    advance("arrears", 0.0)
    sources, arrears = _sources(desk, set_aside), _arrears(desk)
    weeks = weeks_of(book, desk.decided, window.until, zone, policy)
    advance("arrears", 1.0)
    volume = volume_of(now, _requests(journal, window))
    found = findings_of(volume, drift, outcomes, actions, sources, treatment, arrears, settings.rules)
    told = Watch(
        since=iso(window.since, zone),
        until=iso(window.until, zone),
        zone=zone,
        model=service.models.version,
        reference=_in_words(service.reference),
        volume=volume,
        drift=drift,
        outcomes=outcomes,
        actions=actions,
        policies=policies,
        sources=sources,
        treatment=treatment,
        arrears=arrears,
        weeks=weeks,
        alarms=alarms_of(found, settings),
    )
    return Watched(told, sample, desk.decided)


def _drift(desk: Desk, now: Decided) -> tuple[Drift, pd.DataFrame]:
    reference = desk.service.reference
    risky = at_risk(now, desk.book.ledger, reference).drawn(desk.window.until)
    drawn = np.random.default_rng(desk.window.until).permutation(len(risky))[: desk.settings.most_customers]
    chosen = risky.rows(np.sort(drawn))
    values = _features(desk.book, chosen, reference)
    told = attributes_of(desk.book, risky.customer)
    drift = Drift(
        customers=len(risky),
        sampled=len(chosen),
        score=shift_of(reference.score, risky[SCORE], reference.customers),
        features=feature_shifts(reference, values),
        categories=tuple(category_shift_of(name, reference.categories[name], told[name]) for name in told),
    )
    return drift, pd.DataFrame({**values, SCORE: chosen[SCORE]})


def _features(book: Book, rows: Decided, reference: Reference) -> Mapping[str, Floats]:
    """Return the model's features of each row as known at its moment, as the reference keeps them."""
    told = values_of(History(book.ledger, rows.customer, rows.at)) if len(rows) else np.empty((0, len(COLUMNS)))
    return {name: told[:, COLUMNS.index(name)] for name in reference.names}


def _outcomes(desk: Desk) -> Outcomes:
    about = (desk.book.ledger, desk.window, desk.service.reference, desk.settings)
    came = matured(desk.decided, *about)
    return Outcomes(
        since=iso(came.span.since, desk.zone),
        until=iso(came.span.until, desk.zone),
        calibration=calibration_of(came, tuple(desk.policy.tiers)),
        ranking=ranking_of(came, desk.service.reference),
        vintages=vintages_of(desk.decided, *about, desk.zone),
    )


def _treatment(desk: Desk, now: Decided) -> Treatment:
    book, window, since = desk.book, desk.window, desk.since
    each = now.rows((now.customer >= 0) & (now.instalment >= 0)).drawn(window.until)
    earlier = window.earlier(desk.settings.window_days)
    before = desk.decided.between(earlier.since, earlier.until)
    return Treatment(
        groups=fairness_of(each, treated_groups(book, each.customer, each.at), desk.policy),
        blocks=blocks_of(now.drawn(window.until), before.drawn(window.until)),
        voices=voices_of(book, window, Span(since, window.since)),
    )


def _values(desk: Desk) -> tuple[tuple[ActionValue, ...], tuple[PolicyWorth, ...]]:
    ended = paid_by_now(desk.decided, desk.window, desk.settings, desk.policy)
    paid, effects = paid_within(desk.book.ledger, ended.instalment, ended.at), desk.service.models.effects
    if effects is None or not len(ended):
        return action_values(ended, paid, None), ()
    one = valued(desk.book, ended, effects, desk.policy, desk.settings.most_valued, desk.window.until)
    if not len(one):
        return action_values(ended, paid, one), ()
    rivals = {name: rival_of(desk.book, one, models, desk.policy) for name, models in desk.service.rivals.items()}
    targets = {name: rival.probabilities for name, rival in rivals.items()}
    if not rivals:
        return action_values(ended, paid, one), policy_worths(one, targets)
    ladder = next(iter(rivals.values())).ladder
    worths = (
        *policy_worths(one, {**targets, LADDER: ladder}),
        modelled_worth(LADDER_MODELLED, one, ladder),
    )
    return action_values(ended, paid, one), worths


def _sources(desk: Desk, set_aside: int) -> Sources:
    ledger = desk.book.ledger
    told = (
        feeds_of(ledger, desk.decided.at, desk.window, desk.settings),
        scales_of(ledger, desk.window, desk.settings),
    )
    return Sources(*told, customers=len(ledger.ids) + set_aside, set_aside=set_aside)


def _arrears(desk: Desk) -> Arrears:
    ledger = desk.book.ledger
    since, until = (
        pd.Timestamp(at, unit="s", tz="UTC").tz_convert(desk.zone) for at in (desk.since, desk.window.until)
    )
    ends = month_ends(ledger, since, until)
    return Arrears(
        months=months_of(ends),
        rolls=roll_rates(ends),
        vintages=loan_vintages(ledger, ends, desk.window.until),
        cures=cures_of(ledger, desk.since, desk.window.until),
        forecast=forecast_of(ends),
    )


def _requests(journal: Journal, window: Span) -> int:
    """Return how many asked for a person in the window."""
    written = (microseconds_of(record.entry.at) // 1_000_000 for record in journal.person_requests())
    return sum(window.since <= at < window.until for at in written)


def _in_words(reference: Reference) -> str:
    days = f"{reference.first[:10]} to {reference.last[:10]}"
    return f"{reference.rows:,} cases of {reference.customers:,} customers, {days}"
