from __future__ import annotations

import numpy as np
import pytest

from features import PolicyError
from serving.offpolicy.decision_log import read_log
from serving.offpolicy.overlap import Overlap


def overlap(rows: int, target: list[float], propensity: float = 0.5) -> Overlap:
    action = np.arange(rows) % 2
    return Overlap.of(read_log(action, np.zeros(rows), np.full(rows, propensity), np.tile(target, (rows, 1))))


def test_a_policy_that_does_as_the_logger_did_has_all_rows() -> None:
    found = overlap(100, [0.5, 0.5, 0.0])
    assert (found.ess, found.overlap, found.largest_weight, found.never_logged) == (100.0, 1.0, 1.0, 0.0)


def test_half_of_a_policy_on_an_action_that_no_row_shows_is_counted() -> None:
    found = overlap(400, [0.25, 0.25, 0.5])
    assert found.never_logged == 0.5
    assert found.overlap == 0.5
    found.refuse_thin()


@pytest.mark.parametrize(
    ("rows", "target", "message"),
    [
        (80, [1.0, 0.0, 0.0], r"of 80 rows 40\.0 are effective"),
        (400, [0.2, 0.2, 0.6], r"the mean weight is 0\.400 .* and 60\.0% of its decisions are on actions"),
    ],
    ids=["few effective rows", "much that no row shows"],
)
def test_too_thin_a_log_is_refused_with_the_numbers(rows: int, target: list[float], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        overlap(rows, target).refuse_thin()
