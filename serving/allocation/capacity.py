"""The settings of capacity as claims: what each bound counts, of whom, and how much of it there is.

A claim knows a customer by tier, programme and group alone, so that it holds for a book as for one request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic.dataclasses import dataclass

from serving.actions import NONE
from serving.allocation.lagrangian import Bound, Floats
from serving.policy_settings import Fairness, PolicySettings
from serving.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class Claim:
    """The sum over customers of weight x usage of their action is at most ``limit``.

    ``usage`` is by name of the action, 0 where absent. The weight is ``inside`` for customers whose ``column``
    ("tier", "programme" or a grouping) is ``value``, and ``outside`` for all others; a ``column`` of None takes
    everybody in.
    """

    name: str
    limit: float
    usage: Mapping[str, float]
    inside: float = 1.0
    outside: float = 0.0
    column: str | None = None
    value: str | None = None

    def weight(self, traits: pd.DataFrame) -> Floats:
        """Return the weight of each row of traits, (n,)."""
        if self.column is None:
            return np.full(len(traits), self.inside)
        return np.where(traits[self.column].to_numpy() == self.value, self.inside, self.outside)

    def usages(self, actions: tuple[str, ...]) -> Floats:
        """Return the usage of each action, (k,)."""
        return np.array([self.usage.get(name, 0.0) for name in actions])

    def bound(self, traits: pd.DataFrame, actions: tuple[str, ...]) -> Bound:
        """Return the claim on n customers and k actions as ``allocate`` takes it."""
        return Bound(self.name, self.weight(traits), self.usages(actions), self.limit)


def claims_of(settings: PolicySettings, traits: pd.DataFrame, value: Floats) -> tuple[Claim, ...]:
    """Return the claims of ``settings.capacity`` on a book.

    Parameters
    ----------
    settings
        With the capacity.
    traits
        (n,) ``tier`` and ``programme`` by name, and the groupings that fairness names.
    value
        (n, k), -inf where blocked: a customer may be reminded where any action but none is open.
    """
    bank = (*_channels(settings), *_programmes(settings), *_budget(settings))
    return (*bank, *_service(settings, traits, value), *_fair(settings, traits))


def _channels(settings: PolicySettings) -> Iterator[Claim]:
    for channel, limit in settings.capacity.channels.items():
        if limit is not None:
            yield Claim(f"{channel} a day", limit, _of_channel(settings, channel))


def _programmes(settings: PolicySettings) -> Iterator[Claim]:
    for name, programme in settings.programmes.items():
        for channel, limit in programme.capacity.items():
            if limit is not None:
                usage = _of_channel(settings, channel)
                yield Claim(f"{channel} a day to {name}", limit, usage, column="programme", value=name)


def _budget(settings: PolicySettings) -> Iterator[Claim]:
    if settings.capacity.budget is not None:
        costs = {name: action.cost for name, action in settings.actions.items()}
        yield Claim("budget a day", settings.capacity.budget, costs)


def _service(settings: PolicySettings, traits: pd.DataFrame, value: Floats) -> Iterator[Claim]:
    reminders = np.array([name != NONE for name in settings.action_ids])
    may_be = np.isfinite(value[:, reminders]).any(axis=1)
    tier = traits["tier"].to_numpy()
    for name, share in settings.capacity.service.items():
        if share is not None:
            asked = share * int((may_be & (tier == name)).sum())
            usage = dict.fromkeys((action for action in settings.action_ids if action != NONE), 1.0)
            yield Claim(f"service of {name}", -asked, usage, inside=-1.0, column="tier", value=name)


def _fair(settings: PolicySettings, traits: pd.DataFrame) -> Iterator[Claim]:
    for rule in settings.capacity.fairness:
        groups, sizes = np.unique(traits[rule.group].to_numpy().astype(str), return_counts=True)
        for group, size in zip(groups, sizes, strict=True):
            if size >= rule.fewest:
                yield _fair_to(settings, rule, str(group), int(size), len(traits))


def _fair_to(settings: PolicySettings, rule: Fairness, group: str, size: int, n: int) -> Claim:
    name = f"{rule.channel} to {rule.group} {group}"
    usage = _of_channel(settings, rule.channel)
    return Claim(name, rule.most, usage, 1 / size - 1 / n, -1 / n, rule.group, group)


def _of_channel(settings: PolicySettings, channel: str) -> dict[str, float]:
    return {name: 1.0 for name, action in settings.actions.items() if action.channel == channel}


def traits_of(
    tier: npt.NDArray[np.int64],
    programme: npt.NDArray[np.int64],
    groups: Mapping[str, Any],
    settings: PolicySettings,
) -> pd.DataFrame:
    """Return what claims know customers by, a row each: ``tier`` and ``programme`` by name, and the groups."""
    named = {"tier": np.array(list(settings.tiers), dtype=object)[tier]}
    named["programme"] = np.array(settings.programme_names, dtype=object)[programme]
    return pd.DataFrame({**named, **groups})
