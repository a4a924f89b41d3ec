"""Whether the tables still arrive, as many rows as usual and in the unit they had: each window against those before.

A row counts from when it became known; amounts that are 0 or missing say nothing of a unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.kernel.windows import Floats, Ints, Mask
from features.ledger.calendar import DAY
from features.ledger.ledger import Columns, Ledger
from serving.monitoring.finding import Finding, chance_of_gap
from serving.monitoring.reference import usual_of
from serving.monitoring.settings import DECISIONS, FEEDS, MonitoringSettings
from serving.monitoring.span import Span
from serving.monitoring.stability import chance_apart, counts, edges_of

AMOUNTS: Mapping[str, tuple[str, ...]] = {
    "loans": ("principal",),
    "instalments": ("amount_due",),
    "payments": ("amount",),
    "incomes": ("amount",),
    "credit": ("credit_limit", "balance", "external_debt"),
}
"""The columns in currency of each table."""

_WINDOWS, _TO_DEVIATION = 6, 1.4826
_FEWEST = 20
"""Customers with an amount, on either side, below which a unit is not judged."""


@dataclass(frozen=True)
class Feed:
    """The rows of a table, or the journal's decisions.

    Those of the window, and the median ``usual`` of the ``windows`` as long before it; ``spread`` is the standard
    deviation of these, by their median deviation, so that a gap among them counts for little. ``newest`` is the last
    row's moment (ISO, UTC; None: no row), ``silent_days`` ago; ``longest_days`` is how long it may be, None where the
    table is not watched.
    """

    table: str
    rows: int
    usual: float
    spread: float
    windows: int
    newest: str | None
    silent_days: float | None
    longest_days: float | None


@dataclass(frozen=True)
class Scale:
    """A column in currency: the median amount of ``customers`` people in the window, and of people before it."""

    table: str
    column: str
    customers: int
    before: float
    now: float
    chance: float

    @property
    def factor(self) -> float:
        """How many times the amount before the amount now is."""
        return self.now / self.before


def feeds_of(ledger: Ledger, decided_at: Ints, window: Span, settings: MonitoringSettings) -> tuple[Feed, ...]:
    """Return how each table arrives, and how decisions come, made at ``decided_at`` (seconds)."""
    known = {name: _known_at(ledger, name) for name in FEEDS} | {DECISIONS: decided_at}
    return tuple(_feed(name, at, window, settings) for name, at in known.items())


def scales_of(ledger: Ledger, window: Span, settings: MonitoringSettings) -> tuple[Scale, ...]:
    """Return the usual amount of each column in currency of which the window has enough customers."""
    before = Span(window.until - settings.history_days * DAY, window.since)
    found = [_scale(name, column, ledger, before, window) for name, columns in AMOUNTS.items() for column in columns]
    return tuple(one for one in found if one is not None)


def feed_findings(feeds: tuple[Feed, ...]) -> Iterator[Finding]:
    """Yield what there is to say of each table."""
    for feed in feeds:
        if feed.longest_days is None:
            continue
        silent = np.inf if feed.silent_days is None else feed.silent_days
        came = "no row has come" if feed.silent_days is None else f"the last row came {silent:.1f} days ago"
        told = f"{came}, at the end of the window; {feed.longest_days:g} days are the longest"
        yield Finding("stale_feed", feed.table, silent / feed.longest_days, None, told)
        if feed.windows >= 2 and feed.usual > 0:
            error = float(np.sqrt(max(feed.usual, feed.spread**2) * (1 + 1.57 / feed.windows)))
            chance = chance_of_gap(feed.rows - feed.usual, error)
            told = f"{feed.rows:,} rows, {feed.usual:,.0f} in each of {feed.windows} windows before"
            yield Finding("thin_feed", feed.table, max(0.0, 1 - feed.rows / feed.usual), chance, told)


def scale_findings(scales: tuple[Scale, ...]) -> Iterator[Finding]:
    """Yield what there is to say of each column's unit."""
    for scale in scales:
        told = f"the usual amount is {scale.now:,.2f} for {scale.customers:,} customers, before {scale.before:,.2f}"
        name = f"{scale.table}.{scale.column}"
        yield Finding("broken_unit", name, max(scale.factor, 1 / scale.factor), scale.chance, told)


def _known_at(ledger: Ledger, table: str) -> Ints:
    """Return from when each row is known; instalments count at their due date."""
    rows: Columns = getattr(ledger, table)
    return rows.at


def _feed(table: str, at: Ints, window: Span, settings: MonitoringSettings) -> Feed:
    known = np.sort(at[at < window.until])
    length = window.until - window.since
    most = min(_WINDOWS, settings.history_days // settings.window_days - 1)
    first = int(known[0]) if len(known) else window.since
    whole = max(0, min(most, (window.since - first) // length))
    starts = window.since - length * np.arange(whole + 1)
    rows = np.searchsorted(known, starts + length) - np.searchsorted(known, starts)
    newest = int(known[-1]) if len(known) else None
    return Feed(
        table=table,
        rows=int(rows[0]),
        usual=float(np.median(rows[1:])) if whole else 0.0,
        spread=_TO_DEVIATION * float(np.median(np.abs(rows[1:] - np.median(rows[1:])))) if whole else 0.0,
        windows=int(whole),
        newest=None if newest is None else pd.Timestamp(newest, unit="s", tz="UTC").isoformat(),
        silent_days=None if newest is None else (window.until - newest) / DAY,
        longest_days=settings.feeds.get(table),
    )


def _scale(table: str, column: str, ledger: Ledger, before: Span, window: Span) -> Scale | None:
    rows: Columns = getattr(ledger, table)
    amount = np.asarray(rows[column], np.float64)
    told = ~np.isnan(amount) & (amount != 0)
    sides = [_last_of_each(rows, told & (rows.at >= span.since) & (rows.at < span.until)) for span in (before, window)]
    if min(map(len, sides)) < _FEWEST:
        return None
    old, new = (np.abs(amount[side]) for side in sides)
    return Scale(table, column, len(new), _usual(old), _usual(new), _chance(old, new))


def _usual(amounts: Floats) -> float:
    usual = usual_of(amounts)
    return 1.0 if usual is None else usual


def _chance(old: Floats, new: Floats) -> float:
    edges = edges_of(old)
    return chance_apart(counts(old, edges), counts(new, edges))


def _last_of_each(rows: Columns, wanted: Mask) -> Ints:
    """Return the last wanted row of each customer."""
    found = np.flatnonzero(wanted)
    owner = rows.customer[found]
    return found[np.append(owner[1:] != owner[:-1], True)] if len(found) else found
