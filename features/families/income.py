"""What the customer earns: level, steadiness, shocks, and how far it covers what falls due."""

from __future__ import annotations

import numpy as np

from features.facts.money import Income
from features.facts.schedule import Coming, Due
from features.feature import RISKIER, SAFER, UNSIGNED, WINDOWS, feature, series
from features.history import History
from features.kernel.timeline import EVER, MONTH, QUARTER, TWO_MONTHS, YEAR
from features.kernel.windows import Floats, per_month, ratio

_INCOMES = "incomes"
_COVER = "incomes, instalments, payments"


@feature("currency", SAFER, _INCOMES, "income {value} in the last month", "近一个月收入{value}", ann=9_000)
def income_30d(history: History) -> Floats:
    """Income of the last 30 days; NaN where no income was ever seen."""
    return _received(history, MONTH)


@series(
    WINDOWS,
    "currency",
    SAFER,
    _INCOMES,
    "income {value} a month in {span}",
    "{span}月均收入{value}",
    dai={90: 8_833, 180: 9_917, 365: 11_520},
)
def income_monthly(history: History, days: int) -> Floats:
    """Income a 30-day month over the last {span} days, or over the days since the first income when fewer."""
    return history.income_monthly(days)


@feature("currency", SAFER, _INCOMES, "last income {value}", "最近一笔收入{value}", bo=4_000)
def income_last(history: History) -> Floats:
    """Amount of the newest income."""
    return history.incomes.newest(Income.AMOUNT)


@feature("ratio", SAFER, _INCOMES, "last income is {value} times the usual", "最近一笔收入为平常的{value}倍", bo=1)
def income_last_to_usual(history: History) -> Floats:
    """Amount of the newest income over the mean of those of the last 365 days."""
    return ratio(income_last(history), history.incomes.mean(Income.AMOUNT, YEAR))


@feature("ratio", SAFER, _INCOMES, "income is {value} times its usual level", "收入为平常水平的{value}倍", dai=1.243)
def income_change(history: History) -> Floats:
    """Income a month of the last 60 days over that of the days before, back to 365 or to the first income."""
    incomes = history.incomes
    recent = incomes.total(Income.AMOUNT, TWO_MONTHS)
    before = per_month(
        incomes.total(Income.AMOUNT, YEAR) - recent, incomes.oldest(Income.AGE, YEAR) - TWO_MONTHS, YEAR - TWO_MONTHS
    )
    return ratio(recent / (TWO_MONTHS / MONTH), before)


