"""``POST /console/reports`` and ``/console/report``: files below the folder of reports, and never one beyond it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

from serving.access import Refusal
from serving.console.console import Console
from serving.console.wire import ReportRequest, ReportsRequest

_SHOWN = (".html", ".json")
_DEPTH, _MOST, _LONGEST, _HEAD = 4, 500, 64 * 2**20, 20_000
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_KINDS = ("weekly", "drift", "monitor", "evidence", "policy", "review")
"""What a report is, told by the first of these words in the name of its file, in its path, its title or its twin."""


@dataclass(frozen=True)
class Report:
    """A report: ``title`` is empty where it has none, ``twin`` the JSON beside it, None where there is none."""

    name: str
    kind: str
    title: str
    at: datetime
    size: int
    twin: str | None


@dataclass(frozen=True)
class Reports:
    """The reports, the newest first; ``folder`` false: the service was started without a folder of reports."""

    folder: bool
    reports: tuple[Report, ...]


@dataclass(frozen=True)
class ReportFile:
    """A file's text; ``runs``: it holds scripts, which run in a frame without an origin, if at all."""

    name: str
    text: str
    runs: bool


def reports(console: Console, _: ReportsRequest) -> Reports:
    """Return the reports there are."""
    if console.reports is None:
        return Reports(False, ())
    found = sorted(_reports(console.reports), key=lambda one: one.at, reverse=True)
    return Reports(True, tuple(found[:_MOST]))


def report(console: Console, asked: ReportRequest) -> ReportFile:
    """Return a file.

    Raises
    ------
    Refusal
        404 when there is none of this name below the folder.
    """
    file = None if console.reports is None else below(console.reports, asked.name)
    if file is None:
        raise Refusal(404, "unknown_report", "There is no report of this name.")
    text = file.read_text(encoding="utf-8", errors="replace")
    return ReportFile(asked.name, text, "<script" in text.lower())


def below(folder: Path, name: str) -> Path | None:
    """Return the file of a name, None unless it is a report that really lies below the folder, links followed."""
    home = folder.resolve()
    parts = name.split("/")
    if not all(part and not part.startswith(".") and "\\" not in part and "\0" not in part for part in parts):
        return None
    try:
        file = home.joinpath(*parts).resolve()
        is_report = file.is_relative_to(home) and file.suffix in _SHOWN and file.is_file()
        return file if is_report and file.stat().st_size <= _LONGEST else None
    except OSError:
        return None


def _reports(folder: Path) -> Iterator[Report]:
    home = folder.resolve()
    for depth in range(_DEPTH):
        for file in home.glob("*/" * depth + "*.html"):
            name = file.relative_to(home).as_posix()
            if below(home, name) is not None:
                yield _report(home, file, name)


def _report(home: Path, file: Path, name: str) -> Report:
    with file.open(encoding="utf-8", errors="replace") as opened:
        head = _TITLE.search(opened.read(_HEAD))
    title = " ".join(unescape(head[1]).split()) if head else ""
    told, twin = file.stat(), _twin(home, name)
    moment = datetime.fromtimestamp(int(told.st_mtime), UTC)
    return Report(name, _kind(file.name, name, title, twin or ""), title, moment, told.st_size, twin)


def _kind(*told: str) -> str:
    return next((word for text in told for word in _KINDS if word in text.lower()), "other")


def _twin(home: Path, name: str) -> str | None:
    """Return the JSON beside a page: of the same name, or the numbers of which an index is the page."""
    stem = name.removesuffix(".html")
    beside = [f"{stem}.json", *([f"{stem.removesuffix('index')}monitoring.json"] if stem.endswith("index") else [])]
    return next((twin for twin in beside if below(home, twin) is not None), None)
