from __future__ import annotations

import pandas as pd
import pytest

from features import Book
from training.simulation import simulate_bank


@pytest.fixture(scope="session")
def world_book() -> Book:
    """Return a simulated book with everything in it: five products, partial payments, replies, late debts."""
    return simulate_bank(600, 10, seed=11).book


@pytest.fixture(scope="session")
def world_moment() -> pd.Timestamp:
    return pd.Timestamp("2025-02-11T15:30:00+08:00")
