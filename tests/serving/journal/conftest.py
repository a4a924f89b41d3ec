"""The journal's tests run on both databases: a file of SQLite, and a PostgreSQL started for the session."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from benchmarks.private_postgres import Cluster, NoPostgresError, private_postgres
from serving.journal import Entry, Journal

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_names = count()

type MakeEntry = Callable[..., Entry]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    try:
        with private_postgres() as cluster:
            yield cluster
    except NoPostgresError as error:
        refuse = pytest.fail if os.environ.get("CI") else pytest.skip
        refuse(str(error))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.db'}"
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.create(f"journal_{next(_names)}")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'journal.db'}"


@pytest.fixture
def postgres_url(postgres: Cluster) -> str:
    return postgres.create(f"journal_{next(_names)}")


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    with Journal.open(url) as opened:
        yield opened


@pytest.fixture
def entry() -> MakeEntry:
    """Return what makes an entry: of a key, and whatever else a test cares about."""

    def make(key: str, **parts: Any) -> Entry:
        given = {
            "kind": "decision",
            "at": NOW,
            "customer": "C1",
            "row": b"row",
            "payload": b"payload of " + key.encode(),
        }
        return Entry(key=key, **(given | parts))

    return make
