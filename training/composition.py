"""Which columns make a scorecard: the strong ones, without those that tell the same, weighed alone, then together.

A column too weak by itself may come in once the others have spoken (a bill says little, but much of who has not
paid it); one that looked strong may go, because the others had said it all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import ModelError
from serving.encoding import Encoding, Matrix
from training.binning import Cut, cut_column, weigh_column
from training.characteristic import Characteristic
from training.folds import Fold
from training.refining import refine
from training.weighing import CORRELATED, ON_CARD, WEAK, Weighing, uncorrelated, weigh

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Terms:
    """What a column must bring to be on a card; ``Scorecard`` says what each means."""

    signs: Mapping[str, int]
    least_share: float
    least_iv: float
    correlation: float
    rounds: int
    least_iv_given_rest: float
    most: int

    def __post_init__(self) -> None:
        if not 0 < self.least_share <= 0.5:
            raise ModelError(f"least_share must be in (0, 0.5], got {self.least_share:g}.")
        if not 0 <= self.correlation <= 1:
            raise ModelError(f"correlation must be in [0, 1], got {self.correlation:g}.")
        if self.most < 1 or self.rounds < 0:
            raise ModelError(f"most must be 1 or more and rounds 0 or more, got {self.most} and {self.rounds}.")


@dataclass(frozen=True)
class Composition:
    """The characteristics in question, the weighing of those on the card, and the verdict on every column.

    ``verdicts`` is a row a column, the strongest first: ``feature``, ``iv``, ``iv_given_rest``, ``verdict``,
    ``against``.
    """

    characteristics: Mapping[str, Characteristic]
    weighing: Weighing
    verdicts: pd.DataFrame


type _Cuts = Mapping[str, Cut]
type _Found = Mapping[str, Characteristic]


def _strong(found: _Found, least: float) -> dict[str, Characteristic]:
    """Return the columns with the information value they need."""
    strong = {name: its for name, its in found.items() if its.iv >= least}
    if not strong:
        strongest = max(found.values(), key=lambda its: its.iv)
        raise ModelError(
            f"none of the {len(found)} columns says enough of who defaults: the strongest, {strongest.feature}, has "
            f"an information value of {strongest.iv:.4f}, and {least:g} is needed."
        )
    return strong


def _evidence(cuts: _Cuts, found: _Found) -> pd.DataFrame:
    return pd.DataFrame({name: its.evidence(cuts[name].cells) for name, its in found.items()})


def _verdicts(alone: _Found, given_rest: _Found, against: Mapping[str, str], weighing: Weighing) -> pd.DataFrame:
    verdict = dict.fromkeys(alone, WEAK) | dict.fromkeys(against, CORRELATED)
    columns = {
        "iv": pd.Series({name: its.iv for name, its in alone.items()}),
        "iv_given_rest": pd.Series({name: its.iv for name, its in given_rest.items()}, dtype=np.float64),
        "verdict": pd.Series({**verdict, **weighing.gone, **dict.fromkeys(weighing.columns, ON_CARD)}),
        "against": pd.Series(against, dtype=object),
    }
    table = pd.DataFrame(columns, index=list(alone)).fillna({"against": ""}).astype({"against": "str"})
    return table.rename_axis("feature").reset_index()


def compose(
    encoding: Encoding, cells: Matrix, y: Floats, folds: Sequence[Fold], terms: Terms, seed: int
) -> Composition:
    """Choose and weigh columns of ``cells`` (n, columns), as ``encoding`` gives them, by outcomes ``y`` (n,) 0/1.

    Raises
    ------
    ModelError
        When no column says enough.
    """
    cuts = {
        name: cut_column(name, cells[:, k], encoding.categories.get(name, ()), terms.least_share)
        for k, name in enumerate(encoding.columns)
    }
    weighed = [weigh_column(cut, y, terms.signs.get(name, 0)) for name, cut in cuts.items()]
    alone = {its.feature: its for its in sorted(weighed, key=lambda its: -its.iv)}
    strong = _strong(alone, terms.least_iv)
    kept, against = uncorrelated(_evidence(cuts, strong), terms.correlation)
    given_rest: _Found = {}
    on_card: _Found = {name: strong[name] for name in kept}
    if terms.rounds:
        in_turn = {name: cuts[name] for name in alone if name not in against}
        given_rest = refine(in_turn, y, terms.signs, terms.rounds, terms.least_iv_given_rest)
        on_card = _strong(given_rest, terms.least_iv_given_rest)
    weighing = weigh(_evidence(cuts, on_card), y, folds, terms.most, seed)
    return Composition(on_card, weighing, _verdicts(alone, given_rest, against, weighing))
