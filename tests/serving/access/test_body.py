from __future__ import annotations

import json
import math
import time
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from serving.access import Refusal, read_service_settings
from serving.access import body as bodies
from serving.access.body import checked
from serving.access.body_scan import scan
from serving.access.key_table import drawn_places, key_hash

LIMITS = read_service_settings().limits
DEPTH = LIMITS.depth

REFUSED = [
    (b"", "empty_body", "The body is empty"),
    (b"   ", "invalid_json", "byte 3: the body ends before"),
    (b'{"a": 1', "invalid_json", "byte 7: the body ends before"),
    (b'{"a"', "invalid_json", "byte 4: the body ends before"),
    (b'"ab', "invalid_json", "byte 3: the body ends before"),
    (b'"ab\\', "invalid_json", "byte 4: the body ends before"),
    (b"tru", "invalid_json", "byte 3: the body ends before"),
    (b"-", "invalid_json", "byte 1: the body ends before"),
    (b"1.", "invalid_json", "byte 2: the body ends before"),
    (b"1e+", "invalid_json", "byte 3: the body ends before"),
    (b'{"a": 1}}', "invalid_json", "byte 8: got } after the end"),
    (b"1 2", "invalid_json", "byte 2: got 2 after the end"),
    (b"[1,]", "invalid_json", "byte 3: got ], which"),
    (b'{"a":1,}', "invalid_json", "byte 7: got }, which"),
    (b"[1}", "invalid_json", "byte 2: got }, which"),
    (b'{"a" 1}', "invalid_json", "byte 5: got 1, which"),
    (b"{a: 1}", "invalid_json", "byte 1: got a, which"),
    (b"['a']", "invalid_json", "byte 1: got ', which"),
    (b"[01]", "invalid_json", "byte 2: got 1, which"),
    (b"[.5]", "invalid_json", r"byte 1: got \., which"),
    (b"[1.x]", "invalid_json", "byte 3: got x, which"),
    (b"[1ex]", "invalid_json", "byte 3: got x, which"),
    (b"[+1]", "invalid_json", r"byte 1: got \+, which"),
    (b"[nul1]", "invalid_json", "byte 4: got 1, which"),
    (b"\xef\xbb\xbf{}", "invalid_json", "byte 0: got 0xef, which"),
    (b'["a\nb"]', "invalid_json", "byte 3: a control character"),
    (b'["\\x41"]', "invalid_json", "byte 2: a backslash"),
    (b'["\\u12g4"]', "invalid_json", "byte 2: a backslash"),
    (b"[" * 9 + b"]" * 9, "too_deep", "byte 8: lists and objects lie deeper than 8"),
    (b"[" * 100_000, "too_deep", "byte 8: lists and objects"),
    (b'{"a":' * 100_000, "too_deep", "byte 40: lists and objects"),
    (b'{"a": 1, "a": 2}', "duplicate_key", "byte 9: a stands twice in one object, first at byte 1"),
    (b'{"a": 1, "\\u0061": 2}', "duplicate_key", "byte 9: .* twice"),
    ('{"é": 1, "\\u00e9": 2}'.encode(), "duplicate_key", "byte 10: .* twice"),
    ('{"😀": 1, "\\ud83d\\ude00": 2}'.encode(), "duplicate_key", "byte 12: .* twice"),
    (b'{"": 1, "": 2}', "duplicate_key", "byte 8: .* twice"),
    (b'[{"b": {"a": 1, "c": {"a": 1}, "a": 2}}]', "duplicate_key", "byte 31: a stands twice .* byte 8"),
    (b"[NaN]", "not_finite", "byte 1: NaN and Infinity are no numbers"),
    (b"[Infinity]", "not_finite", "byte 1: NaN"),
    (b'{"a": -Infinity}', "not_finite", "byte 6: NaN"),
    (b"[9223372036854775808]", "huge_integer", "byte 1: an integer beyond 64 bits"),
    (b"[-9223372036854775809]", "huge_integer", "byte 1: an integer"),
    (b"[1" + b"0" * 5000 + b"]", "huge_integer", "byte 1: an integer"),
    (b"[1e308]", "huge_number", "byte 1: a number of 1e308"),
    (b"[1e400]", "huge_number", "byte 1"),
    (b"[-0.00001e313]", "huge_number", "byte 1"),
    (b"[1e99999999999999999999]", "huge_number", "byte 1"),
    (b"[1" + b"0" * 400 + b".5]", "huge_number", "byte 1"),
    (b"[0." + b"0" * 5000 + b"1e9999]", "huge_number", "byte 1"),
    (b'["\\ud800"]', "invalid_text", "byte 2: half of a surrogate pair"),
    (b'["\\ud800\\u0041"]', "invalid_text", "byte 2: half"),
    (b'["\\udc00\\ud800"]', "invalid_text", "byte 2: half"),
    (b'["\\u0000"]', "invalid_text", "byte 2: the character NUL"),
    (b'["\xff"]', "not_utf8", "byte 2: got 0xff, which is not UTF-8"),
    (b'["\xc0\x80"]', "not_utf8", "byte 2: got 0xc0"),
    (b'["\xed\xa0\x80"]', "not_utf8", "byte 2: got 0xed"),
    ('{"a":1}'.encode("utf-16"), "not_utf8", "byte 0: got 0xff"),
    ('{"a":1}'.encode("utf-16-le"), "invalid_json", "byte 1: got 0x00"),
]
IDS = [
    "empty", "white space", "open object", "no colon", "open text", "open escape", "half a word", "lone minus",
    "no fraction", "no exponent", "one bracket too many", "two values", "comma in list", "comma in object",
    "wrong bracket", "missing colon", "bare key", "single quotes", "leading zero", "no whole part", "bad fraction",
    "bad exponent", "plus sign", "bad word", "byte order mark", "line break in text", "hex escape", "bad unicode escape",
    "nine lists", "hundred thousand lists", "hundred thousand objects", "twice", "twice by escape", "twice by accent",
    "twice by surrogates", "empty key twice", "twice around an inner one", "NaN", "Infinity", "minus Infinity", "2**63",
    "-2**63-1", "five thousand digits", "1e308", "1e400", "zeros and exponent", "endless exponent", "huge with fraction",
    "zeros that take nothing away", "half pair", "half pair and letter", "pair the wrong way", "NUL", "no UTF-8",
    "overlong", "surrogate in UTF-8", "UTF-16 with mark", "UTF-16",
]  # fmt: skip


