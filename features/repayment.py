"""How the customer has paid: lateness now and before, habits, amounts, and what falls due next."""

from __future__ import annotations

import numpy as np

from features.feature import RISKIER, SAFER, UNSIGNED, feature
from features.history import History
from features.windows import Floats, ratio

_SCHEDULE = "instalments"
_PAID = "instalments, payments"


@feature(unit="days", sign=RISKIER, source=_PAID, en="{value} past due today", zh="当前逾期{value}")
def dpd_now(history: History) -> Floats:
    """Days past due of the oldest instalment open today; 0 when none is."""
    return history.instalments.days_past_due()


@feature(unit="days", sign=RISKIER, source=_PAID, en="{value} past due a month ago", zh="一个月前逾期{value}")
def dpd_30d_ago(history: History) -> Floats:
    """Days past due 30 days ago."""
    return history.instalments.days_past_due(30)


@feature(unit="days", sign=RISKIER, source=_PAID, en="{value} past due two months ago", zh="两个月前逾期{value}")
def dpd_60d_ago(history: History) -> Floats:
    """Days past due 60 days ago."""
    return history.instalments.days_past_due(60)


@feature(unit="days", sign=RISKIER, source=_PAID, en="{value} past due three months ago", zh="三个月前逾期{value}")
def dpd_90d_ago(history: History) -> Floats:
    """Days past due 90 days ago."""
    return history.instalments.days_past_due(90)


@feature(unit="days", sign=RISKIER, source=_PAID, en="{value} past due four months ago", zh="四个月前逾期{value}")
def dpd_120d_ago(history: History) -> Floats:
    """Days past due 120 days ago."""
    return history.instalments.days_past_due(120)


@feature(unit="days", sign=RISKIER, source=_PAID, en="{value} past due five months ago", zh="五个月前逾期{value}")
def dpd_150d_ago(history: History) -> Floats:
    """Days past due 150 days ago."""
    return history.instalments.days_past_due(150)


@feature(
    unit="days",
    sign=RISKIER,
    source=_PAID,
    en="longest lateness {value} in the last three months",
    zh="近三个月最长逾期{value}",
)
def days_late_max_90d(history: History) -> Floats:
    """Longest lateness of an instalment that fell due in the last 90 days; 0 when all were on time."""
    return _longest_lateness(history, 90)


@feature(
    unit="days",
    sign=RISKIER,
    source=_PAID,
    en="longest lateness {value} in the last six months",
    zh="近六个月最长逾期{value}",
)
def days_late_max_180d(history: History) -> Floats:
    """Longest lateness of an instalment that fell due in the last 180 days; 0 when all were on time."""
    return _longest_lateness(history, 180)


@feature(
    unit="days", sign=RISKIER, source=_PAID, en="longest lateness {value} in the last year", zh="近一年最长逾期{value}"
)
def days_late_max_365d(history: History) -> Floats:
    """Longest lateness of an instalment that fell due in the last 365 days; 0 when all were on time."""
    return _longest_lateness(history, 365)


def _longest_lateness(history: History, days: int) -> Floats:
    schedule = history.instalments
    return np.maximum(schedule.due_within(days).largest(schedule.days_late), 0.0)


@feature(
    unit="count",
    sign=RISKIER,
    source=_PAID,
    en="instalments late in the last three months: {value}",
    zh="近三个月{value}期逾期",
)
def late_count_90d(history: History) -> Floats:
    """Instalments of the last 90 days paid late, or late and still open."""
    return _late_count(history, 90, 0)


@feature(
    unit="count",
    sign=RISKIER,
    source=_PAID,
    en="instalments late in the last six months: {value}",
    zh="近六个月{value}期逾期",
)
def late_count_180d(history: History) -> Floats:
    """Instalments of the last 180 days paid late, or late and still open."""
    return _late_count(history, 180, 0)


