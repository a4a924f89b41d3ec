from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

type Ask = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="session")
def ask(service: str) -> Ask:
    """Return a function that posts a body to /score and gives (status, answer)."""

    def post(body: Any, raw: bytes | None = None) -> tuple[int, Any]:
        content = raw if raw is not None else json.dumps(body).encode()
        request = Request(f"{service}/score", content, {"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=30) as response:
                return response.status, json.load(response)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    return post
