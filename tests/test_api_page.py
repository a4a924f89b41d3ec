"""docs/api.md, done: every example of a route that the service has is run, from top to bottom."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^## `(?:GET|POST) (/\w+)`$", flags=re.M)
ROUTES = HEADING.findall(PAGE)


def sections() -> dict[str, str]:
    """Return the text under each route's heading, and under "" what is before the first."""
    return dict(zip(["", *ROUTES], re.split(r"^## .*$", PAGE, flags=re.M), strict=True))


def blocks(language: str, routes: list[str]) -> list[str]:
    found = [re.findall(rf"```{language}\n(.*?)```", text, flags=re.S) for text in sections().values()]
    return [block for name, some in zip(sections(), found, strict=True) if name in routes for block in some]


@pytest.fixture(scope="module")
def there(service: str) -> list[str]:
    """Return the routes of the page that the service has."""
    with urlopen(f"{service}/docs.json", timeout=10) as response:
        known = json.load(response)["paths"]
    return [route for route in ROUTES if route in known]


@pytest.fixture(scope="module")
def environment(service: str) -> dict[str, str]:
    """Return what the examples are run with: DECISION is of a decision made just before."""
    body = {"as_of": "2025-05-20T10:00:00+08:00", "customers": [{"customer_id": "C0000003"}]}
    request = Request(f"{service}/score", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as response:
        decision = json.load(response)["results"][0]["decision_id"]
    return {"DUEWISE_URL": service, "DUEWISE_TOKEN": "none", "DECISION": decision}


def test_every_route_of_the_table_has_its_examples_in_both_languages() -> None:
    assert re.findall(r"^\| `(?:GET|POST) (/\w+)`", PAGE, flags=re.M) == ROUTES
    for route in ROUTES:
        assert blocks("bash", [route]), route
        assert blocks("python", [route]), route


def test_every_curl_is_answered(there: list[str], environment: dict[str, str]) -> None:
    assert "/score" in there
    for command in blocks("bash", there):
        done = subprocess.run(
            ["bash", "-euc", command], env=os.environ | environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert "error" not in answer, (command, answer)
        for one in answer.get("results", []):
            assert "error" not in one, (command, one)
            assert one.get("status") != "refused", (command, one)


def test_every_line_of_python_runs(
    there: list[str], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    spoken: dict[str, Any] = {}
    for code in blocks("python", ["", *there]):
        exec(compile(code, "docs/api.md", "exec"), spoken)
    spoken["client"].close()
    printed = capsys.readouterr().out
    assert "nobody is not in the snapshot" in printed
    assert "refused" not in printed
    if "/replay" in there:
        assert "True []" in printed
