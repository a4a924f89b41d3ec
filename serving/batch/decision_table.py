"""Decisions as an Arrow table, a row a customer: what a batch writes.

Its numbers are those of the wire, to the bit; a text that repeats is a code until it is written.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa

from serving.actions import STANCES
from serving.allocation.plan import Offers
from serving.allocation.prices import Prices
from serving.batch.alternatives import Alternatives, action_taken, told_of_action
from serving.batch.arrow_columns import DATE, MOMENT, TEXT, Columns, known, moments, named
from serving.decide import Decisions, charged, decision_ids
from serving.escalation.settings import STEPS
from serving.feedback.causes import CAUSES
from serving.policy import chosen
from serving.policy_settings import PolicySettings
from serving.reason_settings import ReasonSettings
from serving.reasons import Explainer


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
    of = Alternatives.of(decisions)
    columns = {
        **dict(_customer(decisions, settings)),
        **dict(_instalment(decisions)),
        **dict(action_taken(of, decisions.choice, settings)),
        "escalation": named([None, *STEPS], decisions.escalations.step),
        **dict(told_of_action(of, decisions.choice, decisions.price, settings)),
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
    columns |= {name: _repeated(version, len(decisions.X)) for name, version in versions.items()}
    table = pa.table(columns)
    return table.replace_schema_metadata(_pandas_metadata(table.schema))


def weighed_table(decisions: Decisions, settings: PolicySettings, reasons: ReasonSettings, version: str) -> pa.Table:
    """Return ``table_of`` decisions without prices, and beside it what ``chosen_table`` chooses among."""
    table = table_of(decisions, settings, reasons, version)
    for name, column in Alternatives.of(decisions).columns():
        table = table.append_column(name, column)
    return table


def chosen_table(
    weighed: pa.Table,
    offers: Offers,
    as_of: pd.Timestamp,
    settings: PolicySettings,
    model_version: str,
    prices: Prices,
) -> pa.Table:
    """Return ``table_of`` the decisions that prices make of customers weighed, and of the ``offers`` made of them."""
    table, of = Alternatives.read(weighed)
    price = prices.of(offers.traits, settings.action_ids)
    choice = chosen(offers.value, offers.draw, settings, charged(price, offers.tie_draw, prices))
    columns = {
        "decision_id": pa.array(decision_ids(of.keys, of.grounds, as_of, model_version, prices), TEXT),
        **dict(action_taken(of, choice, settings)),
        **dict(told_of_action(of, choice, price, settings)),
        "prices_version": _repeated(prices.version, len(table)),
    }
    for name, column in columns.items():
        table = table.set_column(table.column_names.index(name), table.schema.field(name), column)
    return table


def _repeated(text: str | None, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, TEXT), rows)


def _customer(decisions: Decisions, settings: PolicySettings) -> Columns:
    n = len(decisions.X)
    yield "customer_id", pa.array(decisions.X.customers, TEXT)
    yield "decision_id", pa.array(decisions.ids, TEXT)
    yield "as_of", pa.repeat(pa.scalar(decisions.as_of.tz_convert("UTC").to_pydatetime(warn=False), MOMENT), n)
    yield "default_probability", known(decisions.scores.default_probability)
    yield "tier", named(list(settings.tiers), decisions.tier)
    yield "stance", named(STANCES, decisions.stance)
    yield "causes", _causes(decisions)
    yield "programme", named(settings.programme_names, decisions.programme)
    yield "stage", named(list(settings.stages), decisions.stage)


def _instalment(decisions: Decisions) -> Columns:
    none, owed = decisions.pressing.row < 0, decisions.subjects
    yield "loan_id", pa.array(owed.loan_id, TEXT)
    yield "instalment_no", pa.array(owed.instalment_no, mask=none)
    yield "due_date", moments(owed.due_day.astype("datetime64[D]"), DATE, none)
    yield "days_past_due", known(decisions.pressing.days_past_due)
    yield "amount_open", known(decisions.pressing.amount_open)


def _causes(decisions: Decisions) -> pa.Array:
    """Return what replies told that holds, by name with commas between; empty where they told nothing."""
    held = decisions.held.causes
    told, place = np.unique(held, axis=0, return_inverse=True)
    words = [",".join(name for name, holds in zip(CAUSES, row, strict=True) if holds) for row in told]
    return named(words, place.reshape(len(held)))


def _reasons(decisions: Decisions, settings: ReasonSettings) -> Columns:
    """Yield the reasons, the largest first: each one's name, contribution, and the feature that carries it most."""
    scores = decisions.scores
    if scores.contributions is None:
        return
    explainer = Explainer(settings, scores.features)
    ranking, rows = explainer.rank(scores.contributions), np.arange(len(decisions.X))
    for k in range(ranking.reason.shape[1]):
        reason, feature = ranking.reason[:, k], ranking.feature[:, k]
        yield f"reason_{k + 1}", named([*explainer.names, None], reason)
        yield f"reason_{k + 1}_contribution", known(ranking.contribution[:, k])
        yield f"reason_{k + 1}_feature", named([*scores.features, None], feature)
        value = np.where(feature < 0, np.nan, decisions.explained[rows, feature])
        yield f"reason_{k + 1}_value", known(value)


def _blocks(decisions: Decisions, settings: PolicySettings) -> Columns:
    """Yield, two columns an action, the id of the rule that blocks it, and until when; null: as things stand."""
    ids = [reason.id for reason in settings.rulebook.reasons]
    codes, until = decisions.blocked.codes, decisions.lawful_from
    for k, name in enumerate(settings.action_ids):
        yield f"rule_{name}", named(ids, codes[:, k])
    for k, name in enumerate(settings.action_ids):
        yield f"until_{name}", moments(until[:, k], MOMENT)


@lru_cache(maxsize=8)
def _pandas_metadata(schema: pa.Schema) -> dict[bytes, bytes]:
    """Return what makes pandas read whole numbers with nulls as such, and nothing as an index."""
    empty = schema.empty_table().to_pandas().astype({"instalment_no": "Int64"})
    return pa.Schema.from_pandas(empty, preserve_index=False).metadata
