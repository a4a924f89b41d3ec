"""What the journal refuses: beside the errors of who sent something, those of the database that keeps it."""

from __future__ import annotations

from collections.abc import Iterable

from features.errors import DuewiseError, SchemaError


class JournalError(DuewiseError):
    """The journal cannot do what was asked: it is missing, of another version, or was given a wrong address."""


class ConflictError(SchemaError):
    """A key that is in the journal was sent again with other content; nothing sent with it was written.

    ``keys`` are those at fault, as (kind, key): without them the rest can be sent again.
    """

    def __init__(self, keys: Iterable[tuple[str, str]]) -> None:
        self.keys = tuple(keys)
        kind, key = self.keys[0]
        more = f" ({len(self.keys) - 1} more like it)" if len(self.keys) > 1 else ""
        super().__init__(
            f"{kind} {key} is in the journal with other content{more}; expected the same content, or a new key."
        )


class BusyError(JournalError):
    """So many entries wait to be committed that no more are taken; nothing was written, try later."""


class UnavailableError(JournalError):
    """The database did not confirm the entries in time.

    They may be there or not; sent again with the same keys they are there once.
    """
