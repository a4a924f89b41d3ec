"""The reference: kept with the champion, read back to the bit, and its absence told in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.errors import ModelError
from serving.monitoring.reference import SCORE, Profile, Reference, reference_of
from serving.registry import RESPONSE_MODEL, registered


@pytest.fixture(scope="module")
def kept(world: Any) -> Reference:
    return reference_of(registered())


def test_a_training_keeps_how_its_fit_window_looked(kept: Reference, world: Any) -> None:
    assert 0 < kept.customers <= 600
    assert kept.rows > 500
    assert (kept.dpd, kept.horizon_days) == (30, 90)
    assert 0.6 < kept.auc < 1
    assert 0 < kept.auc_error < 0.2
    assert list(kept.sample) == [*kept.names, SCORE]
    assert sum(kept.score.counts) > kept.customers
    assert set(kept.categories) == {"region", "occupation", "language"}
    assert not set(map(str, kept.sample.to_numpy().ravel())) & set(world.book.customers["customer_id"])


def test_it_is_read_as_it_was_written(kept: Reference, tmp_path: Path) -> None:
    kept.save(tmp_path)
    again = Reference.load(tmp_path)
    assert again == kept
    assert again.sample.equals(kept.sample)


def test_the_judge_window_is_told_beside_each_profile() -> None:
    values = np.arange(100.0)
    assert Profile.of("same", values, values).judged == 0.0
    assert Profile.of("moved", values, values + 50).judged > 1


def test_a_model_of_before_there_was_monitoring_is_told_so(world: Any) -> None:
    old = replace(registered(), run_id=registered(RESPONSE_MODEL).run_id)
    with pytest.raises(ModelError, match=r"was trained before there was monitoring.*`duewise train BOOK` makes"):
        reference_of(old)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "sample.parquet").unlink(), "cannot be read"),
        (lambda folder: (folder / "reference.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "reference.json").write_text('{"format": 9}'), "was written by another version"),
    ],
    ids=["no sample", "no JSON", "another format"],
)
def test_a_damaged_reference_is_refused(damage: Any, said: str, kept: Reference, tmp_path: Path) -> None:
    kept.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(ModelError, match=said):
        Reference.load(tmp_path)
