"""Whom a person is asked to visit or to write to by letter: 0 nothing, 1 a visit, 2 a letter, by customer.

Vectorised, and a customer's answer depends on nobody else. An opt-out closes the channel it was told on; it is no
objection to a visit or a letter, which a person decides on, and is left for that person to weigh.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from features.feature import Language
from features.kernel.compiled import compiled
from features.kernel.windows import Floats, Ints
from features.pressing import Pressing
from features.tables.schema import CHANNELS, INTENSITIES
from serving.actions import STANCES
from serving.escalation.settings import GROUNDS, STEPS, EscalationSettings, StepSettings
from serving.feedback.causes import CAUSES, Cause
from serving.rules.standing import Standing

Mask = npt.NDArray[np.bool_]

NOTHING, VISIT, LETTER = range(len(STEPS) + 1)

NEVER_WHILE: tuple[Cause, ...] = (
    "short_of_money", "lost_income", "how_to_pay", "dispute", "already_paid", "wrong_person", "promise", "complaint",
)  # fmt: skip
"""No step while a reply holds that tells of one of these: who is unable, unsure, or owed an answer or a wait first."""

_NEVER_WHILE = np.array([CAUSES.index(cause) for cause in NEVER_WHILE])
_UNITS = 10_000
_SMS, _CALL = CHANNELS.index("sms"), CHANNELS.index("call")
_VISIT, _LETTER = CHANNELS.index("visit"), CHANNELS.index("letter")
_FIRM = INTENSITIES.index("firm")
_LONG_AGO = -(2**31)
_AND: dict[Language, str] = {"en": " and ", "zh": "，且"}


class Tried(IntEnum):
    """What the log holds about an instalment: firm reminders, and the days of the last of them and of a step."""

    FIRM = 0
    LAST_FIRM = 1
    LAST_STEP = 2


_TRIED = len(Tried)


@dataclass(frozen=True)
class Escalations:
    """What is put to a person about n customers, and what it rests on.

    ``step`` (n,): 0 nothing, 1 a visit, 2 a letter; ``days_past_due`` (n,), NaN where there is no instalment;
    ``firm`` (n,): firm reminders about it; ``quiet`` (n,): days since the last, -1 where there is none; ``grounds``
    (n, ``GROUNDS``).
    """

    step: Ints
    days_past_due: Floats
    firm: Ints
    quiet: Ints
    grounds: Mask
    settings: EscalationSettings

    @property
    def cost(self) -> Floats:
        """What each recommendation costs if a person takes it, in currency, (n,)."""
        costs = [0.0, *(0.0 if step is None else step.cost for step in self.settings.steps)]
        return np.array(costs)[self.step]

    def why(self, row: int) -> dict[Language, str] | None:
        """Return what a customer's recommendation rests on, in each language; None where there is none."""
        if self.step[row] == NOTHING:
            return None
        texts, step = self.settings.texts, STEPS[self.step[row] - 1]
        own = [texts.grounds[GROUNDS[k]] for k in np.flatnonzero(self.grounds[row])]
        figures = zip(("days", "firm", "quiet"), (self.days_past_due, self.firm, self.quiet), strict=True)
        return texts.rests_on.fill(
            step=_both(texts.names[step].en, texts.names[step].zh),
            grounds=_both(_AND["en"].join(g.en for g in own), _AND["zh"].join(g.zh for g in own)),
            **{name: _both(*[str(int(figure[row]))] * 2) for name, figure in figures},
        )


