"""Spark for real, on this machine: it decides as the batch does, to the bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features import Book
from features.errors import PolicyError
from serving.batch import score_book
from serving.batch.deciding import Deciding
from serving.batch.spark import spark_decisions
from serving.policy_settings import Capacity, read_policy
from serving.reason_settings import read_reasons
from serving.registry import load_models

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")

BOUND = replace(read_policy(), capacity=Capacity(channels={"call": 20}))


def by_customer(file: Path) -> pd.DataFrame:
    return pd.read_parquet(file).sort_values("customer_id", ignore_index=True)


@pytest.fixture(scope="module")
def folder(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the world's book with a payment that no bank can have received."""
    payments = world.book.payments.copy()
    payments.loc[payments.index[5], "amount"] = -1.0
    folder = tmp_path_factory.mktemp("spark") / "book"
    Book.of(dict(world.book.tables()) | {"payments": payments}).write(folder)
    return folder


@pytest.mark.parametrize("bound", [False, True], ids=["each alone", "at the prices of a plan"])
def test_spark_decides_as_the_batch_does_to_the_bit(
    session: Any, world: Any, folder: Path, tmp_path: Path, bound: bool
) -> None:
    models, settings = load_models(), BOUND if bound else read_policy()
    done = score_book(folder, world.as_of, models, settings, tmp_path / "d.parquet")
    assert (done.decisions, done.set_aside) == (999, 1)
    deciding = Deciding(world.as_of, models, settings, read_reasons(), done.prices)
    spark_decisions(session, str(folder), deciding, groups=3).write(str(tmp_path / "spark"))
    expected, found = by_customer(tmp_path / "d.parquet"), by_customer(tmp_path / "spark" / "decisions.parquet")
    assert found.columns.tolist() == expected.columns.tolist()
    found["instalment_no"] = found["instalment_no"].astype("Int64")  # Spark's Parquet has no word for pandas
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    (rejected,) = pd.read_parquet(tmp_path / "spark" / "rejected.parquet").itertuples(index=False)
    assert (rejected.table, rejected.column, rejected.value) == ("payments", "amount", "-1.0")


def test_a_bound_day_without_prices_is_refused(session: Any, world: Any, folder: Path) -> None:
    with pytest.raises(PolicyError, match=r"no prices are given; `duewise score` plans them"):
        spark_decisions(session, str(folder), Deciding(world.as_of, load_models(), BOUND, read_reasons()))
