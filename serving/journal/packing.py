"""A payload as it is stored: small ones as they are, others by zlib at its fastest.

What is hashed is what is stored; what is compared is what was packed, since another zlib may pack it otherwise.
"""

from __future__ import annotations

import zlib

_PLAIN, _ZLIB = b"\0", b"\1"
_SMALL = 256


def packed(payload: bytes) -> bytes:
    """Return the stored form of a payload."""
    return _PLAIN + payload if len(payload) < _SMALL else _ZLIB + zlib.compress(payload, 1)


def unpacked(stored: bytes) -> bytes:
    """Return the payload of a stored form.

    >>> unpacked(packed(b"paid" * 1000)) == b"paid" * 1000
    True
    """
    return zlib.decompress(memoryview(stored)[1:]) if stored[:1] == _ZLIB else stored[1:]
