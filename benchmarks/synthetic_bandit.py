"""The synthetic bandit on which Open Bandit Pipeline's off-policy figures were published, re-implemented.

After st-tech/zr-obp 0.5.5, ``examples/synthetic``: every run has its own coefficients, the logger prefers actions by
``BETA`` x their expected reward (below 0: the bad ones), and the policy under test is the softmax of a reweighted
logistic regression's probabilities, so it is close to uniform. Random numbers come from the same streams, so that the
logs are the twenty that the published figures were measured on: by chance alone the mean error of an unbiased
estimator varies by a fifth from one twenty to another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ACTIONS, DIMENSIONS, ROUNDS, BETA, SEED = 30, 5, 10_000, -3.0, 12345
_FOLDS, _ITERATIONS, _C = 3, 10_000, 100


@dataclass(frozen=True)
class Rounds:
    """What was logged: ``context`` (n, 5), ``action``, ``reward`` 0/1, ``propensity`` (n,), ``truth`` (n, k)."""

    context: Floats
    action: Ints
    reward: Floats
    propensity: Floats
    truth: Floats


class SyntheticBandit:
    """One bandit: coefficients in [-1, 1] of context, action and both together, drawn from ``seed``."""

    def __init__(self, seed: int) -> None:
        self._seed, self._stream = seed, _stream(seed)

    def expected_reward(self, context: Floats) -> Floats:
        """Return P(reward = 1 | context, action), (n, k); log-odds have mean 0 and deviation 1 over the sample."""
        draw = _stream(self._seed)
        of_context, of_action = draw.uniform(-1, 1, DIMENSIONS + 1), draw.uniform(-1, 1, ACTIONS + 1)
        of_both = draw.uniform(-1, 1, (DIMENSIONS + 1, ACTIONS + 1))
        # The first place of each is a constant's, so that both together hold terms of context alone and action alone.
        x = np.column_stack([np.ones(len(context)), context])
        odds = (x @ (of_context + of_both[:, 0]))[:, None] + of_action[1:] + x @ of_both[:, 1:]
        return expit((odds - odds.mean()) / odds.std())

    def log(self, rounds: int = ROUNDS) -> Rounds:
        """Return that many logged rounds, others each time."""
        context = self._stream.normal(size=(rounds, DIMENSIONS))
        truth = self.expected_reward(context)
        logger = softmax(BETA * truth, axis=1)
        action = (logger.cumsum(axis=1) > _stream(self._seed).uniform(size=rounds)[:, None]).argmax(axis=1)
        row = np.arange(rounds)
        reward = self._stream.binomial(1, truth[row, action]).astype(np.float64)
        return Rounds(context, action, reward, logger[row, action], truth)


def learned_policy(learn: Rounds, judge: Rounds) -> Floats:
    """Return the policy under test on the judged rounds, (n, k): learned from others, rewards over propensities."""
    model = _regression().fit(learn.context, learn.action, sample_weight=learn.reward / learn.propensity)
    scores = np.zeros((len(judge.context), ACTIONS))
    scores[:, model.classes_] = model.predict_proba(judge.context)
    return softmax(scores, axis=1)


def cross_fitted_reward(judge: Rounds) -> Floats:
    """Return P(reward = 1 | context, action), (n, k), by a logistic regression of other folds without interactions."""
    each = np.eye(ACTIONS)
    predicted = np.empty((len(judge.action), ACTIONS))
    for learn, rest in KFold(_FOLDS, shuffle=True, random_state=SEED).split(judge.context):
        columns = np.column_stack([judge.context[learn], each[judge.action[learn]]])
        model = _regression().fit(columns, judge.reward[learn])
        weights = model.coef_[0]
        margin = (judge.context[rest] @ weights[:DIMENSIONS])[:, None] + weights[DIMENSIONS:] + model.intercept_[0]
        predicted[rest] = expit(margin)
    return predicted


def _regression() -> LogisticRegression:
    return LogisticRegression(C=_C, max_iter=_ITERATIONS, random_state=SEED)


def _stream(seed: int) -> np.random.RandomState:
    # The old generator on purpose: the published figures drew from it.
    return np.random.RandomState(seed)