@pytest.mark.parametrize(("content", "code", "message"), REFUSED, ids=IDS)
def test_a_bad_body_is_refused_with_code_and_place(content: bytes, code: str, message: str) -> None:
    with pytest.raises(Refusal, match=message) as refused:
        checked(content, LIMITS)
    assert (refused.value.status, refused.value.code) == (400, code)


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 8 + b"]" * 8, b"[9223372036854775807, -9223372036854775808]", b"[9.99e307, -0, 0e999999, 0.0e-5, 1E5]",
        b'{"a": {"a": [{"a": 1}, {"a": 1}]}, "A": 1}', b'["\\ud83d\\ude00 \\u4e2d \\" \\\\ \\/ \\b\\f\\n\\r\\t"]',
        b" \t\r\n[ ] ", b'""', b"null", b"[true,false,null]", b"[1e-400]", b"[0." + b"0" * 400 + b"1e400]",
        '{"失业": "晚点还", "名": "张三"}'.encode(), b'{"a":"", "aa":"", "aaa":"", "aaaa":"", "b":"", "\\u0061b":""}',
    ],
)  # fmt: skip
def test_a_good_body_passes(content: bytes) -> None:
    json.loads(content)
    assert checked(content, LIMITS).content == content


def test_an_object_has_at_most_so_many_keys_and_each_has_its_own_count() -> None:
    def wide(keys: int) -> bytes:
        return b'[{"a":{"b":1,"c":2}},{' + b",".join(b'"k%d":{"a":1}' % k for k in range(keys)) + b"}]"

    assert checked(wide(100), LIMITS).customers == 0
    place = wide(101).index(b'"k100"')
    with pytest.raises(Refusal, match=f"byte {place}: an object has more than 100 keys") as refused:
        checked(wide(101), LIMITS)
    assert refused.value.code == "too_wide"


def test_customers_and_rows_are_counted_where_they_lie() -> None:
    row = {"loan_id": "L1", "marks": [1, 2, 3]}
    customer = {"customer_id": "c", "records": {"loans": [row, row], "payments": [row]}}
    body = checked(json.dumps({"customers": [customer, customer, {}]}).encode(), LIMITS)
    assert (body.customers, body.rows) == (3, 6)


@pytest.mark.parametrize(
    ("name", "content"),
    [("customers", b'{"customers":[{},{},{}]}'), ("rows", b'{"c":[{"records":{"loans":[{},{},{}]}}]}')],
)
def test_too_much_of_something_is_refused(name: str, content: bytes) -> None:
    from dataclasses import replace

    limits = replace(LIMITS, customers=2, rows=2)
    with pytest.raises(Refusal, match=rf"holds 3 {name}; expected at most 2") as refused:
        checked(content, limits)
    assert (refused.value.status, refused.value.code) == (413, f"too_many_{name}")


def _pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(found)) < len(found):
        raise ValueError("twice")
    return dict(found)


def _constant(word: str) -> Any:
    raise ValueError(word)


def _inner(value: Any) -> list[Any] | None:
    return [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else None


def _depth(value: Any) -> int:
    inner = _inner(value)
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


def _sound(value: Any) -> bool:
    inner = _inner(value)
    if inner is not None:
        return all(map(_sound, inner))
    if isinstance(value, str):
        return "\0" not in value and not any(0xD800 <= ord(c) < 0xE000 for c in value)
    if isinstance(value, float):
        return math.isfinite(value) and abs(value) < 1e308
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def strictly(content: bytes) -> bool:
    """Return whether the slow, plain way finds nothing wrong: the oracle of the compiled pass."""
    try:
        text = content.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant)
    except (ValueError, RecursionError):
        return False
    return _depth(value) <= DEPTH and _sound(value)


