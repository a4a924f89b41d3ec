"""An office follows what other processes posted many times between two looks at models and snapshots."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from features.book import Book
from serving.access import Access, Metrics
from serving.access.settings import read_service_settings
from serving.journal import JOURNAL, Entry, Journal
from serving.launch import SNAPSHOT
from serving.office import Office
from serving.office.shelf import POSTED
from serving.snapshot import Event, write_snapshot


def test_what_another_process_posts_is_known_long_before_the_next_look(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, customer = f"sqlite:///{tmp_path / 'journal.db'}", str(book.customers["customer_id"].iloc[0])
    monkeypatch.setenv(JOURNAL, url)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'none.db'}")
    book.write(tmp_path / "book")
    write_snapshot(tmp_path / "book", tmp_path / "snapshot")
    settings = replace(read_service_settings(), watch_seconds=1_000.0, follow_seconds=0.05)
    office = Office(Access(settings, Metrics(registry=CollectorRegistry())), {SNAPSHOT: str(tmp_path / "snapshot")})
    office.open()
    try:
        kept, now = office.shelf.kept, datetime.now(UTC)
        assert kept is not None
        assert len(kept.events) == 0
        event = Event("e1", "right", customer, {"stop_flag": "dispute"}, now.isoformat())
        with Journal.open(url) as other:
            other.append([Entry("event", POSTED + "e1", now, customer, payload=msgspec.json.encode(event.told()))])
        deadline = time.monotonic() + 30
        while not len(kept.events) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(kept.events) == 1
        assert office.shelf.behind(now - timedelta(hours=1)) == pytest.approx(3_600)
    finally:
        office.close()
