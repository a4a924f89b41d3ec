"""Occasions: logged decisions looked at again, with what serving would have known, allowed and counted at each.

The outcome is what followed the action that was logged; what another action would have brought is a matter of
effects, of off-policy evaluation, or, in a simulation, of truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.book import Book
from features.ledger.texts import people_of
from features.pressing import CONTEXT
from serving.actions import NONE
from serving.feedback.holding import held
from serving.feedback.reader import ReplyReader
from serving.groups import groups_of
from serving.policy import expected_value
from serving.policy_settings import GROUPS, Group, PolicySettings
from serving.programme.limits import limited
from serving.programme.programmes import product_of, programmes_of
from serving.rules import ALLOWED, Codes, Standing
from serving.scorer import Scorer
from serving.stance import stance_of
from training.dataset import ResponseSample

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Occasions:
    """n logged decisions, in the order of time, and the k actions of a policy.

    ``X`` (n, features) indexed by customer_id, with the context of the reminder; ``at`` (n,) the moments;
    ``action`` (n,) the number of the logged action among the policy's, -1 where the policy does not have it;
    ``outcome`` (n,) 1 where payment followed; ``propensity`` (n,) of the logged action, NaN where not known.
    ``default_probability``, ``programme``, ``tier``, ``stage`` (n,) and ``blocked`` (n, k) are what serving makes of
    them; ``customers`` (n rows) is their part of the book's table.
    """

    settings: PolicySettings
    X: pd.DataFrame
    at: pd.DatetimeIndex
    action: Ints
    outcome: Floats
    propensity: Floats
    reminder_id: npt.NDArray[np.object_]
    customers: pd.DataFrame
    default_probability: Floats
    programme: Ints
    tier: Ints
    stage: Ints
    blocked: Codes

    def __len__(self) -> int:
        return len(self.X)

    @property
    def amount(self) -> Floats:
        """What is due, in currency, (n,)."""
        return self.X[CONTEXT[1]].to_numpy(np.float64)

    @cached_property
    def allowed(self) -> Mask:
        """Which actions the rules leave, (n, k)."""
        return self.blocked == ALLOWED

    @property
    def none(self) -> int:
        """The number of the action of doing nothing."""
        return self.settings.action_ids.index(NONE)

    @property
    def randomised(self) -> Mask:
        """Where the propensity is known and the action is one of the policy's, (n,)."""
        return ~np.isnan(self.propensity) & (self.action >= 0)

    def value(self, effect: Floats) -> Floats:
        """Return what each action is worth over doing nothing, (n, k) in currency, also where it is not allowed.

        ``effect`` (n, k) is what each action adds to the probability of payment.
        """
        return expected_value(effect, self.amount, self.tier, self.settings)

    def money(self, chance: Floats) -> Floats:
        """Return what each action is worth, the payment included, (n, k), from P(paid | action), (n, k)."""
        return self.value(chance)

    def reaped(self) -> Floats:
        """Return what the logged action brought, (n,) in currency: the recovery, less cost and friction."""
        return self.money(np.repeat(self.outcome[:, None], len(self.settings.action_ids), 1))[
            np.arange(len(self)), self.action
        ]

    def within(self, rows: npt.NDArray[Any]) -> Self:
        """Return the occasions at ``rows``, a mask or positions."""
        logged = ("at", "action", "outcome", "propensity", "reminder_id")
        made = ("default_probability", "programme", "tier", "stage", "blocked")
        taken: dict[str, Any] = {name: getattr(self, name)[rows] for name in (*logged, *made)}
        return replace(self, X=self.X.iloc[rows], customers=self.customers.iloc[rows], **taken)

    def groups(self, names: Sequence[Group] = GROUPS) -> dict[str, npt.NDArray[Any]]:
        """Return the group of each occasion's customer, (n,), by name of the grouping; ages are those of the day."""
        born = pd.to_datetime(self.customers["birth_date"]).to_numpy("datetime64[ns]")
        days = (self.at.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[ns]") - born) / np.timedelta64(1, "D")
        return groups_of(people_of(self.customers), np.arange(len(self)), days, names)

    @property
    def tier_names(self) -> npt.NDArray[Any]:
        """The tier of each occasion by name, (n,)."""
        return np.array(list(self.settings.tiers), dtype=object)[self.tier]


def occasions_of(sample: ResponseSample, book: Book, scorer: Scorer, settings: PolicySettings) -> Occasions:
    """Return the reminders of ``sample`` as occasions of the policy ``settings``, in the order of time.

    ``scorer`` tells the default probability that tiers are made of. An action that the rules defer beyond the first
    lawful window after an occasion is blocked at it, as in service.
    """
    order = np.argsort(sample.at.asi8, kind="stable")
    X = sample.X.iloc[order]
    reminders, row = book.ledger.reminders, sample.row[order]
    who = reminders.customer[row]
    at, instalment = reminders.at[row] - 1, reminders["instalment"][row]
    probability = scorer.score(X).default_probability
    told = held(book, who, at, ReplyReader.shipped())
    standing = Standing(
        ledger=book.ledger,
        customer=who,
        at=at,
        instalment=instalment,
        programme=programmes_of(settings.programmes, product_of(book.ledger, instalment), book.texts.customers, who),
        stage=settings.stage_of(X[CONTEXT[0]].to_numpy(np.float64)),
        tier=settings.tier_of(probability, X["dpd_now"].to_numpy(np.float64)),
        stance=stance_of(X, told.causes),
    )
    return Occasions(
        settings=settings,
        X=X,
        at=sample.at[order],
        action=pd.Index(settings.action_ids).get_indexer(pd.Index(sample.action[order])).astype(np.int64),
        outcome=sample.outcome[order],
        propensity=sample.propensity[order],
        reminder_id=sample.reminder_id[order],
        customers=book.customers.iloc[who],
        default_probability=probability,
        programme=standing.programme,
        tier=standing.tier,
        stage=standing.stage,
        blocked=limited(standing, told, settings).codes,
    )
