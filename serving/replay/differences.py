"""Where two answers differ, by the paths of their JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

WHOLE = "$"
"""The path of all of an answer."""

_ABSENT = object()


@dataclass(frozen=True)
class Difference:
    """What an answer said then and says now at a path, as JSON; None: there is nothing there."""

    path: str
    then: str | None = field(repr=False)
    now: str | None = field(repr=False)


def differences(then: bytes, now: bytes) -> tuple[Difference, ...]:
    """Return where answers differ; the bytes alone (order, form of a number) count as a difference of the whole.

    >>> [one.path for one in differences(b'{"a":[1,2],"b":1}', b'{"a":[1,3]}')]
    ['$.a[1]', '$.b']
    """
    if then == now:
        return ()
    try:
        found = tuple(_between(WHOLE, msgspec.json.decode(then), msgspec.json.decode(now)))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        found = ()
    return found or (Difference(WHOLE, _text(then), _text(now)),)


def _between(path: str, then: Any, now: Any) -> Iterator[Difference]:
    match then, now:
        case dict(), dict():
            for key in (*then, *(key for key in now if key not in then)):
                yield from _between(f"{path}.{key}", then.get(key, _ABSENT), now.get(key, _ABSENT))
        case list(), list():
            for k in range(max(len(then), len(now))):
                one, other = (side[k] if k < len(side) else _ABSENT for side in (then, now))
                yield from _between(f"{path}[{k}]", one, other)
        case _ if type(then) is not type(now) or then != now:
            yield Difference(path, _said(then), _said(now))


def _said(value: Any) -> str | None:
    return None if value is _ABSENT else msgspec.json.encode(value).decode()


def _text(answer: bytes) -> str:
    return answer.decode(errors="replace")
