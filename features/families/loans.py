"""Who the borrower is and what they borrowed here: age of credit, contracts, mix, price."""

from __future__ import annotations

from features.facts.credit import Loan
from features.feature import RISKIER, SAFER, UNSIGNED, feature
from features.history import History
from features.kernel.windows import Floats, ratio

_LOANS = "loans"
_YEAR = 365.25


@feature("years", UNSIGNED, "customers", "aged {value}", "年龄{value}", bo=31.16)
def age_years(history: History) -> Floats:
    """Age of the customer."""
    return history.days_since("birth_date") / _YEAR


@feature("days", SAFER, "customers", "first credit {value} ago", "首次信贷距今{value}", bo=638)
def credit_age(history: History) -> Floats:
    """Days since the first credit anywhere."""
    return history.days_since("first_credit_on")


@feature("count", UNSIGNED, _LOANS, "loans with the bank: {value}", "在我行贷款{value}笔", ann=1)
def loan_count(history: History) -> Floats:
    """Contracts opened with the bank by now."""
    return history.loans.count(Loan.AGE)


@feature("currency", UNSIGNED, _LOANS, "borrowed {value} from the bank", "在我行借款合计{value}", ann=500_000)
def principal_total(history: History) -> Floats:
    """Sum of the amounts lent, or limits granted, by the bank."""
    return history.loans.total(Loan.PRINCIPAL)


@feature("share", RISKIER, _LOANS, "the dearest loan is at {value} a year", "最高年利率{value}", ann=0.035)
def rate_max(history: History) -> Floats:
    """Highest interest a year among the contracts."""
    return history.loans.largest(Loan.RATE)


@feature("days", SAFER, _LOANS, "the newest loan was opened {value} ago", "最新贷款开立于{value}前", ann=193)
def days_since_opening(history: History) -> Floats:
    """Days since the newest contract was opened."""
    return history.loans.newest(Loan.AGE)


@feature("days", SAFER, _LOANS, "with the bank for {value}", "在我行已{value}", ann=193)
def days_with_bank(history: History) -> Floats:
    """Days since the oldest contract was opened."""
    return history.loans.oldest(Loan.AGE)


@feature("share", UNSIGNED, _LOANS, "{value} of the term has passed", "贷款期限已过{value}", ann=0.02642)
def term_elapsed(history: History) -> Floats:
    """Mean share of the term that has passed, over the contracts with one."""
    return history.loans.mean(Loan.ELAPSED)


@feature("count", UNSIGNED, _LOANS, "unsecured loans: {value}", "无抵押贷款{value}笔", bo=1)
def unsecured_count(history: History) -> Floats:
    """Cards and consumer loans among the contracts."""
    return history.loans.total(Loan.UNSECURED)


@feature("share", RISKIER, _LOANS, "{value} of the borrowing is unsecured", "无抵押贷款占借款的{value}", bo=1)
def unsecured_share(history: History) -> Floats:
    """Share of the amounts lent that is on cards and consumer loans."""
    return ratio(history.loans.total(Loan.UNSECURED_PRINCIPAL), history.loans.total(Loan.PRINCIPAL))


@feature("count", UNSIGNED, _LOANS, "mortgages: {value}", "按揭贷款{value}笔", ann=1)
def mortgage_count(history: History) -> Floats:
    """Mortgages among the contracts."""
    return history.loans.total(Loan.MORTGAGE)


@feature("count", UNSIGNED, _LOANS, "business loans: {value}", "经营性贷款{value}笔", dai=1)
def business_count(history: History) -> Floats:
    """Business loans among the contracts."""
    return history.loans.total(Loan.BUSINESS)
