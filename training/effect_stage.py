"""The effect stage: from a log and the level of its outcome to patterns and their weights.

Trusted rows decide sizes. Where there are none, all rows are used with estimated propensities, and the
answer is as good as the columns of X are at telling why each action was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.errors import ModelError
from serving.effects import Weights
from serving.encoding import Matrix
from training.evidence import FEWEST_ROWS, Arms, Evidence, measure
from training.nuisance import Forest, cross_fit_propensity
from training.patterns import Pattern, estimated_source, known_source, learn_pattern
from training.pooling import Pooled, pool
from training.response_log import ResponseLog

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_SMALLEST_KNOWN, _SMALLEST_ESTIMATED = 0.01, 0.02
_FEWEST_UNTRUSTED = 500


@dataclass(frozen=True)
class EffectStage:
    """What was learned of effects.

    ``patterns`` by the name of their source ("known": rows with a known propensity; "estimated": the others);
    ``pooled``: their weights; ``judged`` (n,): the rows that sizes rest on; ``weight`` (n,): the inverse of
    their propensities.
    """

    patterns: Mapping[str, Pattern]
    pooled: Pooled
    judged: Mask
    weight: Floats

    @property
    def weights(self) -> Weights:
        """The weights as serving reads them; the reference has a row of zeros."""
        contrasts, terms = self.pooled.mean.shape
        mean = np.zeros((contrasts + 1, terms))
        mean[1:] = self.pooled.mean
        covariance = np.zeros((contrasts + 1, terms, contrasts + 1, terms))
        covariance[1:, :, 1:] = self.pooled.covariance.reshape(contrasts, terms, contrasts, terms)
        centre, noise = np.zeros((contrasts + 1, terms - 1)), np.zeros(contrasts + 1)
        for j, pattern in enumerate(self.patterns.values()):
            centre[:, j] = pattern.centre
            noise += mean[:, 1 + j] ** 2 * pattern.variance
        return Weights(mean, covariance, centre, noise)

    def effects(self) -> Floats:
        """Return the effect of each action in each row of the log, (n, k), by patterns out of its fold."""
        terms = [np.ones((len(self.judged), 1)), *(_centred(pattern) for pattern in self.patterns.values())]
        return self.weights.effect(terms)


def learn_effects(matrix: Matrix, log: ResponseLog, level: Floats, fold: Ints, forest: Forest) -> EffectStage:
    """Learn patterns and their weights; ``level`` (n,) is E[outcome | row], ``fold`` (n,) numbers the folds.

    Raises
    ------
    ModelError
        When too few rows took the reference action, or any other, to compare them.
    """
    known = log.trusted & _comparable(log, log.trusted)
    rest = ~known
    residual = log.outcome - level
    patterns, inverse = {}, 1.0 / np.maximum(log.propensity, _SMALLEST_KNOWN)
    chance: Floats | None = None
    if known.any():
        source = known_source(log, known, inverse / inverse[known].mean())
        patterns["known"] = learn_pattern(matrix, residual, source, fold, forest)
    if _comparable(log, rest) and (rest.sum() >= _FEWEST_UNTRUSTED or not known.any()):
        chance = cross_fit_propensity(matrix, log.action, len(log.actions), rest, fold, forest)
        patterns["estimated"] = learn_pattern(matrix, residual, estimated_source(log, rest, chance), fold, forest)
    if not patterns:
        raise ModelError(_too_few(log))
    kept = list(patterns.values())
    evidence = []
    if known.any():
        evidence.append(_known_evidence(log, known, residual, inverse, kept))
    if chance is not None:
        inverse = np.where(known, inverse, _estimated_inverse(log, chance))
        evidence.append(_estimated_evidence(log, rest, residual, chance, inverse, kept))
    pooled = pool(evidence[0], evidence[1] if len(evidence) > 1 else None, len(log.actions) - 1, len(kept))
    return EffectStage(patterns, pooled, known if known.any() else rest, inverse)


def _comparable(log: ResponseLog, rows: Mask) -> bool:
    """Say whether ``rows`` hold enough of the reference action and of another one."""
    counts = np.bincount(log.action[rows], minlength=len(log.actions))
    return bool(counts[0] >= FEWEST_ROWS and counts[1:].max() >= FEWEST_ROWS)


def _too_few(log: ResponseLog) -> str:
    counts = dict(zip(log.actions, np.bincount(log.action, minlength=len(log.actions)).tolist(), strict=True))
    return f"{FEWEST_ROWS} rows of {log.actions[0]!r} and of another action are needed to compare them, got {counts}."


def _known_evidence(
    log: ResponseLog, rows: Mask, residual: Floats, inverse: Floats, patterns: Sequence[Pattern]
) -> Evidence:
    design = _stacked(patterns)
    arms = Arms(log.action[rows], residual[rows], inverse[rows], design[rows], log.group[rows])
    return measure(arms, np.zeros((design.shape[1], 1 + len(patterns))))


def _estimated_evidence(
    log: ResponseLog, rows: Mask, residual: Floats, chance: Floats, inverse: Floats, patterns: Sequence[Pattern]
) -> Evidence:
    """Let the last pattern, learned from these rows, be the outcome model that makes the estimate doubly robust."""
    model = patterns[-1].out_of_fold
    predicted = model[np.arange(len(model)), log.action] - np.einsum("nk,nk->n", chance, model)
    design = _stacked(patterns)
    offset = np.zeros((design.shape[1], 1 + len(patterns)))
    offset[:, 0], offset[:, -1] = patterns[-1].centre, 1.0
    left = (residual - predicted)[rows]
    return measure(Arms(log.action[rows], left, inverse[rows], design[rows], log.group[rows]), offset)


def _estimated_inverse(log: ResponseLog, chance: Floats) -> Floats:
    logged = chance[np.arange(len(chance)), log.action]
    return 1.0 / np.maximum(np.where(log.trusted, log.propensity, logged), _SMALLEST_ESTIMATED)


def _centred(pattern: Pattern) -> Floats:
    return pattern.out_of_fold - pattern.centre


def _stacked(patterns: Sequence[Pattern]) -> Floats:
    return np.stack([_centred(pattern) for pattern in patterns], axis=2)
