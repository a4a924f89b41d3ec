"""The same request again, by its Idempotency-Key: answered as before, out of the journal.

What is kept under a key names the journal's entries and nobody: errors, which were not written, are found again.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec
import pandas as pd

from serving.access import Refusal
from serving.contract import CustomerDecision, CustomerError, ScoreRequest, WireError
from serving.desk import Desk
from serving.journal import Entry, Payload
from serving.office.postbox import Postbox, reading

_WELL_FORMED = re.compile(r"[\x21-\x7e]{1,200}")


class _Kept(msgspec.Struct, frozen=True):
    body: str
    as_of: datetime
    keys: list[str | None]


def repeat_key(header: str | None, token: str | None) -> str | None:
    """Return the journal's key for an Idempotency-Key, which is a token's own; None: there is none.

    Raises
    ------
    Refusal
        400 when it is not 1 to 200 visible characters.

    Examples
    --------
    >>> repeat_key("monday-17", "loopback")
    'answer:loopback:monday-17'
    """
    if header is None:
        return None
    if not _WELL_FORMED.fullmatch(header):
        raise Refusal(400, "invalid_header", "Idempotency-Key must be 1 to 200 visible characters of ASCII.")
    return f"answer:{token}:{header}"


def repeat_entry(key: str, body: bytes, as_of: pd.Timestamp, keys: list[str | None], asked: ScoreRequest) -> Entry:
    """Return the entry that says what was answered under a key; that of one customer goes with the customer."""
    kept = _Kept(_digest(body), as_of.to_pydatetime(warn=False), keys)
    alone = asked.customers[0].customer_id if len(asked.customers) == 1 and keys[0] is not None else None
    return Entry("event", key, datetime.now(UTC), alone, payload=msgspec.json.encode(kept))


def earlier(
    postbox: Postbox, desk: Desk, key: str, body: bytes, asked: ScoreRequest
) -> tuple[pd.Timestamp, list[bytes]] | None:
    """Return as of when and what was answered under a key, None when nothing was.

    Raises
    ------
    Refusal
        409 when it was another request, 503 when the journal cannot be read.
    """
    with reading():
        record = postbox.journal.record("event", key)
        if record is None:
            return None
        kept = msgspec.json.decode(record.entry.payload, type=_Kept)
        if kept.body != _digest(body):
            raise Refusal(409, "idempotency_key_reused", "The Idempotency-Key was sent with another body before.")
        as_of = pd.Timestamp(kept.as_of)
        again = desk.answered(asked, as_of).results if None in kept.keys else [None] * len(kept.keys)
        parts = [
            _recalled(postbox, name) if name is not None else _error(again[k], asked.customers[k].customer_id)
            for k, name in enumerate(kept.keys)
        ]
    return as_of, parts


def _recalled(postbox: Postbox, key: str) -> bytes:
    record = postbox.journal.record("decision", key)
    if record is None:
        return _gone("the decision was erased since it was answered.")
    return Payload.from_bytes(record.entry.payload).answer


def _error(found: CustomerDecision | CustomerError | None, name: str | None) -> bytes:
    if isinstance(found, CustomerError):
        return msgspec.json.encode(found)
    return _gone("an error was answered here, which is mended by now; ask again with another Idempotency-Key.", name)


def _gone(message: str, name: str | None = None) -> bytes:
    error = WireError(code="unknown_customer", field="customer_id", message=message)
    return msgspec.json.encode(CustomerError(customer_id=name, error=error))


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()
