"""Decisions as an Arrow table, a row a customer: what a batch writes.

Its numbers are those of the wire, to the bit; a text that repeats is a code until it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from serving.actions import NONE, STANCES
from serving.allocation.prices import Prices
from serving.decide import Decisions
from serving.escalation.settings import STEPS
from serving.feedback.causes import CAUSES
from serving.policy_settings import PolicySettings
from serving.reason_settings import ReasonSettings
from serving.reasons import Explainer

type Columns = Iterator[tuple[str, pa.Array]]
Codes = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_TEXT, _MOMENT, _DATE = pa.large_string(), pa.timestamp("us", "UTC"), pa.timestamp("us")


def table_of(
    decisions: Decisions,
    settings: PolicySettings,
    reasons: ReasonSettings,
    model_version: str,
    prices: Prices | None = None,
) -> pa.Table:
    """Return decisions as columns, a row a customer; the schema is the same for any customers.

    Moments are UTC's; a null says that there is no such thing, or that it is not known.
    """
    columns = {
        **dict(_customer(decisions, settings)),
        **dict(_instalment(decisions)),
        **dict(_action(decisions, settings)),
        **dict(_numbers(decisions)),
        **dict(_sending(decisions, settings)),
        **dict(_reasons(decisions, reasons)),
        **dict(_blocks(decisions, settings)),
    }
    versions = {
        "model_version": model_version,
        "policy_version": settings.version,
        "rules_version": settings.rulebook.version,
        "reasons_version": reasons.named_version,
        "prices_version": None if prices is None else prices.version,
    }
    n = len(decisions.X)
    columns |= {name: pa.repeat(pa.scalar(version, _TEXT), n) for name, version in versions.items()}
    table = pa.table(columns)
    return table.replace_schema_metadata(_pandas_metadata(table.schema))


def as_table(
    decisions: Decisions,
    settings: PolicySettings,
    reasons: ReasonSettings,
    model_version: str,
    prices: Prices | None = None,
) -> pd.DataFrame:
    """Return ``table_of`` as a DataFrame."""
    return table_of(decisions, settings, reasons, model_version, prices).to_pandas()


def _customer(decisions: Decisions, settings: PolicySettings) -> Columns:
    n = len(decisions.X)
    yield "customer_id", pa.array(decisions.X.customers, _TEXT)
    yield "decision_id", pa.array(decisions.ids, _TEXT)
    yield "as_of", pa.repeat(pa.scalar(decisions.as_of.tz_convert("UTC").to_pydatetime(warn=False), _MOMENT), n)
    yield "default_probability", _known(decisions.scores.default_probability)
    yield "tier", _named(list(settings.tiers), decisions.tier)
    yield "stance", _named(STANCES, decisions.stance)
    yield "causes", _causes(decisions)
    yield "programme", _named(settings.programme_names, decisions.programme)
    yield "stage", _named(list(settings.stages), decisions.stage)


def _instalment(decisions: Decisions) -> Columns:
    none, owed = decisions.pressing.row < 0, decisions.subjects
    yield "loan_id", pa.array(owed.loan_id, _TEXT)
    yield "instalment_no", pa.array(owed.instalment_no, mask=none)
    yield "due_date", _moments(owed.due_day.astype("datetime64[D]"), _DATE, none)
    yield "days_past_due", _known(decisions.pressing.days_past_due)
    yield "amount_open", _known(decisions.pressing.amount_open)


def _action(decisions: Decisions, settings: PolicySettings) -> Columns:
    chosen, actions = decisions.choice.action, [settings.actions[name] for name in settings.action_ids]
    yield "action", _named(settings.action_ids, chosen)
    yield "channel", _named([action.channel for action in actions], chosen)
    yield "intensity", _named([action.intensity for action in actions], chosen)
    yield "offer", _named([action.offer for action in actions], chosen)
    by_person = np.array([action.requires_human for action in actions])[chosen]
    yield "requires_human", pa.array(by_person | decisions.person_decides)
    yield "escalation", _named([None, *STEPS], decisions.escalations.step)


def _numbers(decisions: Decisions) -> Columns:
    rows, chosen = np.arange(len(decisions.X)), decisions.choice.action
    yield "expected_effect", _known(decisions.effects.effect[rows, chosen])
    yield "expected_effect_low", _known(decisions.effects.low[rows, chosen])
    yield "expected_effect_high", _known(decisions.effects.high[rows, chosen])
    yield "expected_value", _known(decisions.choice.value[rows, chosen])
    yield "capacity_price", _known(decisions.price[rows, chosen])
    yield "propensity", _known(decisions.choice.propensity)


def _causes(decisions: Decisions) -> pa.Array:
    """Return what replies told that holds, by name with commas between; empty where they told nothing."""
    held = decisions.held.causes
    told, place = np.unique(held, axis=0, return_inverse=True)
    words = [",".join(name for name, holds in zip(CAUSES, row, strict=True) if holds) for row in told]
    return _named(words, place.reshape(len(held)))


def _sending(decisions: Decisions, settings: PolicySettings) -> Columns:
    """Yield when to send and what that adds to the effect; null where nothing is sent."""
    when, chosen = decisions.sending, decisions.choice.action
    unsent = (chosen == settings.action_ids.index(NONE)) | (decisions.pressing.row < 0)
    yield "send_from", _moments(when.earliest, _MOMENT, unsent)
    yield "send_until", _moments(when.latest, _MOMENT, unsent)
    yield "daypart", _named([*when.names, None], np.where(unsent, -1, when.part))
    adds = decisions.effects.from_timing[np.arange(len(chosen)), chosen]
    yield "daypart_adds", _known(np.where(unsent, 0.0, adds))


def _reasons(decisions: Decisions, settings: ReasonSettings) -> Columns:
    """Yield the reasons, the largest first: each one's name, contribution, and the feature that carries it most."""
    scores = decisions.scores
    if scores.contributions is None:
        return
    explainer = Explainer(settings, scores.features)
    ranking, rows = explainer.rank(scores.contributions), np.arange(len(decisions.X))
    for k in range(ranking.reason.shape[1]):
        reason, feature = ranking.reason[:, k], ranking.feature[:, k]
        yield f"reason_{k + 1}", _named([*explainer.names, None], reason)
        yield f"reason_{k + 1}_contribution", _known(ranking.contribution[:, k])
        yield f"reason_{k + 1}_feature", _named([*scores.features, None], feature)
        value = np.where(feature < 0, np.nan, decisions.explained[rows, feature])
        yield f"reason_{k + 1}_value", _known(value)


