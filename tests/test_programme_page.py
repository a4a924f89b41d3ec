"""Every row of docs/programme.md names a setting or command that exists, and a test that is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import duewise

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "programme.md"


def rows() -> list[tuple[str, str, str]]:
    """Return the rows of the page's tables: what is asked, by which setting or command, shown by which test."""
    cells = [line.strip("|").split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    found = [(ask.strip(), done.strip(), shown.strip()) for ask, done, shown in cells]
    return [row for row in found if row[0] != "The practice asks" and set(row[0]) != {"-"}]


ROWS = rows()


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_page_has_a_row_for_each_sentence_of_the_practice() -> None:
    assert len(ROWS) >= 40
    assert len({ask for ask, _, _ in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("done", "ask"), [(done, ask) for ask, done, _ in ROWS], ids=[row[0] for row in ROWS])
def test_its_setting_or_command_exists(done: str, ask: str) -> None:
    verbs = {
        command.name or command.callback.__name__ for command in duewise.app.registered_commands if command.callback
    }
    verbs |= {group.name for group in duewise.app.registered_groups if group.name}
    assert quoted(done), ask
    for one in quoted(done):
        if one.startswith("duewise "):
            assert one.split()[1] in verbs, one
            continue
        file, _, key = one.partition(": ")
        found: Any = yaml.safe_load((ROOT / "configs" / file).read_text(encoding="utf-8"))
        for part in key.split("."):
            assert part in found, one
            found = found[part]


@pytest.mark.parametrize("shown", [shown for _, _, shown in ROWS], ids=[row[0] for row in ROWS])
def test_its_test_is_there(shown: str) -> None:
    for one in quoted(shown):
        file, _, name = one.partition("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert {name} <= names if name else any(each.startswith("test_") for each in names), one
