"""What replay needs of a decision, as canonical bytes: the same content is the same bytes, and bytes come back as were.

Numbers keep their kind (1 is not 1.0) and every bit; the keys of mappings are sorted, the order of rows is kept.
Nothing is pickled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256

import msgspec

from features.plain_rows import Records
from serving.journal.cells import Cells, rows_of
from serving.journal.errors import JournalError

FORMAT = 2

_ENCODER = msgspec.msgpack.Encoder(order="deterministic")


@dataclass(frozen=True)
class Payload:
    """A decision's inputs and its answer.

    Parameters
    ----------
    customer_id
        Who was asked about.
    as_of
        The moment of the cut, with a time zone.
    records
        The customer's rows of the seven tables, as the request sent them; or the snapshot's, by column.
    from_snapshot
        Whether they are the snapshot's.
    asked
        What else the request asked for: explain, counterfactual.
    versions
        What decided, by what it is: model, policy, rules, prices; None where there was none.
    answer
        The answer's own bytes.
    """

    customer_id: str = field(repr=False)
    as_of: datetime
    records: Records | Cells = field(repr=False)
    from_snapshot: bool
    asked: Mapping[str, bool]
    versions: Mapping[str, str | None]
    answer: bytes = field(repr=False)

    @property
    def rows(self) -> Records:
        """The records as a request sends them, whoever held them."""
        return rows_of(self.records) if self.from_snapshot else self.records  # type: ignore[arg-type, return-value]

    @cached_property
    def inputs_hash(self) -> str:
        """SHA-256 of all that the decision was made from but its versions, hexadecimal."""
        return sha256(self._inputs).hexdigest()

    def to_bytes(self) -> bytes:
        """Return the canonical bytes.

        Raises
        ------
        JournalError
            When ``as_of`` has no time zone, or a record holds what JSON does not know.
        """
        if self.as_of.tzinfo is None:
            raise JournalError(f"as_of must have a time zone, got {self.as_of.isoformat()}.")
        return _ENCODER.encode([FORMAT, msgspec.Raw(self._inputs), self.versions, self.inputs_hash, self.answer])

    @classmethod
    def from_bytes(cls, stored: bytes) -> Payload:
        """Read the bytes of ``to_bytes``.

        Raises
        ------
        JournalError
            When they are none, of another format, or the inputs no longer have their hash.
        """
        try:
            form, *parts = msgspec.msgpack.decode(stored)
            if form != FORMAT:
                raise JournalError(f"a payload of format {form}; this Duewise reads format {FORMAT}.")
            (name, as_of, records, from_snapshot, asked), versions, digest, answer = parts
            payload = cls(name, datetime.fromisoformat(as_of), records, from_snapshot, asked, versions, answer)
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            raise JournalError(f"these bytes are no decision's payload: {error}") from error
        if payload.inputs_hash != digest:
            raise JournalError(f"the inputs' hash is {payload.inputs_hash}, the payload says {digest}.")
        return payload

    @cached_property
    def _inputs(self) -> bytes:
        inputs = (self.customer_id, self.as_of.isoformat(), self.records, self.from_snapshot, self.asked)
        try:
            return _ENCODER.encode(inputs)
        except (TypeError, OverflowError) as error:
            raise JournalError(f"a payload holds what JSON does: {error}") from error
