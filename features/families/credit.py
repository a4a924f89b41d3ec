"""What the bureau and the accounts say: use of credit, repaying and spending, debt elsewhere, enquiries, score."""

from __future__ import annotations

from features.facts.credit import Credit
from features.feature import BEFORE, RISKIER, SAFER, UNSIGNED, WINDOWS, feature, series
from features.history import History
from features.kernel.timeline import HALF_YEAR, YEAR
from features.kernel.windows import Floats, ratio

_CREDIT = "credit"
_SPENT = "credit, payments"


@feature("currency", SAFER, _CREDIT, "the credit limit is {value}", "授信额度为{value}", bo=20_000)
def credit_limit(history: History) -> Floats:
    """Sum of revolving limits, as last observed."""
    return history.credit.newest(Credit.LIMIT)


@feature("ratio", SAFER, _CREDIT, "the limit is {value} times that of a year ago", "额度为一年前的{value}倍", bo=1)
def limit_change_365d(history: History) -> Floats:
    """Newest sum of limits over the oldest of the last 365 days."""
    return ratio(history.credit.newest(Credit.LIMIT, YEAR), history.credit.oldest(Credit.LIMIT, YEAR))


@feature("currency", UNSIGNED, _CREDIT, "the balance is {value}", "当前余额为{value}", bo=18_500)
def balance(history: History) -> Floats:
    """Sum of revolving balances, as last observed."""
    return history.credit.newest(Credit.BALANCE)


@feature(
    "share",
    UNSIGNED,
    _CREDIT,
    "the balance rose by {value} of the limit; below 0: the balance fell by {value} of the limit",
    "余额增加了额度的{value}；低于0：余额减少了额度的{value}",
    bo=0.325,
)
def balance_change(history: History) -> Floats:
    """Change of the balance from the observation before the newest, over the limit."""
    return history.credit.before(Credit.BALANCE_CHANGE, 0)


@feature("share", RISKIER, _CREDIT, "uses {value} of the credit limit", "额度使用率{value}", bo=0.925)
def utilisation(history: History) -> Floats:
    """Balance over limit, as last observed."""
    return history.credit.newest(Credit.USED)


@series(
    BEFORE,
    "share",
    UNSIGNED,
    _CREDIT,
    "used {value} of the limit {span}",
    "{span}额度使用率{value}",
    dai={1: 0.22, 2: 0.3},
)
def utilisation_earlier(history: History, back: int) -> Floats:
    """Balance over limit, {span} observations before the newest."""
    return history.credit.before(Credit.USED, back)


@series(
    WINDOWS,
    "share",
    RISKIER,
    _CREDIT,
    "used {value} of the limit on average in {span}",
    "{span}额度平均使用率{value}",
    bo={90: 0.925, 180: 0.7625},
)
def utilisation_mean(history: History, days: int) -> Floats:
    """Mean of balance over limit over the last {span} days."""
    return history.credit.mean(Credit.USED, days)


@series(
    WINDOWS,
    "share",
    RISKIER,
    _CREDIT,
    "used up to {value} of the limit in {span}",
    "{span}额度最高使用率{value}",
    bo={180: 0.925, 365: 0.925},
)
def utilisation_max(history: History, days: int) -> Floats:
    """Largest balance over limit of the last {span} days."""
    return history.credit.largest(Credit.USED, days)


@feature(
    "share",
    RISKIER,
    _CREDIT,
    "use rises by {value} of the limit a month; below 0: use falls by {value} of the limit a month",
    "额度使用率每月上升{value}；低于0：额度使用率每月下降{value}",
    bo=0.1573,
)
def utilisation_trend_180d(history: History) -> Floats:
    """Least-squares change of balance over limit in 30 days, over the last 180 days."""
    return history.credit.slope(Credit.USED, HALF_YEAR)


@feature("share", UNSIGNED, _CREDIT, "use varies by {value} of the limit", "额度使用率波动{value}", bo=0.1625)
def utilisation_deviation_365d(history: History) -> Floats:
    """Standard deviation of balance over limit over the last 365 days."""
    return history.credit.deviation(Credit.USED, YEAR)


@feature(
    "share",
    RISKIER,
    _CREDIT,
    "above nine tenths of the limit in {value} of observations",
    "使用率超过九成的观测占{value}",
    bo=0.5,
)
def near_limit_share_180d(history: History) -> Floats:
    """Share of the observations of the last 180 days with a balance above 90 % of the limit."""
    return history.credit.mean(Credit.NEAR_LIMIT, HALF_YEAR)


