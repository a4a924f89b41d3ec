"""What customers are by category: what drift is asked about, and the groups whose treatment is compared."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from features.kernel.windows import Ints
from features.ledger.texts import Posted
from serving.groups import groups_of
from serving.policy_settings import Group

ATTRIBUTES = ("region", "occupation", "language")
"""The columns of customers whose categories are watched for drift."""

GROUPINGS: tuple[Group, ...] = ("gender", "age_band", "region")
"""By what the treatment of customers is compared."""


def attributes_of(book: Posted, customer: Ints) -> dict[str, npt.NDArray[Any]]:
    """Return the category of customers by position, (n,), by attribute; None where not known."""
    return {name: book.texts.customers[name].told(customer) for name in ATTRIBUTES}


def treated_groups(book: Posted, customer: Ints, at: Ints) -> dict[str, npt.NDArray[Any]]:
    """Return the group of customers by position at moments in seconds, (n,), by grouping."""
    age = book.ledger.local_day(customer, at) - book.ledger.customers["birth_date"][customer]
    return groups_of(book.texts.customers, customer, age, GROUPINGS)
