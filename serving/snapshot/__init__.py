"""The nightly state of every customer, mapped from disk, and what was posted since."""

from serving.snapshot.cells import cells_of
from serving.snapshot.event import Event
from serving.snapshot.events import Events, Rebuilt, with_events
from serving.snapshot.kept_book import KeptBook
from serving.snapshot.manifest import Manifest
from serving.snapshot.snapshot import Snapshot
from serving.snapshot.unread import Letter
from serving.snapshot.writing import Written, write_snapshot

__all__ = [
    "Event",
    "Events",
    "KeptBook",
    "Letter",
    "Manifest",
    "Rebuilt",
    "Snapshot",
    "Written",
    "cells_of",
    "with_events",
    "write_snapshot",
]
