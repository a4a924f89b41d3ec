"""A characteristic: one column of a scorecard cut into bins, each with its weight of evidence.

It reads cells as ``Encoding`` gives them: float32, categories as codes, NaN where missing. The last bin is what is
missing, which a category never seen is too. Nothing here learns: training/binning.py does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from serving.encoding import Matrix

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MISSING = "missing"
_SHOWN = 6


@dataclass(frozen=True)
class Characteristic:
    """The bins of one column, the last of them for what is missing.

    Attributes
    ----------
    feature
        The column.
    edges
        Where the column holds numbers: the upper end of every bin but the last two, rising; an edge is in the
        bin below it.
    categories, bin_of
        Where it holds categories: their names in the order of their codes, and the bin of each.
    rows, defaults
        Rows of the sample and defaults among them, by bin.
    woe
        Weight of evidence by bin, ln(share of the defaults / share of the others): the higher the riskier, 0
        when the bin says nothing.
    iv
        Information value, (share of the defaults - share of the others) x woe over the bins; the higher the more
        the column says.
    """

    feature: str
    edges: tuple[float, ...]
    categories: tuple[str, ...]
    bin_of: tuple[int, ...]
    rows: tuple[int, ...]
    defaults: tuple[int, ...]
    woe: tuple[float, ...]
    iv: float

    def bins(self, cells: Matrix) -> Ints:
        """Return the bin of each cell, (n,)."""
        missing, last = np.isnan(cells), len(self.woe) - 1
        if self.categories:
            code = np.where(missing, 0, cells).astype(np.int64)
            found = np.asarray(self.bin_of, dtype=np.int64)[code]
        else:
            found = np.searchsorted(np.asarray(self.edges), cells.astype(np.float64))
        return np.where(missing, last, found)

    def evidence(self, cells: Matrix) -> Floats:
        """Return the weight of evidence of each cell, (n,)."""
        return np.asarray(self.woe)[self.bins(cells)]

    @property
    def words(self) -> list[str]:
        """Each bin in words, such as ``above 2 up to 5``."""
        if self.categories:
            members = [self._members(number) for number in range(len(self.woe) - 1)]
            return [*members, MISSING]
        ends = [f"{edge:.15g}" for edge in self.edges]
        if not ends:
            return ["any value", MISSING]
        between = [f"above {low} up to {high}" for low, high in pairwise(ends)]
        return [f"up to {ends[0]}", *between, f"above {ends[-1]}", MISSING]

    def to_json(self) -> dict[str, Any]:
        """Return a form that ``from_json`` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Characteristic:
        """Read back what ``to_json`` returned."""
        fields: dict[str, Any] = {name: tuple(it) if isinstance(it, list) else it for name, it in record.items()}
        return cls(**fields)

    def _members(self, number: int) -> str:
        names = [name for name, its in zip(self.categories, self.bin_of, strict=True) if its == number]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        return ", ".join(names[:_SHOWN]) + more
