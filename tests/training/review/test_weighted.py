from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from features import ModelError
from training.evaluate import measures
from training.review.bootstrap import Resampling, interval, mean_of
from training.review.weighted import MEASURES, WeightedMeasures


@pytest.fixture(scope="module")
def judged() -> Any:
    rng = np.random.default_rng(0)
    y_pred = rng.random(500).round(2)  # ties on purpose
    return (rng.random(500) < y_pred).astype(float), y_pred


def test_with_every_weight_1_the_measures_are_those_of_a_training(judged: Any) -> None:
    found = WeightedMeasures(*judged)(np.ones((1, 500)))[0]
    assert dict(zip(MEASURES, found, strict=True)) == pytest.approx(measures(*judged))


def test_weighted_ranks_are_scikit_learn_s(judged: Any) -> None:
    weights = np.random.default_rng(1).integers(0, 4, (3, 500)).astype(float)
    found = WeightedMeasures(*judged)(weights)
    for row, own in zip(found, weights, strict=True):
        assert row[0] == pytest.approx(roc_auc_score(*judged, sample_weight=own))
        assert row[3] == pytest.approx(average_precision_score(*judged, sample_weight=own))


def test_a_weight_of_2_is_the_row_twice(judged: Any) -> None:
    y_obs, y_pred = judged
    twice = np.where(np.arange(500) < 100, 2, 1)
    rows = np.repeat(np.arange(500), twice)
    weighted = WeightedMeasures(y_obs, y_pred)(twice[None, :].astype(float))[0]
    copied = WeightedMeasures(y_obs[rows], y_pred[rows])(np.ones((1, len(rows))))[0]
    np.testing.assert_allclose(weighted[:6], copied[:6])  # the bins of the last are of the rows as they are


def test_a_resample_without_a_default_has_no_auc(judged: Any) -> None:
    y_obs, y_pred = judged
    found = WeightedMeasures(y_obs, y_pred)(np.where(y_obs == 1, 0.0, 1.0)[None, :])
    assert np.isnan(found[0, 0])
    assert not np.isnan(found[0, 4])


def test_the_rows_of_a_customer_are_drawn_together_and_each_customer_once_on_average() -> None:
    customer = np.array([7, 7, 3, 3, 3, 9])
    weights = np.concatenate(list(Resampling(customer, resamples=2_000).weights()))
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, [0, 2, 5]].sum(axis=1) == 3).all()
    np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.1)


def test_many_rows_of_few_customers_give_a_wide_interval() -> None:
    rng = np.random.default_rng(0)
    customer = np.repeat(np.arange(40), 50)
    values = np.repeat(rng.normal(size=40), 50)[:, None]
    by_customer = interval(Resampling(customer).values(mean_of(values)))
    by_row = interval(Resampling(np.arange(2_000)).values(mean_of(values)))
    assert np.ptp(by_customer) > 4 * np.ptp(by_row)


def test_95_in_100_intervals_hold_the_truth() -> None:
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        customer = np.repeat(np.arange(60), 2)
        values = np.repeat(rng.normal(size=60), 2)[:, None]
        low, high = interval(Resampling(customer, seed=seed).values(mean_of(values)))[:, 0]
        held += int(low <= 0 <= high)
    assert 178 <= held <= 199


def test_nothing_to_resample_is_refused() -> None:
    with pytest.raises(ModelError, match="no case to resample"):
        Resampling(np.array([], dtype=np.int64))
