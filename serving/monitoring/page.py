"""The watch as one page of HTML that needs nothing beside it: what was raised first, then every table of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from serving.monitoring.cure import DAYS
from serving.monitoring.drift import HTML
from serving.monitoring.month_ends import BUCKETS
from serving.monitoring.watch import Watch

type Cell = str | float | None

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin:2rem 0 .4rem}p{margin:.3rem 0;color:#555}
table{border-collapse:collapse;font-size:.87rem;display:block;overflow-x:auto}
th,td{padding:.25rem .7rem;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}
th{color:#555;font-weight:600}td:first-child,th:first-child,.t td,.t th{text-align:left}.t td{white-space:normal}
.alarm{color:#a11;font-weight:600}.warning{color:#850;font-weight:600}
@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}p,th{color:#aaa}th,td{border-color:#3a3a3a}
.alarm{color:#f77}.warning{color:#fb5}}
"""


def page_of(watch: Watch, has_drift: bool = True) -> str:
    """Return the page; ``has_drift`` tells whether Evidently's reports lie beside it."""
    title = f"Duewise, {watch.since[:10]} to {watch.until[:10]}"
    link = f'<p><a href="{HTML}">Evidently on drift and quality of the features</a></p>' if has_drift else ""
    body = "".join(f"<h2>{escape(name)}</h2>{_lead(lead)}{table}" for name, lead, table in _sections(watch))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><meta name="viewport" '
        f'content="width=device-width"><style>{_STYLE}</style><h1>{escape(title)}</h1><p>{escape(watch.model)}, held '
        f"against its fit window: {escape(watch.reference)}.</p>{link}{_raised(watch)}{body}</html>"
    )


def _raised(watch: Watch) -> str:
    told = watch.alarms
    if not told.raised:
        return f"<h2>Nothing is raised</h2><p>{told.tests:,} tests were made.</p>"
    rows = "".join(
        f'<tr><td class="{one.level}">{one.level}</td><td>{escape(one.rule)}</td>'
        f"<td>{escape(', '.join((one.about, *one.also[:9])))}{_more(len(one.also) - 9)}</td>"
        f"<td>{escape(one.evidence)}</td><td>{escape(one.to_do)}</td></tr>"
        for one in told.raised
    )
    head = "<tr><th>level</th><th>rule</th><th>about</th><th>evidence</th><th>what to do</th></tr>"
    lead = f"{told.tests:,} tests were made; what chance does more often than {told.chance_asked:.2g} is not raised."
    return f'<h2>Raised</h2>{_lead(lead)}<table class="t">{head}{rows}</table>'


def _more(others: int) -> str:
    return f" and {others} more" if others > 0 else ""


def _sections(watch: Watch) -> Iterator[tuple[str, str, str]]:
    yield from _of_decisions(watch)
    yield from _of_drift(watch)
    yield from _of_outcomes(watch)
    yield from _of_treatment(watch)
    yield from _of_sources(watch)
    yield from _of_arrears(watch)
    yield from _of_weeks(watch)


def _of_decisions(watch: Watch) -> Iterator[tuple[str, str, str]]:
    volume = watch.volume
    lead = (
        f"{volume.decisions:,} decisions about {volume.customers:,} customers, {volume.requires_human:,} put to a "
        f"person; {volume.person_requests:,} customers asked for one. Expected value {volume.expected_value:,.2f}, "
        f"told as paid {volume.paid:,.2f}."
    )
    rows = [(name, value, n) for name, values in volume.counts.items() for value, n in values.items()]
    yield "Decisions", lead, _table(("by", "value", "decisions"), rows)


def _of_drift(watch: Watch) -> Iterator[tuple[str, str, str]]:
    drift = watch.drift
    lead = f"{drift.customers:,} customers at risk; features of {drift.sampled:,} computed anew."
    head: tuple[str, ...] = (
        "column",
        "index",
        "by chance",
        "judge window",
        "missing before",
        "missing now",
        "times the usual amount",
    )
    shown = (drift.score, *drift.features)
    rows = [
        (one.name, one.psi, one.chance, one.judged, one.missing_before, one.missing_now, one.factor) for one in shown
    ]
    yield "Score and features against the fit window", lead, _table(head, rows)
    head = ("attribute", "index", "by chance", "in new categories", "new categories")
    kinds = [(one.name, one.psi, one.chance, one.unseen, ", ".join(one.new)) for one in drift.categories]
    yield "Categories", "", _table(head, kinds)


def _of_outcomes(watch: Watch) -> Iterator[tuple[str, str, str]]:
    told = watch.outcomes
    head: tuple[str, ...] = ("tier", "customers", "defaults expected", "defaults", "rate expected", "rate", "by chance")
    rows = [
        (one.tier, one.customers, one.expected, one.observed, one.expected_rate, one.observed_rate, one.chance)
        for one in told.calibration
    ]
    rank = told.ranking
    lead = f"Decisions from {told.since[:10]} to {told.until[:10]}, matured in the window. AUC {_cell(rank.auc)}, "
    lead += f"{_cell(rank.reference_auc)} on the judge window."
    yield "Calibration by tier", lead, _table(head, rows)
    days = told.vintages[0].days if told.vintages else ()
    months = [(one.month, one.customers, one.expected_rate, *one.shares) for one in told.vintages]
    head = ("month", "customers", "rate expected", *(f"in default after {day} days" for day in days))
    yield "Decisions by month", "Empty: not every decision is so old yet.", _table(head, months)
    names: tuple[str, ...] = (
        "decisions", "paid_share", "expected_effect", "expected_value", "sampled", "sampled_paid_share",
        "expected_paid_share", "realised_effect", "realised_value", "chance",
    )  # fmt: skip
    lead = "An effect is realised as far as more is paid than the response model expects without a reminder."
    actions = [(one.action, *(getattr(one, name) for name in names)) for one in watch.actions]
    yield "Actions", lead, _table(("action", *map(_spoken, names)), actions)
    names = ("decisions", "value", "gain", "low", "high", "effective_rows", "overlap", "refused")
    worth = [(one.policy, *(getattr(one, name) for name in names)) for one in watch.policies]
    yield "Policies, off-policy", "Gain over what ran, a decision, in currency.", _table(("policy", *names), worth)