def escalations_of(
    standing: Standing,
    pressing: Pressing,
    settings: EscalationSettings,
    causes: Mask | None = None,
    plan_offered: Mask | None = None,
) -> Escalations:
    """Return which step, if any, is put to a person about each customer; of two the letter.

    Parameters
    ----------
    standing, pressing
        The customers, each at a moment, and their pressing instalments. Rights and flags are the ledger's; of its log
        counts what had gone out by the moment, whatever became of it.
    causes
        (n, ``CAUSES``) which causes told in replies hold; None: none do.
    plan_offered
        (n,) whether a plan is on offer, which is tried first; None: to nobody.

    Raises
    ------
    ValueError
        When ``causes`` has another shape.
    """
    n = len(standing.at)
    told = np.zeros((n, len(CAUSES)), np.bool_) if causes is None else causes
    if told.shape != (n, len(CAUSES)):
        raise ValueError(f"causes must have the shape {(n, len(CAUSES))}, got {told.shape}")
    tried = _tried_of(standing)
    free = ~_closed(standing, told, plan_offered)
    step, grounds = np.zeros(n, np.int64), np.zeros((n, len(GROUNDS)), np.bool_)
    for number, asked in enumerate(settings.steps, 1):
        if asked is None:
            continue
        own = _grounds(asked, standing.stance, told)
        fits = free & own.any(axis=1) & _is_due(asked, pressing, tried, standing.today)
        step[fits], grounds[fits] = number, own[fits]
    quiet = np.where(tried[:, Tried.FIRM] > 0, standing.today - tried[:, Tried.LAST_FIRM], -1)
    return Escalations(step, pressing.days_past_due, tried[:, Tried.FIRM], quiet, grounds, settings)


def _both(en: str, zh: str) -> dict[Language, str]:
    return {"en": en, "zh": zh}


def _closed(standing: Standing, told: Mask, plan_offered: Mask | None) -> Mask:
    """Return about whom nothing is put to a person whatever they owe, (n,)."""
    rights, who = standing.ledger.customers, standing.customer
    closed = rights["vulnerable"][who] | (rights["stop_flag"][who] >= 0)
    closed = closed | told[:, _NEVER_WHILE].any(axis=1)
    return closed if plan_offered is None else closed | plan_offered


def _grounds(asked: StepSettings, stance: Ints, told: Mask) -> Mask:
    """Return on what a step may rest, (n, ``GROUNDS``); of a stance that no step may be asked of, on nothing."""
    out = np.zeros((len(stance), len(GROUNDS)), np.bool_)
    may_be_met = np.array([name in GROUNDS for name in STANCES])[stance]
    for name in asked.stances:
        out[:, GROUNDS.index(name)] = stance == STANCES.index(name)
    for cause in asked.causes:
        out[:, GROUNDS.index(cause)] = may_be_met & told[:, CAUSES.index(cause)]
    return out


def _is_due(asked: StepSettings, pressing: Pressing, tried: Ints, today: Ints) -> Mask:
    amount_open = np.where(np.isnan(pressing.amount_open), -1.0, pressing.amount_open)
    return (
        (pressing.row >= 0)
        & (pressing.days_past_due >= asked.from_day)
        & (np.rint(amount_open * _UNITS) >= np.rint(asked.least_open * _UNITS))
        & (tried[:, Tried.FIRM] >= asked.firm_reminders)
        & (today - tried[:, Tried.LAST_FIRM] >= asked.days_since_last)
        & (today - tried[:, Tried.LAST_STEP] >= asked.days_between)
    )


def _tried_of(standing: Standing) -> Ints:
    log = standing.ledger.reminders
    columns = (log["channel"], log["intensity"], log["instalment"], log["day"])
    return _tried(log.bounds, log.at, *columns, standing.customer, standing.instalment, standing.at)


@compiled
def _tried(
    bounds: Ints,
    sent: Ints,
    channel: Ints,
    intensity: Ints,
    about: Ints,
    day: Ints,
    customer: Ints,
    instalment: Ints,
    at: Ints,
) -> Ints:
    """Return what had been tried about each instalment by each moment, (n, ``Tried``)."""
    out = np.full((len(at), _TRIED), _LONG_AGO)
    for i in range(len(at)):
        out[i, Tried.FIRM] = 0
        for k in range(bounds[customer[i]], bounds[customer[i] + 1]):
            if sent[k] > at[i]:
                break
            if about[k] != instalment[i]:
                continue
            if channel[k] == _VISIT or channel[k] == _LETTER:
                out[i, Tried.LAST_STEP] = day[k]
            elif _SMS <= channel[k] <= _CALL and intensity[k] == _FIRM:
                out[i, Tried.FIRM] += 1
                out[i, Tried.LAST_FIRM] = day[k]
    return out
