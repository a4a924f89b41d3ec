"""Replay: a past decision made again from what the journal keeps, by the settings and the models that decided then."""

from serving.replay.answering import answered, obstacles
from serving.replay.archive import Archive, archive_of
from serving.replay.archived_desk import ArchivedDesk, desk_from, desk_of
from serving.replay.differences import Difference, differences
from serving.replay.errors import ReplayError
from serving.replay.kept import kept_archive, settings_entry
from serving.replay.replaying import Replayed, Replays, replay

__all__ = [
    "Archive",
    "ArchivedDesk",
    "Difference",
    "ReplayError",
    "Replayed",
    "Replays",
    "answered",
    "archive_of",
    "desk_from",
    "desk_of",
    "differences",
    "kept_archive",
    "obstacles",
    "replay",
    "settings_entry",
]
