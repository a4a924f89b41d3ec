"""A card of points: what a fitted scorecard comes down to, a table of bins and a sum.

The points of a row's bins add up to its score, and the score is a straight line over its log-odds, so both orders
are the same: the more points the safer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import ModelError
from serving.encoding import Encoding
from training.scorecard.characteristic import Characteristic

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PointScale:
    """``points`` at ``odds`` of good to bad, and ``double`` points more at twice the odds.

    >>> PointScale().points_at(np.log([1 / 30, 1 / 60])).round(6).tolist()
    [600.0, 620.0]
    """

    points: float = 600.0
    odds: float = 30.0
    double: float = 20.0

    def __post_init__(self) -> None:
        if not (self.odds > 0 and self.double > 0):
            raise ModelError(f"odds and double must be above 0, got {self.odds:g} and {self.double:g}.")

    def points_at(self, log_odds: Floats) -> Floats:
        """Return the points at log-odds of default."""
        return self.points - self.double * (np.log(self.odds) + log_odds) / np.log(2)


@dataclass(frozen=True)
class PointCard:
    """The characteristics on a card, the coefficient of each, all above 0, and the intercept of the log-odds."""

    encoding: Encoding
    characteristics: tuple[Characteristic, ...]
    coefficients: tuple[float, ...]
    intercept: float
    scale: PointScale

    def log_odds(self, X: pd.DataFrame) -> Floats:
        """Return the log-odds of default of each row, (n,); a row's do not depend on the rows beside it.

        Raises
        ------
        ModelError
            When ``X`` lacks a column of the card.
        """
        cells = self.encoding.matrix(X)
        total = np.full(len(X), self.intercept)
        for column, (its, coefficient) in enumerate(zip(self.characteristics, self.coefficients, strict=True)):
            total += coefficient * its.evidence(cells[:, column])
        return total

    def table(self) -> pd.DataFrame:
        """Return a row a bin: ``feature``, ``bin`` in words, ``rows``, ``default_rate``, ``woe`` and ``points``."""
        parts = [self._part(its, weight) for its, weight in zip(self.characteristics, self.coefficients, strict=True)]
        return pd.concat(parts, ignore_index=True)

    def to_json(self) -> dict[str, Any]:
        """Return a form that ``from_json`` reads back."""
        return {
            "encoding": self.encoding.to_json(),
            "characteristics": [its.to_json() for its in self.characteristics],
            "coefficients": list(self.coefficients),
            "intercept": self.intercept,
            "scale": asdict(self.scale),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> PointCard:
        """Read back what ``to_json`` returned."""
        return cls(
            Encoding.from_json(record["encoding"]),
            tuple(Characteristic.from_json(its) for its in record["characteristics"]),
            tuple(record["coefficients"]),
            record["intercept"],
            PointScale(**record["scale"]),
        )

    def _part(self, its: Characteristic, coefficient: float) -> pd.DataFrame:
        """Return the bins of one characteristic; each characteristic carries an equal share of the points at woe 0."""
        rows, woe = np.array(its.rows), np.array(its.woe)
        rate = np.divide(its.defaults, rows, out=np.full(len(rows), np.nan), where=rows > 0)
        at_zero = float(self.scale.points_at(np.array(self.intercept)))
        points = at_zero / len(self.characteristics) - self.scale.double / np.log(2) * coefficient * woe
        shown = {"feature": its.feature, "bin": its.words, "rows": rows}
        return pd.DataFrame({**shown, "default_rate": rate, "woe": woe, "points": points})
