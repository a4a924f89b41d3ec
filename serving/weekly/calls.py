"""The calls of the week, and what more of them a day would bring: the day's plan with and without them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from features.book import Book
from features.errors import PolicyError
from serving.actions import Channel
from serving.allocation.capacity import traits_of
from serving.allocation.plan import Offers, plan
from serving.allocation.prices import Prices
from serving.decide import decide
from serving.monitoring.weeks import Week
from serving.policy import draws, tie_draws
from serving.policy_settings import PolicySettings
from serving.registry import Models
from serving.weekly.settings import WeeklySettings

_CALL: Channel = "call"
_DAYS = 7
_CLAIM = "call a day"


@dataclass(frozen=True)
class Calls:
    """The calls decided in the week, and what ``more`` a day would bring on the day of the report.

    ``limit`` is what a day holds by ``limit_by``, None where nothing bounds calls: all that are worth it are made then
    already. ``planned`` of these calls the day's plan makes; ``price`` is what one more is worth and ``brings`` what
    ``more`` are, both in currency a day before exploration. ``refused`` says why there is no plan.
    """

    made: int
    limit: float | None
    limit_by: Literal["policy", "weekly"] | None
    more: int
    planned: float | None
    price: float | None
    brings: float | None
    refused: str | None

    @property
    def a_day(self) -> float:
        """Calls decided a day."""
        return self.made / _DAYS

    @property
    def used(self) -> float | None:
        """The share of the limit that the week's calls took."""
        return None if self.limit is None else self.a_day / self.limit


def calls_of(
    book: Book, as_of: pd.Timestamp, week: Week, models: Models, policy: PolicySettings, settings: WeeklySettings
) -> Calls:
    """Return the calls of a week that ends at ``as_of``, and what more would bring."""
    made = week.channels.get(_CALL, 0)
    bound = policy.capacity.channels.get(_CALL)
    limit = settings.calls_a_day if bound is None else bound
    if limit is None or models.effects is None:
        return Calls(made, None, None, settings.more_calls, None, None, None, None)
    told: Literal["policy", "weekly"] = "weekly" if bound is None else "policy"
    offers = _offers(book, as_of, models, policy)
    try:
        now, more = (
            plan(offers, _with_calls(policy, limit + extra), as_of, models.version)
            for extra in (0, settings.more_calls)
        )
    except PolicyError as error:
        return Calls(made, limit, told, settings.more_calls, None, None, None, str(error))
    price, planned = _of_calls(now)
    # of two plans, the larger may not be worth less: what is below 0 is the planner's last digit
    brings = max(more.upper - now.upper, 0.0)
    return Calls(made, limit, told, settings.more_calls, planned, price, brings, None)


def _offers(book: Book, as_of: pd.Timestamp, models: Models, policy: PolicySettings) -> Offers:
    made = decide(book, as_of, models, policy, explain=False)
    traits = traits_of(made.tier, made.programme, made.groups, policy)
    return Offers(made.choice.value, traits, draws(made.keys), tie_draws(made.keys))


def _with_calls(policy: PolicySettings, limit: float) -> PolicySettings:
    channels = {**policy.capacity.channels, _CALL: limit}
    return replace(policy, capacity=replace(policy.capacity, channels=channels))


def _of_calls(prices: Prices) -> tuple[float, float]:
    """Return the price of a call and how many the plan makes."""
    (one,) = (one for one in prices.priced if one.claim.name == _CLAIM)
    return one.price, one.drawn
