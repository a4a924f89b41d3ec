from __future__ import annotations

import pytest

from serving.replay import differences


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        (b'{"a":1}', b'{"a":1}', []),
        (b'{"a":1}', b'{"a":2}', [("$.a", "1", "2")]),
        (b'{"a":1}', b'{"a":1.0}', [("$.a", "1", "1.0")]),
        (b'{"a":true}', b'{"a":1}', [("$.a", "true", "1")]),
        (b'{"a":null}', b"{}", [("$.a", "null", None)]),
        (b"{}", b'{"a":{"b":1}}', [("$.a", None, '{"b":1}')]),
        (b'{"a":[1,{"b":2}]}', b'{"a":[1,{"b":3},4]}', [("$.a[1].b", "2", "3"), ("$.a[2]", None, "4")]),
        (b'{"a":1,"b":2}', b'{"b":2,"a":1}', [("$", '{"a":1,"b":2}', '{"b":2,"a":1}')]),
        (b"not JSON", b"{}", [("$", "not JSON", "{}")]),
    ],
    ids=["same", "value", "kind of number", "true is not 1", "gone", "new", "in lists", "order", "not JSON"],
)
def test_each_place_that_differs_is_named(
    then: bytes, now: bytes, expected: list[tuple[str, str | None, str | None]]
) -> None:
    assert [(one.path, one.then, one.now) for one in differences(then, now)] == expected
