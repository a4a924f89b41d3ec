"""A bank decided about for two months, its weekly report and its monitoring, both as the command line writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import duewise
from benchmarks.decided_journal import write_decisions
from features import Book
from serving.journal import Journal
from serving.registry import load_models

type Run = Callable[..., Any]


@dataclass(frozen=True)
class Report:
    """A page, its twin, the monitoring of the same moment, and what they were made from."""

    page: str
    twin: dict[str, Any]
    monitoring: dict[str, Any]
    book: Book
    folder: Path
    url: str
    as_of: pd.Timestamp

    def article(self, language: str) -> str:
        """Return the page's part in a language."""
        (found,) = re.findall(rf'<article id="{language}".*?</article>', self.page, flags=re.S)
        return str(found)


def run(*arguments: object) -> Any:
    return CliRunner().invoke(duewise.app, [*map(str, arguments)])


@pytest.fixture(scope="session")
def weekly_run() -> Run:
    """Return what runs a verb of the command line."""
    return run


@pytest.fixture(scope="session")
def report(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("weekly")
    url = f"sqlite:///{folder / 'journal.db'}"
    end = pd.concat([world.book.payments["paid_at"], world.book.reminders["sent_at"]]).max().ceil("s")
    with Journal.open(url) as journal:
        moments = [end - pd.Timedelta(days=days) for days in range(50, 0, -4)]
        for _ in write_decisions(journal, world.book, load_models(), moments):
            pass
    made = run("weekly", world.folder, "--journal", url, "--out", folder / "week.html", "--quiet")
    assert made.exit_code == 0, made.output
    watched = run("monitor", world.folder, "--journal", url, "--out", folder, "--no-drift", "--no-log", "--quiet")
    assert watched.exit_code in (0, 1, 2), watched.output
    return Report(
        page=(folder / "week.html").read_text(encoding="utf-8"),
        twin=json.loads((folder / "week.json").read_text(encoding="utf-8")),
        monitoring=json.loads((folder / "monitoring.json").read_text(encoding="utf-8")),
        book=world.book,
        folder=folder,
        url=url,
        as_of=end,
    )
