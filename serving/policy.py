"""The choice: the expected value of each allowed action, and a draw whose propensity is known.

Pure: numbers in, numbers out, the same for one customer and a book. A small share of decisions explores
among the actions close to the best; the draw comes from a hash, so that it can be replayed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from features.errors import PolicyError
from serving.actions import NONE
from serving.policy_settings import PolicySettings
from serving.rules import ALLOWED, Codes

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Choice:
    """``action`` (n,) is the number of the action taken, ``propensity`` (n,) the probability with which it was.

    ``value`` (n, actions) is the expected value in currency, -inf where an action is blocked;
    ``probabilities`` (n, actions) is how likely the policy was to take each.
    """

    action: Ints
    propensity: Floats
    value: Floats
    probabilities: Floats


def expected_value(effect: Floats, amount: Floats, tier: Ints, settings: PolicySettings) -> Floats:
    """Return, (n, actions), effect x amount due x recovery weight - cost - friction, in currency.

    ``effect`` (n, actions) is the change in the probability of payment against doing nothing; ``amount`` (n,)
    is what is due, counted as 0 where it is not known.
    """
    gain = effect * np.where(np.isnan(amount), 0.0, amount)[:, None] * settings.recovery_weight
    return gain - settings.costs[None, :] - settings.frictions[tier]


def choose(
    value: Floats, blocked: Codes, draw: Floats, settings: PolicySettings, charge: Floats | None = None
) -> Choice:
    """Choose for each row by value, exploring in a bounded share of rows.

    ``draw`` (n,) in [0, 1) decides where to explore and what is drawn; see ``draws``. ``charge`` (n, actions) is
    taken off values before they are compared: the price of what an action takes from the rest of the book.

    Raises
    ------
    PolicyError
        When a value is not a number, or a row is blocked from doing nothing.
    """
    if not np.isfinite(value).all():
        row, action = np.argwhere(~np.isfinite(value))[0]
        raise PolicyError(f"the expected value of {settings.action_ids[action]} in row {row} is {value[row, action]}.")
    if (blocked[:, settings.action_ids.index(NONE)] != ALLOWED).any():
        raise PolicyError("doing nothing must always be allowed.")
    return chosen(np.where(blocked == ALLOWED, value, -np.inf), draw, settings, charge)


def chosen(allowed: Floats, draw: Floats, settings: PolicySettings, charge: Floats | None = None) -> Choice:
    """Choose as ``choose`` does among values that are -inf where an action is blocked."""
    probabilities = odds(allowed if charge is None else allowed - charge, settings)
    action = drawn(probabilities, draw)
    return Choice(action, probabilities[np.arange(len(allowed)), action], allowed, probabilities)


def odds(net: Floats, settings: PolicySettings) -> Floats:
    """Return how likely each action is taken, (n, actions), by its net value, -inf where it is blocked."""
    rows = np.arange(len(net))
    best = net.argmax(axis=1)
    near = net >= net[rows, best][:, None] - settings.exploration.band
    share = settings.exploration.share
    probabilities = share * near / near.sum(axis=1, keepdims=True)
    probabilities[rows, best] += 1 - share
    return probabilities


def drawn(probabilities: Floats, draw: Floats) -> Ints:
    """Return the action that ``draw`` (n,) takes from each row of ``probabilities`` (n, actions)."""
    ladder = np.cumsum(probabilities, axis=1)
    return np.minimum((draw[:, None] >= ladder).sum(axis=1), _last_possible(probabilities))


def draws(keys: Sequence[str]) -> Floats:
    """Return a number in [0, 1) for each key: evenly spread over keys, always the same for one key.

    >>> draws(["ann|1|T-3|2026"]) == draws(["ann|1|T-3|2026"])
    array([ True])
    """
    digests = b"".join(blake2b(key.encode(), digest_size=8).digest() for key in keys)
    return (np.frombuffer(digests, dtype=">u8") >> np.uint64(11)).astype(np.float64) / 2.0**53


def tie_draws(keys: Sequence[str]) -> Floats:
    """Return a second number in [0, 1) for each key, which has nothing to do with that of ``draws``."""
    return draws([f"{key}|tie" for key in keys])


def tie_breaks(draw: Floats, actions: int, size: float) -> Floats:
    """Return what to add to values, (n, actions) in [0, ``size``), so that equal ones are told apart by ``draw`` (n,).

    >>> tie_breaks(np.array([0.25, 0.3]), 2, 1e-6).round(9).tolist()
    [[2.5e-07, 5e-07], [3e-07, 6e-07]]
    """
    return size * (draw[:, None] * (1.0 + _APART * np.arange(actions)) % 1.0)


_APART = 1021.0
"""So that the fractions of a draw's multiples, and their differences, are spread as if drawn for each action."""


def _last_possible(probabilities: Floats) -> Ints:
    """Return the last action with a probability above 0: where a draw next to 1 belongs despite rounding."""
    return probabilities.shape[1] - 1 - (probabilities[:, ::-1] > 0).argmax(axis=1)