def _of_treatment(watch: Watch) -> Iterator[tuple[str, str, str]]:
    told = watch.treatment
    head: tuple[str, ...] = (
        "by",
        "group",
        "treatment",
        "customers",
        "share",
        "at its tiers and stages",
        "gap",
        "by chance",
    )
    rows = [
        (one.grouping, one.group, one.treatment, one.customers, one.share, one.gap, one.chance) for one in told.groups
    ]
    yield "Treatment of groups", "The gap is against others at the same tiers and stages.", _table(head, rows)
    head = ("rule", "customers", "blocked for", "customers before", "blocked for before", "by chance")
    blocks = [
        (one.rule, one.customers, one.blocked, one.customers_before, one.blocked_before, one.chance)
        for one in told.blocks
    ]
    yield "Blocked by rules", "", _table(head, blocks)
    head = ("what", "reminders", "said", "reminders before", "said before", "by chance")
    voices = [
        (_spoken(one.name), one.reminders, one.said, one.reminders_before, one.said_before, one.chance)
        for one in told.voices
    ]
    yield "Opt-outs and complaints", "", _table(head, voices)


def _of_sources(watch: Watch) -> Iterator[tuple[str, str, str]]:
    told = watch.sources
    lead = f"{told.set_aside:,} of {told.customers:,} customers have a faulty row."
    head: tuple[str, ...] = ("table", "rows", "usual", "newest", "silent days", "longest")
    feeds = [(one.table, one.rows, one.usual, one.newest, one.silent_days, one.longest_days) for one in told.feeds]
    yield "Feeds", lead, _table(head, feeds)
    head = ("column", "customers", "usual amount before", "now", "times", "by chance")
    scales = [
        (f"{one.table}.{one.column}", one.customers, one.before, one.now, one.factor, one.chance) for one in told.scales
    ]
    yield "Units", "", _table(head, scales)


def _of_arrears(watch: Watch) -> Iterator[tuple[str, str, str]]:
    told = watch.arrears
    months = [(one.month, *one.loans, one.overdue) for one in told.months]
    yield "Loans by days past due", "At the ends of months.", _table(("month", *BUCKETS, "overdue"), months)
    rolls = [(one.bucket, one.loans, *one.shares, one.closed) for one in told.rolls]
    yield "Roll rates into the last month", "", _table(("from", "loans", *BUCKETS, "closed"), rolls)
    cures = [(one.product, one.overdue, one.cured, one.median_days, *one.shares) for one in told.cures]
    head: tuple[str, ...] = ("product", "overdue", "cured", "median days", *(f"by day {day}" for day in DAYS))
    yield "Time to cure", "Kaplan-Meier, from the due date.", _table(head, cures)
    width = max((len(one.shares) for one in told.vintages), default=0)
    ages = [(one.quarter, one.loans, *one.shares) for one in told.vintages]
    head = ("opened in", "loans", *(f"month {month}" for month in range(1, width + 1)))
    yield "Loans by quarter", "Share that had been 30 days late at a month's end.", _table(head, ages)
    if told.forecast is not None:
        coming = told.forecast
        lead = (
            f"{coming.overdue:,.2f} overdue at the end of {coming.month}, {_cell(coming.low)} to {_cell(coming.high)}. "
        )
        lead += f"Mean error until now {_cell(coming.error)}, of no change {_cell(coming.error_of_no_change)}."
        past = [(one.month, one.forecast, one.actual, one.error) for one in coming.past]
        yield "Forecast of arrears", lead, _table(("month", "forecast", "came", "error"), past)


def _of_weeks(watch: Watch) -> Iterator[tuple[str, str, str]]:
    lead = "Loans overdue at a week's end are those at its beginning, less the cured, and those that fell."
    whole = [(week, week.groups[0]) for week in watch.weeks]
    rows = [
        (
            week.until[:10],
            one.loans,
            one.overdue_loans,
            one.arrears_rate,
            one.overdue,
            one.cured,
            one.cure_rate,
            one.fell,
        )
        for week, one in whole
    ]
    head = ("week until", "loans", "overdue", "share", "overdue, in currency", "cured", "share cured", "fell")
    yield "Arrears by week", lead, _table(head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = "".join(f"<tr>{''.join(f'<td>{escape(_cell(cell))}</td>' for cell in row)}</tr>" for row in rows)
    if not lines:
        return "<p>None.</p>"
    return f"<table><tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr>{lines}</table>"


def _lead(words: str) -> str:
    return f"<p>{escape(words)}</p>" if words else ""


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}" if abs(value) < 1_000 else f"{value:,.2f}"


def _spoken(name: str) -> str:
    return name.replace("_", " ")
