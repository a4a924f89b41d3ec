"""What a customer can pay in a month: the income seen, less what else must be paid of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from math import isfinite, isnan

from features.errors import PolicyError
from serving.money import cents_of

INCOME = ("income_monthly_90d", "income_monthly_365d")
"""The features that say what a month brings: the lower counts, so that neither a fall nor one good month misleads."""


@dataclass(frozen=True)
class Means:
    """Currency a month: the ``income`` observed, and the ``obligations`` to be paid of it besides the plan.

    Raises
    ------
    PolicyError
        When either is not known or below 0.
    """

    income: float
    obligations: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (isfinite(value) and value >= 0):
                raise PolicyError(f"a plan must fit a known {name} of 0 or more a month, got {value}.")

    @property
    def free(self) -> int:
        """Cents a month left of the income, 0 where obligations take all of it."""
        return max(0, int(Decimal(repr(float(self.income))).scaleb(2)) - cents_of(self.obligations))

    def affordable(self, share: float) -> int:
        """Return the cents a month that are ``share`` of what is left, rounded down.

        >>> Means(income=6_000, obligations=1_999.99).affordable(0.5)
        200000
        """
        return int((self.free * Decimal(repr(share))).to_integral_value(ROUND_FLOOR))


def means_of(features: Mapping[str, float], own: float = 0.0) -> Means | None:
    """Return what a row of the feature matrix says of a customer's means, None where no income was ever seen.

    Obligations are the instalments at this bank that fall due within 30 days, whether or not already paid. ``own``
    (currency) is what the plan would replace of them: 0 for a plan beside the contract's own instalments. What
    customers spend on living and owe elsewhere a month is in no table; leaving room for it is what
    ``share_of_free_income`` is for.

    >>> means_of({"income_monthly_90d": 5_000, "income_monthly_365d": 6_000, "instalment_to_income": 0.25,
    ...           "due_amount_30d": 900})
    Means(income=5000.0, obligations=1500.0)
    """
    seen = [float(features[name]) for name in INCOME if not isnan(features[name])]
    if not seen:
        return None
    falling_due = [features["due_amount_30d"], features["instalment_to_income"] * features["income_monthly_365d"]]
    obligations = max((float(amount) for amount in falling_due if not isnan(amount)), default=0.0)
    return Means(income=min(seen), obligations=max(0.0, obligations - own))
