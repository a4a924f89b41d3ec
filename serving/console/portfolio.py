"""``POST /console/portfolio``: the figures, what of the day's capacity is taken, and what raises an alarm."""

from __future__ import annotations

from dataclasses import dataclass

from serving.console.capacity import Use, uses_of
from serving.console.console import Console
from serving.console.figures import Portfolio, portfolio_of
from serving.console.review import waiting
from serving.console.watched import Watched
from serving.console.wire import PortfolioRequest


@dataclass(frozen=True)
class Check:
    """What the service found of itself; without what is not ``needed`` it is ready all the same."""

    name: str
    ok: bool
    needed: bool
    why: str


@dataclass(frozen=True)
class PortfolioAnswer:
    """The portfolio; ``watched`` is the newest monitoring among the reports, None where there is none."""

    portfolio: Portfolio
    capacity: tuple[Use, ...]
    waiting: int
    checks: tuple[Check, ...]
    watched: Watched | None


def portfolio(console: Console, _: PortfolioRequest) -> PortfolioAnswer:
    """Return the portfolio as the journal is now."""
    roll, settings, desk = console.roll(), console.settings, console.office.desk
    orders = {"tier": list(settings.tiers), "stage": list(settings.stages), "action": list(settings.action_ids)}
    health = console.office.access.health.readyz()[1]
    return PortfolioAnswer(
        portfolio=portfolio_of(roll, orders),
        capacity=uses_of(roll, settings, None if desk is None else desk.prices),
        waiting=len(waiting(roll)),
        checks=tuple(Check(name, told["ok"], told["needed"], told["why"]) for name, told in health["checks"].items()),
        watched=console.watches.newest(),
    )
