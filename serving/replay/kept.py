"""The archive of settings in the journal: an entry of the kind ``settings``, written once under its digest."""

from __future__ import annotations

from datetime import datetime

from serving.journal import Entry, Journal
from serving.replay.archive import Archive
from serving.replay.errors import ReplayError


def settings_entry(archive: Archive, at: datetime) -> Entry:
    """Return the entry of an archive; appended again it changes nothing."""
    return Entry("settings", archive.digest, at, payload=archive.packed)


def kept_archive(journal: Journal, digest: str) -> Archive:
    """Return the archive that a journal keeps under a digest.

    Raises
    ------
    ReplayError
        When there is none, or its bytes no longer have the digest.
    """
    record = journal.record("settings", digest)
    if record is None:
        raise ReplayError("settings_missing", f"the journal keeps no settings under the digest {digest}.")
    archive = Archive(record.entry.payload)
    if archive.digest != digest:
        raise ReplayError("altered", f"the settings kept as {digest} have the digest {archive.digest}.")
    return archive
