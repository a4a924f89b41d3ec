"""The material of a review, made while the training still holds its samples and models.

Probabilities of the fit window are out of fold, then calibrated like the others: those of the final trees would
flatter, since they have seen these rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from features.errors import ModelError
from serving.decide import decide
from serving.registry import DEFAULT_MODEL, Models, find_registered, load_models
from serving.scorer import Scorer
from training.dataset import WINDOWS, Sample, Window
from training.review.effects import measured_effects
from training.review.facts import facts_of
from training.review.material import Material
from training.review.scenarios import scenario_scores
from training.review.source import Training
from training.review.traits import traits

SAMPLED = 5_000
"""Cases of a window whose values and scenarios are kept."""

EXPLAINED = 2_000
"""How many of these are explained: contributions cost more than all the rest."""


def _cases(training: Training) -> pd.DataFrame:
    """Return ``Material.rows`` and ``customer_id``, which is not kept."""
    parts = [_of_window(training, window, training.samples[window]) for window in WINDOWS]
    cases = pd.concat(parts, ignore_index=True).rename_axis("case")
    codes = pd.factorize(cases["customer_id"])[0]
    numbers = np.random.default_rng(training.settings.seed).permutation(codes.max() + 1)  # says nothing of the order
    probability = cases["default_probability"]
    tier = pd.Series(training.tiers[training.policy.tier_of(probability.to_numpy())], index=cases.index)
    return _decided(cases.assign(customer=numbers[codes], tier=tier.where(probability.notna(), None)), training)


def _of_window(training: Training, window: Window, sample: Sample) -> pd.DataFrame:
    model, is_fit = training.model, window == "fit"
    margin = model.out_of_fold_ if is_fit else model.scorer_.margin(sample.X)
    line = model.calibration_
    nothing = np.full(len(sample), np.nan)
    rival, X = training.scorecard, sample.X[training.columns]
    champion = None if training.champion is None else training.champion.scorer
    scores = {
        "window": window,
        "at": sample.at,
        "customer_id": sample.X.index.to_numpy(),
        "outcome": sample.outcome,
        "raw": expit(margin),
        "default_probability": expit(line.slope * margin + line.intercept),
        "final": model.scorer_.score(sample.X).default_probability,
        "scorecard": nothing if rival is None or is_fit else rival.predict_proba(X)[:, 1],
        "champion": nothing if champion is None or is_fit else champion.score(sample.X).default_probability,
    }
    return pd.concat([pd.DataFrame(scores), traits(training.book, sample)], axis=1)


def _decided(cases: pd.DataFrame, training: Training) -> pd.DataFrame:
    """Add what the policy would do for each judge case at its moment."""
    chosen = pd.DataFrame(None, index=cases.index, columns=["action", "intensity"], dtype=object)
    ids = np.array(training.policy.action_ids, dtype=object)
    tones = np.array([action.intensity for action in training.policy.actions.values()], dtype=object)
    for at in training.samples["judge"].at.unique():
        part = cases[(cases["window"] == "judge") & (cases["at"] == at)]
        customers = list(part["customer_id"])
        decided = decide(training.book, at, training.models, training.policy, customers, explain=False)
        chosen.loc[part.index, "action"] = ids[decided.choice.action]
        chosen.loc[part.index, "intensity"] = tones[decided.choice.action]
    return pd.concat([cases, chosen], axis=1)


def _at_most(window: pd.Series[Any], most: int, seed: int) -> npt.NDArray[np.bool_]:
    """Return which cases are kept: all of a window, or ``most`` of them chosen at random."""
    draw = pd.Series(np.random.default_rng(seed).random(len(window)), index=window.index)
    return (draw.groupby(window).rank() <= most).to_numpy()


def _contributions(scorer: Scorer, X: pd.DataFrame) -> pd.DataFrame:
    scores = scorer.score(X, explain=True)
    frame = pd.DataFrame(scores.contributions, index=X.index, columns=list(scores.features)).assign(base=scores.base)
    return frame.astype(np.float32)


def _champion_contributions(champion: Models | None, X: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame() if champion is None else _contributions(champion.scorer, X)


def champion_for(X: pd.DataFrame) -> tuple[Models | None, str]:
    """Return the models in service when ``X`` has all their columns; else None and the reason, a sentence.

    A champion that is damaged, of another format or of other columns is no reason not to train its successor.
    """
    known = find_registered(DEFAULT_MODEL)
    if known is None:
        return None, "no default model was in service when this one was trained."
    try:
        champion = load_models()
    except ModelError:  # its words name a folder of this machine
        return None, f"{known} is damaged or of another format."
    try:
        champion.scorer.score(X.iloc[:1])
    except ModelError as error:
        return None, f"{known} cannot score today's features: {error}"
    return champion, ""


def collect(training: Training) -> Material:
    """Return the material of a training; see ``Material`` for what is in it."""
    cases = _cases(training)
    sampled = cases.index[_at_most(cases["window"], SAMPLED, training.settings.seed)]
    X = pd.concat([training.samples[window].X for window in WINDOWS]).iloc[sampled].set_axis(sampled.rename("case"))
    explained = X.loc[sampled[_at_most(cases.loc[sampled, "window"], EXPLAINED, training.settings.seed)]]
    judged = cases.loc[sampled][cases.loc[sampled, "window"] == "judge"]
    scorer = training.model.scorer_
    signs = {name: training.signs.get(name, 0) for name in training.columns}
    return Material(
        facts=facts_of(training),
        rows=cases.drop(columns="customer_id"),
        values=X[training.columns].astype(np.float32),
        contributions=_contributions(scorer, explained),
        champion_contributions=_champion_contributions(
            training.champion, explained.loc[explained.index.isin(judged.index)]
        ),
        effects=measured_effects(scorer, X.loc[judged.index], signs),
        scenarios=scenario_scores(training.book, scorer, judged[["customer_id", "at"]]),
        points=pd.DataFrame() if training.scorecard is None else training.scorecard.points_,
        dropped=training.dropped.reset_index(drop=True),
    )
