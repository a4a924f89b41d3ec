"""What tests share: a small book written by hand, and one small trained world for everything slow."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features import Book
from features.example import WORKED_AS_OF, worked_tables


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    return worked_tables()


@pytest.fixture(scope="session")
def hand_made() -> dict[str, pd.DataFrame]:
    """Return the seven tables for tests that leave them as they are."""
    return worked_tables()


@pytest.fixture
def book(tables: dict[str, pd.DataFrame]) -> Book:
    return Book.of(tables)


@pytest.fixture(scope="session")
def as_of() -> pd.Timestamp:
    return WORKED_AS_OF


@dataclass(frozen=True)
class World:
    """A simulated bank with trained champions, and the moment at which tests decide."""

    book: Book
    folder: Path
    as_of: pd.Timestamp
    tracking_uri: str


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Simulate, write, train and register once; MLflow points at it while the session lasts."""
    from dataclasses import replace

    from training import simulate_bank
    from training.settings import read_train_settings
    from training.train import train

    folder = tmp_path_factory.mktemp("world")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        book = simulate_bank(1_000, 12, seed=5).book
        book.write(folder / "book")
        train(book, replace(read_train_settings(), most_response_rows=6_000), figures=False)
        yield World(book, folder / "book", pd.Timestamp("2025-05-20T10:00:00+08:00"), uri)


@pytest.fixture(scope="session")
def service(world: World) -> Iterator[str]:
    """Run the service on the world and give its address."""
    from serving.launch import running_service

    with running_service(free_port(), world.folder) as url:
        yield url


@pytest.fixture
def unused_port() -> int:
    return free_port()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of the real data sets, or skip with the reason."""
    folder = Path(os.environ.get("DUEWISE_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not in {folder}; set DUEWISE_DATA to their folder")
    return folder


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """Run Spark for real; where it is not installed CI fails and others skip."""
    from features.spark import local_session

    absent = [] if importlib.util.find_spec("pyspark") else ["pyspark"]
    absent += [] if shutil.which("java") or "JAVA_HOME" in os.environ else ["Java"]
    if absent:
        refuse = pytest.fail if os.environ.get("CI") else pytest.skip
        refuse(f"{' and '.join(absent)} not found; `make spark` installs both")
    spark = local_session()
    spark.conf.set("spark.sql.session.timeZone", "GMT+08:00")  # a name that pandas does not know
    yield spark
    spark.stop()
