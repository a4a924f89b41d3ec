"""N-grams looked up by compiled code are those of scikit-learn, and weigh what it would weigh them."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from serving.feedback.gram_table import _rows_in, add_margins, gram_table, stretches
from serving.feedback.grams import WORD, character_line, word_line

LINES = {"char": character_line, "word": word_line}
type Analyser = Literal["char", "word"]


def split(text: str, analyser: Analyser) -> list[str]:
    theirs = CountVectorizer(analyzer=analyser, ngram_range=(1, 3), token_pattern=WORD, lowercase=False)
    return sorted(theirs.build_analyzer()(text))


@settings(deadline=None)
@given(st.text(min_size=1, alphabet=st.characters(codec="utf-8", exclude_categories=("Cs",))))
def test_n_grams_are_those_of_scikit_learn(text: str) -> None:
    for analyser, line in LINES.items():
        expected = split(text, analyser)
        grams = sorted({*expected, "a", "never met"})
        ones = np.ones((len(grams), 1), np.float32)
        table = gram_table(grams, ones[:, 0], ones, 3, analyser == "word")
        whole = stretches((line(text),))
        assert [grams[row] for row in _rows_in(table, whole.codes, 0, len(whole.codes))] == expected


@pytest.mark.parametrize("analyser", LINES)
def test_margins_are_those_of_its_weighed_counts_whatever_texts_are_beside(analyser: Analyser) -> None:
    texts = ["i paid, i paid", "还了还了", "stop", "", "!?", "i will pay it tomorrow i paid"]
    grams = sorted({gram for text in texts[:5] for gram in split(text, analyser)})
    rng = np.random.default_rng(0)
    idf, weights = rng.random(len(grams)).astype(np.float32) + 1, rng.normal(size=(len(grams), 4)).astype(np.float32)
    counter = CountVectorizer(
        analyzer=analyser, ngram_range=(1, 3), token_pattern=WORD, lowercase=False, vocabulary=grams
    )
    counts = counter.transform(texts).toarray()
    raw = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0) * idf.astype(np.float64)
    length = np.sqrt((raw**2).sum(axis=1, keepdims=True))
    expected = np.divide(raw, length, out=np.zeros_like(raw), where=length > 0) @ weights.astype(np.float64)
    table = gram_table(grams, idf, weights, 3, analyser == "word")
    lines = [LINES[analyser](text) for text in texts]
    together = np.zeros((len(texts), 4))
    add_margins(table, stretches(lines), together)
    np.testing.assert_allclose(together, expected, atol=1e-12)
    for text, line in enumerate(lines):
        alone = np.zeros((1, 4))
        add_margins(table, stretches((line,)), alone)
        assert alone[0].tobytes() == together[text].tobytes()
