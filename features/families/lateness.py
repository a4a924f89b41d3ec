"""How late instalments were paid: levels, counts, habits, streaks, and what is overdue now."""

from __future__ import annotations

from features.facts.schedule import Due
from features.feature import RISKIER, SAFER, WINDOWS, feature, series
from features.history import History
from features.kernel.timeline import YEAR
from features.kernel.windows import Floats, ratio

_SOURCE = "instalments, payments"


@series(
    WINDOWS,
    "days",
    RISKIER,
    _SOURCE,
    "longest delay in {span}: {value}",
    "{span}最长逾期{value}",
    bo={30: 19, 90: 50, 180: 50, 365: 50},
)
def days_late_max(history: History, days: int) -> Floats:
    """Longest lateness of an instalment that fell due in the last {span} days; 0 when all were on time."""
    return history.due.largest(Due.LATENESS, days)


@series(
    WINDOWS,
    "count",
    RISKIER,
    _SOURCE,
    "instalments late in {span}: {value}",
    "{span}有{value}期逾期",
    bo={30: 1, 90: 2, 180: 3, 365: 3},
)
def late_count(history: History, days: int) -> Floats:
    """Instalments of the last {span} days paid late, or late and still open."""
    return history.due.total(Due.LATE, days)


@series(
    WINDOWS,
    "count",
    RISKIER,
    _SOURCE,
    "instalments more than 30 days late in {span}: {value}",
    "{span}有{value}期逾期超过30天",
    bo={180: 1, 365: 1},
)
def late_30_count(history: History, days: int) -> Floats:
    """Instalments of the last {span} days that went more than 30 days past due."""
    return history.due.total(Due.LATE_30, days)


@series(
    WINDOWS,
    "share",
    RISKIER,
    _SOURCE,
    "{value} of the instalments of {span} were late",
    "{span}分期逾期的比例为{value}",
    bo={90: 0.6667, 365: 0.6},
)
def late_share(history: History, days: int) -> Floats:
    """Share of the instalments of the last {span} days that were late."""
    return history.due.mean(Due.LATE, days)


@feature(
    "share",
    RISKIER,
    _SOURCE,
    "{value} of the money due in the last year came late",
    "近一年到期金额中逾期的比例为{value}",
    bo=0.6,
)
def late_amount_share_365d(history: History) -> Floats:
    """Share of the amount that fell due in the last 365 days whose instalment was late."""
    return ratio(history.due.total(Due.LATE_AMOUNT, YEAR), history.due.total(Due.AMOUNT, YEAR))


@series(
    WINDOWS,
    "days",
    RISKIER,
    _SOURCE,
    "paid {value} late on average, in {span}; below 0: paid {value} before the due date on average, in {span}",
    "{span}平均于到期日后{value}还款；低于0：{span}平均于到期日前{value}还款",
    bo={90: 23, 180: 15.8, 365: 15.8},
)
def days_late_mean(history: History, days: int) -> Floats:
    """Mean days from due date to settlement (or to today while open) over {span} days; negative: pays early."""
    return history.due.mean(Due.DAYS_LATE, days)


@feature(
    "days",
    RISKIER,
    _SOURCE,
    "payment dates vary by {value} around the due date",
    "还款日相对到期日波动{value}",
    bo=18.51,
)
def days_late_deviation_365d(history: History) -> Floats:
    """Standard deviation of the days from due date to settlement over 365 days."""
    return history.due.deviation(Due.DAYS_LATE, YEAR)


@feature(
    "days",
    RISKIER,
    _SOURCE,
    "pays {value} later each month; below 0: pays {value} earlier each month",
    "还款每月推迟{value}；低于0：还款每月提前{value}",
    bo=7.628,
)
def days_late_trend_365d(history: History) -> Floats:
    """Least-squares change in 30 days of the days from due date to settlement, over 365 days."""
    return history.due.slope(Due.DAYS_LATE, YEAR)


@feature(
    "days",
    RISKIER,
    _SOURCE,
    "last instalment came {value} after its due date; below 0: last instalment came {value} before its due date",
    "上一期于到期日后{value}还款；低于0：上一期于到期日前{value}还款",
    bo=19,
)
def days_late_last(history: History) -> Floats:
    """Days late of the instalment that fell due last."""
    return history.due.newest(Due.DAYS_LATE)


@feature(
    "days",
    RISKIER,
    _SOURCE,
    "last instalment but one came {value} late; below 0: last instalment but one came {value} before its due date",
    "上上期于到期日后{value}还款；低于0：上上期于到期日前{value}还款",
    bo=50,
)
def days_late_before_last(history: History) -> Floats:
    """Days late of the instalment that fell due last but one."""
    return history.due.before(Due.DAYS_LATE, 1)


@feature(
    "days",
    SAFER,
    _SOURCE,
    "the last instalment that was late fell due {value} ago",
    "上次逾期的分期到期于{value}前",
    ann=24,
)
def days_since_late(history: History) -> Floats:
    """Days since the due date of the newest instalment that was late; NaN when none ever was."""
    return history.due.newest(Due.LATE_AGE)


@feature("count", SAFER, _SOURCE, "instalments in a row on time: {value}", "连续{value}期按时还款", dai=6)
def on_time_streak(history: History) -> Floats:
    """Instalments on time in a row up to the newest that fell due."""
    return history.due.streak(Due.ON_TIME)


@feature("count", RISKIER, _SOURCE, "instalments in a row late: {value}", "连续{value}期逾期", bo=2)
def late_streak(history: History) -> Floats:
    """Instalments late in a row up to the newest that fell due."""
    return history.due.streak(Due.LATE)


@feature("currency", RISKIER, _SOURCE, "amount overdue now: {value}", "当前逾期金额{value}", bo=1_750)
def overdue_amount(history: History) -> Floats:
    """Amount past due and not received."""
    return history.due.total(Due.OPEN_AMOUNT)


@feature("count", RISKIER, _SOURCE, "instalments overdue now: {value}", "当前有{value}期逾期", bo=2)
def overdue_count(history: History) -> Floats:
    """Instalments past due and not paid in full."""
    return history.due.total(Due.OPEN)


@feature(
    "ratio",
    RISKIER,
    _SOURCE,
    "overdue amount is {value} times a usual instalment",
    "逾期金额为平常月供的{value}倍",
    bo=1.75,
)
def overdue_to_instalment(history: History) -> Floats:
    """Amount past due and not received over the mean instalment of the last 365 days."""
    return ratio(overdue_amount(history), history.due.mean(Due.AMOUNT, YEAR))
