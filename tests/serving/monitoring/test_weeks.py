"""Weeks: what is told of a group, and what is not of a small one; whole weeks are in tests/serving/weekly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from serving.monitoring.weeks import FEWEST, _group


def counts(loans: int) -> dict[str, Any]:
    """Return loans of which each is overdue with 10 and was so before, the first being cured and fallen again."""
    yes, first = np.ones(loans, np.bool_), np.arange(loans) == 0
    money = np.full(loans, 10.0)
    return {
        "loans": yes, "overdue_loans": yes, "overdue": money, "overdue_before": yes, "cured": first, "fell": first,
        "recovered": money / 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("by", "loans", "told"), [("all", 2, True), ("tier", FEWEST, True), ("tier", FEWEST - 1, False)]
)
def test_amounts_of_a_few_loans_are_not_told(by: str, loans: int, told: bool) -> None:
    one = _group(by, "low", np.ones(loans, np.bool_), counts(loans))
    assert (one.overdue, one.recovered) == ((10.0 * loans, 2.5 * loans) if told else (None, None))
    assert (one.loans, one.cured, one.fell) == (loans, 1, 1)
    assert (one.arrears_rate, one.cure_rate) == (1.0, 1 / loans)


def test_a_group_without_loans_has_no_rates() -> None:
    one = _group("tier", "low", np.zeros(6, np.bool_), counts(6))
    assert (one.arrears_rate, one.cure_rate, one.overdue) == (None, None, None)
