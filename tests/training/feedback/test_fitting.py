"""The shipped model is what the corpus gives, serving scores as scikit-learn does, and both read replies well."""

from __future__ import annotations

import numpy as np
import pytest

from serving.feedback.cause_model import CauseModel, model_text
from serving.feedback.causes import CAUSES
from serving.feedback.reader import ReplyReader
from training.feedback.corpus import LANGUAGES, read_elsewhere, read_replies
from training.feedback.fitting import (
    FALSE_ALARMS,
    THRESHOLD_STEP,
    fit,
    fit_regressions,
    thresholds_of,
    wordings,
)
from training.feedback.judging import by_cause, macro_f1, told_by, unclear_share

HELD_OUT = read_replies("held_out")


@pytest.fixture(scope="module")
def refitted() -> CauseModel:
    return fit(read_replies("train"))


def test_the_shipped_model_is_a_fit_of_the_corpus(refitted: CauseModel) -> None:
    shipped = CauseModel.load()
    assert shipped.fitted == refitted.fitted
    assert (shipped.characters.grams, shipped.words.grams) == (refitted.characters.grams, refitted.words.grams)
    read = [model_text(text) for text in HELD_OUT.texts]
    ours, theirs = (np.array([model.probabilities(text) for text in read]) for model in (shipped, refitted))
    np.testing.assert_allclose(ours, theirs, atol=1e-4)  # machines sum in different orders
    np.testing.assert_allclose(shipped.thresholds, refitted.thresholds, atol=1.001 * THRESHOLD_STEP)
    assert shipped.least_known == pytest.approx(refitted.least_known, abs=1e-3)


def test_the_order_of_replies_changes_no_weight() -> None:
    train = read_replies("train")
    shuffled = train.at(np.random.default_rng(0).permutation(len(train.texts)))
    ours, theirs = (fit_regressions([model_text(text) for text in part.texts], part.told) for part in (train, shuffled))
    for one, other in zip(ours.regressions, theirs.regressions, strict=True):
        np.testing.assert_allclose(one.coef_, other.coef_, atol=1e-5)


def test_probabilities_are_those_of_scikit_learn() -> None:
    train = read_replies("train")
    some = train.at(np.arange(0, len(train.texts), 5))
    fitted = fit_regressions([model_text(text) for text in some.texts], some.told)
    model = fitted.model(np.full(len(CAUSES), 0.5), 0.0, {})
    read = [model_text(text) for text in (*HELD_OUT.texts, *read_elsewhere()["text"], "", " ", "😀")]
    ours = np.array([model.probabilities(text) for text in read])
    np.testing.assert_allclose(ours, fitted.probabilities(read), atol=2e-6)


def test_held_out_replies_are_read_well(reader: ReplyReader) -> None:
    found = told_by(reader.causes, HELD_OUT.texts)
    table = by_cause(found, HELD_OUT.told)
    assert table["f1"].mean() >= 0.85, table.round(3).to_string()
    assert (table["f1"] >= 0.80).all(), table.round(3).to_string()
    for language in LANGUAGES:
        own = HELD_OUT.at(HELD_OUT.language == language)
        assert macro_f1(reader.causes, own) >= 0.85, language


def test_the_model_alone_reads_well_and_chance_does_not(reader: ReplyReader) -> None:
    assert macro_f1(reader.model.told, HELD_OUT) >= 0.85
    shuffled = HELD_OUT.told[np.random.default_rng(0).permutation(len(HELD_OUT.texts))]
    assert by_cause(told_by(reader.causes, HELD_OUT.texts), shuffled)["f1"].mean() < 0.2


def test_replies_with_several_causes_are_read_too(reader: ReplyReader) -> None:
    several = HELD_OUT.at(HELD_OUT.told.sum(axis=1) > 1)
    hits = (told_by(reader.causes, several.texts) & several.told).sum() / several.told.sum()
    assert hits >= 0.85


def test_what_tells_nothing_stays_unclear(reader: ReplyReader) -> None:
    assert unclear_share(reader.causes, read_elsewhere()["text"].tolist()) >= 0.85
    silent = HELD_OUT.at(~HELD_OUT.told.any(axis=1))
    assert unclear_share(reader.causes, silent.texts) >= 0.85


def test_replies_that_are_alike_have_one_wording() -> None:
    numbers = wordings(["i will pay tomorrow", "i will pay tomorrow!", "wrong number"])
    assert numbers[0] == numbers[1] != numbers[2]


def test_a_threshold_keeps_to_the_false_alarms() -> None:
    told = np.zeros((200, len(CAUSES)), bool)
    told[:50] = True
    evidence = np.where(told, 0.6, 0.3) + np.linspace(0, 0.2, 200)[:, None]
    for threshold in thresholds_of(evidence, told):
        assert (evidence[50:, 0] >= threshold).mean() <= FALSE_ALARMS
