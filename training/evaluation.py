"""An evaluation from a book to a judgement: which model, which customers, which occasions, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.book import Book
from features.errors import ModelError, PolicyError
from features.tables.screening import validate
from serving.effects import EffectScorer
from serving.policy_settings import PolicySettings
from serving.registry import (
    CHALLENGER,
    CHAMPION,
    DEFAULT_MODEL,
    RESPONSE_MODEL,
    Registered,
    artefacts,
    find_registered,
    registered,
)
from serving.scorer import Scorer
from training.dataset import held_out_responses
from training.policies.gain import COMPARED
from training.policies.judgement import Case, Judgement, judge
from training.policies.occasions import Floats, Occasions, occasions_of
from training.policies.room import room_for
from training.response.model import ResponseModel
from training.settings import CustomerShares, TrainSettings, read_train_settings

MOST_OCCASIONS = 60_000


@dataclass(frozen=True)
class Evaluation:
    """A judgement with whom it is about: ``candidate``, the model in service ``running``, the ``default`` model."""

    candidate: Registered
    running: Registered | None
    default: Registered
    judgement: Judgement

    @property
    def compared(self) -> str:
        """What the candidate was compared with, so that a promotion can tell whether that is still in service."""
        return self.judgement.compared if self.running is None else str(self.running)


def evaluate(
    book: Book,
    policy: PolicySettings,
    alias: str | None = None,
    truth: pd.DataFrame | None = None,
    tell: Callable[[str], None] = lambda words: None,
) -> Evaluation:
    """Judge the policy of the response model under ``alias``, the challenger or else the champion by default.

    ``truth``: P(paid | action), a column an action, by reminder_id.

    Raises
    ------
    SchemaError
        When a table of the book has a fault.
    ModelError
        When there is no such model, or no reminder of a customer it did not learn from.
    PolicyError
        When ``truth`` lacks an occasion or an action, or the capacity cannot be kept.
    """
    candidate = _candidate(alias)
    service = find_registered(RESPONSE_MODEL, alias=CHAMPION)
    running = None if service is None or service.version == candidate.version else service
    default = registered(DEFAULT_MODEL, CHAMPION)
    tell("checking the seven tables")
    validate(book)
    tell("building the features of reminders that were not learned from")
    held_out = held_out_responses(book, _as_trained(candidate), MOST_OCCASIONS)
    scorer = Scorer.load(artefacts(default, "model"), threads=2)
    occasions = occasions_of(held_out.sample, book, scorer, policy)
    room = room_for(occasions, held_out, len(book.customers))
    occasions = replace(occasions, settings=replace(policy, capacity=room.capacity))
    case = Case(
        occasions=occasions,
        model=ResponseModel.load(artefacts(candidate, "model")),
        running=None if running is None else EffectScorer.load(artefacts(running, "model"), threads=2),
        replies=book.reminders.set_index("reminder_id")["reply_text"].reindex(occasions.reminder_id),
        room=room,
        truth=None if truth is None else _known(truth, occasions),
    )
    judgement = judge(case, tell)
    months = held_out.reminders / held_out.customers / held_out.days * 30
    facts = {**judgement.facts, "occasions_per_customer_month": months, "days": held_out.days}
    return Evaluation(candidate, running, default, replace(judgement, facts=facts))


def read_truth(file: str | Path) -> pd.DataFrame:
    """Read what `duewise simulate --truth` wrote: P(paid | action) by reminder_id.

    Raises
    ------
    PolicyError
        When the file cannot be read or has no column reminder_id.
    """
    try:
        return pd.read_parquet(file).set_index("reminder_id")
    except (OSError, ValueError, KeyError) as error:
        raise PolicyError(f"{file} is no truth that `duewise simulate --truth` wrote: {error}.") from error


def _candidate(alias: str | None) -> Registered:
    aliases = (CHALLENGER, CHAMPION) if alias is None else (alias,)
    found = next((one for a in aliases if (one := find_registered(RESPONSE_MODEL, alias=a)) is not None), None)
    if found is None:
        raise ModelError(f"{RESPONSE_MODEL} has no {' and no '.join(aliases)}. `duewise train BOOK` makes one.")
    return found


def _as_trained(model: Registered) -> TrainSettings:
    """Return the settings by which customers were shared out when the model was trained, from its run."""
    settings, params = read_train_settings(), model.params
    if "customer_shares.fit" not in params:
        return settings
    shares = CustomerShares(**{name: float(params[f"customer_shares.{name}"]) for name in ("fit", "tune", "judge")})
    return replace(settings, customer_shares=shares, seed=int(params["seed"]))


def _known(truth: pd.DataFrame, occasions: Occasions) -> Floats:
    actions: list[str] = list(occasions.settings.action_ids)
    absent = [name for name in actions if name not in truth.columns]
    missing = ~pd.Index(occasions.reminder_id).isin(truth.index)
    if absent or missing.any():
        without = f"the actions {absent}" if absent else f"{int(missing.sum())} reminders of the book"
        raise PolicyError(f"the truth lacks {without}; it must be of the same simulation.")
    return truth[actions].reindex(occasions.reminder_id).to_numpy(np.float64)


def metrics_and_tags(evaluation: Evaluation) -> tuple[Mapping[str, float], Mapping[str, Any]]:
    """Return what the run and the version keep of an evaluation."""
    return evaluation.judgement.metrics, {COMPARED: evaluation.compared}
