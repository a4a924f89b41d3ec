"""Asking over one kept connection, and again where that is safe: a question keeps its key however often it is sent.

Tried again is what was lost on the way, and what is refused for now, after as long as the service says.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit

from serving.client.errors import ConnectionLostError, ServiceError

_FOR_NOW = (429, 503)
_STILL_ASKED = (409, "conflict")
"""Told where a question is sent again while its first sending is still being answered."""

type Method = Literal["GET", "POST"]


@dataclass(frozen=True)
class Patience:
    """How long is waited, in seconds.

    Parameters
    ----------
    answer
        For each sign of life of one try.
    tries
        How often a question is sent at most, 1 or more.
    first_pause, longest_pause
        Before the second try; it doubles with each, up to the longest. A pause that the service asks for is kept
        where it is no longer than the longest, else the refusal stands.
    """

    answer: float = 30.0
    tries: int = 4
    first_pause: float = 0.2
    longest_pause: float = 10.0

    def __post_init__(self) -> None:
        if self.tries < 1:
            raise ValueError(f"tries must be 1 or more, got {self.tries}.")
        if not (self.answer > 0 and 0 <= self.first_pause <= self.longest_pause):
            raise ValueError(
                "answer must be above 0 and first_pause in [0, longest_pause], "
                f"got {self.answer}, {self.first_pause} and {self.longest_pause}."
            )

    def pause(self, done: int, asked_for: float | None = None) -> float | None:
        """Return how long to wait after ``done`` tries, None: no more.

        >>> Patience().pause(2), Patience().pause(1, 3.0), Patience().pause(1, 60.0), Patience().pause(4)
        (0.4, 3.0, None, None)
        """
        if done >= self.tries or (asked_for is not None and asked_for > self.longest_pause):
            return None
        own = min(self.first_pause * 2 ** (done - 1), self.longest_pause)
        return own if asked_for is None else asked_for


@dataclass(frozen=True)
class Reply:
    """An answer of status 200 to 299."""

    body: bytes = field(repr=False)
    correlation_id: str | None


class Transport:
    """One connection to a service, kept while it lasts; a transport is one thread's.

    Parameters
    ----------
    url
        ``http://host:port`` or ``https://host``, with or without a path before the routes'.
    headers
        Sent with every question.
    patience
        How long is waited.
    sleep, now
        The clock.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        patience: Patience,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url must be http://host:port or https://host, got {url!r}.")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=patience.answer)
        self._path, self._headers = parts.path.rstrip("/"), dict(headers)
        self._patience, self._sleep, self._now = patience, sleep, now
        self._asked_for: float | None = None

    def close(self) -> None:
        """Close the connection; it is opened again when something is asked."""
        self._connection.close()

    def ask(self, method: Method, route: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Send a question until it is answered.

        Raises
        ------
        ServiceError
            When the service refused, and again would not help or was tried.
        ConnectionLostError
            When no answer came.
        """
        done = 0
        while True:
            done += 1
            try:
                return self._once(method, route, body, headers)
            except ServiceError as error:
                for_now = error.status in _FOR_NOW or (error.status, error.code) == _STILL_ASKED
                pause = self._patience.pause(done, self._asked_for) if for_now else None
                if pause is None:
                    raise
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                pause = self._patience.pause(done)
                if pause is None:
                    why = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
                    raise ConnectionLostError(f"{method} {route} got no answer in {done} tries: {why}") from error
            self._sleep(pause)

    def _once(self, method: Method, route: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        self._connection.request(method, self._path + route, body, {**self._headers, **headers})
        response = self._connection.getresponse()
        content = response.read()
        correlation_id = response.headers.get("X-Request-Id")
        if 200 <= response.status < 300:
            return Reply(content, correlation_id)
        self._asked_for = _seconds(response.headers.get("Retry-After"), self._now())
        raise ServiceError.of(response.status, content, correlation_id)


def _seconds(retry_after: str | None, now: datetime) -> float | None:
    """Return how long Retry-After says to wait: seconds, or until a date; None: it says nothing.

    >>> _seconds("7", datetime(2026, 3, 2, tzinfo=UTC))
    7.0
    >>> _seconds("Mon, 02 Mar 2026 00:00:30 GMT", datetime(2026, 3, 2, tzinfo=UTC))
    30.0
    """
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - now).total_seconds())
    except (TypeError, ValueError):
        return None
