"""A book's rows as numpy columns: ids are positions, times are whole numbers, rows lie by customer and time.

Built once for a book of any size (posting.py); every cut at a moment (history.py) is then a range of rows.
Moments are whole seconds since 1970 UTC rounded up, so that nothing is known early; dates are days since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.kernel.windows import Ints
from features.ledger.calendar import DAY, utc_offsets

NEVER = np.int64(2**35)
"""A moment after every moment a book can hold."""


@dataclass(frozen=True)
class Columns:
    """One table's rows sorted by customer, then by ``at``, the second from which a row is known.

    ``customer`` is the position among the ledger's ``customers``; ``bounds`` (customers + 1,) is where each
    customer's rows begin.
    """

    customer: Ints
    at: Ints
    values: Mapping[str, npt.NDArray[Any]]
    bounds: Ints

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self.values[name]

    def with_values(self, **columns: npt.NDArray[Any]) -> Columns:
        """Return the same rows with more columns."""
        return replace(self, values={**self.values, **columns})


@dataclass(frozen=True)
class Zones:
    """Where each customer lives.

    ``code`` (customers,) is the place in ``names`` of the IANA time zone, ``other`` that of another zone where the
    customer may be; -1 where not known. Days of a customer without a zone are counted in UTC.
    """

    names: tuple[str, ...]
    code: Ints
    other: Ints

    def offsets(self, customer: Ints, at: Ints) -> Ints:
        """Return the UTC offset in seconds of each customer's clock at each moment."""
        if len(self.names) == 1 and self._all_known:
            return utc_offsets(self.names[0], at)
        out, code = np.zeros(len(at), np.int64), self.code[customer]
        for k, name in enumerate(self.names):
            chosen = code == k
            out[chosen] = utc_offsets(name, at[chosen])
        return out

    @cached_property
    def _all_known(self) -> bool:
        return bool((self.code >= 0).all())


@dataclass(frozen=True)
class Ledger:
    """The seven tables as sorted columns.

    ``ids`` are the customers' ids by position; ``customers`` holds birth_date, first_credit_on, the ``RIGHTS`` of
    columns.py and how many channels are ``opted_out`` of, (customers,). The tables' columns are those of schema.py
    (choices as their number in the declaration, -1 for null; texts are in texts.py), and besides: instalments hold
    ``settled_at`` (second the last part of the amount arrived, NEVER when it did not), ``settled_day``, ``loan`` (row
    of the loans) and ``opened_at`` (when that loan became known); payments and reminders hold ``instalment`` (row of
    the instalments) and the customer's local ``day``, reminders also the local ``hour``, whether anything was ``said``
    in answer, the ``causes`` it tells of (a bit each, see replies.py) and the second ``answered_at`` (NEVER: not yet);
    ``row`` is where a row stood in its table.
    """

    ids: tuple[str, ...] | pd.Index[Any]
    zones: Zones
    customers: Mapping[str, npt.NDArray[Any]]
    loans: Columns
    instalments: Columns
    payments: Columns
    incomes: Columns
    credit: Columns
    reminders: Columns

    @property
    def everyone(self) -> Ints:
        """Return the positions of all customers."""
        return np.arange(len(self.ids))

    @cached_property
    def position(self) -> pd.Index[Any]:
        """The place of each customer by id."""
        ids: Any = self.ids
        return pd.Index(ids, dtype="str" if isinstance(ids, tuple) else None, name="customer_id")

    @cached_property
    def names(self) -> npt.NDArray[np.object_]:
        """The ids of the customers by position, (customers,)."""
        names = np.empty(len(self.ids), dtype=object)
        names[:] = self.ids
        return names

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The position of each customer by id."""
        return {name: place for place, name in enumerate(self.names)}

    def index(self, customer: Ints) -> pd.Index[Any]:
        """Return the ids of customers by position, as an index named customer_id."""
        return self.position.take(customer)

    def local_day(self, customer: Ints, at: Ints) -> Ints:
        """Return the day (since 1970) that the customer's calendar shows at each moment."""
        return np.floor_divide(at + self.zones.offsets(customer, at), DAY)
