"""A repayment plan for a debt: the fewest equal instalments that the income seen can bear, or none at all.

What it costs is what can be computed: interest, and money that comes later. How much loss a plan avoids is
nowhere stated, since no column says what the customer would have paid without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

from features.errors import PolicyError
from serving.money import cents_of
from serving.plans.means import Means
from serving.plans.plan_settings import PlanSettings
from serving.plans.schedule import (
    PlannedInstalment,
    instalment_for,
    interest_on,
    monthly,
    months_to_repay,
    schedule_of,
)


@dataclass(frozen=True)
class Debt:
    """A debt in currency: what is due by now, all that remains (``amount_due`` included), and its yearly rate.

    ``instalment`` is what the contract asks a month of what a plan would replace, None where nothing is replaced.

    Raises
    ------
    PolicyError
        When nothing is due, less remains than is due, or the rate is not in [0, 10].
    """

    product: str
    amount_due: float | Decimal
    balance: float | Decimal
    annual_rate: float
    instalment: float | None = None

    def __post_init__(self) -> None:
        try:
            due, balance = cents_of(self.amount_due), cents_of(self.balance)
        except ValueError as error:
            raise PolicyError(f"a plan needs a known debt: {error}.") from error
        if not 0 < due <= balance:
            raise PolicyError(
                f"a plan needs an amount due above 0 and a balance no less, got {self.amount_due} of {self.balance}."
            )
        if not 0 <= self.annual_rate <= 10:
            raise PolicyError(f"annual_rate must be in [0, 10], got {self.annual_rate}.")


@dataclass(frozen=True)
class Plan:
    """Instalments that repay ``spread`` cents at ``annual_rate``, and what they cost either side; all in cents.

    ``affordable`` a month was the most an instalment could be. To the customer: ``interest``. To the bank:
    ``interest_forgone``, what the contract's rate would have brought on the plan's own balances, less what the plan
    brings; ``present_value`` of the instalments at the contract's rate, and how far it stays below what is owed,
    ``cost_to_bank`` (a cent or so of rounding where the plan bears the contract's own rate).
    """

    spread: int
    annual_rate: float
    affordable: int
    instalments: tuple[PlannedInstalment, ...]
    interest_forgone: int
    present_value: int

    @property
    def months(self) -> int:
        """How long it lasts, an instalment a month."""
        return len(self.instalments)

    @property
    def total(self) -> int:
        """What the customer pays in all."""
        return sum(row.amount for row in self.instalments)

    @property
    def interest(self) -> int:
        """What the plan costs the customer."""
        return self.total - self.spread

    @property
    def cost_to_bank(self) -> int:
        """What the instalments are worth less than the debt, today and at the contract's rate."""
        return self.spread - self.present_value


@dataclass(frozen=True)
class NoPlan:
    """No plan fits: to repay ``spread`` in ``months`` takes ``needed`` a month, more than ``affordable``; in cents."""

    spread: int
    months: int
    needed: int
    affordable: int

    @property
    def short_by(self) -> int:
        """How many cents a month are missing."""
        return self.needed - self.affordable


def plan_for(debt: Debt, means: Means, settings: PlanSettings, first_due: date) -> Plan | NoPlan:
    """Return the shortest plan whose instalments the means allow, an instalment a month from ``first_due``.

    A plan that replaces the contract's instalments asks no more a month than they do, where that repays in time: who
    could not pay so much is not helped by more.

    >>> from serving.plans.plan_settings import read_plans
    >>> debt = Debt("credit_card", amount_due=800, balance=10_000, annual_rate=0.18)
    >>> plan = plan_for(debt, Means(income=5_000, obligations=3_400), read_plans(), date(2026, 3, 31))
    >>> plan.months, plan.instalments[0].amount, plan.instalments[-1].amount, plan.interest
    (14, 79724, 79713, 116125)
    """
    spread = cents_of(debt.balance if settings.spread[debt.product] == "balance" else debt.amount_due)
    contract = monthly(debt.annual_rate)
    charged = debt.annual_rate if settings.annual_rate is None else min(settings.annual_rate, debt.annual_rate)
    rate, affordable = monthly(charged), means.affordable(settings.share_of_free_income)
    usual = affordable if debt.instalment is None else min(affordable, cents_of(debt.instalment))
    tried = (months_to_repay(spread, rate, most, settings.most_months) for most in (usual, affordable))
    months = next((found for found in tried if found is not None), None)
    if months is None:
        return NoPlan(spread, settings.most_months, instalment_for(spread, rate, settings.most_months), affordable)
    rows = schedule_of(spread, rate, instalment_for(spread, rate, months), first_due)
    return Plan(spread, charged, affordable, rows, _forgone(spread, rows, contract), _present_value(rows, contract))


def _forgone(spread: int, rows: tuple[PlannedInstalment, ...], contract: Fraction) -> int:
    balances = (spread, *(row.balance for row in rows[:-1]))
    return sum(interest_on(owed, contract) - row.interest for owed, row in zip(balances, rows, strict=True))


def _present_value(rows: tuple[PlannedInstalment, ...], contract: Fraction) -> int:
    """Return what the instalments are worth a month before the first, discounted monthly at the contract's rate."""
    with localcontext(prec=40):
        growth = 1 + Decimal(contract.numerator) / Decimal(contract.denominator)
        return int(sum((row.amount / growth**row.number for row in rows), Decimal(0)).to_integral_value())
