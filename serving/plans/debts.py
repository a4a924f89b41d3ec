"""What a plan would be about: the debt behind a pressing instalment, and the means to repay it, as the book has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from features.history import History
from features.kernel.windows import Floats, Ints
from features.tables.schema import PRODUCTS
from serving.money import cents_of
from serving.plans.means import means_of
from serving.plans.plan import Debt, NoPlan, Plan, plan_for
from serving.plans.plan_settings import PlanSettings
from serving.plans.schedule import months_later

_EPOCH = date(1970, 1, 1)
_SOON = 30
"""Days ahead that the obligations of ``means_of`` look."""


@dataclass(frozen=True)
class _Owed:
    """The open instalments of one loan, oldest first: amounts still open in currency, and days to their due dates."""

    amount: Floats
    ahead: Ints

    def within(self, days: int) -> float:
        """Return what is open of all that falls due within so many days, what is past due included."""
        return float(self.amount[self.ahead <= days].sum())


def plan_of(
    history: History, position: int, instalment: int, features: Mapping[str, float], settings: PlanSettings
) -> Plan | NoPlan | None:
    """Return the plan for the debt of an instalment, a month from today on; None where no income was ever seen.

    Parameters
    ----------
    history, position
        The cut, and the customer's place in it.
    instalment
        Its row in the ledger.
    features
        The customer's row of the feature matrix.
    settings
        Those of configs/plans.yaml.

    """
    ledger, loan = history.ledger, int(history.ledger.instalments["loan"][instalment])
    product = PRODUCTS[int(ledger.loans["product"][loan])]
    owed = _owed(history, position, loan)
    due = owed.within(0) or float(owed.amount[0])
    replaced = owed.within(_SOON) - owed.within(-1) if settings.spread[product] == "balance" else 0.0
    balance = _whole(_balance(owed, features, settings, product, due))
    debt = Debt(product, _whole(due), balance, _rate(history, loan), _whole(replaced) if replaced > 0 else None)
    means = means_of(features, own=replaced)
    if means is None:
        return None
    today = _EPOCH + timedelta(days=int(history.today[position]))
    return plan_for(debt, means, settings, first_due=months_later(today, 1))


def _balance(owed: _Owed, features: Mapping[str, float], settings: PlanSettings, product: str, due: float) -> float:
    """Return all that remains: of a card what the bureau last saw, of other loans the rest of the schedule."""
    remains = float(owed.amount.sum())
    if settings.spread[product] == "balance" and product == "credit_card":
        remains = float(np.nan_to_num(features["balance"]))
    return max(due, remains)


def _owed(history: History, position: int, loan: int) -> _Owed:
    table, at = history.ledger.instalments, history.at[position]
    start, stop = table.bounds[history.customer[position] :][:2]
    rows = start + np.flatnonzero(table["loan"][start:stop] == loan)
    rows = rows[table["settled_at"][rows] > at]
    paid = history.received(position)[rows - start]
    return _Owed(table["amount_due"][rows] - paid, table["due_day"][rows] - history.today[position])


def _rate(history: History, loan: int) -> float:
    return float(history.ledger.loans["annual_rate"][loan])


def _whole(amount: float) -> float:
    """Return an amount as whole cents: a sum of amounts carries the rounding of binary fractions."""
    return cents_of(round(amount, 4)) / 100
