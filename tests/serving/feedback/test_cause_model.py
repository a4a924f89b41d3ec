from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import ModelError
from serving.feedback.cause_model import SHIPPED, CauseModel
from serving.feedback.causes import CAUSES
from serving.feedback.reader import ReplyReader

MODEL = CauseModel.load()


def test_a_model_that_is_written_and_read_says_the_same(tmp_path: Path) -> None:
    MODEL.save(tmp_path / "m")
    read = CauseModel.load(tmp_path / "m")
    for text in ("还没钱，下周还", "stop calling me", ""):
        assert np.array_equal(read.evidence(text), MODEL.evidence(text))
        assert read.told(text) == MODEL.told(text)


def test_a_damaged_model_is_refused_by_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=re.escape(f"the model of causes in {tmp_path / 'none'} cannot be read")):
        CauseModel.load(tmp_path / "none")
    shutil.copytree(SHIPPED, tmp_path / "m")
    card = json.loads((tmp_path / "m/card.json").read_text())
    (tmp_path / "m/card.json").write_text(json.dumps(card | {"columns": ["forgot"]}))
    with pytest.raises(ModelError, match=r"its columns are \['forgot'\], expected"):
        CauseModel.load(tmp_path / "m")
    card["blocks"]["words"]["grams"] = []
    (tmp_path / "m/card.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="words: 0 n-grams with"):
        CauseModel.load(tmp_path / "m")


def test_the_shipped_model_is_small() -> None:
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 1_500_000


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_without_error(text: str) -> None:
    evidence = MODEL.evidence(text)
    assert evidence.shape == (len(CAUSES),)
    assert ((evidence >= 0) & (evidence <= 1)).all()
    assert set(MODEL.told(text)) <= set(CAUSES)


def test_what_is_hardly_known_is_unclear(reader: ReplyReader) -> None:
    assert MODEL.known_share("zzqx kjvw") < MODEL.least_known
    assert reader.causes("zzqx kjvw xqzp") == ()
    assert reader.causes("") == reader.causes(" \n ") == ()
