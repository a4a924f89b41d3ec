"""What is owed: observations of the bureau and the accounts, and the contracts with the bank."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from features.facts.truth import known
from features.kernel.compiled import compiled
from features.kernel.timeline import EVER, HALF_YEAR, QUARTER, YEAR, Kind
from features.kernel.windows import Floats, Ints, quotient
from features.tables.schema import PRODUCTS

NEAR_LIMIT = 0.9
"""A balance above this share of the limit is near it."""


class Credit(IntEnum):
    """An observation of the bureau, beside the one before and the payments between the two."""

    AGE = 0
    LIMIT = 1
    BALANCE = 2
    USED = 3
    NEAR_LIMIT = 4
    BALANCE_CHANGE = 5
    REPAYMENT_RATE = 6
    SPENT = 7
    SPENT_OF_LIMIT = 8
    ACCOUNTS = 9
    ENQUIRIES = 10
    WORST_DPD = 11
    EXTERNAL_DEBT = 12
    SCORE = 13


class Loan(IntEnum):
    """A contract; elapsed: share of its term that has passed."""

    AGE = 0
    PRINCIPAL = 1
    UNSECURED = 2
    UNSECURED_PRINCIPAL = 3
    MORTGAGE = 4
    BUSINESS = 5
    RATE = 6
    ELAPSED = 7


OBSERVED = (
    "credit_limit", "balance", "open_accounts", "enquiries_6m", "worst_dpd_12m", "external_debt", "bureau_score",
)  # fmt: skip
"""The columns of an observation that ``credit`` reads, in its order."""

CREDIT = Kind(Credit, (QUARTER, HALF_YEAR, YEAR, EVER))
LOANS = Kind(Loan)
_CREDIT_COLUMNS, _LOAN_COLUMNS = len(Credit), len(Loan)
_CARD, _CONSUMER, _MORTGAGE, _BUSINESS = (
    PRODUCTS.index(name) for name in ("credit_card", "consumer", "mortgage", "business")
)
_MONTH = 365.25 / 12


@compiled
def credit(age: Floats, observed: Floats, balance_before: Floats, received: Floats) -> Floats:
    """Return the facts of bureau observations, (columns of ``Credit``, rows).

    ``observed`` (7, rows) holds the columns ``OBSERVED``; ``received`` the payments since
    the observation before.
    """
    limit, balance = observed[0], observed[1]
    out = np.empty((_CREDIT_COLUMNS, len(age)))
    for k in range(len(age)):
        used, spent = quotient(balance[k], limit[k]), balance[k] - balance_before[k] + received[k]
        out[Credit.AGE, k] = age[k]
        out[Credit.LIMIT, k] = limit[k]
        out[Credit.BALANCE, k] = balance[k]
        out[Credit.USED, k] = used
        out[Credit.NEAR_LIMIT, k] = known(not np.isnan(used), used > NEAR_LIMIT)
        out[Credit.BALANCE_CHANGE, k] = quotient(balance[k] - balance_before[k], limit[k])
        out[Credit.REPAYMENT_RATE, k] = quotient(received[k], balance_before[k]) if balance_before[k] > 0 else np.nan
        out[Credit.SPENT, k] = spent
        out[Credit.SPENT_OF_LIMIT, k] = quotient(spent, limit[k])
        out[Credit.ACCOUNTS, k] = observed[2, k]
        out[Credit.ENQUIRIES, k] = observed[3, k]
        out[Credit.WORST_DPD, k] = observed[4, k]
        out[Credit.EXTERNAL_DEBT, k] = observed[5, k]
        out[Credit.SCORE, k] = observed[6, k]
    return out


@compiled
def loans(age: Floats, product: Ints, principal: Floats, rate: Floats, term_months: Floats) -> Floats:
    """Return the facts of contracts, (columns of ``Loan``, rows)."""
    out = np.empty((_LOAN_COLUMNS, len(age)))
    for k in range(len(age)):
        unsecured = product[k] in (_CARD, _CONSUMER)
        out[Loan.AGE, k] = age[k]
        out[Loan.PRINCIPAL, k] = principal[k]
        out[Loan.UNSECURED, k] = unsecured
        out[Loan.UNSECURED_PRINCIPAL, k] = principal[k] if unsecured else 0.0
        out[Loan.MORTGAGE, k] = product[k] == _MORTGAGE
        out[Loan.BUSINESS, k] = product[k] == _BUSINESS
        out[Loan.RATE, k] = rate[k]
        out[Loan.ELAPSED, k] = np.minimum(age[k] / (term_months[k] * _MONTH), 1.0)
    return out
