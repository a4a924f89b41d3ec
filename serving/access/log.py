"""Logs: a JSON line a request, with nothing of a customer in it, by how it is made rather than by care.

A line holds the fields listed here and no others. Of an exception it tells the kind and the places in the code,
never its text, since texts quote what they choke on. Arguments of a message are left out for the same reason.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any, TextIO

import msgspec

from serving.access.exchange import Exchange

LOGGER = "duewise"
"""The logger whose lines these are, and the root of the service's own."""

FIELDS = (
    "correlation_id", "route", "method", "status", "ms", "bytes_in", "bytes_out", "token", "customers", "decided",
    "refused", "code",
)  # fmt: skip

_FRAMES = 30
_CAUSES = 5
_HOUSE = Path(__file__).resolve().parent.parent.parent


class JsonLines(logging.Formatter):
    """Writes a record as a JSON line; an ``exchange`` among its extras gives the fields of a request."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.msg if isinstance(record.msg, str) else type(record.msg).__name__,
        }
        exchange = getattr(record, "exchange", None)
        if isinstance(exchange, Exchange):
            line |= _fields(exchange)
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line["error"] = told(error)
        return msgspec.json.encode(line).decode()


def configured(level: str, stream: TextIO | None = None) -> logging.Logger:
    """Return the service's logger, writing JSON lines to ``stream`` (standard output) and nowhere else."""
    logger = logging.getLogger(LOGGER)
    handler = logging.StreamHandler(sys.stdout if stream is None else stream)
    handler.setFormatter(JsonLines())
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(level.upper())
    return logger


def told(error: BaseException) -> list[dict[str, Any]]:
    """Return what is told of an exception and its causes: kinds and places in the code, the last call first."""
    causes: list[dict[str, Any]] = []
    cause: BaseException | None = error
    while cause is not None and len(causes) < _CAUSES:
        causes.append({"type": type(cause).__qualname__, "at": _places(cause.__traceback__)})
        cause = cause.__cause__ or cause.__context__
    return causes


def _places(traceback: TracebackType | None) -> list[str]:
    frames = [(frame.f_code, line) for frame, line in walk_tb(traceback)][::-1][:_FRAMES]
    return [f"{_shown(code.co_filename)}:{line} {code.co_name}" for code, line in frames]


def _shown(file: str) -> str:
    """Return a file's path below the house or below the installed packages: where these lie is nobody's business."""
    path = Path(file)
    if path.is_relative_to(_HOUSE) and "site-packages" not in path.parts:
        return str(path.relative_to(_HOUSE))
    parts = path.parts
    return "/".join(parts[parts.index("site-packages") + 1 :]) if "site-packages" in parts else path.name


def _fields(exchange: Exchange) -> dict[str, Any]:
    values = {name: getattr(exchange, name, None) for name in FIELDS}
    values["ms"] = round(exchange.seconds * 1000, 3)
    return {name: value for name, value in values.items() if value is not None}
