"""A few customers of different kinds, as a bank officer would want to see them: for the demonstration."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

import pandas as pd
from rich.table import Table

from features.book import Book

_ASKED = 600
_SHOWN = 9


def ask_about(url: str, book: Book, as_of: pd.Timestamp) -> list[dict[str, Any]]:
    """Ask a running service about the first customers of its snapshot, with reasons; return its decisions."""
    names = book.customers["customer_id"].head(_ASKED)
    body = {"as_of": as_of.isoformat(), "customers": [{"customer_id": name} for name in names]}
    request = Request(f"{url}/score", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as response:
        results = json.load(response)["results"]
    return [result for result in results if "error" not in result]


def kinds_table(answers: list[dict[str, Any]]) -> Table:
    """Return a table with one customer a kind: stance and recommended action, the most valuable first."""
    kinds: dict[tuple[str, str], dict[str, Any]] = {}
    for answer in sorted(answers, key=lambda a: -a["recommendation"]["expected_value"]):
        kinds.setdefault((answer["stance"], answer["recommendation"]["action"]), answer)
    table = Table(title="What Duewise would do", show_lines=True)
    for heading in ("customer", "due", "default", "tier", "stance"):
        table.add_column(heading, no_wrap=True)
    table.add_column("why: ▲ raises the probability of default, ▽ lowers it", ratio=1)
    table.add_column("reminder", no_wrap=True)
    table.add_column("chance of payment\nin a week", no_wrap=True)
    for answer in _varied(list(kinds.values())):
        table.add_row(*_cells(answer))
    return table


def _varied(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a few answers, taking one of each stance in turn."""
    by_stance: dict[str, list[dict[str, Any]]] = {}
    for answer in answers:
        by_stance.setdefault(answer["stance"], []).append(answer)
    turns = range(max(len(group) for group in by_stance.values()))
    return [group[turn] for turn in turns for group in by_stance.values() if turn < len(group)][:_SHOWN]


def _cells(answer: dict[str, Any]) -> list[str]:
    chosen, due = answer["recommendation"], answer["instalment"]
    effect = chosen["expected_effect"]
    adds = f"{100 * effect['effect']:+.1f} points\n[{100 * effect['low']:+.1f}, {100 * effect['high']:+.1f}]"
    reminder = "none" if chosen["channel"] is None else f"{chosen['channel']}, {chosen['intensity']}"
    return [
        answer["customer_id"],
        "nothing" if due is None else f"{due['amount_open']:,.0f}\n{due['stage']}",
        f"{answer['default_probability']:.1%}",
        answer["tier"],
        answer["stance"],
        "\n".join(f"{'▲' if r['contribution'] > 0 else '▽'} {r['words']['en']}" for r in answer["reasons"][:3]),
        reminder + (f"\noffer: {chosen['offer']}" if chosen["offer"] else ""),
        "" if chosen["channel"] is None else adds,
    ]
