from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from features.errors import SchemaError
from serving.feedback.cause_model import model_text
from serving.feedback.causes import CAUSES
from serving.feedback.reader import ReplyReader
from training.feedback.corpus import LANGUAGES, read_elsewhere, read_replies

ALIKE = 0.7


def test_the_corpus_is_as_large_as_it_says() -> None:
    train, held_out = read_replies("train"), read_replies("held_out")
    assert len(train.texts) >= 1200
    assert len(held_out.texts) >= 400
    for language in LANGUAGES:
        own = held_out.at(held_out.language == language)
        assert (own.told.sum(axis=0) >= 18).all(), dict(zip(CAUSES, own.told.sum(axis=0), strict=True))
        assert (own.told.sum(axis=1) > 1).sum() >= 40
        assert (~own.told.any(axis=1)).sum() >= 25


def test_no_training_reply_is_alike_to_one_that_judges() -> None:
    train = read_replies("train").texts
    judges = [*read_replies("held_out").texts, *read_elsewhere()["text"]]
    read = [f" {model_text(text)} ".replace(" .", "") for text in (*train, *judges)]
    runs = CountVectorizer(analyzer="char", ngram_range=(3, 3), binary=True, lowercase=False).fit_transform(read)
    runs = runs.astype(np.int32)
    sizes = np.asarray(runs.sum(axis=1)).ravel()
    shared = (runs[: len(train)] @ runs[len(train) :].T).tocoo()
    jaccard = shared.data / (sizes[shared.row] + sizes[len(train) + shared.col] - shared.data)
    alike = [(train[i], judges[j]) for i, j, s in zip(shared.row, shared.col, jaccard, strict=True) if s >= ALIKE]
    assert alike == []


def test_no_text_stands_twice_in_a_part() -> None:
    for part in ("train", "held_out"):
        texts = read_replies(part).texts
        assert len(texts) == len(set(texts))


def test_who_asks_for_a_person_tells_of_no_cause_but_a_complaint(reader: ReplyReader) -> None:
    train = read_replies("train")
    asks = np.array([reader.asks_for_person(text) for text in train.texts])
    complains = np.array([cause == "complaint" for cause in CAUSES])
    others = train.at(asks & train.told[:, ~complains].any(axis=1))
    assert others.texts == ()
    assert asks.sum() >= 20
    assert [text for text in read_elsewhere()["text"] if reader.asks_for_person(text)] == []


@pytest.mark.parametrize("named", ["unclear forgot", "forgotten", ""])
def test_a_label_that_is_no_cause_is_refused_by_its_line(tmp_path: Path, named: str) -> None:
    (tmp_path / "train_en.csv").write_text(f"causes,text\nforgot,I forgot\n{named},hello\n")
    with pytest.raises(SchemaError, match=re.escape(f"line 3: causes: got '{named}'; expected unclear, or some of")):
        read_replies("train", ["en"], tmp_path)