def _blocks(decisions: Decisions, settings: PolicySettings) -> Columns:
    """Yield, two columns an action, the id of the rule that blocks it, and until when; null: as things stand."""
    ids = [reason.id for reason in settings.rulebook.reasons]
    codes, until = decisions.blocked.codes, decisions.lawful_from
    for k, name in enumerate(settings.action_ids):
        yield f"rule_{name}", _named(ids, codes[:, k])
    for k, name in enumerate(settings.action_ids):
        yield f"until_{name}", _moments(until[:, k], _MOMENT)


def _named(names: Sequence[str | None], codes: Codes) -> pa.Array:
    """Return the names at these places, counted from the end where below 0, as texts; a name None is a null."""
    places = np.where(codes < 0, codes + len(names), codes).astype(np.int32)
    return pa.array(names, _TEXT).take(pa.array(places))


def _known(numbers: Floats) -> pa.Array:
    """Return numbers, null where not known."""
    return pa.array(numbers, from_pandas=True)


def _moments(moments: npt.NDArray[np.datetime64], kind: pa.DataType, absent: Mask | None = None) -> pa.Array:
    given = moments.astype("datetime64[us]")
    mask = np.isnat(given) if absent is None else absent | np.isnat(given)
    return pa.array(given, _DATE, mask=mask).cast(kind)


def _pandas_metadata(schema: pa.Schema) -> dict[bytes, bytes]:
    """Return what makes pandas read whole numbers with nulls as such, and nothing as an index."""
    empty = schema.empty_table().to_pandas().astype({"instalment_no": "Int64"})
    return pa.Schema.from_pandas(empty, preserve_index=False).metadata
