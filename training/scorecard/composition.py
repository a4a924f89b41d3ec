"""Which columns make a scorecard: the strong ones, without those that tell the same, weighed alone, then together.

A column too weak by itself may come in once the others have spoken (a bill says little, but much of who has not
paid it); one that looked strong may go, because the others had said it all. With few defaults that hears what is
not there, so folds say whether it pays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from features.errors import ModelError
from serving.encoding import Encoding, Matrix
from training.evaluate import log_loss_per_row
from training.folds import Fold
from training.scorecard.binning import Cut, cut_column, weigh_column
from training.scorecard.characteristic import Characteristic
from training.scorecard.refining import refine
from training.scorecard.weighing import CORRELATED, ON_CARD, WEAK, Weighing, prune, uncorrelated, weigh

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Terms:
    """What a column must bring to be on a card; ``Scorecard`` says what each means."""

    signs: Mapping[str, int]
    least_share: float
    least_iv: float
    correlation: float
    rounds: int | None
    least_iv_given_rest: float
    most: int

    def __post_init__(self) -> None:
        if not 0 < self.least_share <= 0.5:
            raise ModelError(f"least_share must be in (0, 0.5], got {self.least_share:g}.")
        if not 0 <= self.correlation <= 1:
            raise ModelError(f"correlation must be in [0, 1], got {self.correlation:g}.")
        if self.most < 1 or (self.rounds or 0) < 0:
            raise ModelError(f"most must be 1 or more and rounds 0 or more, got {self.most} and {self.rounds}.")


@dataclass(frozen=True)
class Composition:
    """The characteristics in question by name, the weighing of those on the card, and the verdict on every column.

    ``verdicts`` is a row a column, the strongest first: ``feature``, ``iv``, ``iv_given_rest``, ``verdict``,
    ``against``.
    """

    characteristics: Mapping[str, Characteristic]
    weighing: Weighing
    rounds: int
    verdicts: pd.DataFrame


_ROUNDS, _TRIED_FOLDS = 3, 3
"""Rounds that are tried against none, and the folds, the last ones, that try them."""

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


@dataclass(frozen=True)
class _Alone:
    """Every column cut and weighed by itself, the strongest first; those ``kept``, and what the others are like."""

    cuts: _Cuts
    found: _Found
    kept: _Found
    against: Mapping[str, str]


@dataclass(frozen=True)
class _Draft:
    """The columns to weigh for a card, what each was found to be given the rest, and why some went."""

    on_card: _Found
    given_rest: _Found
    gone: Mapping[str, str]


def _alone(encoding: Encoding, cells: Matrix, y: Floats, terms: Terms) -> _Alone:
    cuts = {
        name: cut_column(name, cells[:, k], encoding.categories.get(name, ()), terms.least_share)
        for k, name in enumerate(encoding.columns)
    }
    weighed = [weigh_column(cut, y, terms.signs.get(name, 0)) for name, cut in cuts.items()]
    found = {its.feature: its for its in sorted(weighed, key=lambda its: -its.iv)}
    strong = _strong(found, terms.least_iv)
    kept, against = uncorrelated(_evidence(cuts, strong), terms.correlation)
    return _Alone(cuts, found, {name: strong[name] for name in kept}, against)


def _draft(alone: _Alone, y: Floats, terms: Terms, rounds: int) -> _Draft:
    """Weigh the best columns and the weak ones given the rest, then those that are left, given who is left."""
    if not rounds:
        return _Draft(alone.kept, {}, {})
    best = prune(_evidence(alone.cuts, alone.kept), y, terms.most)
    weak = {name for name, its in alone.found.items() if its.iv < terms.least_iv}
    gone, names = dict(best.gone), {*best.columns, *weak}
    given_rest: dict[str, Characteristic] = {}
    for _ in range(2):
        in_turn = {name: alone.cuts[name] for name in alone.found if name in names}
        found = refine(in_turn, y, terms.signs, rounds, terms.least_iv_given_rest)
        strong = _strong(found, terms.least_iv_given_rest)
        left = prune(_evidence(alone.cuts, strong), y, terms.most)
        given_rest, names = {**given_rest, **found}, set(left.columns)
        gone.update(left.gone)
    return _Draft({name: strong[name] for name in left.columns}, given_rest, gone)


def _losses(alone: _Alone, draft: _Draft, learn_y: Floats, judge: Matrix, judge_y: Floats, most: int) -> Floats:
    """Return the log loss of each judged row, (rows,), by a card of the draft; ``judge`` is (rows, columns)."""
    card = prune(_evidence(alone.cuts, draft.on_card), learn_y, most)
    places = [list(alone.cuts).index(name) for name in card.columns]
    seen = [draft.on_card[name].evidence(judge[:, k]) for name, k in zip(card.columns, places, strict=True)]
    predicted = expit(card.intercept + np.array(card.coefficients) @ np.array(seen))
    return log_loss_per_row(judge_y, predicted)


def _paying_rounds(encoding: Encoding, cells: Matrix, y: Floats, folds: Sequence[Fold], terms: Terms) -> int:
    """Return ``_ROUNDS`` where they lower the log loss of rows a card never saw by two standard errors, or else 0."""
    gains = []
    for learn, judge in folds[-_TRIED_FOLDS:]:
        alone = _alone(encoding, cells[learn], y[learn], terms)
        plain, given_rest = (
            _losses(alone, _draft(alone, y[learn], terms, rounds), y[learn], cells[judge], y[judge], terms.most)
            for rounds in (0, _ROUNDS)
        )
        gains.append(plain - given_rest)
    gain = np.concatenate(gains)
    return _ROUNDS if gain.mean() > 2 * gain.std() / np.sqrt(len(gain)) else 0


def _verdicts(alone: _Alone, draft: _Draft, weighing: Weighing) -> pd.DataFrame:
    verdict = dict.fromkeys(alone.found, WEAK) | dict.fromkeys(alone.against, CORRELATED)
    columns = {
        "iv": pd.Series({name: its.iv for name, its in alone.found.items()}),
        "iv_given_rest": pd.Series({name: its.iv for name, its in draft.given_rest.items()}, dtype=np.float64),
        "verdict": pd.Series({**verdict, **draft.gone, **weighing.gone, **dict.fromkeys(weighing.columns, ON_CARD)}),
        "against": pd.Series(alone.against, dtype=object),
    }
    table = pd.DataFrame(columns, index=list(alone.found)).fillna({"against": ""}).astype({"against": "str"})
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
    alone = _alone(encoding, cells, y, terms)
    rounds = _paying_rounds(encoding, cells, y, folds, terms) if terms.rounds is None else terms.rounds
    draft = _draft(alone, y, terms, rounds)
    weighing = weigh(_evidence(alone.cuts, draft.on_card), y, folds, terms.most, seed)
    return Composition(draft.on_card, weighing, rounds, _verdicts(alone, draft, weighing))