@feature(
    unit="count", sign=RISKIER, source=_PAID, en="instalments late in the last year: {value}", zh="近一年{value}期逾期"
)
def late_count_365d(history: History) -> Floats:
    """Instalments of the last 365 days paid late, or late and still open."""
    return _late_count(history, 365, 0)


@feature(
    unit="count",
    sign=RISKIER,
    source=_PAID,
    en="instalments more than 30 days late in the last year: {value}",
    zh="近一年{value}期逾期超过30天",
)
def late_30_count_365d(history: History) -> Floats:
    """Instalments of the last 365 days that went more than 30 days past due."""
    return _late_count(history, 365, 30)


def _late_count(history: History, days: int, more_than: int) -> Floats:
    schedule = history.instalments
    return schedule.due_within(days).where(schedule.days_late > more_than).count()


@feature(
    unit="share",
    sign=RISKIER,
    source=_PAID,
    en="{value} of the year's instalments were late",
    zh="近一年{value}的分期逾期",
)
def late_share_365d(history: History) -> Floats:
    """Share of the instalments of the last 365 days that were late."""
    schedule = history.instalments
    return schedule.due_within(365).share(schedule.days_late > 0)


@feature(
    unit="days",
    sign=RISKIER,
    source=_PAID,
    en="pays {value} after the due date on average",
    zh="平均于到期日后{value}还款",
)
def days_late_mean_180d(history: History) -> Floats:
    """Mean days from due date to settlement (or to today while open) over 180 days; negative: pays early."""
    schedule = history.instalments
    return schedule.due_within(180).mean(schedule.days_late)


@feature(unit="days", sign=RISKIER, source=_PAID, en="payment dates vary by {value}", zh="还款日波动{value}")
def days_late_deviation_365d(history: History) -> Floats:
    """Standard deviation of the days from due date to settlement over 365 days."""
    schedule = history.instalments
    return schedule.due_within(365).deviation(schedule.days_late)


@feature(
    unit="days",
    sign=RISKIER,
    source=_PAID,
    en="the last instalment came {value} after its due date",
    zh="上一期于到期日后{value}还款",
)
def days_late_last(history: History) -> Floats:
    """Days late of the instalment that fell due last."""
    schedule = history.instalments
    return schedule.due.last(schedule.days_late)


@feature(
    unit="days",
    sign=RISKIER,
    source=_PAID,
    en="the last but one came {value} after its due date",
    zh="上上期于到期日后{value}还款",
)
def days_late_before_last(history: History) -> Floats:
    """Days late of the instalment that fell due last but one."""
    schedule = history.instalments
    return schedule.due.last(schedule.days_late, back=1)


@feature(
    unit="days",
    sign=SAFER,
    source=_PAID,
    en="{value} since an instalment last fell due and was late",
    zh="距上次逾期{value}",
)
def days_since_late(history: History) -> Floats:
    """Days since the due date of the newest instalment that was late; NaN when none ever was."""
    schedule = history.instalments
    return schedule.due.where(schedule.days_late > 0).smallest(schedule.age)


@feature(unit="count", sign=SAFER, source=_PAID, en="instalments in a row on time: {value}", zh="连续{value}期按时还款")
def on_time_streak(history: History) -> Floats:
    """Instalments on time in a row up to the newest that fell due."""
    schedule = history.instalments
    return schedule.due.run(schedule.days_late <= 0)


@feature(unit="currency", sign=RISKIER, source=_PAID, en="{value} overdue now", zh="当前逾期金额{value}")
def overdue_amount(history: History) -> Floats:
    """Amount past due and not received."""
    schedule = history.instalments
    return schedule.overdue.total(schedule.amount - schedule.paid)


@feature(unit="count", sign=RISKIER, source=_PAID, en="instalments overdue now: {value}", zh="当前{value}期逾期")
def overdue_count(history: History) -> Floats:
    """Instalments past due and not paid in full."""
    return history.instalments.overdue.count()


@feature(
    unit="share",
    sign=SAFER,
    source=_PAID,
    en="paid {value} of what fell due in three months",
    zh="近三个月到期款已还{value}",
)
def paid_share_90d(history: History) -> Floats:
    """Received over due, for the instalments of the last 90 days."""
    return _paid_share(history, 90)