def passes(content: bytes) -> bool:
    try:
        checked(content, LIMITS)
    except Refusal:
        return False
    return True


TEXTS = st.text(max_size=4) | st.sampled_from(["a", "b", "\\", '"', "é", "😀"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
TOKENS = st.sampled_from(
    [b"{", b"}", b"[", b"]", b",", b":", b'"a"', b'"\\u0061"', b'"b"', b"1", b"-0.5e3", b"1e308", b"NaN", b"null", b" ",
     b"9223372036854775808", b'"\\ud800"', b"\xff", b"\\", b'"', b"0", b"e", b"."]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=60))
@example(b'{"a":1,"a":1}')
def test_any_bytes_pass_exactly_when_the_plain_way_finds_nothing(content: bytes) -> None:
    assert passes(content) == strictly(content)


@settings(max_examples=800, deadline=None)
@given(st.lists(TOKENS, max_size=14).map(b"".join))
def test_scraps_of_json_pass_exactly_when_the_plain_way_finds_nothing(content: bytes) -> None:
    assert passes(content) == strictly(content)


@settings(max_examples=400, deadline=None)
@given(VALUES, st.booleans(), st.data())
def test_json_with_a_damaged_byte_passes_exactly_when_the_plain_way_finds_nothing(
    value: Any, plain: bool, data: st.DataObject
) -> None:
    content = bytearray(json.dumps(value, ensure_ascii=plain).encode("utf-8", "surrogatepass"))
    assert passes(bytes(content)) == strictly(bytes(content))
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert passes(bytes(content)) == strictly(bytes(content))


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_what_passes_is_read_by_msgspec(value: Any) -> None:
    content = json.dumps(value).encode()
    if passes(content):
        assert msgspec.json.decode(content) == json.loads(content)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=6), max_size=40)
)
def test_a_key_is_found_twice_exactly_when_it_stands_twice(keys: list[str]) -> None:
    written = [json.dumps(key, ensure_ascii=k % 2 == 0) for k, key in enumerate(keys)]
    content = ("{" + ",".join(f"{key}:1" for key in written) + "}").encode()
    assert passes(content) == (len(set(keys)) == len(keys))


def test_keys_that_agree_by_one_draw_alone_are_not_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = drawn_places()
    weak[:3] = 0  # all keys of a length now have the same hash
    assert scan(b'{"ab": 1, "cd": 2}', DEPTH, 100, weak).fault == 0
    assert scan(b'{"ab": 1, "ab": 2}', DEPTH, 100, weak).at == 10


def test_the_hash_of_a_key_depends_on_the_draw_and_on_every_byte() -> None:
    import numpy as np

    one, other = drawn_places(), drawn_places()
    keys = [np.frombuffer(key, np.uint8) for key in (b"", b"\0", b"\0\0", b"abc", b"abd", b"abcabc", b"bcaabc")]
    assert len({key_hash(key, one) for key in keys}) == len(keys)
    assert key_hash(keys[3], one) != key_hash(keys[3], other)


@pytest.mark.parametrize(
    "content",
    [
        b"{" + b",".join(b'"k%d":1' % k for k in range(100_000)) + b"}",
        b"[" + b",".join([b'{"a":{"a":[]}}'] * 80_000) + b"]",
        b'["' + b":" * 1_000_000 + b'"]',
        b'["' + b"\\u4e2d" * 180_000 + b'"]',
    ],
    ids=["a hundred thousand keys", "many small objects", "colons that are no keys", "escapes"],
)
def test_a_hostile_megabyte_costs_no_more_than_its_bytes(content: bytes) -> None:
    scan(b"{}", DEPTH, 10**6)
    began = time.process_time()
    assert scan(content, DEPTH, 10**6).fault == 0
    assert time.process_time() - began < 0.25


def test_bodies_that_many_requests_send_are_not_kept() -> None:
    import tracemalloc

    content = b"[" + b",".join(b'{"k%d":1}' % k for k in range(2000)) + b"]"
    passes(content)
    tracemalloc.start()
    for _ in range(50):
        passes(content)
        passes(content[:-1])
    assert tracemalloc.get_traced_memory()[0] < 200_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({b"content-encoding": b"gzip"}, "content_encoding"),
        ({b"content-type": b"application/vnd.bentoml+pickle"}, "unsupported_media_type"),
        ({b"content-type": b"text/plain"}, "unsupported_media_type"),
        ({b"content-type": b"application/json; charset=utf-16"}, "charset"),
    ],
    ids=["compressed", "pickled", "text", "other charset"],
)
def test_what_is_no_plain_json_by_its_own_words_is_refused(headers: dict[bytes, bytes], code: str) -> None:
    with pytest.raises(Refusal, match=r"[Tt]he body") as refused:
        bodies.require_json(headers)
    assert (refused.value.status, refused.value.code) == (415, code)


@pytest.mark.parametrize(
    "kind", [b"application/json", b"Application/JSON; charset=UTF-8", b'application/json;charset="utf-8"']
)
def test_json_in_utf8_is_taken(kind: bytes) -> None:
    bodies.require_json({b"content-type": kind, b"content-encoding": b"identity"})
    bodies.require_json({})
