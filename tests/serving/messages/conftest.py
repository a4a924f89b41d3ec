from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from serving.messages import MessageTexts, Occasion, read_messages
from serving.settings import CONFIGS

type Edit = Callable[[str, str, str], Path]


@pytest.fixture(scope="session")
def texts() -> MessageTexts:
    return read_messages()


@pytest.fixture
def occasion() -> Callable[..., Occasion]:
    """Return a function that makes an occasion: Bo's fourth instalment, 50 days late, with changes."""

    def make(**changes: Any) -> Occasion:
        usual: dict[str, Any] = {
            "customer_id": "bo",
            "loan_id": "bo-1",
            "instalment_no": 4,
            "product": "consumer",
            "account": "****2222",
            "amount_open": 750.0,
            "due_date": date(2026, 1, 10),
            "days_past_due": 50,
            "language": "en",
            "stance": "struggling",
        }
        return Occasion(**usual | changes)

    return make


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """Return a function that copies the configuration, changes one text of one file, and gives the settings' path."""

    def edit(name: str, old: str, new: str) -> Path:
        if not (tmp_path / "messages.yaml").exists():
            shutil.copy(CONFIGS / "messages.yaml", tmp_path)
            shutil.copytree(CONFIGS / "messages", tmp_path / "messages")
        file = tmp_path / name
        content = file.read_text(encoding="utf-8")
        assert old in content
        file.write_text(content.replace(old, new, 1), encoding="utf-8")
        return tmp_path / "messages.yaml"

    return edit
