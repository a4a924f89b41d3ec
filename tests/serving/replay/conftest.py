"""A bank that decides and journals as the service does, with a registry of its own to change."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from serving.contract import CustomerDecision, read_request
from serving.journal import Journal
from serving.journal.cells import rows_of
from serving.journal.recording import Question, decision_entry
from serving.registry import load_models
from serving.replay import Archive, archive_of, desk_from, settings_entry
from serving.settings import CONFIGS
from serving.snapshot import Snapshot, cells_of, write_snapshot

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PRICES = '{"policy_version": "%s", "model_version": "x", "as_of": "2025-05-20", "customers": 9, "value": 1, "upper": 1, "tie_size": 1e-06, "priced": []}'


@dataclass
class Bank:
    """Decides by the settings in ``folder`` and the champion, and journals; ``folder`` may be changed."""

    book: Any
    snapshot: Snapshot
    as_of: Any
    folder: Path
    journal: Journal
    prices: Path | None = None
    archive: Archive = field(init=False)

    def decided(self, names: list[str], by_id: bool, **asked: bool) -> dict[str, bytes]:
        """Decide for customers in one request, journal, and return each answer's bytes by decision id."""
        self.archive = archive_of(self.folder, self.prices)
        book = self.book if by_id else None
        desk = desk_from(self.folder, load_models(), self.archive.digest, self.prices, book)
        cells = cells_of(self.snapshot.book(names))
        customers = [
            {"customer_id": name} | ({} if by_id else {"records": rows_of(one)})
            for name, one in zip(names, cells, strict=True)
        ]
        body = msgspec.json.encode({"as_of": self.as_of.isoformat(), **asked, "customers": customers})
        response = desk.score(read_request(body))
        whole = {"explain": True, "counterfactual": False} | asked
        said: dict[str, bytes] = {}
        self.journal.append([settings_entry(self.archive, AT)])
        for answer, one in zip(response.results, cells, strict=True):
            assert isinstance(answer, CustomerDecision)
            assert answer.versions.settings == self.archive.digest
            question = Question(one if by_id else rows_of(one), by_id, response.as_of, whole)
            said[answer.decision_id] = msgspec.json.encode(answer)
            self.journal.append([decision_entry(answer, said[answer.decision_id], question, AT)])
        return said

    def write(self, file: str, old: str, new: str) -> None:
        """Change a file of the settings."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def own_registry(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Point at a copy of the world's registry, which a test may change."""
    shutil.copy(world.tracking_uri.removeprefix("sqlite:///"), tmp_path / "own.db")
    uri = f"sqlite:///{tmp_path / 'own.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    return uri


@pytest.fixture(scope="session")
def snapshot(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("kept")
    world.book.write(folder / "book")
    write_snapshot(folder / "book", folder / "snapshot")
    return Snapshot.open(folder / "snapshot")


@pytest.fixture
def bank(world: Any, snapshot: Snapshot, own_registry: str, tmp_path: Path) -> Iterator[Bank]:
    folder = tmp_path / "configs"
    shutil.copytree(CONFIGS, folder)
    with Journal.open(f"sqlite:///{tmp_path / 'journal.db'}") as journal:
        yield Bank(world.book, snapshot, world.as_of, folder, journal)


@pytest.fixture
def names(world: Any) -> Callable[[int], list[str]]:
    """Return the ids of the first customers."""
    return lambda count: world.book.customers["customer_id"].astype(str).head(count).tolist()
