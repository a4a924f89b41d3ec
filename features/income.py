"""What the customer earns: level, steadiness, shocks, and how far it covers what falls due."""

from __future__ import annotations

import numpy as np

from features.feature import RISKIER, SAFER, UNSIGNED, feature
from features.history import History
from features.windows import Floats, ratio

_INCOMES = "incomes"
_COVER = "incomes, instalments"
_MONTH = 30.0


@feature(unit="currency", sign=SAFER, source=_INCOMES, en="income {value} in the last month", zh="近一个月收入{value}")
def income_30d(history: History) -> Floats:
    """Income of the last 30 days."""
    return _received(history, 30)


@feature(
    unit="currency",
    sign=SAFER,
    source=_INCOMES,
    en="income {value} a month over three months",
    zh="近三个月月均收入{value}",
)
def income_monthly_90d(history: History) -> Floats:
    """Income a month over the last 90 days."""
    return _received(history, 90) / 3


@feature(
    unit="currency", sign=SAFER, source=_INCOMES, en="income {value} a month over a year", zh="近一年月均收入{value}"
)
def income_monthly_365d(history: History) -> Floats:
    """Income a month over the last 365 days, or over the days since the first income seen when fewer."""
    incomes = history.incomes
    seen_for = np.clip(incomes.all.first(incomes.age), _MONTH, 365.0)
    return _received(history, 365) / (seen_for / _MONTH)


def _received(history: History, days: int) -> Floats:
    """Return the income of a window; NaN where no income was ever seen."""
    incomes = history.incomes
    total = incomes.within(days).total(incomes["amount"])
    return np.where(incomes.all.count() > 0, total, np.nan)


@feature(
    unit="ratio",
    sign=SAFER,
    source=_INCOMES,
    en="income is {value} times its usual level",
    zh="收入为平常水平的{value}倍",
)
def income_change(history: History) -> Floats:
    """Income a month of the last 60 days over that of the 300 days before."""
    incomes = history.incomes
    before = incomes.all.where((incomes.age >= 60) & (incomes.age < 360))
    seen_for = np.clip(before.first(incomes.age) - 60.0, _MONTH, 300.0)
    return ratio(_received(history, 60) / 60.0, before.total(incomes["amount"]) / seen_for)


@feature(
    unit="count",
    sign=RISKIER,
    source=_INCOMES,
    en="months without income, of the last six: {value}",
    zh="近六个月中{value}个月无收入",
)
def months_without_income_180d(history: History) -> Floats:
    """How many of the last six 30-day months saw no income; NaN where no income was ever seen."""
    incomes = history.incomes
    quiet = np.zeros(len(history.at))
    for month in range(6):
        start = month * _MONTH
        quiet += incomes.all.where((incomes.age >= start) & (incomes.age < start + _MONTH)).count() == 0
    return np.where(incomes.all.count() > 0, quiet, np.nan)


@feature(
    unit="ratio",
    sign=RISKIER,
    source=_INCOMES,
    en="income varies by {value} of its mean",
    zh="收入波动为均值的{value}倍",
)
def income_variation_365d(history: History) -> Floats:
    """Standard deviation over mean of the incomes of the last 365 days."""
    incomes = history.incomes
    rows = incomes.within(365)
    return ratio(rows.deviation(incomes["amount"]), rows.mean(incomes["amount"]))


@feature(unit="days", sign=RISKIER, source=_INCOMES, en="last income {value} ago", zh="上次收入在{value}前")
def days_since_income(history: History) -> Floats:
    """Days since income was last seen."""
    return history.incomes.all.last(history.incomes.age)


@feature(unit="currency", sign=SAFER, source=_INCOMES, en="last income {value}", zh="最近一笔收入{value}")
def income_last(history: History) -> Floats:
    """Amount of the newest income."""
    return history.incomes.all.last(history.incomes["amount"])


@feature(
    unit="ratio",
    sign=RISKIER,
    source=_COVER,
    en="instalments take {value} of a month's income",
    zh="月供占月收入的{value}倍",
)
def instalment_to_income(history: History) -> Floats:
    """Amount falling due in the coming 30 days over income a month of the last year."""
    schedule = history.instalments
    ahead = schedule.coming.where(schedule.age > -30)
    return ratio(ahead.total(schedule.amount), income_monthly_365d(history))


@feature(
    unit="ratio",
    sign=RISKIER,
    source=_COVER,
    en="overdue amount is {value} of a month's income",
    zh="逾期金额为月收入的{value}倍",
)
def overdue_to_income(history: History) -> Floats:
    """Amount past due and not received over income a month of the last year."""
    schedule = history.instalments
    return ratio(schedule.overdue.total(schedule.amount - schedule.paid), income_monthly_365d(history))


@feature(unit="days", sign=UNSIGNED, source=_COVER, en="due {value} after pay day", zh="到期日在发薪日后{value}")
def due_after_pay_day(history: History) -> Floats:
    """Days from the pay day before the next due date (the newest income, moved on by 30-day months) to that date."""
    schedule = history.instalments
    next_due = -schedule.coming.where(~schedule.settled).largest(schedule.age)
    return np.mod(next_due + days_since_income(history), _MONTH)
