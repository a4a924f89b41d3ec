"""docs/monitoring.md: its SQL counts what a watch does, and what it says of files and codes is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from serving.monitoring.reports import NUMBERS, PAGE
from serving.monitoring.webhook import WEBHOOK
from training.track import WATCHES

TEXT = (Path(__file__).parents[1] / "docs" / "monitoring.md").read_text(encoding="utf-8")


def test_the_names_on_the_page_are_those_of_the_code() -> None:
    assert all(f"`{name}`" in TEXT for name in (NUMBERS, PAGE, WATCHES, "drift.html", "drift.json"))
    assert WEBHOOK in TEXT


def test_the_sql_of_the_page_runs_on_a_journal(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from serving.journal import DecisionRow, Entry, Journal, encoded_row

    file = tmp_path / "journal.db"
    rows = [
        DecisionRow(0.1, "low", "reliable", "standard", "T0", 0, 9.0, action, 1.0, 0.0, 0.0, False, "7", "p", "r", at)
        for action, at in (("none", 100), ("none", 150), ("sms_gentle", 199), ("none", 200))
    ]
    with Journal.open(f"sqlite:///{file}") as journal:
        journal.append(
            [
                Entry("decision", f"k{k}", datetime.now(UTC), "C", f"d{k}", encoded_row(row))
                for k, row in enumerate(rows)
            ]
        )
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.S)
    told: dict[str, Any] = {"window": (100, 200)}
    exec(code.replace("duewise-journal.db", str(file)), told)
    assert told["by_action"] == [("none", 2), ("sms_gentle", 1)]
    told["journal"].close()