@series(
    WINDOWS,
    "count",
    RISKIER,
    _INCOMES,
    "months without income in {span}: {value}",
    "{span}有{value}个月没有收入",
    bo={180: 3, 365: 3},
)
def months_without_income(history: History, days: int) -> Floats:
    """How many 30-day months of the last {span} days, since the first income, saw none; NaN where none ever was."""
    return history.months_without_income(days // 30)


@feature("share", RISKIER, _INCOMES, "income varies by {value} of its mean", "收入波动幅度为均值的{value}", dai=0.3356)
def income_variation_365d(history: History) -> Floats:
    """Standard deviation over mean of the incomes of the last 365 days."""
    return ratio(history.incomes.deviation(Income.AMOUNT, YEAR), history.incomes.mean(Income.AMOUNT, YEAR))


@feature(
    "share",
    SAFER,
    _INCOMES,
    "incomes grow by {value} of their mean a month; below 0: incomes fall by {value} of their mean a month",
    "收入每月增长均值的{value}；低于0：收入每月下降均值的{value}",
    dai=-0.05494,
)
def income_trend_365d(history: History) -> Floats:
    """Least-squares change in 30 days of the incomes of the last 365 days, over their mean."""
    return ratio(history.incomes.slope(Income.AMOUNT, YEAR), history.incomes.mean(Income.AMOUNT, YEAR))


@feature("share", UNSIGNED, _INCOMES, "salary is {value} of income", "工资占收入的{value}", bo=1)
def salary_share_365d(history: History) -> Floats:
    """Share of the income of the last 365 days that was salary."""
    return ratio(history.incomes.total(Income.SALARY, YEAR), history.incomes.total(Income.AMOUNT, YEAR))


@feature("count", UNSIGNED, _INCOMES, "incomes in the last three months: {value}", "近三个月收入{value}笔", dai=3)
def income_count_90d(history: History) -> Floats:
    """Incomes of the last 90 days; NaN where no income was ever seen."""
    return _where_seen(history, history.incomes.count(Income.AGE, QUARTER))


@feature("days", RISKIER, _INCOMES, "up to {value} between incomes", "两笔收入最长间隔{value}", bo=31)
def income_gap_max_365d(history: History) -> Floats:
    """Longest time between one income and the next, of those that ended in the last 365 days."""
    return history.incomes.largest(Income.GAP, YEAR)


@feature("days", RISKIER, _INCOMES, "time between incomes varies by {value}", "收入间隔波动{value}", bo=0.5)
def income_gap_deviation_365d(history: History) -> Floats:
    """Standard deviation of the days between one income and the next, of the last 365 days."""
    return history.incomes.deviation(Income.GAP, YEAR)


@feature("days", RISKIER, _INCOMES, "last income {value} ago", "上次收入在{value}前", bo=101)
def days_since_income(history: History) -> Floats:
    """Days since income was last seen."""
    return history.incomes.newest(Income.AGE)


@feature("share", RISKIER, _COVER, "instalments take {value} of a month's income", "月供占月收入的{value}", ann=0.2062)
def instalment_to_income(history: History) -> Floats:
    """Amount falling due in the coming 30 days, paid or not, over income a month of the last year."""
    return ratio(history.coming.total(Coming.AMOUNT_30D), history.income_monthly(YEAR))


@feature(
    "share", RISKIER, _COVER, "overdue amount is {value} of a month's income", "逾期金额占月收入的{value}", bo=0.7875
)
def overdue_to_income(history: History) -> Floats:
    """Amount past due and not received over income a month of the last year."""
    return ratio(history.due.total(Due.OPEN_AMOUNT), history.income_monthly(YEAR))


@feature(
    "share",
    RISKIER,
    _COVER,
    "arrears and coming instalments take {value} of a month's income",
    "逾期与即将到期的月供合计占月收入的{value}",
    dai=0.0566,
)
def debt_service_ratio(history: History) -> Floats:
    """Amount past due and falling due within 30 days, not received, over income a month of the last 90 days."""
    owed = history.due.total(Due.OPEN_AMOUNT) + history.coming.total(Coming.UNPAID_30D)
    return ratio(owed, history.income_monthly(QUARTER))


@feature(
    "currency",
    SAFER,
    _COVER,
    "income left a month after instalments: {value}; below 0: instalments exceed a month's income by {value}",
    "月收入扣除月供后余{value}；低于0：月供超出月收入{value}",
    bo=-2_750,
)
def income_left(history: History) -> Floats:
    """Income a month of the last 90 days less what is past due and falls due within 30 days, not received."""
    return (
        history.income_monthly(QUARTER) - history.due.total(Due.OPEN_AMOUNT) - history.coming.total(Coming.UNPAID_30D)
    )


@feature("days", UNSIGNED, _COVER, "the due date is {value} after pay day", "到期日在发薪日后{value}", ann=18)
def due_after_pay_day(history: History) -> Floats:
    """Days from the pay day before the next due date (the newest income, moved on by 30-day months) to that date."""
    return np.mod(history.coming.smallest(Coming.DAYS_TO) + days_since_income(history), MONTH)


@feature(
    "days",
    SAFER,
    _COVER,
    "income is expected {value} before the due date; below 0: income is expected {value} after the due date",
    "预计收入早于到期日{value}；低于0：预计收入晚于到期日{value}",
    ann=-12.6,
)
def cushion_days(history: History) -> Floats:
    """Days from the next income, expected a mean gap after the newest, to the next due date; negative: too late.

    An income that is late is expected today; NaN when it is late by more than the gap itself.
    """
    gap, age = history.incomes.mean(Income.GAP, YEAR), days_since_income(history)
    expected_in = np.where(age > 2 * gap, np.nan, np.maximum(gap - age, 0.0))
    return history.coming.smallest(Coming.DAYS_TO) - expected_in


def _received(history: History, days: int) -> Floats:
    return _where_seen(history, history.incomes.total(Income.AMOUNT, days))


def _where_seen(history: History, values: Floats) -> Floats:
    return np.where(history.incomes.count(Income.AGE, EVER) > 0, values, np.nan)
