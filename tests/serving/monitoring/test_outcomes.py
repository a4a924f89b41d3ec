"""Labels as they mature: when they are known, what was expected of them, and how sure the difference is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from serving.monitoring.outcomes import Matured, calibration_of, matured
from serving.monitoring.ranking import auc, auc_error
from serving.monitoring.span import Span
from serving.monitoring.watch import Watch

DAY = 86_400


def test_only_labels_whose_horizon_and_delay_have_passed_count(bank: Any) -> None:
    watch: Watch = bank.watched()
    days = [
        (bank.as_of.timestamp() - np.datetime64(day[:19]).astype(int)) / DAY
        for day in (watch.outcomes.since, watch.outcomes.until)
    ]
    assert days == pytest.approx([123 - 1 / 3, 93 - 1 / 3], abs=0.01)  # the zone is eight hours ahead


def test_a_month_of_decisions_shows_a_share_once_all_of_it_is_so_old(bank: Any) -> None:
    vintages = bank.watched().outcomes.vintages
    assert [one.month for one in vintages] == sorted({one.month for one in vintages})
    assert vintages[-1].shares == (None, None, None)
    assert None not in vintages[0].shares
    for one in vintages:
        known = [share for share in one.shares if share is not None]
        assert known == sorted(known)


def test_each_customer_is_counted_once(bank: Any) -> None:
    watch: Watch = bank.watched()
    whole, *tiers = watch.outcomes.calibration
    assert whole.customers == sum(one.customers for one in tiers) <= len(bank.book.customers)
    assert whole.observed == sum(one.observed for one in tiers) == watch.outcomes.ranking.defaults


@pytest.mark.parametrize("observed", [0, 12, 20, 45], ids=["none", "fewer", "as expected", "more"])
def test_the_chance_of_defaults_is_the_binomials(observed: int) -> None:
    default = np.arange(400) < observed
    came = Matured(Span(0, 1), np.full(400, 0.05), ("low",) * 400, default)
    whole, low = calibration_of(came, ("low",))
    assert (whole.expected, whole.observed, low.observed_rate) == (pytest.approx(20), observed, observed / 400)
    sided = [binomtest(observed, 400, 0.05, alternative=side).pvalue for side in ("less", "greater")]
    assert whole.chance == pytest.approx(min(1.0, 2 * min(sided)))


def test_a_rank_is_that_of_scikit_learn_and_its_error_that_of_many_samples() -> None:
    rng = np.random.default_rng(4)
    found = []
    for _ in range(300):
        outcome = (np.arange(500) < 60).astype(float)
        score = rng.normal(size=500) + 1.2 * outcome
        found.append(auc(outcome, score))
    assert found[-1] == pytest.approx(roc_auc_score(outcome, score))
    assert np.std(found) == pytest.approx(auc_error(float(np.mean(found)), 60, 440), rel=0.25)
    assert np.isnan(auc(np.zeros(3), np.arange(3.0)))


def test_nobody_in_default_or_not_at_risk_is_labelled(bank: Any) -> None:
    from serving.monitoring.decided import read_decided
    from serving.monitoring.settings import read_monitoring

    settings = read_monitoring()
    decided = read_decided(bank.journal, bank.book, 0)
    window = Span.window(bank.as_of, settings)
    came = matured(decided, bank.book.ledger, window, bank.service.reference, settings)
    span = decided.between(came.span.since, came.span.until)
    assert 0 < len(came.default) < len(span.first())