@feature(
    unit="share", sign=SAFER, source=_PAID, en="paid {value} of what fell due in a year", zh="近一年到期款已还{value}"
)
def paid_share_365d(history: History) -> Floats:
    """Received over due, for the instalments of the last 365 days."""
    return _paid_share(history, 365)


def _paid_share(history: History, days: int) -> Floats:
    schedule = history.instalments
    rows = schedule.due_within(days)
    return ratio(rows.total(schedule.paid), rows.total(schedule.amount))


@feature(
    unit="count",
    sign=RISKIER,
    source=_PAID,
    en="partial payments in six months: {value}",
    zh="近六个月{value}次部分还款",
)
def partial_count_180d(history: History) -> Floats:
    """Instalments of the last 180 days that were paid in part and are still open."""
    schedule = history.instalments
    return schedule.due_within(180).where((schedule.paid > 0) & ~schedule.settled).count()


@feature(
    unit="share",
    sign=SAFER,
    source=_PAID,
    en="pays {value} of instalments before the due date",
    zh="{value}的分期提前还款",
)
def early_share_365d(history: History) -> Floats:
    """Share of the instalments of the last 365 days paid at least a day before the due date."""
    schedule = history.instalments
    return schedule.due_within(365).share(schedule.days_late < 0)


@feature(
    unit="count",
    sign=UNSIGNED,
    source=_SCHEDULE,
    en="instalments that fell due in a year: {value}",
    zh="近一年到期{value}期",
)
def due_count_365d(history: History) -> Floats:
    """Instalments that fell due in the last 365 days."""
    return history.instalments.due_within(365).count()


@feature(unit="currency", sign=SAFER, source="payments", en="{value} paid in the last month", zh="近一个月还款{value}")
def paid_amount_30d(history: History) -> Floats:
    """Money received in the last 30 days."""
    return _paid_amount(history, 30)


@feature(
    unit="currency", sign=SAFER, source="payments", en="{value} paid in the last three months", zh="近三个月还款{value}"
)
def paid_amount_90d(history: History) -> Floats:
    """Money received in the last 90 days."""
    return _paid_amount(history, 90)


@feature(
    unit="currency", sign=SAFER, source="payments", en="{value} paid in the last six months", zh="近六个月还款{value}"
)
def paid_amount_180d(history: History) -> Floats:
    """Money received in the last 180 days."""
    return _paid_amount(history, 180)


def _paid_amount(history: History, days: int) -> Floats:
    return history.payments.within(days).total(history.payments["amount"])


@feature(unit="days", sign=RISKIER, source="payments", en="last payment {value} ago", zh="上次还款在{value}前")
def days_since_payment(history: History) -> Floats:
    """Days since money was last received."""
    return history.payments.all.last(history.payments.age)


@feature(unit="days", sign=UNSIGNED, source=_SCHEDULE, en="next instalment due in {value}", zh="距下期到期{value}")
def days_to_due(history: History) -> Floats:
    """Days to the next instalment not yet paid; 0: due today."""
    schedule = history.instalments
    return -schedule.coming.where(~schedule.settled).largest(schedule.age)


@feature(
    unit="currency", sign=UNSIGNED, source=_SCHEDULE, en="falls due within 30 days: {value}", zh="30天内到期{value}"
)
def due_amount_30d(history: History) -> Floats:
    """Amount of the instalments falling due from today to 30 days ahead and not yet paid."""
    schedule = history.instalments
    ahead = schedule.coming.where(~schedule.settled & (schedule.age >= -30))
    return ahead.total(schedule.amount - schedule.paid)


@feature(unit="days", sign=SAFER, source=_SCHEDULE, en="first instalment {value} ago", zh="首期距今{value}")
def days_since_first_due(history: History) -> Floats:
    """Days since the first instalment fell due."""
    schedule = history.instalments
    return schedule.due.first(schedule.age)