@feature(
    "share", SAFER, _SPENT, "paid {value} of the balance since the last statement", "已还上期余额的{value}", bo=0.1042
)
def repayment_rate(history: History) -> Floats:
    """Money received between the last two observations over the balance at the first of them."""
    return history.credit.before(Credit.REPAYMENT_RATE, 0)


@series(
    BEFORE,
    "share",
    SAFER,
    _SPENT,
    "paid {value} of the balance, {span}",
    "{span}还款占余额的{value}",
    dai={1: 0.08333, 2: 0.1111, 3: 0.1, 4: 0.125},
)
def repayment_rate_earlier(history: History, back: int) -> Floats:
    """Repayment rate (see repayment_rate), {span} observations before the newest."""
    return history.credit.before(Credit.REPAYMENT_RATE, back)


@feature(
    "share",
    SAFER,
    _SPENT,
    "paid at least {value} of the balance each time in six months",
    "近六个月每期至少偿还余额的{value}",
    dai=0.08333,
)
def repayment_rate_min_180d(history: History) -> Floats:
    """Smallest repayment rate of the observations of the last 180 days."""
    return history.credit.smallest(Credit.REPAYMENT_RATE, HALF_YEAR)


@feature(
    "currency",
    UNSIGNED,
    _SPENT,
    "spent up to {value} between two statements; below 0: the balance fell by {value} more than was paid",
    "两次账单间最高消费{value}；低于0：余额降幅比还款多出{value}",
    dai=2_000,
)
def spending_max_180d(history: History) -> Floats:
    """Largest spending of the last 180 days: change of the balance plus the money received in between."""
    return history.credit.largest(Credit.SPENT, HALF_YEAR)


@feature(
    "share",
    UNSIGNED,
    _SPENT,
    "spent {value} of the limit since the last statement; below 0: balance fell {value} of it more than was paid",
    "本期消费占额度的{value}；低于0：余额降幅比还款多出额度的{value}",
    bo=0.3875,
)
def spending_to_limit(history: History) -> Floats:
    """Spending between the last two observations over the limit."""
    return history.credit.before(Credit.SPENT_OF_LIMIT, 0)


@feature(
    "share",
    UNSIGNED,
    _SPENT,
    "spent up to {value} of the limit in a period; below 0: balance fell {value} of the limit more than was paid",
    "两次账单间最高消费占额度的{value}；低于0：每期余额降幅比还款至少多出额度的{value}",
    dai=0.1,
)
def spending_to_limit_max_180d(history: History) -> Floats:
    """Largest spending over the limit, of the last 180 days."""
    return history.credit.largest(Credit.SPENT_OF_LIMIT, HALF_YEAR)


@feature(
    "share",
    UNSIGNED,
    _SPENT,
    "spends {value} of the limit a period on average; below 0: balance falls {value} of the limit more than is paid",
    "平均每期消费占额度的{value}；低于0：平均每期余额降幅比还款多出额度的{value}",
    dai=0.035,
)
def spending_to_limit_mean_180d(history: History) -> Floats:
    """Mean spending over the limit, of the last 180 days."""
    return history.credit.mean(Credit.SPENT_OF_LIMIT, HALF_YEAR)


@feature("count", UNSIGNED, _CREDIT, "open credit accounts: {value}", "未结清账户{value}个", bo=5)
def open_accounts(history: History) -> Floats:
    """Credit accounts open, as last observed."""
    return history.credit.newest(Credit.ACCOUNTS)


@feature(
    "count",
    UNSIGNED,
    _CREDIT,
    "accounts opened, less closed, in the last year: {value}; below 0: accounts closed, less opened: {value}",
    "近一年账户净增{value}个；低于0：近一年账户净减{value}个",
    bo=1,
)
def accounts_change_365d(history: History) -> Floats:
    """Newest number of open accounts less the oldest of the last 365 days."""
    return _change(history, Credit.ACCOUNTS)


@feature("count", RISKIER, _CREDIT, "credit enquiries in six months: {value}", "近六个月征信查询{value}次", bo=4)
def enquiries_6m(history: History) -> Floats:
    """Credit enquiries in six months, as last observed."""
    return history.credit.newest(Credit.ENQUIRIES)


