"""What tests share: a small book written by hand, and one small trained world for everything slow."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from features import Book

AS_OF = pd.Timestamp("2026-03-01T00:00:00+08:00")


def hand_made_tables() -> dict[str, pd.DataFrame]:
    """Return Ann (careless), Bo (two instalments open, income lost) and Cy (new, no history) as seven tables."""
    customers = pd.DataFrame(
        {
            "customer_id": ["ann", "bo", "cy"],
            "birth_date": ["1980-05-17", "1995-01-01", None],
            "gender": ["F", "M", None],
            "region": ["Chengdu", "Wuhan", None],
            "occupation": ["teacher", "driver", None],
            "first_credit_on": ["2010-01-01", "2024-06-01", None],
            "timezone": ["Asia/Shanghai", "Asia/Shanghai", "Asia/Shanghai"],
            "language": ["zh", "en", "zh"],
            "consent_sms": [True, True, True],
            "consent_call": [True, False, True],
            "consent_email": [False, True, True],
            "consent_push": [True, True, False],
            "stop_flag": [None, None, None],
            "vulnerable": [False, False, False],
        }
    )
    loans = pd.DataFrame(
        {
            "loan_id": ["ann-1", "bo-1", "cy-1"],
            "customer_id": ["ann", "bo", "cy"],
            "product": ["mortgage", "consumer", "credit_card"],
            "opened_on": ["2025-08-20", "2025-09-10", "2026-02-20"],
            "principal": [500_000.0, 20_000.0, 10_000.0],
            "annual_rate": [0.035, 0.12, 0.18],
            "term_months": [240, 24, None],
            "account_masked": ["****1111", "****2222", "****3333"],
        }
    )
    instalments = pd.DataFrame(
        [("ann-1", k + 1, f"{2025 + (8 + k) // 12}-{(8 + k) % 12 + 1:02d}-05", 2_000.0) for k in range(8)]
        + [("bo-1", k + 1, f"{2025 + (9 + k) // 12}-{(9 + k) % 12 + 1:02d}-10", 1_000.0) for k in range(7)]
        + [("cy-1", 1, "2026-03-20", 300.0)],
        columns=["loan_id", "instalment_no", "due_date", "amount_due"],
    )
    payments = pd.DataFrame(
        [
            ("ann-1", 1, "2025-09-05T12:00:00+08:00", 2_000.0),  # on the day
            ("ann-1", 2, "2025-10-08T12:00:00+08:00", 2_000.0),  # 3 days late
            ("ann-1", 3, "2025-11-05T09:00:00+08:00", 2_000.0),
            ("ann-1", 4, "2025-12-04T09:00:00+08:00", 2_000.0),  # a day early
            ("ann-1", 5, "2026-01-05T23:30:00+08:00", 2_000.0),  # still the day, in her calendar
            ("ann-1", 6, "2026-02-09T10:00:00+08:00", 2_000.0),  # 4 days late
            ("bo-1", 1, "2025-10-10T10:00:00+08:00", 1_000.0),
            ("bo-1", 2, "2025-11-12T10:00:00+08:00", 600.0),
            ("bo-1", 2, "2025-11-20T10:00:00+08:00", 400.0),  # 10 days late, in two parts
            ("bo-1", 3, "2025-12-10T10:00:00+08:00", 1_000.0),
            ("bo-1", 4, "2026-01-15T10:00:00+08:00", 250.0),  # partial, still open
        ],
        columns=["loan_id", "instalment_no", "paid_at", "amount"],
    )
    incomes = pd.DataFrame(
        [("ann", f"{2025 + (8 + k) // 12}-{(8 + k) % 12 + 1:02d}-15", 9_000.0, "salary") for k in range(6)]
        + [("bo", f"2025-{month:02d}-20", 4_000.0, "salary") for month in (9, 10, 11)],
        columns=["customer_id", "received_on", "amount", "source"],
    )
    credit = pd.DataFrame(
        [
            ("ann", "2026-01-31", 50_000.0, 5_000.0, 3, 0, 4, 0.0, 720.0),
            ("bo", "2025-11-30", 20_000.0, 12_000.0, 4, 2, 10, 8_000.0, 560.0),
            ("bo", "2026-01-31", 20_000.0, 18_000.0, 5, 4, 21, 15_000.0, 530.0),
        ],
        columns=[
            "customer_id", "observed_on", "credit_limit", "balance", "open_accounts",
            "enquiries_6m", "worst_dpd_12m", "external_debt", "bureau_score",
        ],
    )  # fmt: skip
    reminders = pd.DataFrame(
        [
            ("r1", "ann", "ann-1", 6, "2026-02-06T10:00:00+08:00", "sms", "gentle", None, None, True, True, False, True, "ok", 0.05),
            ("r2", "bo", "bo-1", 4, "2026-01-17T10:00:00+08:00", "call", "standard", None, None, True, False, True, False, None, 3.0),
            ("r3", "bo", "bo-1", 5, "2026-02-20T10:00:00+08:00", "call", "firm", "plan", 0.2, False, False, False, False, None, 3.0),
            ("r4", "bo", "bo-1", 5, "2026-02-27T10:00:00+08:00", "none", None, None, 0.2, False, False, False, False, None, 0.0),
        ],
        columns=[
            "reminder_id", "customer_id", "loan_id", "instalment_no", "sent_at", "channel", "intensity", "offer",
            "propensity", "delivered", "read", "conversation", "replied", "reply_text", "cost",
        ],
    )  # fmt: skip
    return {
        "customers": customers,
        "loans": loans,
        "instalments": instalments,
        "payments": payments,
        "incomes": incomes,
        "credit": credit,
        "reminders": reminders,
    }


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    return hand_made_tables()


@pytest.fixture(scope="session")
def hand_made() -> dict[str, pd.DataFrame]:
    """Return the seven tables for tests that leave them as they are."""
    return hand_made_tables()


@pytest.fixture
def book(tables: dict[str, pd.DataFrame]) -> Book:
    return Book.of(tables)


@pytest.fixture(scope="session")
def as_of() -> pd.Timestamp:
    return AS_OF


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
