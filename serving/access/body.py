"""A raw body checked before anything is built from it, and how it is taken off the wire: bounded in size and time.

What passes is UTF-8 and JSON that every reader reads alike. The order of checks is that of their cost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import anyio.to_thread
from starlette.types import Message, Receive

from serving.access import json_parts as part
from serving.access.body_scan import Scan, scan
from serving.access.refusal import Refusal
from serving.access.settings import RequestLimits

_CUSTOMERS_AT, _ROWS_AT = 2, 5
"""How deep the elements of the body's own lists lie, and those of lists inside a customer's records."""

_ELSEWHERE = 65_536
"""Bytes from which on a body is checked in a thread, so that other requests go on."""

_SHOWN = 40

_MEANINGS = MappingProxyType(
    {
        part.SYNTAX: ("invalid_json", "byte {at}: got {got}, which JSON does not allow there"),
        part.ENDS_EARLY: ("invalid_json", "byte {at}: the body ends before its JSON does"),
        part.TRAILING: ("invalid_json", "byte {at}: got {got} after the end of the JSON"),
        part.CONTROL: ("invalid_json", "byte {at}: a control character in a text; expected its escape"),
        part.ESCAPE: ("invalid_json", "byte {at}: a backslash that begins no escape of JSON"),
        part.TOO_DEEP: ("too_deep", "byte {at}: lists and objects lie deeper than {depth} in each other"),
        part.TOO_WIDE: ("too_wide", "byte {at}: an object has more than {keys} keys"),
        part.DUPLICATE_KEY: ("duplicate_key", "byte {at}: {key} stands twice in one object, first at byte {earlier}"),
        part.NOT_FINITE: (
            "not_finite",
            "byte {at}: NaN and Infinity are no numbers of JSON; expected a number or null",
        ),
        part.HUGE_INTEGER: ("huge_integer", "byte {at}: an integer beyond 64 bits; expected one in [-2**63, 2**63)"),
        part.HUGE_NUMBER: ("huge_number", "byte {at}: a number of 1e308 or more"),
        part.SURROGATE: ("invalid_text", "byte {at}: half of a surrogate pair, which is no character"),
        part.NUL: ("invalid_text", "byte {at}: the character NUL, which no text may hold"),
    }
)


@dataclass(frozen=True)
class Body:
    """A body that passed, and how many customers and rows of records it holds."""

    content: bytes
    customers: int
    rows: int


def checked(content: bytes, limits: RequestLimits) -> Body:
    """Check the bytes of a body.

    Raises
    ------
    Refusal
        400 with the code and the byte at fault; 413 when there is too much of something.
    """
    if len(content) > limits.body_bytes:
        raise _too_large(limits)
    if not content:
        raise Refusal(400, "empty_body", "The body is empty; expected JSON.")
    _require_utf8(content)
    found = scan(content, limits.depth, limits.keys)
    if found.fault != part.SOUND:
        raise _refusal(content, found, limits)
    customers, rows = (_elements(found, at) for at in (_CUSTOMERS_AT, _ROWS_AT))
    for name, count, most in (("customers", customers, limits.customers), ("rows", rows, limits.rows)):
        if count > most:
            raise Refusal(413, f"too_many_{name}", f"The body holds {count:,} {name}; expected at most {most:,}.")
    return Body(content, customers, rows)


def require_json(headers: Mapping[bytes, bytes]) -> None:
    """Refuse a body that says of itself that it is no plain JSON.

    Raises
    ------
    Refusal
        415. A compressed body is refused as it is: how large it grows is known only once it has grown.
    """
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding != b"identity":
        raise Refusal(415, "content_encoding", "The body is compressed; expected it as it is.")
    kind, _, rest = headers.get(b"content-type", b"application/json").lower().partition(b";")
    if kind.strip() != b"application/json":
        raise Refusal(415, "unsupported_media_type", "The body must be JSON: Content-Type: application/json.")
    name, _, charset = rest.partition(b"=")
    if name.strip() == b"charset" and charset.strip().strip(b'"') not in (b"utf-8", b"utf8"):
        raise Refusal(415, "charset", "The body must be in UTF-8.")


async def received(receive: Receive, headers: Mapping[bytes, bytes], limits: RequestLimits) -> bytes | None:
    """Take a body off the wire; None when who sent it went away.

    Raises
    ------
    Refusal
        413 as soon as it is too large, announced or not; 408 when it does not arrive in time.
    """
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit() or len(announced) > 18:
        raise Refusal(400, "content_length", "Content-Length must be a number of bytes.")
    if int(announced) > limits.body_bytes:
        raise _too_large(limits)
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await _gathered(receive, limits)
    except TimeoutError:
        seconds = f"{limits.body_seconds:g}"
        raise Refusal(408, "body_too_slow", f"The body did not arrive within {seconds} seconds.") from None


async def checked_aside(content: bytes, limits: RequestLimits) -> Body:
    """Check the bytes of a body as ``checked``, a large one in a thread."""
    if len(content) < _ELSEWHERE:
        return checked(content, limits)
    return await anyio.to_thread.run_sync(checked, content, limits)


async def _gathered(receive: Receive, limits: RequestLimits) -> bytes | None:
    parts, size, more = [], 0, True
    while more:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limits.body_bytes:
            raise _too_large(limits)
        if chunk:
            parts.append(chunk)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _require_utf8(content: bytes) -> None:
    if content.isascii():
        return
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"byte {error.start}: got 0x{content[error.start]:02x}, which is not UTF-8."
        raise Refusal(400, "not_utf8", message, details={"byte": error.start}) from None


def _too_large(limits: RequestLimits) -> Refusal:
    return Refusal(413, "body_too_large", f"The body is too large; expected at most {limits.body_bytes:,} bytes.")


def _refusal(content: bytes, found: Scan, limits: RequestLimits) -> Refusal:
    code, sentence = _MEANINGS[found.fault]
    names = {"got": _shown(content, found.at), "key": _key(content, found.at), "earlier": found.earlier}
    message = sentence.format(at=found.at, depth=limits.depth, keys=limits.keys, **names)
    return Refusal(400, code, f"{message}.", details={"byte": found.at})


def _shown(content: bytes, at: int) -> str:
    """Return a byte as it is shown: printable or as a number."""
    byte = content[at] if at < len(content) else 0
    return chr(byte) if 32 < byte < 127 else f"0x{byte:02x}"


def _key(content: bytes, at: int) -> str:
    """Return the beginning of the key whose opening quote is at ``at``."""
    return content[at + 1 : at + 1 + _SHOWN].decode("utf-8", "ignore").partition('"')[0]


def _elements(found: Scan, at: int) -> int:
    return found.elements[at] if at < len(found.elements) else 0
