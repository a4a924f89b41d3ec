"""A decision of the journal made again: its rows, its moment, its settings and its models, and the bytes compared.

What is in service now does not matter: neither the champion nor configs/ nor the snapshot is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import msgspec
from pydantic import ValidationError

from features.errors import ModelError, PolicyError
from serving.contract import ScoreRequest, read_request
from serving.desk import Desk
from serving.journal import Journal, JournalError, Payload, UnavailableError
from serving.registry import Models
from serving.replay.archived_desk import desk_of
from serving.replay.differences import Difference, differences
from serving.replay.errors import ReplayError
from serving.replay.kept import kept_archive

_DESKS = 2
"""How many desks are kept open: each holds models."""

_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True)
class Replayed:
    """A decision made again; ``then`` are the answer's bytes as the journal keeps them, ``now`` those of today."""

    decision_id: str
    then: bytes = field(repr=False)
    now: bytes = field(repr=False)
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether it is the same, to the bit."""
        return self.then == self.now


@dataclass(frozen=True)
class Replays:
    """Replays decisions of a journal, keeping the last few desks open; threads may share one.

    ``models_of`` gives the models of a ``Models.version``, as ``serving.registry.load_version`` does.
    """

    journal: Journal
    models_of: Callable[[str], Models]

    def of(self, decision_id: str) -> Replayed:
        """Return a decision made again.

        Raises
        ------
        ReplayError
            Its ``code`` says what is in the way.
        UnavailableError
            When the journal's database does not answer.
        """
        payload = self.payload(decision_id)
        asked = _request(payload)
        (result,) = self.desk(decision_id, payload).score(asked).results
        now = _ENCODER.encode(result)
        return Replayed(decision_id, payload.answer, now, differences(payload.answer, now))

    def desk(self, decision_id: str, payload: Payload) -> Desk:
        """Return a desk with the settings and the models that made a decision; ReplayError as of ``of``."""
        digest, version = payload.versions.get("settings"), payload.versions.get("model")
        if digest is None or version is None:
            raise ReplayError("settings_missing", f"decision {decision_id} does not say by which settings it was made.")
        try:
            return self._desk(digest, version)
        except ModelError as error:
            raise ReplayError("model_missing", f"decision {decision_id} was made by {version}: {error}") from error
        except PolicyError as error:
            raise ReplayError("other_format", f"the settings of decision {decision_id}: {error}") from error

    def payload(self, decision_id: str) -> Payload:
        """Return what the journal keeps of a decision, found to be as it was written; errors as of ``of``."""
        try:
            record = self.journal.decision(decision_id)
        except UnavailableError:
            raise
        except JournalError as error:
            raise ReplayError("altered", f"decision {decision_id}: {error}") from error
        if record is None:
            raise _absent(self.journal, decision_id)
        if not self.journal.vouches_for("decision", record.entry.key):
            raise ReplayError(
                "altered", f"entry {record.seq}, decision {decision_id}, is not what the chain vouches for."
            )
        try:
            return Payload.from_bytes(record.entry.payload)
        except JournalError as error:
            raise ReplayError("other_format", f"decision {decision_id}: {error}") from error

    @cached_property
    def _desk(self) -> Callable[[str, str], Desk]:
        return lru_cache(_DESKS)(self._opened)

    def _opened(self, digest: str, version: str) -> Desk:
        return desk_of(kept_archive(self.journal, digest), self.models_of(version))


def replay(journal: Journal, decision_id: str, models_of: Callable[[str], Models]) -> Replayed:
    """Return one decision made again; see ``Replays``, which is made once where many are asked for."""
    return Replays(journal, models_of).of(decision_id)


def _request(payload: Payload) -> ScoreRequest:
    """Return the request for this customer alone, read as the wire reads it."""
    customer = {"customer_id": payload.customer_id, "records": payload.rows}
    body = _ENCODER.encode({"as_of": payload.as_of, **payload.asked, "customers": [customer]})
    try:
        return read_request(body)
    except ValidationError as error:
        raise ReplayError("other_format", f"this Duewise does not read what was asked: {error}") from error


def _absent(journal: Journal, decision_id: str) -> ReplayError:
    """Return the error of a decision that is not there; what was erased leaves no id behind."""
    if next(journal.records("erasure", rows=1), None) is None:
        return ReplayError(
            "unknown_decision", f"there is no decision {decision_id}, and the journal had none that was erased."
        )
    return ReplayError(
        "erased_or_unknown",
        f"decision {decision_id} is not in the journal: its customer was erased, or it was never made. "
        "What was erased leaves nothing to replay, and no id to tell it by.",
    )
