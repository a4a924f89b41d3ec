"""What the page is answered with: the office, the roll of its journal, and the folder of reports."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Thread

from features.errors import DuewiseError
from serving.access import Refusal
from serving.console.following import Following
from serving.console.roll import Roll
from serving.console.watched import Watches
from serving.desk import Desk
from serving.journal import Journal, Payload
from serving.launch import REPORTS
from serving.office import Office
from serving.office.postbox import reading
from serving.policy_settings import PolicySettings, read_policy
from serving.replay import Replays, obstacles


class Console:
    """What the routes of the page answer with.

    Parameters
    ----------
    office
        Of the running service.
    environment
        Names the folder of reports.
    """

    def __init__(self, office: Office, environment: Mapping[str, str] = os.environ) -> None:
        self.office = office
        folder = environment.get(REPORTS)
        self.reports = Path(folder) if folder else None
        self.watches = Watches(self.reports)
        self._following = Following()

    def warm(self) -> None:
        """Read the roll aside, so that who opens the page first need not wait for it."""
        Thread(target=self._warmed, name="roll", daemon=True).start()

    @property
    def journal(self) -> Journal:
        """The journal; Refusal 503 while it was not opened."""
        return self.office.postbox.journal

    @property
    def settings(self) -> PolicySettings:
        """The policy in service, or that of the settings where there is no model."""
        return self._unserved if self.office.desk is None else self.office.desk.settings

    @cached_property
    def _unserved(self) -> PolicySettings:
        return read_policy()

    def roll(self) -> Roll:
        """Return the roll as the journal is now; Refusal 503 while it cannot be read."""
        journal = self.journal
        with reading():
            return self._following.roll(journal)

    def replays(self) -> Replays:
        """Return what makes decisions again; Refusal 503 while the journal was not opened."""
        if self.office.replays is None:
            raise Refusal(503, "journal_unavailable", "The journal was not opened yet.")
        return self.office.replays

    def payload(self, decision_id: str) -> Payload:
        """Return what the journal keeps of a decision; Refusal 404, 409 or 410."""
        with reading(), obstacles():
            return self.replays().payload(decision_id)

    def desk_of(self, decision_id: str, payload: Payload) -> Desk:
        """Return a desk with the settings and models that made a decision: that in service where it is the same."""
        desk = self.office.desk
        if desk is not None:
            versions = desk.voice.versions
            if (versions.settings, versions.model) == (payload.versions.get("settings"), payload.versions.get("model")):
                return desk
        with reading(), obstacles():
            return self.replays().desk(decision_id, payload)

    def _warmed(self) -> None:
        with suppress(DuewiseError):
            self.roll()
