"""Bodies that nobody should send, and how hypothesis damages a customer's records; for benchmarks/fuzz.py and tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from features.tables.schema import TABLES

type Records = Mapping[str, list[dict[str, Any]]]

_CUSTOMER = b'{"customers":[{"customer_id":"x","records":{"loans":[{"principal":%s}]}}]}'

REFUSED: Mapping[str, bytes] = {
    "empty": b"",
    "no JSON": b"customers",
    "cut off": b'{"customers":[{"customer_id":"x"',
    "two documents": b'{"customers":[]}{"customers":[]}',
    "oversized": b'{"customers":["' + b"x" * 9_000_000 + b'"]}',
    "lists in lists": b"[" * 200_000,
    "objects in objects": b'{"a":' * 100_000,
    "deep and closed": b'{"customers":' + b"[" * 60 + b"]" * 60 + b"}",
    "NaN": _CUSTOMER % b"NaN",
    "infinite": _CUSTOMER % b"Infinity",
    "minus infinite": _CUSTOMER % b"-Infinity",
    "a number beyond all": _CUSTOMER % b"1e999",
    "a huge integer": _CUSTOMER % (b"9" * 5_000),
    "a key twice": b'{"customers":[],"customers":[]}',
    "a key twice, spelled otherwise": b'{"customers":[],"\\u0063ustomers":[]}',
    "a key twice, further in": b'{"customers":[{"customer_id":"x","customer_id":"y"}]}',
    "not UTF-8": b'{"customers":[{"customer_id":"\xff"}]}',
    "overlong UTF-8": b'{"customers":[{"customer_id":"\xc0\xaf"}]}',
    "half a character": b'{"customers":[{"customer_id":"\\ud800"}]}',
    "UTF-16": '{"customers":[]}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"customers":[]}',
    "a control character": b'{"customers":[{"customer_id":"\x01"}]}',
    "too many keys": json.dumps({f"k{k}": 0 for k in range(500)}).encode(),
    "too many customers": json.dumps({"customers": [{}] * 10_001}).encode(),
    "too many rows": json.dumps({"customers": [{"customer_id": "x", "records": {"loans": [{}] * 100_001}}]}).encode(),
}
"""By what is wrong with them; each gets a status of 400 to 499, and a sentence."""

CELLS: st.SearchStrategy[Any] = st.sampled_from(
    [
        None, True, False, -1, 0, 0.1, -0.0, 1e308, -1e308, 5e-324, 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1, "", " ",
        "\0", "NaN", "inf", "1e400", "0x10", "１２", "2025-02-30", "2025-06-31", "0001-01-01", "9999-12-31",
        "9999-12-31T23:59:59+14:00", "2025-06-01T24:00:00Z", "2025-06-01T10:00:00.0000000000001Z", "-0001-01-01",
        "2025-06-01", "2025-06-01T10:00:00Z", "Asia/Nowhere", "UTC", "Antarctica/Troll", "none", "sms", "x" * 5_000,
        "../../etc/passwd", "{{ 7 * 7 }}", "'; DROP TABLE journal_chain; --", "\u202e", "👩‍👩‍👧",
        [], {}, [[]], {"a": 1}, [None],
    ]
)  # fmt: skip

IDS = st.sampled_from(
    ["x", "", " ", "\0", "x" * 401, "x" * 5_000, "顾客", "👩‍👩‍👧‍👦", "a/b", "C0000001 ", "None", "\u2028"]
)


@st.composite
def damaged(draw: st.DrawFn, records: Records) -> dict[str, Any]:
    """Draw a customer whose records have a few cells, rows, columns or tables that are not as they should be."""
    made: dict[str, Any] = {
        table: [{name: cell for name, cell in row.items() if name != "customer_id"} for row in rows]
        for table, rows in records.items()
    }
    for _ in range(draw(st.integers(1, 4))):
        table = draw(st.sampled_from(sorted(TABLES)))
        draw(st.sampled_from([_cell, _row, _twice, _column, _table]))(draw, made, table)
    return {"customer_id": draw(IDS), "records": made}


def _cell(draw: st.DrawFn, made: dict[str, Any], table: str) -> None:
    rows = made.get(table)
    if isinstance(rows, list) and rows:
        row = draw(st.sampled_from(rows))
        if isinstance(row, dict):
            row[draw(st.sampled_from(sorted(TABLES[table].columns)))] = draw(CELLS)


def _row(draw: st.DrawFn, made: dict[str, Any], table: str) -> None:
    if isinstance(made.get(table), list):
        made[table].append(draw(CELLS | st.dictionaries(st.sampled_from(sorted(TABLES[table].columns)), CELLS)))


def _twice(draw: st.DrawFn, made: dict[str, Any], table: str) -> None:
    rows = made.get(table)
    if isinstance(rows, list):
        made[table] = rows * draw(st.integers(0, 3))


def _column(draw: st.DrawFn, made: dict[str, Any], table: str) -> None:
    rows = made.get(table)
    name = draw(st.sampled_from([*sorted(TABLES[table].columns), "colour"]))
    if isinstance(rows, list):
        for row in rows:
            if isinstance(row, dict):
                row.pop(name, None)


def _table(draw: st.DrawFn, made: dict[str, Any], table: str) -> None:
    made[draw(st.sampled_from([table, "bills"]))] = draw(CELLS | st.lists(CELLS, max_size=3))


@st.composite
def requests_of(draw: st.DrawFn, records: Records, known: str) -> dict[str, Any]:
    """Draw a request about a few customers: damaged, known, unknown, asked about twice, or none at all."""
    plain = st.sampled_from([{"customer_id": known}, {"customer_id": "nobody"}, {}, None, "x", 7])
    body: dict[str, Any] = {"customers": draw(st.lists(damaged(records) | plain, max_size=4))}
    moments = st.sampled_from(
        [None, "2025-06-01T10:00:00+08:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00+14:00"]
    )
    if draw(st.booleans()):
        body["as_of"] = draw(moments | CELLS)
    for name in ("explain", "counterfactual"):
        if draw(st.booleans()):
            body[name] = draw(st.booleans() | CELLS)
    return body
