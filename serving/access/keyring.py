"""The tokens in use: read again when their file changes; what was good stays in use while the file is damaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from features.errors import PolicyError
from serving.access.token_file import read_token_file
from serving.access.tokens import Scope, StoredToken, recognised, require_scope

_NO_TOKENS: Mapping[str, StoredToken] = MappingProxyType({})

type Signature = tuple[int, int, int]


class Keyring:
    """The tokens of a file.

    With a file that was never good nothing is admitted. ``fault`` is why the file could not be read last time,
    None when it could; ``read_at`` when it was last read.

    Parameters
    ----------
    path
        The file of tokens.
    clock
        The moment now, with its time zone.
    on_fault
        Called each time that a changed file cannot be read.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime], on_fault: Callable[[], None] = lambda: None) -> None:
        self.path, self.clock, self.on_fault = path, clock, on_fault
        self.fault: str | None = None
        self.read_at: datetime | None = None
        self._tokens = _NO_TOKENS
        self._seen: Signature | None = None
        self._looked = False

    def admitted(self, authorization: bytes | None, scope: Scope) -> StoredToken:
        """Return the token that a header presents, if it may be used for ``scope`` now; Refusal 401 or 403."""
        token = recognised(self.tokens, authorization, self.clock())
        require_scope(token, scope)
        return token

    @property
    def tokens(self) -> Mapping[str, StoredToken]:
        """The tokens by id, as the file holds them now or held them when it was last good."""
        found = _signature(self.path)
        if found != self._seen or not self._looked:
            self._looked = True
            self._read_again(found)
        return self._tokens

    def _read_again(self, found: Signature | None) -> None:
        try:
            read = read_token_file(self.path)
        except PolicyError as error:
            self.fault, self._seen = str(error), found
            self.on_fault()
            return
        self._tokens = {token.id: token for token in read.tokens}
        self.fault, self._seen, self.read_at = None, found, self.clock()


def _signature(path: Path) -> Signature | None:
    """Return what changes when a file is written or replaced, None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
