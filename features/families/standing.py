"""Where the customer stands month by month: days past due now and before, rolling forward, curing."""

from __future__ import annotations

import numpy as np

from features.feature import AGO, RISKIER, SAFER, UNSIGNED, WINDOWS, feature, series
from features.history import History
from features.kernel.compiled import compiled
from features.kernel.windows import Floats

_SOURCE = "instalments, payments"
_TOP_LEVEL = 4.0
"""Levels of arrears begin at 1, 31, 61 and 91 days past due; there is none above."""


@feature("days", RISKIER, _SOURCE, "{value} past due today", "当前逾期{value}", bo=50)
def dpd_now(history: History) -> Floats:
    """Days past due of the oldest instalment open today; 0 when none is."""
    return history.standing[0]


@series(
    AGO,
    "days",
    RISKIER,
    _SOURCE,
    "{value} past due {span}",
    "{span}逾期{value}",
    dai={30: 0, 60: 0, 90: 0, 120: 0, 150: 0},
)
def dpd(history: History, days: int) -> Floats:
    """Days past due {span} days ago."""
    return history.standing[days // 30]


@series(
    WINDOWS,
    "count",
    RISKIER,
    _SOURCE,
    "months that ended past due, in {span}: {value}",
    "{span}有{value}个月末处于逾期",
    bo={180: 1, 365: 1},
)
def months_past_due(history: History, days: int) -> Floats:
    """How many of the 30-day months of the last {span} days ended past due."""
    return _ended(history.standing, days // 30, 0.0)


@feature(
    "count",
    RISKIER,
    _SOURCE,
    "months that ended over 30 days past due, in the last year: {value}",
    "近一年有{value}个月末逾期超过30天",
    bo=0,
)
def months_past_due_30_365d(history: History) -> Floats:
    """How many of the twelve 30-day months before today ended more than 30 days past due."""
    return _ended(history.standing, 12, 30.0)


@series(
    WINDOWS,
    "count",
    RISKIER,
    _SOURCE,
    "times arrears rolled forward in {span}: {value}",
    "{span}逾期升级{value}次",
    bo={180: 2, 365: 2},
)
def roll_forward_count(history: History, days: int) -> Floats:
    """How often in the last {span} days a 30-day month ended at a higher level of arrears (1, 31, 61, 91 days)."""
    return _moves(history.standing, days // 30)[0]


@series(
    WINDOWS,
    "count",
    UNSIGNED,
    _SOURCE,
    "times arrears fell back in {span}: {value}",
    "{span}逾期回落{value}次",
    bo={180: 0, 365: 0},
)
def cure_back_count(history: History, days: int) -> Floats:
    """How often in the last {span} days a 30-day month ended at a lower level of arrears (1, 31, 61, 91 days)."""
    return _moves(history.standing, days // 30)[1]


@feature("count", UNSIGNED, _SOURCE, "times fully cured in the last year: {value}", "近一年全额追平{value}次", bo=0)
def cure_count_365d(history: History) -> Floats:
    """How many 30-day months of the last year began past due and ended with nothing past due."""
    return _moves(history.standing, 12)[2]


@feature(
    "days",
    RISKIER,
    _SOURCE,
    "days past due rise by {value} a month; below 0: days past due fall by {value} a month",
    "逾期天数每月增加{value}；低于0：逾期天数每月减少{value}",
    bo=12,
)
def dpd_trend_180d(history: History) -> Floats:
    """Least-squares change a month of the days past due over the last seven month ends; NaN with fewer than two."""
    return _trend(history.standing[:7])


@feature("count", RISKIER, _SOURCE, "months in a row past due: {value}", "连续{value}个月逾期", bo=2)
def arrears_months(history: History) -> Floats:
    """How many 30-day month ends in a row, today the newest, were past due; at most 13."""
    return _run(history.standing, True)


@feature("count", SAFER, _SOURCE, "months in a row with nothing past due: {value}", "连续{value}个月无逾期", ann=6)
def clean_months(history: History) -> Floats:
    """How many 30-day month ends in a row, today the newest, had nothing past due; at most 13."""
    return _run(history.standing, False)


@compiled
def _ended(standing: Floats, months: int, more_than: float) -> Floats:
    """Return how many of the month ends before today had more days past due, (n,); NaN before anything fell due."""
    out = np.where(np.isnan(standing[0]), np.nan, 0.0)
    for i in range(len(out)):
        for k in range(1, months + 1):
            if standing[k, i] > more_than:
                out[i] += 1
    return out


@compiled
def _moves(standing: Floats, months: int) -> tuple[Floats, Floats, Floats]:
    """Return how often the level of arrears rose, fell, and fell to none, (n,); NaN before anything fell due."""
    risen = np.where(np.isnan(standing[0]), np.nan, 0.0)
    fallen, cured = risen.copy(), risen.copy()
    for i in range(len(risen)):
        for k in range(months):
            before, after = np.ceil(standing[k + 1, i] / 30), np.ceil(standing[k, i] / 30)
            risen[i] += min(after, _TOP_LEVEL) > min(before, _TOP_LEVEL)
            fallen[i] += min(after, _TOP_LEVEL) < min(before, _TOP_LEVEL)
            cured[i] += before > 0 and after == 0
    return risen, fallen, cured


@compiled
def _trend(standing: Floats) -> Floats:
    """Return the least-squares slope over the month ends known, the newest first, (n,); NaN with fewer than two."""
    out = np.full(standing.shape[1], np.nan)
    for i in range(len(out)):
        known = int((~np.isnan(standing[:, i])).sum())
        middle, products, squares = (known - 1) / 2, 0.0, 0.0
        for k in range(known):
            products += (middle - k) * standing[k, i]
            squares += (middle - k) ** 2
        if known > 1:
            out[i] = products / squares
    return out


@compiled
def _run(standing: Floats, past_due: bool) -> Floats:
    """Return how many month ends in a row, the newest first, were past due or were not, (n,)."""
    out = np.where(np.isnan(standing[0]), np.nan, 0.0)
    for i in range(len(out)):
        for k in range(len(standing)):
            if np.isnan(standing[k, i]) or (standing[k, i] > 0) != past_due:
                break
            out[i] += 1
    return out
