"""What the bureau and the accounts say: use of credit, debt, enquiries, age and mix."""

from __future__ import annotations

from features.feature import RISKIER, SAFER, UNSIGNED, feature
from features.history import Events, History
from features.income import income_monthly_365d
from features.schema import PRODUCTS
from features.windows import Floats, ratio

_CREDIT = "credit"
_YEAR = 365.25


@feature(unit="currency", sign=SAFER, source=_CREDIT, en="credit limit {value}", zh="授信额度{value}")
def credit_limit(history: History) -> Floats:
    """Sum of revolving limits, newest observation."""
    return history.credit.all.last(history.credit["credit_limit"])


@feature(unit="currency", sign=UNSIGNED, source=_CREDIT, en="balance {value}", zh="当前余额{value}")
def balance(history: History) -> Floats:
    """Sum of revolving balances, newest observation."""
    return history.credit.all.last(history.credit["balance"])


@feature(unit="share", sign=RISKIER, source=_CREDIT, en="uses {value} of the credit limit", zh="额度使用率{value}")
def utilisation(history: History) -> Floats:
    """Balance over limit, newest observation."""
    return history.credit.all.last(_utilisation(history.credit))


@feature(
    unit="share",
    sign=UNSIGNED,
    source=_CREDIT,
    en="used {value} of the limit one observation earlier",
    zh="上次观测额度使用率{value}",
)
def utilisation_before(history: History) -> Floats:
    """Balance over limit, the observation before the newest."""
    return history.credit.all.last(_utilisation(history.credit), back=1)


@feature(
    unit="share",
    sign=RISKIER,
    source=_CREDIT,
    en="used {value} of the limit on average in six months",
    zh="近六个月平均使用率{value}",
)
def utilisation_mean_180d(history: History) -> Floats:
    """Mean of balance over limit over the last 180 days."""
    return history.credit.within(180).mean(_utilisation(history.credit))


@feature(
    unit="share",
    sign=RISKIER,
    source=_CREDIT,
    en="used up to {value} of the limit in six months",
    zh="近六个月最高使用率{value}",
)
def utilisation_max_180d(history: History) -> Floats:
    """Largest balance over limit of the last 180 days."""
    return history.credit.within(180).largest(_utilisation(history.credit))


@feature(
    unit="ratio",
    sign=RISKIER,
    source=_CREDIT,
    en="utilisation moves by {value} of the limit a month",
    zh="使用率每月变化{value}",
)
def utilisation_trend_180d(history: History) -> Floats:
    """Least-squares change of balance over limit in 30 days, over the last 180 days."""
    credit = history.credit
    return credit.within(180).slope(_utilisation(credit), -credit.age / 30)


@feature(
    unit="ratio",
    sign=UNSIGNED,
    source=_CREDIT,
    en="balance changed by {value} of the limit",
    zh="余额变化为额度的{value}倍",
)
def balance_change(history: History) -> Floats:
    """Change of the balance from the observation before the newest, over the limit."""
    credit = history.credit
    change = credit.all.last(credit["balance"]) - credit.all.last(credit["balance"], back=1)
    return ratio(change, credit.all.last(credit["credit_limit"]))


def _utilisation(credit: Events) -> Floats:
    return ratio(credit["balance"], credit["credit_limit"])


@feature(unit="count", sign=UNSIGNED, source=_CREDIT, en="open credit accounts: {value}", zh="未结清账户{value}个")
def open_accounts(history: History) -> Floats:
    """Credit accounts open, newest observation."""
    return history.credit.all.last(history.credit["open_accounts"])


@feature(
    unit="count",
    sign=RISKIER,
    source=_CREDIT,
    en="credit enquiries in six months: {value}",
    zh="近六个月征信查询{value}次",
)
def enquiries_6m(history: History) -> Floats:
    """Credit enquiries in six months, newest observation."""
    return history.credit.all.last(history.credit["enquiries_6m"])


