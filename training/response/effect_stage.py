"""The effect stage: from a log and the level of its outcome to patterns and their weights.

Trusted rows decide sizes. Where there are none, all rows are used with estimated propensities, and the
answer is as good as the columns of X are at telling why each action was chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.errors import ModelError
from serving.effects import Weights, room
from serving.encoding import Matrix
from training.response.evidence import FEWEST_ROWS, Arms, Evidence, measure
from training.response.log import ResponseLog
from training.response.nuisance import Forest, cross_fit_propensity
from training.response.patterns import Pattern, action_shares, estimated_source, known_source, learn_pattern
from training.response.pooling import Pooled, pool

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Patterns = Mapping[str, Pattern]
_Measure = Callable[[Patterns], Evidence]

_SMALLEST_KNOWN, _SMALLEST_ESTIMATED = 0.01, 0.02
_OPEN_TO_MOST = 0.5
_FEWEST_UNTRUSTED = 500
_MOST_IDLE = 0.5
_PATTERN_OF_ITS_OWN = 0.3
"""Fewer trusted rows, as a share of all, learn no pattern of their own: on simulated banks it was never kept."""


@dataclass(frozen=True)
class EffectStage:
    """What was learned of effects.

    ``patterns``: those that say something, by the name of their source ("known": rows with a known propensity;
    "estimated": all rows). ``pooled``: their weights. ``judged`` (n,): the rows that sizes rest on;
    ``weight`` (n,): the inverse of their propensities.
    """

    patterns: Patterns
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


def learn_effects(
    matrix: Matrix, log: ResponseLog, level: Floats, fold: Ints, habits: Forest, patterns_of: Forest
) -> EffectStage:
    """Learn patterns and their weights; ``level`` (n,) is E[outcome | row], ``fold`` (n,) numbers the folds.

    ``habits`` and ``patterns_of`` say how the trees of propensities and those of patterns are grown.

    A pattern that the evidence finds likelier to say nothing is left out.

    Raises
    ------
    ModelError
        When too few rows took the reference action, or any other, to compare them.
    """
    known = log.trusted & _comparable(log, log.trusted)
    rest = ~known
    if not _comparable(log, rest) or (known.any() and rest.sum() < _FEWEST_UNTRUSTED):
        rest = np.zeros_like(known)
    if not (known.any() or rest.any()):
        raise ModelError(_too_few(log))
    residual, inverse = log.outcome - level, 1.0 / np.maximum(log.propensity, _SMALLEST_KNOWN)
    shares, patterns, evidence, left = action_shares(len(log.actions)), {}, [], room(level)
    to_few = _open_to_few(log, known, inverse)
    if known.any():
        if not rest.any() or known.mean() > _PATTERN_OF_ITS_OWN:
            source = known_source(log, shares, known, inverse / inverse[known].mean(), left)
            patterns["known"] = learn_pattern(matrix, residual, source, shares, fold, patterns_of)
        evidence.append(_known_evidence(log, known, residual, inverse, to_few))
    if rest.any():
        chance = cross_fit_propensity(matrix, log.action, len(log.actions), fold, habits)
        everyone = np.ones_like(rest)
        source = estimated_source(log, shares, everyone, chance, left)
        patterns["estimated"] = learn_pattern(matrix, residual, source, shares, fold, patterns_of)
        inverse = np.where(known, inverse, _estimated_inverse(log, chance))
        evidence.append(_estimated_evidence(log, rest, residual, chance, inverse, to_few, patterns["estimated"]))
    kept, pooled = _told_apart(evidence, patterns)
    return EffectStage(kept, pooled, known if known.any() else rest, inverse)


def _open_to_few(log: ResponseLog, known: Mask, inverse: Floats) -> Mask:
    """Say which actions known propensities show open to less than half of the rows, (k,); none where all are."""
    open_to = np.bincount(log.action[known], inverse[known], minlength=len(log.actions))
    few: Mask = open_to < _OPEN_TO_MOST * known.sum()
    return few & ~few[1:].all()


def _comparable(log: ResponseLog, rows: Mask) -> bool:
    """Say whether ``rows`` hold enough of the reference action and of another one."""
    counts = np.bincount(log.action[rows], minlength=len(log.actions))
    return bool(counts[0] >= FEWEST_ROWS and counts[1:].max() >= FEWEST_ROWS)


def _too_few(log: ResponseLog) -> str:
    counts = np.bincount(log.action, minlength=len(log.actions)).tolist()
    seen = dict(zip(log.actions, counts, strict=True))
    needed = f"{FEWEST_ROWS} rows of {log.actions[0]!r} and of another action"
    return f"{needed} are needed to compare them, got {seen}."


def _told_apart(evidence: Sequence[_Measure], patterns: Patterns) -> tuple[Patterns, Pooled]:
    """Return the patterns that say something of effects, and the weights that they have without the others."""
    kept = patterns
    while True:
        said = [measured(kept) for measured in evidence]
        contrasts = len(next(iter(patterns.values())).centre) - 1
        pooled = pool(said[0], said[1] if len(said) > 1 else None, contrasts, len(kept))
        telling = {name for name, idle in zip(kept, pooled.no_pattern, strict=True) if idle < _MOST_IDLE}
        if len(telling) == len(kept):
            return kept, pooled
        kept = {name: pattern for name, pattern in kept.items() if name in telling}


def _known_evidence(log: ResponseLog, rows: Mask, residual: Floats, inverse: Floats, to_few: Mask) -> _Measure:
    def measured(patterns: Patterns) -> Evidence:
        design = _design(patterns, rows, len(log.actions))
        offset = np.zeros((design.shape[1], 1 + design.shape[2]))
        arms = Arms(log.action[rows], residual[rows], inverse[rows], design, log.group[rows], to_few)
        return measure(arms, offset)

    return measured


def _estimated_evidence(
    log: ResponseLog, rows: Mask, residual: Floats, chance: Floats, inverse: Floats, to_few: Mask, own: Pattern
) -> _Measure:
    """Return how to measure on ``rows``, their ``own`` pattern being the outcome model of the doubly robust."""
    model = own.out_of_fold
    predicted = model[np.arange(len(model)), log.action] - np.einsum("nk,nk->n", chance, model)
    left = (residual - predicted)[rows]

    def measured(patterns: Patterns) -> Evidence:
        design = _design(patterns, rows, len(log.actions))
        offset = np.zeros((design.shape[1], 1 + design.shape[2]))
        offset[:, 0] = own.centre
        offset[:, 1:] = [float(pattern is own) for pattern in patterns.values()]
        arms = Arms(log.action[rows], left, inverse[rows], design, log.group[rows], to_few)
        return measure(arms, offset)

    return measured


def _estimated_inverse(log: ResponseLog, chance: Floats) -> Floats:
    logged = chance[np.arange(len(chance)), log.action]
    return 1.0 / np.maximum(np.where(log.trusted, log.propensity, logged), _SMALLEST_ESTIMATED)


def _centred(pattern: Pattern) -> Floats:
    return pattern.out_of_fold - pattern.centre


def _design(patterns: Patterns, rows: Mask, actions: int) -> Floats:
    """Return the centred patterns of ``rows``, (rows, actions, patterns)."""
    columns = [_centred(pattern)[rows] for pattern in patterns.values()]
    return np.stack(columns, axis=2) if columns else np.empty((int(rows.sum()), actions, 0))
