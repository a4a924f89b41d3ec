from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from serving.console.reports import below
from serving.console.watched import Watches


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "reports"
    (home / "sub").mkdir(parents=True)
    (home / ".hidden").mkdir()
    for file in ("report.html", "report.json", "sub/drift.html", ".hidden/report.html", "notes.txt"):
        (home / file).write_text("{}")
    (tmp_path / "secret.html").write_text("secret")
    (home / "way-out.html").symlink_to(tmp_path / "secret.html")
    (home / "out").symlink_to(tmp_path)
    (home / "inside.html").symlink_to(home / "report.html")
    return home


@pytest.mark.parametrize("name", ["report.html", "report.json", "sub/drift.html", "inside.html"])
def test_a_report_below_the_folder_is_found(folder: Path, name: str) -> None:
    assert below(folder, name) == (folder / name).resolve()


@pytest.mark.parametrize(
    "name",
    [
        "../secret.html", "sub/../../secret.html", "/etc/passwd", "way-out.html", "out/secret.html", ".hidden/report.html",
        "notes.txt", "sub", "", "none.html", "..\\secret.html", "report.html\0.html", "./report.html", "sub//drift.html",
        "%2e%2e/secret.html", "a" * 5_000 + ".html",
    ],
)  # fmt: skip
def test_nothing_beyond_the_folder_is_ever_found(folder: Path, name: str) -> None:
    assert below(folder, name) is None


def watch(until: str, **more: Any) -> str:
    told = {
        "since": "2025-01-01T00:00:00Z",
        "until": f"{until}T00:00:00+08:00",
        "model": "m",
        "volume": {},
        "drift": {},
        "alarms": {"raised": []},
    }
    return json.dumps({"format": 1} | told | more)


def test_the_monitoring_shown_is_that_of_the_latest_window(folder: Path) -> None:
    (folder / "a.json").write_text(watch("2025-02-01"))
    (folder / "sub" / "b.json").write_text(watch("2025-03-01"))
    (folder / "sub" / "c.json").write_text(watch("2025-04-01", format=2))
    (folder / "sub" / "d.json").write_text(watch("2025-04-01").replace("+08:00", ""))
    found = Watches(folder).newest()
    assert found is not None
    assert found.until == "2025-03-01T00:00:00+08:00"


def test_where_nothing_is_monitored_nothing_is_shown(folder: Path) -> None:
    assert Watches(folder).newest() is None
    assert Watches(None).newest() is None


def test_a_monitoring_is_read_again_when_it_has_changed(folder: Path) -> None:
    watches, file = Watches(folder), folder / "a.json"
    file.write_text(watch("2025-02-01"))
    first = watches.newest()
    assert watches.newest() is first
    file.write_text(watch("2025-03-01", model="another"))
    changed = watches.newest()
    assert changed is not None
    assert (changed.until, changed.model) == ("2025-03-01T00:00:00+08:00", "another")
    file.unlink()
    assert watches.newest() is None
