"""The office: desk, journal and snapshot of a running service, opened as they come, and renewed without a pause.

What is missing at the start is tried again, and what moved is looked for, by one thread; requests read ``desk`` once.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event as Signal
from threading import Thread

from features.errors import DuewiseError, ModelError
from serving.access import Access, Finding, Refusal
from serving.access.access import utc_now
from serving.access.health import disk_check, journal_check, model_check, snapshot_check
from serving.desk import Desk
from serving.journal import Entry, Journal, journal_url
from serving.launch import PRICES, SNAPSHOT
from serving.office.champion import loaded, tried, with_champion
from serving.office.postbox import Postbox
from serving.office.shelf import Shelf
from serving.registry import load_version, version_under
from serving.replay import Replays, archive_of, desk_from, settings_entry
from serving.settings import CONFIGS
from serving.snapshot.events import SKEW

_LONGEST_PAUSE = 60.0
"""Seconds after which a champion that was refused is tried again at the latest."""


class Office:
    """What the routes answer with.

    Parameters
    ----------
    access
        What stands before the routes; the office tells its health what is there and what is not.
    environment
        Names the snapshot and the prices.

    Attributes
    ----------
    desk
        None while there is no model, whose absence ``refusal`` explains.
    """

    def __init__(self, access: Access, environment: Mapping[str, str] = os.environ) -> None:
        self.access = access
        self.desk: Desk | None = None
        self.refusal = "the service is starting"
        self.fault: str | None = None
        self.replays: Replays | None = None
        self._refused: tuple[str | None, float] = None, 0.0
        self._pause = access.settings.watch_seconds
        self._settings: Entry | None = None
        folder, self._prices = environment.get(SNAPSHOT), environment.get(PRICES)
        self.shelf = Shelf(Path(folder) if folder else None)
        self.postbox = Postbox(journal_url())
        self._closed = Signal()
        self._watch = Thread(target=self._watched, name="watch", daemon=True)
        self._report()

    def open(self) -> None:
        """Open what can be opened, and have the rest tried again until it can."""
        gc.disable()  # what a start makes is there to stay: to look it through again and again took a third of the time
        try:
            self._tried(self.look)
        finally:
            gc.freeze()
            gc.enable()
        self._watch.start()

    def close(self) -> None:
        """Settle what waits for the journal, and close it."""
        self._closed.set()
        self.postbox.close()

    def look(self) -> None:
        """Open what is not open yet; put another champion and another snapshot in service."""
        desk = self.desk
        if desk is not None:
            self._renew_models(desk)
            self._renew_snapshot()
        else:
            self._open_desk()
        if not self.postbox.is_open:
            self.postbox.open(self._rebuild)
        self.access.metrics.journal_lag(self.postbox.lag())

    def ready(self) -> Desk:
        """Return the desk; Refusal 424 while there is no model, 503 while nothing can be written."""
        if self.desk is None:
            raise Refusal(424, "no_model", self.refusal)
        self.postbox.require_open()
        return self.desk

    def told_version(self) -> str | None:
        """Return the version of the models in service, None when there are none."""
        return None if self.desk is None else self.desk.models.version

    def _open_desk(self) -> None:
        try:
            self.shelf.open()
            prices = Path(self._prices) if self._prices else None
            archive = archive_of(CONFIGS, prices)
            desk = tried(desk_from(CONFIGS, loaded(), archive.digest, prices))
            self._settings = settings_entry(archive, utc_now())
            if self.postbox.is_open:
                self.postbox.write_now([self._settings])
        except DuewiseError as error:
            self.refusal = str(error)
        else:
            self.desk = replace(desk, snapshot=self.shelf.kept)

    def _rebuild(self, journal: Journal) -> None:
        """Hold again what was posted; until that is done nothing can be written, and nobody is answered."""
        if self._settings is not None:
            journal.append([self._settings])
        self.replays = Replays(journal, load_version)
        with self.shelf.posting:
            self.shelf.rebuild(journal)
            if self.desk is not None:
                self.desk = replace(self.desk, snapshot=self.shelf.kept)

    def _renew_models(self, desk: Desk) -> None:
        """Swap the desk in one assignment once another champion has been tried; keep the old one when it is broken.

        A broken one is tried again after pauses that double, since its files may be mended.
        """
        try:
            version = version_under()
        except ModelError as error:
            self.fault = str(error)
            return
        if version == desk.models.version:
            self._accepted()
            return
        refused, until = self._refused
        if version == refused and time.monotonic() < until:
            return
        try:
            renewed = with_champion(desk)
        except DuewiseError as error:
            self._refuse(version, error, again=version == refused)
            return
        with self.shelf.posting:
            self.desk = replace(renewed, snapshot=self.shelf.kept)
        self._accepted()
        self.access.logger.info(f"{version} is in service")

    def _refuse(self, version: str | None, error: DuewiseError, again: bool) -> None:
        self._pause = min(2 * self._pause, _LONGEST_PAUSE) if again else self.access.settings.watch_seconds
        self.fault, self._refused = f"{version} is refused: {error}", (version, time.monotonic() + self._pause)
        if not again:
            self.access.logger.warning(self.fault, exc_info=error)

    def _accepted(self) -> None:
        self.fault, self._refused = None, (None, 0.0)

    def _renew_snapshot(self) -> None:
        """Take in another snapshot where the folder holds one, and what other processes posted."""
        if not self.postbox.is_open:
            return
        with self.shelf.posting:
            try:
                if self.shelf.is_stale():
                    self.shelf.renew(self.postbox.journal)
            except DuewiseError as error:
                self.access.logger.warning("the snapshot stays as it was", exc_info=error)
                return
            if self.desk is not None and self.desk.snapshot is not self.shelf.kept:
                self.desk = replace(self.desk, snapshot=self.shelf.kept)
                self.access.logger.info("another snapshot is in service")

    def _follow(self) -> None:
        """Take in what other processes posted; while the journal does not answer that waits.

        One that could not be opened is tried again at once: two processes that start together lock each other out.
        """
        if not self.postbox.is_open:
            self.postbox.open(self._rebuild)
        else:
            with self.shelf.posting, suppress(DuewiseError):
                self.shelf.follow(self.postbox.journal)

    def _watched(self) -> None:
        self._tried(self._settle)
        settings = self.access.settings
        due = time.monotonic() + settings.watch_seconds
        while not self._closed.wait(min(settings.follow_seconds, settings.watch_seconds)):
            self._tried(self._follow)
            if time.monotonic() >= due:
                self._tried(self.look)
                self._tried(self._settle)
                due = time.monotonic() + settings.watch_seconds

    def _settle(self) -> None:
        self.shelf.settle(self._closed.is_set)

    def _tried(self, look: Callable[[], None]) -> None:
        try:
            look()
        except Exception as error:  # the next look may find it mended
            self.access.logger.error("watch failed", exc_info=error)

    def _report(self) -> None:
        health, limits = self.access.health, self.access.settings.health
        health.add("model", model_check(self.told_version, lambda: self.refusal))
        health.add("champion", lambda: Finding(self.fault is None, self.fault or "in service", needed=False))
        health.add("journal", journal_check(self.postbox.probe, self.postbox.lag, limits.journal_lag_seconds))
        health.add("snapshot", self._snapshot)
        health.add("clock", self._clock)
        folder = _folder_of(self.postbox.url)
        if folder is not None:
            health.add("disk", disk_check(folder, limits.disk_free_mb))

    def _snapshot(self) -> Finding:
        """Return how old the snapshot is; one made of a book at the start is as old as the book, and no fault."""
        hours = self.access.settings.health.snapshot_age_hours
        found = snapshot_check(self._taken_at, utc_now, hours)()
        return found if self.shelf.is_nightly else replace(found, needed=False)

    def _clock(self) -> Finding:
        """Return whether the clock was set back; one set right after it was ahead looks the same."""
        behind = self.shelf.behind(utc_now())
        told = f"{behind:,.0f} s behind the newest event of the journal" if behind else "not set back"
        return Finding(behind <= SKEW.total_seconds(), told, behind, needed=False)

    def _taken_at(self) -> datetime | None:
        return self.shelf.taken_at


def _folder_of(url: str) -> Path | None:
    """Return the folder of a journal in SQLite; the disk of another database is its own affair."""
    file = url.removeprefix("sqlite:///")
    return None if file == url else Path(file).resolve().parent
