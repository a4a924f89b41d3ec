"""What the README says, done."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.S)


def test_the_python_example_runs(tmp_path: Path) -> None:
    (code,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert "base" in done.stdout or "Name: " in done.stdout


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in blocks("console")[0].splitlines():
        assert re.search(rf"^{command.split()[1]}:", makefile, flags=re.M)


GROUPS = ("journal", "rules", "token")
"""Verbs that have verbs of their own."""


def test_every_duewise_command_is_one_the_command_line_knows() -> None:
    commands = [line for line in blocks("console")[1].splitlines() if line]
    for line in commands:
        verb, *arguments = shlex.split(line)[1:]
        asked = [verb, arguments[0]] if verb in GROUPS else [verb]
        shown = subprocess.run(
            [sys.executable, "-m", "duewise", *asked, "--help"], capture_output=True, text=True, timeout=60
        ).stdout
        assert "Example" in shown
        for option in (a for a in arguments if a.startswith("--")):
            assert option in shown


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)]+)\)", README))
def test_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()
