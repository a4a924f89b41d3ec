"""The model of causes, fitted on the hand-written corpus: n-grams, one-vs-rest logistic regression, thresholds.

Everything that is chosen, is chosen on folds of the training replies, and replies that share most of their
characters lie in the same fold: a fold must ask about wordings that the others do not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from serving.feedback.cause_model import Block, CauseModel, Floats, model_text
from serving.feedback.causes import CAUSES
from serving.feedback.grams import WORD
from training.feedback.corpus import Mask, Replies

FOLDS = 5
CHARACTERS, WORDS = 5, 3
"""The longest runs of characters and of words."""
STRENGTH = 30.0
"""C of the logistic regressions: the inverse of their shrinkage."""
TOLERANCE = 1e-10
"""By how much of its first length the gradient may be left: so little that every machine ends in the one optimum."""
_STEPS = 1000
ALIKE = 0.5
"""Replies whose runs of three characters overlap by so much (Jaccard) are the same wording."""
THRESHOLD_STEP = 0.01
"""How far apart the thresholds are that are tried."""
FALSE_ALARMS = 0.03
"""The share of unclear replies, out of fold, in which a cause may be told at most."""
AS_GOOD = 0.01
"""By so much less F1, out of fold, a higher threshold is as good: in doubt a reply is unclear."""
LEAST_KNOWN_AT = 0.02
"""The share of training replies, out of fold, so strange that nothing is told."""


@dataclass(frozen=True)
class Fitted:
    """scikit-learn's own objects, from which a ``CauseModel`` is made."""

    characters: TfidfVectorizer
    words: TfidfVectorizer
    regressions: tuple[LogisticRegression, ...]

    def matrix(self, read: Sequence[str]) -> Any:
        """Return the rows of model texts, sparse (n, grams)."""
        return sp.hstack([self.characters.transform(read), self.words.transform(read)], format="csr")

    def probabilities(self, read: Sequence[str]) -> Floats:
        """Return the probability of each column, (n, columns)."""
        X = self.matrix(read)
        return np.column_stack([one.predict_proba(X)[:, 1] for one in self.regressions])

    def model(self, thresholds: Floats, least_known: float, facts: dict[str, Any]) -> CauseModel:
        """Return the same weights as serving applies them."""
        weights = np.column_stack([one.coef_[0] for one in self.regressions]).astype(np.float32)
        bias = np.array([one.intercept_[0] for one in self.regressions], np.float32)
        parts = np.split(weights, [len(self.characters.vocabulary_)])
        blocks = [
            Block(most, tuple(map(str, tfidf.get_feature_names_out())), tfidf.idf_.astype(np.float32), part)
            for most, tfidf, part in zip((CHARACTERS, WORDS), (self.characters, self.words), parts, strict=True)
        ]
        return CauseModel(blocks[0], blocks[1], bias, thresholds, least_known, facts)


def fit_regressions(read: Sequence[str], told: Mask) -> Fitted:
    """Fit n-grams and one regression a column on model texts; ``told`` is (n, causes), unclear is added to it."""
    same = {"lowercase": False, "min_df": 2, "sublinear_tf": True}
    characters = TfidfVectorizer(analyzer="char", ngram_range=(1, CHARACTERS), **same).fit(read)
    words = TfidfVectorizer(analyzer="word", token_pattern=WORD, ngram_range=(1, WORDS), **same).fit(read)
    X = sp.hstack([characters.transform(read), words.transform(read)], format="csr")
    columns = (*told.T, ~told.any(axis=1))
    regressions = tuple(
        LogisticRegression(C=STRENGTH, solver="liblinear", tol=TOLERANCE, max_iter=_STEPS).fit(X, column)
        for column in columns
    )
    return Fitted(characters, words, regressions)


def wordings(read: Sequence[str], alike: float = ALIKE) -> npt.NDArray[np.int64]:
    """Return a number for each model text, (n,), the same for texts that are alike, directly or by others between."""
    padded = [f" {text} " for text in read]
    runs = CountVectorizer(analyzer="char", ngram_range=(3, 3), binary=True, lowercase=False).fit_transform(padded)
    sizes = np.asarray(runs.sum(axis=1)).ravel()
    shared = (runs.astype(np.int32) @ runs.T.astype(np.int32)).tocoo()
    overlap = shared.data / (sizes[shared.row] + sizes[shared.col] - shared.data)
    linked = overlap >= alike
    graph = sp.coo_matrix((overlap[linked], (shared.row[linked], shared.col[linked])), shape=shared.shape)
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def out_of_fold(replies: Replies, seed: int = 0) -> tuple[Floats, Floats]:
    """Return each reply's evidence (n, causes) and known share (n,), from models that did not see its wording."""
    read = [model_text(text) for text in replies.texts]
    kinds = replies.told @ (1 << np.arange(len(CAUSES)))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(read, kinds, wordings(read))
    evidence, known = np.zeros(replies.told.shape), np.zeros(len(read))
    for fit, judge in folds:
        fitted = fit_regressions([read[k] for k in fit], replies.told[fit])
        model = fitted.model(np.full(len(CAUSES), 0.5), 0.0, {})
        for k in judge:
            evidence[k], known[k] = model.evidence(replies.texts[k]), model.known_share(read[k])
    return evidence, known


def thresholds_of(evidence: Floats, told: Mask) -> Floats:
    """Return each cause's threshold, (causes,): the highest as good as the best that keep to ``FALSE_ALARMS``."""
    unclear = ~told.any(axis=1)
    grid = np.arange(0.10, 0.91, THRESHOLD_STEP)
    chosen = []
    for scores, column in zip(evidence.T, told.T, strict=True):
        reached = scores[:, None] >= grid
        f1 = 2 * (reached & column[:, None]).sum(axis=0) / (reached.sum(axis=0) + column.sum())
        is_quiet = reached[unclear].mean(axis=0) <= FALSE_ALARMS
        f1 = np.where(is_quiet, f1, -1.0)
        chosen.append(grid[np.flatnonzero(f1 >= f1.max() - AS_GOOD)[-1]])
    return np.round(np.array(chosen), 2)


def fit(replies: Replies, seed: int = 0) -> CauseModel:
    """Fit the model of causes with its thresholds; the same replies and seed give the same model."""
    evidence, known = out_of_fold(replies, seed)
    thresholds = thresholds_of(evidence, replies.told)
    least_known = round(float(np.quantile(known, LEAST_KNOWN_AT)), 3)
    read = [model_text(text) for text in replies.texts]
    facts = {
        "replies": len(read),
        "by_cause": dict(zip(CAUSES, replies.told.sum(axis=0).tolist(), strict=True)),
        "unclear": int((~replies.told.any(axis=1)).sum()),
        "wordings": int(wordings(read).max() + 1),
        "strength": STRENGTH,
        "folds": FOLDS,
        "seed": seed,
    }
    return fit_regressions(read, replies.told).model(thresholds, least_known, facts)
