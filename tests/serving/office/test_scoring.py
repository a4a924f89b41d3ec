"""Where a request is decided: on the event loop only what is small."""

from __future__ import annotations

import asyncio
import threading
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from serving.contract import ScoreRequest
from serving.office import scoring


@pytest.mark.parametrize(
    ("customers", "size", "on_loop"),
    [(1, 12_000, True), (8, 262_144, True), (9, 12_000, False), (1, 262_145, False)],
    ids=["one", "few", "many", "a long text"],
)
def test_only_small_requests_are_decided_on_the_event_loop(
    monkeypatch: pytest.MonkeyPatch, customers: int, size: int, on_loop: bool
) -> None:
    monkeypatch.setattr(scoring, "told_by", lambda *_: threading.current_thread())
    metrics = SimpleNamespace(stage=lambda _: nullcontext())
    office: Any = SimpleNamespace(access=SimpleNamespace(metrics=metrics))
    asked = ScoreRequest(customers=[{"customer_id": f"C{k}"} for k in range(customers)])  # type: ignore[list-item]
    decided = scoring._decided(office, None, asked, pd.Timestamp("2026-03-02T00:00:00Z"), size)  # type: ignore[arg-type]
    assert (asyncio.run(decided) is threading.main_thread()) == on_loop
