"""Telling somebody else what was raised: one POST of JSON. Its address may hold a secret and is never told."""

from __future__ import annotations

import json
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from features.errors import PolicyError
from serving.monitoring.plain import plain
from serving.monitoring.watch import Watch

WEBHOOK = "DUEWISE_WEBHOOK"
"""Environment variable with the address, where it must not stand on the command line."""

_SECONDS = 10.0


def announce(url: str, watch: Watch) -> None:
    """Post the window, the model and what was raised, with no customer's anything, to an HTTP address.

    Raises
    ------
    PolicyError
        When it is no HTTP address, or does not take it; the sentence names the host alone.
    """
    host = urlsplit(url).hostname
    if urlsplit(url).scheme not in ("http", "https") or host is None:
        raise PolicyError("the webhook must be an address that begins with http:// or https://.")
    told = {"since": watch.since, "until": watch.until, "model": watch.model, "raised": plain(watch.alarms.raised)}
    body = json.dumps({"format": 1, "exit_code": watch.alarms.exit_code, **told}, allow_nan=False).encode()
    request = Request(url, body, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=_SECONDS) as answer:
            answer.read()
    except (URLError, OSError, ValueError) as error:
        why = getattr(error, "code", None) or type(getattr(error, "reason", error)).__name__
        raise PolicyError(f"the webhook at {host} did not take what was raised: {why}.") from error
