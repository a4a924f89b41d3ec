"""The prices of capacity, as a morning's plan leaves them: what one request pays for what it takes from the rest.

A price is charged in the comparison of actions and nowhere else: an expected value is told without it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from features.errors import PolicyError
from serving.allocation.capacity import Claim
from serving.allocation.lagrangian import Floats
from serving.policy_settings import GROUPS, Group, PolicySettings
from serving.settings import STRICT, built


@dataclass(frozen=True, config=STRICT)
class Priced:
    """A claim, its price (currency for one more of what it counts), and what is used of its limit.

    ``expected`` is the use under the probabilities of the choice, ``drawn`` that under the draws of the day.
    """

    claim: Claim
    price: float
    expected: float
    drawn: float


@dataclass(frozen=True, config=STRICT)
class Prices:
    """What a plan of ``customers`` at ``as_of`` (ISO 8601) leaves to whoever decides for one of them.

    ``value`` is what the choice by these prices is expected to bring, exploration included; no assignment within
    capacity, exploring or not, is worth more than ``upper``. Both are in currency.
    """

    policy_version: str
    model_version: str
    as_of: str
    customers: int
    value: float
    upper: float
    tie_size: float
    priced: tuple[Priced, ...]

    @property
    def gap(self) -> float:
        """How far the choice may be from the best use of capacity, as a share of the upper bound."""
        return (self.upper - self.value) / max(abs(self.upper), 1e-12)

    @cached_property
    def version(self) -> str:
        """A name that other prices do not have: 12 hexadecimal digits of a hash of the content."""
        return blake2b(json.dumps(asdict(self), sort_keys=True).encode(), digest_size=6).hexdigest()

    @property
    def groupings(self) -> tuple[Group, ...]:
        """The groupings that some price tells customers apart by."""
        return tuple(name for name in GROUPS if any(one.claim.column == name for one in self.priced))

    def of(self, traits: pd.DataFrame, actions: Sequence[str]) -> Floats:
        """Return the price of each action for each row of traits, (n, k), in currency; the same in any company."""
        price = np.zeros((len(traits), len(actions)))
        for one in self.priced:
            # element by element: a sum must not depend on how many rows there are
            price += one.claim.weight(traits)[:, None] * (one.price * one.claim.usages(tuple(actions)))
        return price

    def write(self, file: Path) -> None:
        """Write the prices as JSON."""
        file.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False), encoding="utf-8")


def read_prices(file: str | Path, settings: PolicySettings) -> Prices:
    """Read what ``write`` wrote, for a policy.

    Raises
    ------
    PolicyError
        When the file cannot be read, a key is at fault, or the prices are of another policy.
    """
    path = Path(file)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PolicyError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise PolicyError(f"{path} is not JSON: {error}.") from error
    prices = built(Prices, content, path)
    if prices.policy_version != settings.version:
        raise PolicyError(f"{path} is of policy {prices.policy_version}, the policy in use is {settings.version}.")
    unknown = {name for one in prices.priced for name in one.claim.usage} - set(settings.action_ids)
    if unknown:
        raise PolicyError(f"{path} prices {', '.join(sorted(unknown))}, which the policy does not know.")
    return prices
