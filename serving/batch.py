"""A whole book to a Parquet of decisions, in chunks of customers, published only when whole.

Where the policy bounds a day's capacity the book is gone through twice: for its values, to plan, then to decide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.book import Book
from serving.actions import NONE, STANCES
from serving.allocation.capacity import traits_of
from serving.allocation.plan import Offers, plan
from serving.allocation.prices import Prices
from serving.decide import Decisions, decide
from serving.escalation.settings import STEPS
from serving.feedback.causes import CAUSES
from serving.feedback.reader import ReplyReader
from serving.policy import draws, tie_draws
from serving.policy_settings import PolicySettings
from serving.reason_settings import ReasonSettings, read_reasons
from serving.reasons import Explainer
from serving.registry import Models
from serving.stance import read_stance

CHUNK = 20_000
_NO_DAY = np.datetime64("NaT", "us")
PRICES_FILE = "prices.json"


@dataclass(frozen=True)
class Scored:
    """How many were decided for, and the prices of capacity by which; None: nothing is bounded."""

    decisions: int
    prices: Prices | None


def score_book(
    book: Book,
    as_of: pd.Timestamp,
    models: Models,
    settings: PolicySettings,
    out: str | Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    chunk: int = CHUNK,
    reasons: ReasonSettings | None = None,
    prices: Prices | None = None,
) -> Scored:
    """Write a decision a customer to the Parquet file ``out`` and return how many, and by which prices.

    ``progress`` is called with (customers done, customers in all) after each chunk; ``reasons`` are those of
    configs/reasons.yaml by default. Where the policy bounds capacity and no ``prices`` are given, the book is
    planned first and its prices are written to prices.json beside ``out``.

    Raises
    ------
    PolicyError
        When the capacity cannot be kept, with the numbers.
    """
    if prices is None and settings.binds:
        prices = plan_book(book, as_of, models, settings, progress, chunk)
        prices.write(Path(out).with_name(PRICES_FILE))
    told, deciding = reasons or read_reasons(), _deciding(book, as_of, models, settings)
    names = book.customers["customer_id"].tolist()
    target = Path(out)
    aside = target.with_name(f".{target.name}.writing")
    writer = None
    try:
        for start in range(0, max(len(names), 1), chunk):
            decisions = deciding(names[start : start + chunk], prices=prices)
            table = as_table(decisions, settings, told, models.version, prices)
            rows = pa.Table.from_pandas(table, preserve_index=False)
            writer = writer or pq.ParquetWriter(aside, rows.schema)
            writer.write_table(rows)
            progress(min(start + chunk, len(names)), len(names))
    finally:
        if writer is not None:
            writer.close()
    aside.replace(target)
    return Scored(len(names), prices)


def plan_book(
    book: Book,
    as_of: pd.Timestamp,
    models: Models,
    settings: PolicySettings,
    progress: Callable[[int, int], None] = lambda done, total: None,
    chunk: int = CHUNK,
) -> Prices:
    """Return the prices of a day's capacity for the whole book.

    Raises
    ------
    PolicyError
        When the capacity cannot be kept, with the numbers.
    """
    names, deciding = book.customers["customer_id"].tolist(), _deciding(book, as_of, models, settings)
    parts = []
    for start in range(0, max(len(names), 1), chunk):
        decisions = deciding(names[start : start + chunk], explain=False)
        traits = traits_of(decisions.tier, decisions.programme, decisions.groups, settings)
        parts.append(Offers(decisions.choice.value, traits, draws(decisions.keys), tie_draws(decisions.keys)))
        progress(min(start + chunk, len(names)), len(names))
    whole = Offers(
        np.concatenate([part.value for part in parts]),
        pd.concat([part.traits for part in parts], ignore_index=True),
        np.concatenate([part.draw for part in parts]),
        np.concatenate([part.tie_draw for part in parts]),
    )
    return plan(whole, settings, as_of, models.version)


def _deciding(book: Book, as_of: pd.Timestamp, models: Models, settings: PolicySettings) -> Callable[..., Decisions]:
    """Return ``decide`` for this book, with what it reads of settings read once."""
    return partial(decide, book, as_of, models, settings, reader=ReplyReader.shipped(), signals=read_stance())


def as_table(
    decisions: Decisions,
    settings: PolicySettings,
    reasons: ReasonSettings,
    model_version: str,
    prices: Prices | None = None,
) -> pd.DataFrame:
    """Return decisions as columns, a row a customer; numbers are those of the wire, to the bit."""
    n = len(decisions.X)
    rows, chosen = np.arange(n), decisions.choice.action
    nothing_due = decisions.pressing.row < 0
    actions = [settings.actions[name] for name in settings.action_ids]
    columns: dict[str, Any] = {
        "customer_id": decisions.X.customers,
        "decision_id": decisions.ids,
        "as_of": pd.Series(decisions.as_of.tz_convert("UTC"), index=range(n)),
        "default_probability": decisions.scores.default_probability,
        "tier": np.array(list(settings.tiers))[decisions.tier],
        "stance": np.array(STANCES)[decisions.stance],
        "causes": _causes(decisions),
        "programme": np.array(settings.programme_names)[decisions.programme],
        "stage": np.array(list(settings.stages))[decisions.stage],
        "loan_id": decisions.subjects.loan_id,
        "instalment_no": pd.arrays.IntegerArray(decisions.subjects.instalment_no, nothing_due),
        "due_date": np.where(nothing_due, _NO_DAY, decisions.subjects.due_day.astype("datetime64[D]")),
        "days_past_due": decisions.pressing.days_past_due,
        "amount_open": decisions.pressing.amount_open,
        "action": np.array(settings.action_ids)[chosen],
        "channel": np.array([a.channel for a in actions], dtype=object)[chosen],
        "intensity": np.array([a.intensity for a in actions], dtype=object)[chosen],
        "offer": np.array([a.offer for a in actions], dtype=object)[chosen],
        "requires_human": np.array([a.requires_human for a in actions])[chosen] | decisions.person_decides,
        "escalation": np.array([None, *STEPS], dtype=object)[decisions.escalations.step],
        "expected_effect": decisions.effects.effect[rows, chosen],
        "expected_effect_low": decisions.effects.low[rows, chosen],
        "expected_effect_high": decisions.effects.high[rows, chosen],
        "expected_value": decisions.choice.value[rows, chosen],
        "capacity_price": decisions.price[rows, chosen],
        "propensity": decisions.choice.propensity,
        **_sending(decisions, settings),
        **_reasons(decisions, reasons),
        **_blocks(decisions, settings),
        "model_version": model_version,
        "policy_version": settings.version,
        "rules_version": settings.rulebook.version,
        "reasons_version": reasons.named_version,
        "prices_version": None if prices is None else prices.version,
    }
    frame = pd.DataFrame(columns)
    texts = ["loan_id", "channel", "intensity", "offer", "escalation", "prices_version"]
    return frame.astype(dict.fromkeys(texts, "str"))


def _causes(decisions: Decisions) -> pd.Series[str]:
    """Return what replies told that holds, by name with commas between; empty where they told nothing."""
    held = decisions.held.causes
    told, place = np.unique(held, axis=0, return_inverse=True)
    words = [",".join(name for name, holds in zip(CAUSES, row, strict=True) if holds) for row in told]
    return pd.Series(np.array(words, dtype=object)[place.reshape(len(held))], dtype="str")


def _sending(decisions: Decisions, settings: PolicySettings) -> dict[str, Any]:
    """Return when to send and what that adds to the effect; null where nothing is sent."""
    when, chosen = decisions.sending, decisions.choice.action
    is_sent = (chosen != settings.action_ids.index(NONE)) & (decisions.pressing.row >= 0)
    ends = {"send_from": when.earliest, "send_until": when.latest}
    moments = {name: pd.Series(end).where(is_sent).dt.tz_localize("UTC") for name, end in ends.items()}
    parts = np.where(is_sent, np.array([*when.names, ""], dtype=object)[when.part], "")
    adds = decisions.effects.from_timing[np.arange(len(chosen)), chosen]
    return {
        **moments,
        "daypart": pd.Series(parts, dtype="str").replace("", None),
        "daypart_adds": np.where(is_sent, adds, 0.0),
    }


def _reasons(decisions: Decisions, settings: ReasonSettings) -> dict[str, Any]:
    """Return the reasons, the largest first: each one's name, contribution, and the feature that carries it most."""
    scores = decisions.scores
    if scores.contributions is None:
        return {}
    explainer = Explainer(settings, scores.features)
    ranking = explainer.rank(scores.contributions)
    reasons, features = (np.array([*names, None], dtype=object) for names in (explainer.names, scores.features))
    values = np.column_stack([decisions.explained, np.full(len(decisions.X), np.nan)])
    columns: dict[str, Any] = {}
    for k in range(ranking.reason.shape[1]):
        # of text also where all are null, so that every chunk has one schema
        columns[f"reason_{k + 1}"] = pd.array(reasons[ranking.reason[:, k]], dtype="str")
        columns[f"reason_{k + 1}_contribution"] = ranking.contribution[:, k]
        columns[f"reason_{k + 1}_feature"] = pd.array(features[ranking.feature[:, k]], dtype="str")
        columns[f"reason_{k + 1}_value"] = np.take_along_axis(values, ranking.feature[:, k : k + 1], 1)[:, 0]
    return columns


def _blocks(decisions: Decisions, settings: PolicySettings) -> dict[str, Any]:
    """Return, two columns an action, the id of the rule that blocks it, and until when; null: as things stand."""
    ids = np.array([reason.id for reason in settings.rulebook.reasons])
    codes, until = decisions.blocked.codes, decisions.lawful_from.astype("datetime64[us]")
    rules = {f"rule_{name}": ids[codes[:, k]] for k, name in enumerate(settings.action_ids)}
    moments = {
        f"until_{name}": pd.Series(until[:, k]).dt.tz_localize("UTC") for k, name in enumerate(settings.action_ids)
    }
    return rules | moments
