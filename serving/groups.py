"""The groups by which fairness is asked about: gender, age band and region. Never a feature.

What the bank does not know of a customer is a group of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from features.kernel.windows import Ints
from features.ledger.texts import People
from serving.policy_settings import Group

UNKNOWN = "not known"
"""The group of those whose gender, birth date or region the bank does not have."""

AGE_BANDS = ("under 25", "25-34", "35-44", "45-54", "55-64", "65 and over")
_AGES = (25.0, 35.0, 45.0, 55.0, 65.0)
DAYS_A_YEAR = 365.25


def age_bands(years: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return the band of each age in years.

    >>> age_bands(np.array([24.9, 25.0, 70.0, np.nan])).tolist()
    ['under 25', '25-34', '65 and over', 'not known']
    """
    band = np.array(AGE_BANDS, dtype=object)[np.searchsorted(_AGES, years, side="right")]
    return np.where(np.isnan(years), UNKNOWN, band)


def groups_of(
    people: People, customer: Ints, days_of_age: npt.NDArray[np.float64], wanted: Sequence[Group]
) -> dict[str, npt.NDArray[Any]]:
    """Return the group of each customer, (n,), by name of the grouping.

    ``customer`` (n,) are rows of ``people``; ``days_of_age`` (n,) is counted at the moment of the decision; NaN where
    the birth date is not known.
    """
    groups = {}
    for name in dict.fromkeys(wanted):
        if name == "age_band":
            groups[str(name)] = age_bands(days_of_age / DAYS_A_YEAR)
        else:
            groups[str(name)] = people[name].told(customer, UNKNOWN)
    return groups
