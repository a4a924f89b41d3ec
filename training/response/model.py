"""ResponseModel: P(outcome = 1 | row, action) for every action, from logs that did not choose at random.

Rows with a known propensity are trusted. The others are confounded by what the logger saw and X does not
hold: they teach the level of the outcome and the shape of the effects, but their word on the size of an
effect counts only as far as the trusted rows bear it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from serving.card import read_card, readable, write_card
from serving.effects import Z95, EffectScorer, Label
from serving.encoding import Encoding
from training.folds import Labels
from training.response.effect_stage import EffectStage, learn_effects
from training.response.evidence import effective_rows
from training.response.log import ResponseLog
from training.response.nuisance import Forest, cross_fit_level, fit_level
from training.response.patterns import action_shares

Floats = npt.NDArray[np.float64]

THIN_OVERLAP = 100.0
"""Fewer effective rows of an action than this, and its overlap is flagged as thin."""

LONG_LOG = 100_000
"""A log of more rows is cross-fitted in two folds, which halves the time."""

_CARD = "response_model.json"
_TABLES = ("average_effects_", "overlap_", "pattern_weights_")


class EffectTables(NamedTuple):
    """Effects of each action (a column each) in each row, in [-1, 1], with 95 % intervals."""

    effects: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame


class ResponseModel(BaseEstimator):  # type: ignore[misc]
    """The effect of each action on a 0/1 outcome, from any numeric or categorical DataFrame.

    Parameters
    ----------
    seed
        Seed of the folds and the trees.
    splits
        Folds for cross-fitting; None takes three, and two for a log of more than 100,000 rows.
    threads
        Threads of training.
    most_rows
        The most rows that effects are learned from; the level of the outcome and habits make do with 60,000.
    """

    def __init__(self, seed: int = 0, splits: int | None = None, threads: int = 2, most_rows: int = 400_000) -> None:
        self.seed = seed
        self.splits = splits
        self.threads = threads
        self.most_rows = most_rows

    def fit(
        self,
        X: pd.DataFrame,
        action: Labels,
        outcome: Labels,
        propensity: Labels | None = None,
        groups: Labels | None = None,
    ) -> Self:
        """Learn from decisions: ``X`` (n, features; missing values allowed), what was done and what followed.

        ``action`` (n,) labels, strings or integers; ``outcome`` (n,) in [0, 1]; ``propensity`` (n,) is the
        probability in (0, 1] with which the logger chose the logged action, missing (or None) where not
        known; ``groups`` (n,) names the customer, whose rows are then kept together.

        Fitted: ``scorer_`` (serving's own); ``actions_``, the reference first ("none" if any row took it, else
        the first label in order); ``average_effects_`` (action; effect, low, high over the reference, on
        average over the rows); ``overlap_`` (action; rows, randomised, effective_rows, support, thin);
        ``heterogeneity_``, the standard deviation of effects over the rows, in probability, exactly 0 where the
        log shows the same effect for every row; ``pattern_weights_`` (action; a column a source of patterns
        that say something); ``spreads_``, standard deviations over actions of effects and of the bias of
        rows without a known propensity.

        Raises
        ------
        ModelError
            When an argument is unusable (it says what was received) or too few rows can be compared.
        """
        log = ResponseLog.of(len(X), action, outcome, propensity, groups)
        encoding = Encoding.fit(X)
        matrix = encoding.matrix(X)
        forest = Forest(tuple(encoding.feature_types), self.seed, self.threads)
        fold = log.folds(self.splits or (2 if len(X) > LONG_LOG else 3), self.seed)
        level, rounds = cross_fit_level(matrix, log.outcome, fold, forest)
        stage = learn_effects(matrix, log, level, fold, forest, replace(forest, most_rows=self.most_rows))
        effects = stage.effects()
        learn = forest.sample(np.arange(len(X)))
        added = effects[np.arange(len(X)), log.action]
        untouched = log.outcome - added
        base = fit_level(matrix[learn], untouched[learn], rounds, forest)
        patterns = tuple(pattern.booster for pattern in stage.patterns.values())
        self.scorer_ = EffectScorer(
            encoding, log.actions, base, patterns, action_shares(len(log.actions)), stage.weights, float(added.mean())
        )
        self.actions_ = log.actions
        self.overlap_ = _overlap(log, stage)
        self.average_effects_ = _average_effects(stage, log.actions)
        self.heterogeneity_ = float(np.sqrt(effects[:, 1:].var(axis=0).mean())) if stage.patterns else 0.0
        self.pattern_weights_ = pd.DataFrame(
            stage.pooled.mean[:, 1:], index=_index(log.actions[1:]), columns=list(stage.patterns)
        )
        self.spreads_ = {"effects": stage.pooled.spread_of_effects, "bias": stage.pooled.spread_of_bias}
        self.feature_names_in_ = np.asarray(encoding.columns, dtype=object)
        return self

    def predict(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return P(outcome = 1 | row, action) in [0, 1], a column an action, the index of ``X``."""
        check_is_fitted(self, "scorer_")
        return self._table(self.scorer_.predict(X), X)

    def effect(self, X: pd.DataFrame, baseline: Label = "none") -> EffectTables:
        """Return what each action adds to P(outcome = 1) over ``baseline``, with 95 % intervals.

        "none" stands for the reference where no action has that name.

        Raises
        ------
        ModelError
            When ``baseline`` is no action of the model.
        """
        check_is_fitted(self, "scorer_")
        return EffectTables(*(self._table(part, X) for part in self.scorer_.effect(X, baseline)))

    def save(self, path: str | Path) -> None:
        """Write the model into the folder ``path``: JSON and XGBoost's UBJSON, no pickle."""
        check_is_fitted(self, "scorer_")
        self.scorer_.save(path)
        card = {"params": self.get_params(), "heterogeneity": self.heterogeneity_, "spreads": self.spreads_}
        card |= {name: getattr(self, name).reset_index().to_dict("list") for name in _TABLES}
        write_card(Path(path) / _CARD, card)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a model that ``save`` wrote; it predicts the same, to the bit.

        Raises
        ------
        ModelError
            When a file is missing or damaged.
        """
        scorer = EffectScorer.load(path)
        with readable("response model", Path(path)):
            card = read_card(Path(path) / _CARD)
            model = cls(**card["params"])
            for name in _TABLES:
                setattr(model, name, pd.DataFrame(card[name]).set_index("action"))
            model.heterogeneity_, model.spreads_ = card["heterogeneity"], card["spreads"]
        model.scorer_, model.actions_ = scorer, scorer.actions
        model.feature_names_in_ = np.asarray(scorer.encoding.columns, dtype=object)
        return model

    def _table(self, values: Floats, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(values, index=X.index, columns=list(self.actions_))


def _index(actions: Sequence[Label]) -> pd.Index[Any]:
    return pd.Index(list(actions), name="action")


def _average_effects(stage: EffectStage, actions: Sequence[Label]) -> pd.DataFrame:
    weights = stage.weights
    effect = weights.mean[:, 0]
    reach = Z95 * np.sqrt(np.diagonal(weights.covariance[:, 0, :, 0]))
    columns = {"effect": effect, "low": effect - reach, "high": effect + reach}
    return pd.DataFrame(columns, index=_index(actions))


def _overlap(log: ResponseLog, stage: EffectStage) -> pd.DataFrame:
    """Return the table of overlap, a row an action.

    ``effective_rows``: those that sizes rest on; ``support``: the share of rows that could have had the action.
    """
    codes, total = range(len(log.actions)), int(stage.judged.sum())
    weight = [stage.weight[stage.judged & (log.action == code)] for code in codes]
    effective = np.array([effective_rows(one) for one in weight])
    support = np.array([min(1.0, float(one.sum()) / total) for one in weight])
    columns = {
        "rows": np.bincount(log.action, minlength=len(log.actions)),
        "randomised": np.bincount(log.action[log.trusted], minlength=len(log.actions)),
        "effective_rows": effective,
        "support": support,
        "thin": (effective < THIN_OVERLAP) | (support < 0.5),
    }
    return pd.DataFrame(columns, index=_index(log.actions))