@feature(
    unit="days",
    sign=RISKIER,
    source=_CREDIT,
    en="up to {value} past due anywhere in a year",
    zh="近一年各机构最长逾期{value}",
)
def worst_dpd_12m(history: History) -> Floats:
    """Worst days past due anywhere in a year, newest observation."""
    return history.credit.all.last(history.credit["worst_dpd_12m"])


@feature(unit="currency", sign=RISKIER, source=_CREDIT, en="{value} owed to other lenders", zh="他行负债{value}")
def external_debt(history: History) -> Floats:
    """Debt with other lenders, newest observation."""
    return history.credit.all.last(history.credit["external_debt"])


@feature(
    unit="ratio",
    sign=RISKIER,
    source="credit, incomes",
    en="debt elsewhere is {value} months of income",
    zh="他行负债为月收入的{value}倍",
)
def external_debt_to_income(history: History) -> Floats:
    """Debt with other lenders over income a month of the last year."""
    return ratio(external_debt(history), income_monthly_365d(history))


@feature(unit="points", sign=SAFER, source=_CREDIT, en="bureau score {value}", zh="征信评分{value}")
def bureau_score(history: History) -> Floats:
    """Bureau score, newest observation."""
    return history.credit.all.last(history.credit["bureau_score"])


@feature(
    unit="points",
    sign=SAFER,
    source=_CREDIT,
    en="bureau score changed by {value} points in a year",
    zh="征信评分一年变化{value}分",
)
def bureau_score_change_365d(history: History) -> Floats:
    """Newest bureau score less the oldest of the last 365 days."""
    rows = history.credit.within(365)
    return rows.last(history.credit["bureau_score"]) - rows.first(history.credit["bureau_score"])


@feature(unit="days", sign=UNSIGNED, source=_CREDIT, en="bureau data {value} old", zh="征信数据距今{value}")
def bureau_age(history: History) -> Floats:
    """Days since the newest observation."""
    return history.credit.all.last(history.credit.age)


@feature(unit="years", sign=UNSIGNED, source="customers", en="aged {value}", zh="年龄{value}")
def age_years(history: History) -> Floats:
    """Age of the customer."""
    return history.days_since("birth_date") / _YEAR


@feature(unit="days", sign=SAFER, source="customers", en="first credit {value} ago", zh="首次信贷距今{value}")
def credit_age(history: History) -> Floats:
    """Days since the first credit anywhere."""
    return history.days_since("first_credit_on")


@feature(unit="count", sign=UNSIGNED, source="loans", en="loans with us: {value}", zh="在我行贷款{value}笔")
def loan_count(history: History) -> Floats:
    """Contracts opened with the bank by now."""
    return history.loans.all.count()


@feature(unit="currency", sign=UNSIGNED, source="loans", en="borrowed {value} with us", zh="在我行借款合计{value}")
def principal_total(history: History) -> Floats:
    """Sum of the amounts lent, or limits granted, by the bank."""
    return history.loans.all.total(history.loans["principal"])


@feature(unit="share", sign=RISKIER, source="loans", en="dearest loan at {value} a year", zh="最高年利率{value}")
def rate_max(history: History) -> Floats:
    """Highest interest a year among the contracts."""
    return history.loans.all.largest(history.loans["annual_rate"])


@feature(unit="days", sign=SAFER, source="loans", en="newest loan opened {value} ago", zh="最新贷款开立于{value}前")
def days_since_opening(history: History) -> Floats:
    """Days since the newest contract was opened."""
    return history.loans.all.last(history.loans.age)


@feature(unit="count", sign=UNSIGNED, source="loans", en="unsecured loans: {value}", zh="无抵押贷款{value}笔")
def unsecured_count(history: History) -> Floats:
    """Cards and consumer loans among the contracts."""
    product = history.loans["product"]
    unsecured = (product == PRODUCTS.index("credit_card")) | (product == PRODUCTS.index("consumer"))
    return history.loans.all.where(unsecured).count()


@feature(unit="count", sign=UNSIGNED, source="loans", en="business loans: {value}", zh="经营性贷款{value}笔")
def business_count(history: History) -> Floats:
    """Business loans among the contracts."""
    return history.loans.all.where(history.loans["product"] == PRODUCTS.index("business")).count()
