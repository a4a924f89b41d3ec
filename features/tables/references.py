"""Which rows point to which: the ids of a book as whole numbers, whose each row is, and what points to nothing.

A row is a customer's because it says so or, where the table has no customer_id, because its loan does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pandas as pd

from features.kernel.windows import Ints, Mask
from features.tables.checks import Checked, Failure
from features.tables.schema import Reference, Table

_NOBODY = -1


class References:
    """The columns by which the tables of a book point to each other, each cell as a number; -1 for a null.

    One text has one number wherever it stands.
    """

    def __init__(self, tables: Mapping[str, Checked]) -> None:
        self.tables = tables
        self.codes: dict[tuple[str, str], Ints] = {}
        self.ids: dict[str, pd.Index] = {}
        for column in ("customer_id", "loan_id", "instalment_no"):
            self._number(column)

    @cached_property
    def owner(self) -> dict[str, Ints]:
        """Whose each row of a table is, by table: a customer's number, or -1."""
        customer = np.full(len(self.ids["loan_id"]) + 1, _NOBODY)
        loan, owner = self.codes["loans", "loan_id"], self.codes["loans", "customer_id"]
        customer[loan[::-1]] = owner[::-1]  # of two rows with one loan_id the first is written last
        customer[_NOBODY] = _NOBODY
        by_loan = {name: customer[code] for (name, column), code in self.codes.items() if column == "loan_id"}
        return by_loan | {name: code for (name, column), code in self.codes.items() if column == "customer_id"}

    def keys(self, table: Table) -> pd.DataFrame:
        """Return the key of each row of a table, ids as their numbers and a null as NaN."""
        cells = self.tables[table.name].cells
        coded = {n: self.codes.get((table.name, n)) for n in table.key}
        columns = {n: cells[n] if code is None else np.where(code < 0, np.nan, code) for n, code in coded.items()}
        return pd.DataFrame(columns, index=cells.index, copy=False)

    def dangling(self, table: Table, reference: Reference) -> list[Failure]:
        """Return the rows, without a failure of their own, whose reference is the key of no row of the other table."""
        whole = np.ones(len(self.tables[table.name].cells), np.bool_)
        for failure in self.tables[table.name].failures:
            whole[failure.rows] = False
        rows = np.flatnonzero(whole & ~self._found(table.name, reference))
        name = ", ".join(reference.columns)
        return [Failure(name, rows, f"a {name} of the table {reference.table}")] if len(rows) else []

    def _found(self, name: str, reference: Reference) -> Mask:
        wanted, held = (self._joined(table, reference.columns) for table in (name, reference.table))
        return pd.Series(wanted).isin(held).to_numpy()

    def _joined(self, name: str, columns: tuple[str, ...]) -> Ints:
        """Return one number a row that is equal where all the columns are."""
        joined = self._coded(name, columns[0])
        for column in columns[1:]:
            joined = joined * (len(self.ids[column]) + 1) + self._coded(name, column)
        return joined

    def _coded(self, name: str, column: str) -> Ints:
        return self.owner[name] if column == "customer_id" else self.codes[name, column]

    def _number(self, column: str) -> None:
        parts = {name: table.cells[column] for name, table in self.tables.items() if column in table.cells}
        codes, self.ids[column] = pd.factorize(pd.concat(list(parts.values()), ignore_index=True))
        ends = np.cumsum([len(part) for part in parts.values()])
        for name, own in zip(parts, np.split(codes, ends[:-1]), strict=True):
            self.codes[name, column] = own