@feature(
    "count",
    RISKIER,
    _CREDIT,
    "credit enquiries in six months, on average in a year: {value}",
    "近一年平均每半年征信查询{value}次",
    bo=3,
)
def enquiries_mean_365d(history: History) -> Floats:
    """Mean of the credit enquiries in six months over the observations of the last 365 days: how tight money stays."""
    return history.credit.mean(Credit.ENQUIRIES, YEAR)


@feature(
    "count",
    RISKIER,
    _CREDIT,
    "credit enquiries rose by {value} in a year; below 0: credit enquiries fell by {value} in a year",
    "征信查询一年增加{value}次；低于0：征信查询一年减少{value}次",
    bo=2,
)
def enquiries_change_365d(history: History) -> Floats:
    """Newest number of enquiries less the oldest of the last 365 days."""
    return _change(history, Credit.ENQUIRIES)


@feature(
    "days", RISKIER, _CREDIT, "up to {value} past due with any lender in a year", "近一年各机构最长逾期{value}", bo=21
)
def worst_dpd_12m(history: History) -> Floats:
    """Worst days past due anywhere in a year, as last observed."""
    return history.credit.newest(Credit.WORST_DPD)


@feature(
    "days",
    RISKIER,
    _CREDIT,
    "worst delay with any lender rose by {value} in a year; below 0: worst delay with any lender fell by {value}",
    "各机构最长逾期一年增加{value}；低于0：各机构最长逾期一年减少{value}",
    bo=11,
)
def worst_dpd_change_365d(history: History) -> Floats:
    """Newest worst days past due less the oldest of the last 365 days."""
    return _change(history, Credit.WORST_DPD)


@feature("currency", RISKIER, _CREDIT, "debt with other lenders: {value}", "他行负债{value}", bo=15_000)
def external_debt(history: History) -> Floats:
    """Debt with other lenders, as last observed."""
    return history.credit.newest(Credit.EXTERNAL_DEBT)


@feature(
    "currency",
    RISKIER,
    _CREDIT,
    "debt with other lenders grew by {value} in a year; below 0: debt with other lenders fell by {value} in a year",
    "他行负债一年增加{value}；低于0：他行负债一年减少{value}",
    bo=7_000,
)
def external_debt_change_365d(history: History) -> Floats:
    """Newest debt with other lenders less the oldest of the last 365 days."""
    return _change(history, Credit.EXTERNAL_DEBT)


@feature(
    "ratio",
    RISKIER,
    "credit, incomes",
    "debt with other lenders is {value} months of income",
    "他行负债为月收入的{value}倍",
    bo=6.75,
)
def external_debt_to_income(history: History) -> Floats:
    """Debt with other lenders over income a 30-day month of the last year."""
    return ratio(external_debt(history), history.income_monthly(YEAR))


@feature(
    "ratio",
    RISKIER,
    "credit, incomes",
    "balance and debt with other lenders are {value} months of income",
    "余额与他行负债合计为月收入的{value}倍",
    bo=15.08,
)
def total_debt_to_income(history: History) -> Floats:
    """Revolving balance plus debt with other lenders over income a 30-day month of the last year."""
    return ratio(balance(history) + external_debt(history), history.income_monthly(YEAR))


@feature("points", SAFER, _CREDIT, "the bureau score is {value}", "征信评分为{value}", bo=530)
def bureau_score(history: History) -> Floats:
    """Bureau score, as last observed."""
    return history.credit.newest(Credit.SCORE)


@series(
    WINDOWS,
    "points",
    SAFER,
    _CREDIT,
    "the bureau score rose by {value} points in {span}; below 0: the bureau score fell by {value} points in {span}",
    "{span}征信评分上升{value}分；低于0：{span}征信评分下降{value}分",
    dai={90: 4, 365: 10},
)
def bureau_score_change(history: History, days: int) -> Floats:
    """Newest bureau score less the oldest of the last {span} days."""
    return history.credit.newest(Credit.SCORE, days) - history.credit.oldest(Credit.SCORE, days)


@feature("days", UNSIGNED, _CREDIT, "the bureau's record is {value} old", "征信记录距今{value}", bo=29)
def bureau_age(history: History) -> Floats:
    """Days since the newest observation."""
    return history.credit.newest(Credit.AGE)


def _change(history: History, column: Credit) -> Floats:
    return history.credit.newest(column, YEAR) - history.credit.oldest(column, YEAR)
