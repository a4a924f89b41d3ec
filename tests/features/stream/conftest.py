"""Books in folders, and what the job must give: the matrix and the faults of the whole book in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features import Book, build_features, screen

Tables = Mapping[str, pd.DataFrame]


@pytest.fixture(scope="session")
def world_folder(world_book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the simulated book as ``parquet`` and as ``csv``."""
    folder = tmp_path_factory.mktemp("stream")
    world_book.write(folder / "parquet")
    world_book.write(folder / "csv", "csv")
    return folder


@pytest.fixture
def texts(tables: Tables) -> dict[str, pd.DataFrame]:
    """Return the hand-made tables as a CSV holds them: every cell a text."""
    return {name: frame.astype(object).astype(str).where(frame.notna(), "") for name, frame in tables.items()}


@pytest.fixture
def folder_of(tmp_path: Path) -> Callable[[Tables], Path]:
    """Return what writes tables, whatever is in them, into a folder of CSV files."""

    def write(tables: Tables) -> Path:
        folder = tmp_path / "csv"
        folder.mkdir(exist_ok=True)
        for name, frame in tables.items():
            frame.to_csv(folder / f"{name}.csv", index=False)
        return folder

    return write


@pytest.fixture(scope="session")
def assert_as_in_memory() -> Callable[[Path, Path, pd.Timestamp], None]:
    """Return the check that a file and the faults beside it are those of the whole book in memory, to the bit."""

    def check(file: Path, folder: Path, as_of: pd.Timestamp) -> None:
        screened = screen(Book.read(folder))
        matrix = pd.read_parquet(file).set_index("customer_id")
        expected = build_features(screened.book, as_of)
        pd.testing.assert_frame_equal(matrix, expected, check_exact=True, check_index_type=False)
        assert _rows(_rejected(file)) == _rows(screened.rejected)

    return check


def _rejected(file: Path) -> pd.DataFrame:
    beside = file.with_suffix(".rejected.csv")
    columns = ["customer_id", "table", "row", "column", "value", "expected"]
    return pd.read_csv(beside, dtype=str, keep_default_na=False) if beside.exists() else pd.DataFrame(columns=columns)


def _rows(rejected: pd.DataFrame) -> list[tuple[Any, ...]]:
    told = rejected[["customer_id", "table", "row", "column", "expected"]].astype(object)
    return sorted(told.where(told.notna(), "").astype(str).itertuples(index=False, name=None))
