"""How a page is held against its JSON: cells are read back as numbers, never made again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest


class Tables(HTMLParser):
    """The cells of each table that names its place in the JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[list[str]]] = {}
        self._path: str | None = None
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._path = dict(attrs).get("data-path")
        if self._path and tag == "tr":
            self.found.setdefault(self._path, []).append([])
        if self._path and tag == "td":
            self._cell = []

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "td" and self._path and self._cell is not None:
            self.found[self._path][-1].append("".join(self._cell).strip())
            self._cell = None
        if tag == "table":
            self._path = None


def cells_of(html: str) -> dict[str, list[list[str]]]:
    parser = Tables()
    parser.feed(html)
    return {path: [row for row in rows if row] for path, rows in parser.found.items()}


def is_rounding(text: str, value: Any) -> bool:
    """Tell whether a shown text is a number of the JSON, rounded: read back, not made again."""
    if value is None:
        return text in ("", "–", "not known")
    if isinstance(value, str) and text.casefold() == value.replace("_", " ").casefold():
        return True
    if isinstance(value, bool | str):
        return text in {True: ("yes",), False: ("no",)}.get(value, (str(value), str(value)[:10]))  # type: ignore[call-overload]
    number = re.match(r"[-+]?[\d,]*\.?\d+(e[-+]\d+)?", text)
    if number is None:
        return False
    scale = 100.0 if "%" in text else 1.0
    digits = number[0].replace(",", "")
    mantissa, _, exponent = digits.partition("e")
    last_place = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    return abs(float(digits) - value * scale) <= 0.5001 * last_place


def untraced(html: str, twin: dict[str, Any]) -> list[str]:
    """Return the cells that are not the rounding of the JSON's number at the table's path."""
    wrong = []
    for path, rows in cells_of(html).items():
        section, _, table = path.partition(".tables.")
        told = twin["sections"][section]["tables"][table]["rows"]
        if len(told) != len(rows):
            wrong.append(f"{path}: {len(rows)} rows, {len(told)} in the JSON")
        pairs = [(a, b) for row, values in zip(rows, told, strict=False) for a, b in zip(row, values, strict=True)]
        wrong += [f"{path}: {text!r} is not {value!r}" for text, value in pairs if not is_rounding(text, value)]
    return wrong


def strict(text: str) -> Any:
    """Read JSON as the standard has it: without NaN and infinities."""

    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture(name="untraced", scope="session")
def _untraced() -> Callable[[str, dict[str, Any]], list[str]]:
    return untraced


@pytest.fixture(name="strict", scope="session")
def _strict() -> Callable[[str], Any]:
    return strict
