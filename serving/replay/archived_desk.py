"""A desk whose answers name the archive of its settings, opened from a folder or from the archive itself."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from serving.allocation.prices import read_prices
from serving.answers import Voice
from serving.desk import Desk
from serving.explanation import read_explanations
from serving.feedback.cause_model import CauseModel
from serving.feedback.reader import ReplyReader
from serving.feedback.settings import read_feedback
from serving.messages import read_messages
from serving.plans import read_plans
from serving.policy_settings import read_policy
from serving.reason_settings import read_reasons
from serving.registry import Models
from serving.replay.archive import PRICES, Archive, shipped_causes_digest
from serving.replay.errors import ReplayError
from serving.stance import read_stance


@dataclass(frozen=True)
class ArchivedDesk(Desk):
    """A desk whose settings are those of the archive with ``settings_digest``."""

    settings_digest: str | None = None

    @cached_property
    def voice(self) -> Voice:
        """What answers are given in; they name the archive."""
        return replace(super().voice, settings_digest=self.settings_digest)


def desk_from(
    folder: Path, models: Models, digest: str, prices: Path | None = None, snapshot: Any = None
) -> ArchivedDesk:
    """Return a desk that reads every setting from a folder.

    Parameters
    ----------
    digest
        That of ``archive_of(folder, prices)``.
    prices
        The file of the prices of capacity, None: none are charged.
    snapshot
        The book for customers who send no records.

    Raises
    ------
    PolicyError
        Naming the file, the line and the key at fault.
    """
    policy = read_policy(folder / "policy.yaml")
    return ArchivedDesk(
        models=models,
        settings=policy,
        texts=read_messages(folder / "messages.yaml"),
        reasons=read_reasons(folder / "reasons.yaml"),
        plans=read_plans(folder / "plans.yaml"),
        explanations=read_explanations(folder / "explanations.yaml"),
        reader=ReplyReader(CauseModel.load(), read_feedback(folder / "feedback.yaml")),
        signals=read_stance(folder / "stance.yaml"),
        snapshot=snapshot,
        prices=None if prices is None else read_prices(prices, policy),
        settings_digest=digest,
    )


def desk_of(archive: Archive, models: Models) -> ArchivedDesk:
    """Return the desk of an archive.

    Raises
    ------
    ReplayError
        When the archive is none, or replies were read by another model than the one that comes with this Duewise.
    PolicyError
        When this Duewise no longer reads one of the settings.
    """
    shipped = shipped_causes_digest()
    if archive.causes_digest != shipped:
        raise ReplayError(
            "model_missing",
            f"replies were read by the model of causes {archive.causes_digest[:12]}; "
            f"the one that comes with this Duewise is {shipped[:12]}.",
        )
    with tempfile.TemporaryDirectory() as aside:
        folder = archive.unpacked(Path(aside))
        prices = folder / PRICES
        return desk_from(folder, models, archive.digest, prices if prices.exists() else None)
