from __future__ import annotations

import numpy as np
import pytest

from training.response.evidence import Evidence
from training.response.pooling import pool

ACTIONS = 4


def evidence(average: float, error: float) -> Evidence:
    """Return what rows say of four average effects, all the same, whose errors share the reference's part."""
    shared = error**2 / 2
    return Evidence(np.full(ACTIONS, average), shared * (np.eye(ACTIONS) + 1), np.arange(ACTIONS))


def test_untrusted_rows_near_the_trusted_ones_draw_them_and_sharpen_them() -> None:
    alone = pool(evidence(0.08, 0.03), None, ACTIONS, 0)
    both = pool(evidence(0.08, 0.03), evidence(0.04, 0.005), ACTIONS, 0)
    assert alone.mean.ravel() == pytest.approx(0.08, abs=0.01)
    assert (both.mean < alone.mean - 0.01).all()
    assert (both.mean > 0.04).all()
    assert np.trace(both.covariance) < np.trace(alone.covariance)


def test_untrusted_rows_far_from_the_trusted_ones_are_found_biased_and_left() -> None:
    both = pool(evidence(0.08, 0.01), evidence(-0.12, 0.005), ACTIONS, 0)
    assert both.mean.ravel() == pytest.approx(0.08, abs=0.01)


def test_a_shared_bias_is_found_as_large_as_the_trusted_rows_show_it() -> None:
    moved = [pool(evidence(0.08, 0.02), evidence(0.08 - away, 0.005), ACTIONS, 0).mean.mean() for away in (0.03, 0.2)]
    assert (0.08 - moved[0]) / 0.03 > 4 * abs(0.08 - moved[1]) / 0.2
