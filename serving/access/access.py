"""What a gate needs: settings, tokens, rates, places, metrics, health and the log, put together once."""

from __future__ import annotations

import ipaddress
import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from features.errors import PolicyError
from serving.access.health import Health, tokens_check
from serving.access.keyring import Keyring
from serving.access.log import LOGGER, configured
from serving.access.metrics import Labels, Metrics, Registry
from serving.access.rates import Places, Rates
from serving.access.refusal import Refusal
from serving.access.settings import ServiceSettings, settings_in_force

TOKENS = "DUEWISE_TOKENS"
"""Environment variable with the file of tokens."""

OPEN = "loopback"
"""Whom a request is counted for when there are no tokens."""

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def utc_now() -> datetime:
    """Return the moment now, in UTC."""
    return datetime.now(UTC)


@dataclass
class Access:
    """Everything that stands before the routes, but the routes; ``keyring`` None: this machine alone is answered."""

    settings: ServiceSettings
    metrics: Metrics
    keyring: Keyring | None = None
    health: Health = field(default_factory=Health)
    now: Callable[[], datetime] = utc_now
    clock: Callable[[], float] = time.monotonic
    logger: logging.Logger = field(default_factory=lambda: logging.getLogger(LOGGER))

    def __post_init__(self) -> None:
        self.rates = Rates(self.settings.limits, self.clock)
        self.places = Places(self.settings.limits.concurrent)
        self.health.add("tokens", tokens_check(self.keyring, self.now))

    @classmethod
    def opened(
        cls,
        labels: Labels | None = None,
        environment: Mapping[str, str] = os.environ,
        registry: Registry | None = None,
    ) -> Access:
        """Put it together from configs/service.yaml, or the file the environment names, and set up the log.

        Raises
        ------
        PolicyError
            When a setting is wrong, or there are no tokens and nobody may be answered without.
        """
        settings = settings_in_force(environment)
        file = environment.get(TOKENS)
        if not file:
            _require_open(settings)
        metrics = Metrics(labels, registry)
        keyring = Keyring(Path(file), utc_now, metrics.token_reload_failed) if file else None
        return cls(settings, metrics, keyring, logger=configured(settings.log_level))


def require_local_host(host: str, settings: ServiceSettings, environment: Mapping[str, str] = os.environ) -> None:
    """Refuse to listen on ``host`` without tokens, unless it is this machine's loopback.

    Raises
    ------
    PolicyError
        Saying what to set.
    """
    if environment.get(TOKENS):
        return
    _require_open(settings)
    if not (host == "localhost" or is_loopback(host)):
        message = f"without tokens the service listens on 127.0.0.1 alone, got {host}; `duewise token new` makes"
        raise PolicyError(f"{message} one, and {TOKENS} names their file.")


def require_loopback(client: str | None, server: str | None, host: bytes) -> None:
    """Refuse, without tokens, whoever is not on this machine.

    Parameters
    ----------
    client, server
        Addresses of both ends.
    host
        The Host header: a page from elsewhere whose name was made to point here still names itself.

    Raises
    ------
    Refusal
        403.
    """
    name = host.decode("latin-1").rpartition(":")[0] if host.rpartition(b":")[2].isdigit() else host.decode("latin-1")
    if is_loopback(client) and is_loopback(server) and name.strip("[]").lower() in _LOCAL_NAMES:
        return
    raise Refusal(403, "loopback_only", "There are no tokens: the service answers the machine it runs on alone.")


def is_loopback(address: str | None) -> bool:
    """Return whether an address is this machine's own.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0"), is_loopback(None)
    (True, False, False)
    """
    try:
        return address is not None and ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _require_open(settings: ServiceSettings) -> None:
    if not settings.open_on_loopback:
        raise PolicyError(f"{TOKENS} names no file of tokens and open_on_loopback is false; nobody may be answered.")
