"""The spans of time that are counted: the window, what came before it, and what has matured by its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from features.ledger.calendar import DAY
from serving.monitoring.settings import MonitoringSettings


@dataclass(frozen=True)
class Span:
    """From ``since`` up to but not at ``until``, in seconds since 1970 UTC."""

    since: int
    until: int

    @property
    def days(self) -> float:
        """How long it is."""
        return (self.until - self.since) / DAY

    def earlier(self, days: float) -> Span:
        """Return the span as long that lies so many days before."""
        by = int(days * DAY)
        return Span(self.since - by, self.until - by)

    @classmethod
    def window(cls, as_of: pd.Timestamp, settings: MonitoringSettings) -> Span:
        """Return the window that ends at a moment."""
        until = int(as_of.timestamp())
        return cls(until - settings.window_days * DAY, until)


def iso(seconds: int, zone: str) -> str:
    """Return a moment in seconds since 1970 UTC as ISO in a zone.

    >>> iso(0, "Asia/Shanghai")
    '1970-01-01T08:00:00+08:00'
    """
    moment: Any = pd.Timestamp(seconds, unit="s", tz="UTC").tz_convert(zone)
    return str(moment.isoformat())
