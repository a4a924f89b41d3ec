"""A saved model vouches for its files: whatever is not as it was written is refused before XGBoost reads it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from features.errors import ModelError
from serving.card import read_card, write_card

CONTENT = {"share": 0.1, "names": ["一", "b"], "by_number": {1: None}, "odd": float("inf")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "trees.ubj").write_bytes(bytes(range(100)))
    write_card(tmp_path / "card.json", CONTENT, ["trees.ubj"])
    return tmp_path


def test_a_card_is_read_as_it_was_written(folder: Path) -> None:
    assert read_card(folder / "card.json") == {"format": 1} | CONTENT | {"by_number": {"1": None}}


@pytest.mark.parametrize("file", ["card.json", "trees.ubj"])
def test_a_bit_turned_over_is_refused(folder: Path, file: str) -> None:
    whole = (folder / file).read_bytes()
    for place in np.random.default_rng(7).choice(8 * len(whole), 200).tolist():
        content = bytearray(whole)
        content[place // 8] ^= 1 << place % 8
        (folder / file).write_bytes(content)
        try:
            read = read_card(folder / "card.json")
        except (ModelError, ValueError, KeyError, OSError):
            continue
        assert {name: read[name] for name in ("share", "names", "odd")} == {
            name: CONTENT[name] for name in ("share", "names", "odd")
        }, "only what names the digests themselves may be damaged unseen"


def test_a_file_cut_short_or_gone_is_refused(folder: Path) -> None:
    (folder / "trees.ubj").write_bytes(b"")
    with pytest.raises(ModelError, match=r"trees.ubj cannot be read: it is not as it was written"):
        read_card(folder / "card.json")
    (folder / "trees.ubj").unlink()
    with pytest.raises(FileNotFoundError, match=r"trees\.ubj"):
        read_card(folder / "card.json")


def test_a_card_of_an_earlier_duewise_vouches_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(json.dumps({"format": 1, "share": 0.1}), encoding="utf-8")
    assert read_card(tmp_path / "card.json") == {"format": 1, "share": 0.1}
