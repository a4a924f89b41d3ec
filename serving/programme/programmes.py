"""Programmes: what differs for some products and groups of customers from what configs/policy.yaml says of all.

A customer is in the first programme that fits; who fits none is in the standard one, number 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic.dataclasses import dataclass

from features.ledger.ledger import Ledger
from features.tables.schema import INTENSITIES, PRODUCTS
from serving.actions import Channel, Intensity, Offer
from serving.reason_settings import Text
from serving.settings import STRICT

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

Product = Literal["credit_card", "consumer", "mortgage", "auto", "business"]

STANDARD = "standard"
"""The programme of those whom no other fits."""


@dataclass(frozen=True, config=STRICT)
class Programme:
    """For whom it is, and what differs for them; null: as for all.

    ``products``, ``occupations`` and ``regions`` must all fit. ``ladder`` holds the stages that differ, each whole;
    ``channels`` and ``offers`` are those left; ``capacity`` what of a day's capacity its customers may take, by
    channel; ``brand`` the keyword with which its text messages begin.
    """

    products: tuple[Product, ...] | None = None
    occupations: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    ladder: Mapping[str, Mapping[str, Intensity | None]] = field(default_factory=dict)
    channels: tuple[Channel, ...] | None = None
    offers: tuple[Offer, ...] | None = None
    capacity: Mapping[Channel, float | None] = field(default_factory=dict)
    brand: Text | None = None

    def __post_init__(self) -> None:
        for name, limit in self.capacity.items():
            if limit is not None and not 0 <= limit < float("inf"):
                raise ValueError(f"capacity.{name} must be 0 or more, got {limit}")

    def fits(self, product: Ints, customers: pd.DataFrame) -> Mask:
        """Tell whom it is for, (n,); ``product`` (n,) is a place in ``PRODUCTS``, ``customers`` n rows of the table."""
        fit = np.ones(len(product), bool)
        if self.products is not None:
            fit &= np.isin(product, [PRODUCTS.index(name) for name in self.products])
        for column, wanted in (("occupation", self.occupations), ("region", self.regions)):
            if wanted is not None:
                fit &= customers[column].isin(wanted).to_numpy(dtype=bool)
        return fit


@dataclass(frozen=True, config=STRICT)
class PlanFirst:
    """When a repayment plan comes before pressure, and when a signed one is broken.

    Customers of these ``stances`` who are past due meet nothing stronger than gentle, unless it offers a plan, until
    one was offered about this debt within ``days``. For ``days_to_accept`` after an offer no visit and no letter is
    recommended. A signed plan is kept until one of its instalments is more than
    ``broken_after`` days past due; reminders of that debt stop for as long.
    """

    stances: tuple[str, ...]
    days: int
    days_to_accept: int
    broken_after: int

    def __post_init__(self) -> None:
        for name, least in (("days", 1), ("days_to_accept", 0), ("broken_after", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be {least} or more, got {getattr(self, name)}")


@dataclass(frozen=True, config=STRICT)
class FirmWith:
    """Who meets nothing weaker than ``least`` from ``from_day`` days past due on: customers of these ``stances``."""

    stances: tuple[str, ...]
    from_day: int
    least: Intensity

    def __post_init__(self) -> None:
        if self.from_day < 1:
            raise ValueError(f"from_day must be 1 or more, got {self.from_day}")

    @property
    def strength(self) -> int:
        """The least strength: gentle 1, standard 2, firm 3."""
        return INTENSITIES.index(self.least) + 1


def product_of(ledger: Ledger, instalment: Ints) -> Ints:
    """Return the place in ``PRODUCTS`` of the loan of each instalment (row of the ledger), (n,); -1 of row -1."""
    loans = ledger.instalments["loan"]
    if not len(loans):
        return np.full(len(instalment), -1)
    return np.where(instalment >= 0, ledger.loans["product"][loans[instalment]], -1)


def programmes_of(programmes: Mapping[str, Programme], product: Ints, customers: pd.DataFrame) -> Ints:
    """Return the number of each customer's programme, (n,): 0 the standard one, then those of the settings."""
    number = np.zeros(len(product), np.int64)
    for k, programme in reversed(list(enumerate(programmes.values(), start=1))):
        number[programme.fits(product, customers)] = k
    return number


def open_to(programme: Programme | None, actions: Mapping[str, Any]) -> list[bool]:
    """Return whether a programme leaves each action; None: the standard one, which leaves all."""
    if programme is None:
        return [True] * len(actions)
    channels, offers = programme.channels, programme.offers
    return [
        a.channel is None
        or ((channels is None or a.channel in channels) and (a.offer is None or offers is None or a.offer in offers))
        for a in actions.values()
    ]
