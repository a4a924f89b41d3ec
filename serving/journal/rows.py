"""What monitoring reads of a decision or an outcome, a million at a time: a short row beside each full content.

The places of a row's fields are its format. A new field goes to the end, with a default; none is ever taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

_ARRAY_32 = b"\xdd"


class DecisionRow(msgspec.Struct, array_like=True, frozen=True):
    """A decision in columns; amounts in the book's currency, null where nothing is due or was not known.

    ``as_of`` is the moment of the cut in seconds since 1970 UTC, ``blocked_by`` the rules that blocked any action, each
    once and in the order of the alphabet, with a comma between. Rows of before there were these have null.
    ``escalation`` is the step put to a person, null where there is none.
    """

    default_probability: float
    tier: str
    stance: str
    programme: str
    stage: str | None
    days_past_due: int | None
    amount_open: float | None
    action: str
    propensity: float
    expected_effect: float
    expected_value: float
    requires_human: bool
    model: str
    policy: str
    rules: str
    as_of: int | None = None
    loan_id: str | None = None
    instalment_no: int | None = None
    blocked_by: str | None = None
    escalation: str | None = None


class OutcomeRow(msgspec.Struct, array_like=True, frozen=True):
    """What happened to a decision; null where it is not told, ``paid`` in the book's currency."""

    delivered: bool | None = None
    read: bool | None = None
    conversation: bool | None = None
    reply: bool | None = None
    paid: float | None = None
    promise: bool | None = None


type Row = DecisionRow | OutcomeRow

_ENCODER = msgspec.msgpack.Encoder()
_MANY = {kind: msgspec.msgpack.Decoder(list[kind]) for kind in (DecisionRow, OutcomeRow)}  # type: ignore[valid-type]


def encoded_row(row: Row) -> bytes:
    """Return the bytes of a row."""
    return _ENCODER.encode(row)


def columns_of(kind: type[Row], rows: Sequence[bytes]) -> dict[str, list[Any]]:
    """Return rows as columns by name.

    >>> columns_of(OutcomeRow, [encoded_row(OutcomeRow(paid=12.5))])["paid"]
    [12.5]
    """
    together = _ARRAY_32 + len(rows).to_bytes(4) + b"".join(rows)
    told = zip(*map(msgspec.structs.astuple, _MANY[kind].decode(together)), strict=True)
    names = kind.__struct_fields__
    return dict(zip(names, map(list, told), strict=True)) if rows else {name: [] for name in names}
