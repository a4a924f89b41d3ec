"""Ledgers of a few customers, taken from the packed rows of many; the rows of one customer are read where they lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.kernel.windows import Ints
from features.ledger.calendar import DAY
from features.ledger.ledger import Columns, Ledger, Zones
from serving.snapshot.layout import DATED, Plain, unpacked

type Packed = npt.NDArray[Any]

_LOANS, _INSTALMENTS = DATED.index("loans"), DATED.index("instalments")


@dataclass(frozen=True)
class Span:
    """Whose rows are taken: ``first`` (n, tables of ``DATED``) is where each customer's rows lie among all.

    ``bounds`` (n + 1, tables) is where they begin among those taken.
    """

    first: Ints
    bounds: Ints

    def index(self, table: int) -> slice | Ints:
        """Return where the rows of a table lie: of one customer as a slice, which copies nothing."""
        first, bounds = self.first[:, table], self.bounds[:, table]
        if len(first) == 1:
            return slice(int(first[0]), int(first[0] + bounds[1]))
        return np.arange(bounds[-1]) + self.each(table, first - bounds[:-1])

    def each(self, table: int, of_customer: Ints) -> Ints:
        """Return what is told of each customer (n,) for each of their rows of a table."""
        return of_customer.repeat(np.diff(self.bounds[:, table]))


@dataclass(frozen=True)
class PackedLedger:
    """The rows of all customers: ``customers`` (customers,), ``tables`` by name, and ``bounds``, see ``Columns``.

    ``bounds`` is (customers + 1, tables of ``DATED``); ``zones`` are the names that ``zone`` and ``zone_other`` count.
    """

    zones: tuple[str, ...]
    customers: Packed
    bounds: Ints
    tables: Mapping[str, Packed]

    def span(self, positions: Ints) -> Span:
        """Return where the rows of some customers lie."""
        first = self.bounds[positions]
        bounds = np.zeros((len(positions) + 1, len(DATED)), np.int64)
        np.cumsum(self.bounds[positions + 1] - first, axis=0, out=bounds[1:])
        return Span(first, bounds)

    def place(self, position: int, table: str) -> slice:
        """Return where the rows of a table of one customer lie."""
        return slice(*self.bounds[position : position + 2, DATED.index(table)].tolist())

    def ledger(self, ids: tuple[str, ...], positions: Ints, span: Span) -> Ledger:
        """Return the ledger of some customers, equal to the bit to that of a book of them alone.

        Its instalments also hold ``instalment_no``; its reminders ``recipient`` and ``propensity``; its customers
        ``gender`` and ``language``. ``row`` counts from 0, as its tables lie in the ledger's order.
        """
        customers = unpacked("customers", self.customers[positions])
        zones = self._zones(customers.pop("zone"), customers.pop("zone_other"))
        loans = self._dated("loans", span, {})
        debts = self._dated("instalments", span, {"loan": _LOANS}, loans)
        towards = {"instalment": _INSTALMENTS}
        return Ledger(
            ids=ids,
            zones=zones,
            customers=customers,
            loans=loans,
            instalments=debts,
            payments=self._dated("payments", span, towards),
            incomes=self._dated("incomes", span, {}),
            credit=self._dated("credit", span, {}),
            reminders=self._dated("reminders", span, towards),
        )

    def _dated(self, name: str, span: Span, pointers: Mapping[str, int], loans: Columns | None = None) -> Columns:
        table = DATED.index(name)
        values = unpacked(name, self.tables[name][span.index(table)])
        bounds = np.ascontiguousarray(span.bounds[:, table])
        several = len(bounds) > 2
        for pointer, to in pointers.items():
            if several:
                values[pointer] += span.each(table, span.bounds[:-1, to])
        values["row"] = np.arange(bounds[-1])
        customer = span.each(table, np.arange(len(bounds) - 1)) if several else np.zeros(bounds[-1], np.int64)
        return Columns(customer, _known_from(values, loans), values, bounds)

    def _zones(self, home: Ints, other: Ints) -> Zones:
        if len(home) == 1 and other[0] < 0 <= home[0]:
            return Zones((self.zones[home[0]],), np.zeros(1, np.int64), other)
        codes, places = np.unique(np.append(home, other), return_inverse=True)
        used = codes[codes >= 0]
        names = tuple(self.zones[code] for code in used.tolist())
        return Zones(names, *(places - (len(codes) - len(used))).reshape(2, -1))


def _known_from(values: Plain, loans: Columns | None) -> Ints:
    """Return from when rows are known, and add what instalments take from their loans."""
    if loans is None:
        return values.pop("at")
    values["opened_at"] = loans.at[values["loan"]]
    return values["due_day"] * DAY
