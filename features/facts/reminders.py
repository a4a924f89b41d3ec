"""Reminders sent: how, and what they met with once that is known."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from features.facts.truth import known
from features.kernel.compiled import compiled
from features.kernel.timeline import EVER, HALF_YEAR, MONTH, QUARTER, WEEK, YEAR, Kind
from features.kernel.windows import Floats, Ints, Mask
from features.ledger.calendar import DAY
from features.ledger.replies import CAUSES
from features.tables.schema import CHANNELS, INTENSITIES

SETTLES_AFTER = DAY
"""Seconds after which what became of a reminder counts as known."""

ANSWER_TIME = 7 * DAY
"""Seconds within which a payment counts as an answer to a reminder."""

NOON, SIX = 12, 18
"""The hours of the customer's own clock that end the morning and the afternoon."""

NOT_SENT = CHANNELS.index("none")
"""The channel of a logged decision not to remind."""


class Reminder(IntEnum):
    """A reminder sent, and what it met with once that is known."""

    AGE = 0
    FIRM = 1
    OFFER = 2
    COST = 3
    CALL = 4
    CALL_AGE = 5
    CONVERSATION_AGE = 6
    DELIVERED = 7
    READ = 8
    REPLIED = 9
    IGNORED = 10
    RESPONDED_SMS = 11
    RESPONDED_PUSH = 12
    RESPONDED_EMAIL = 13
    RESPONDED_CALL = 14
    RESPONDED_MORNING = 15
    RESPONDED_AFTERNOON = 16
    RESPONDED_EVENING = 17
    PAID_AFTER = 18
    PAID_AFTER_SMS = 19
    PAID_AFTER_PUSH = 20
    PAID_AFTER_EMAIL = 21
    PAID_AFTER_CALL = 22
    PROMISE = 23
    HARDSHIP = 24
    DISPUTE = 25
    OPT_OUT = 26
    PROMISE_KEPT = 27
    READ_SMS = 28
    READ_PUSH = 29
    READ_EMAIL = 30


SENT = ("channel", "intensity", "offer", "hour", "causes")
FATE = ("delivered", "read", "conversation", "replied")
"""The columns of a reminder that ``reminders`` reads, in its order."""

REMINDERS = Kind(Reminder, (WEEK, MONTH, QUARTER, HALF_YEAR, YEAR, EVER))
_REMINDER_COLUMNS = len(Reminder)
_SMS, _PUSH, _EMAIL, _CALL = (CHANNELS.index(name) for name in ("sms", "push", "email", "call"))
_FIRM = INTENSITIES.index("firm")
_PROMISE, _HARDSHIP, _DISPUTE, _OPT_OUT = (
    1 << CAUSES.index(name) for name in ("promise", "hardship", "dispute", "opt_out")
)


@compiled
def _responses(out: Floats, channel: int, hour: int, is_known: bool, responded: bool) -> None:
    """Write whether one reminder was responded to, by channel and part of the day."""
    out[Reminder.RESPONDED_SMS] = known(is_known and channel == _SMS, responded)
    out[Reminder.RESPONDED_PUSH] = known(is_known and channel == _PUSH, responded)
    out[Reminder.RESPONDED_EMAIL] = known(is_known and channel == _EMAIL, responded)
    out[Reminder.RESPONDED_CALL] = known(is_known and channel == _CALL, responded)
    out[Reminder.RESPONDED_MORNING] = known(is_known and hour < NOON, responded)
    out[Reminder.RESPONDED_AFTERNOON] = known(is_known and NOON <= hour < SIX, responded)
    out[Reminder.RESPONDED_EVENING] = known(is_known and hour >= SIX, responded)


@compiled
def _reading(out: Floats, channel: int, is_known: bool, read: bool) -> None:
    """Write whether one message was opened, in all and by channel; a call is nothing to open."""
    out[Reminder.READ] = known(is_known and channel != _CALL, read)
    out[Reminder.READ_SMS] = known(is_known and channel == _SMS, read)
    out[Reminder.READ_PUSH] = known(is_known and channel == _PUSH, read)
    out[Reminder.READ_EMAIL] = known(is_known and channel == _EMAIL, read)


@compiled
def _payment_after(out: Floats, channel: int, is_known: bool, paid: bool, promised: bool) -> None:
    """Write whether one reminder was followed by payment, by channel and where payment was promised."""
    out[Reminder.PAID_AFTER] = known(is_known, paid)
    out[Reminder.PAID_AFTER_SMS] = known(is_known and channel == _SMS, paid)
    out[Reminder.PAID_AFTER_PUSH] = known(is_known and channel == _PUSH, paid)
    out[Reminder.PAID_AFTER_EMAIL] = known(is_known and channel == _EMAIL, paid)
    out[Reminder.PAID_AFTER_CALL] = known(is_known and channel == _CALL, paid)
    out[Reminder.PROMISE_KEPT] = known(is_known and promised, paid)


@compiled
def reminders(age: Floats, seconds: Ints, sent: Ints, costs: Floats, fate: Mask, paid: Mask) -> Floats:
    """Return the facts of reminders sent, (columns of ``Reminder``, rows).

    Parameters
    ----------
    age, seconds
        (rows,) days and seconds since each was sent; what became of it is known after a day, a payment after a week.
    sent
        (5, rows) the columns ``SENT``.
    costs
        (rows,).
    fate
        (4, rows) the columns ``FATE``.
    paid
        (rows,) whether the instalment was paid in full within a week.
    """
    channel, intensity, offer, hour, causes = sent[0], sent[1], sent[2], sent[3], sent[4]
    delivered, read, conversation, replied = fate[0], fate[1], fate[2], fate[3]
    out = np.empty((_REMINDER_COLUMNS, len(age)))
    for k in range(len(age)):
        is_known, paid_known = seconds[k] >= SETTLES_AFTER, seconds[k] >= ANSWER_TIME
        is_call, responded = channel[k] == _CALL, replied[k] or conversation[k]
        told = causes[k] if is_known else 0
        out[Reminder.AGE, k] = age[k]
        out[Reminder.FIRM, k] = intensity[k] == _FIRM
        out[Reminder.OFFER, k] = offer[k] >= 0
        out[Reminder.COST, k] = costs[k]
        out[Reminder.CALL, k] = is_call
        out[Reminder.CALL_AGE, k] = age[k] if is_call else np.nan
        out[Reminder.CONVERSATION_AGE, k] = age[k] if is_known and conversation[k] else np.nan
        out[Reminder.DELIVERED, k] = known(is_known, delivered[k])
        out[Reminder.REPLIED, k] = known(is_known, replied[k])
        out[Reminder.IGNORED, k] = known(is_known, not (responded or read[k]))
        _reading(out[:, k], channel[k], is_known, read[k])
        _responses(out[:, k], channel[k], hour[k], is_known, responded)
        _payment_after(out[:, k], channel[k], paid_known, paid[k], told & _PROMISE > 0)
        out[Reminder.PROMISE, k] = told & _PROMISE > 0
        out[Reminder.HARDSHIP, k] = told & _HARDSHIP > 0
        out[Reminder.DISPUTE, k] = told & _DISPUTE > 0
        out[Reminder.OPT_OUT, k] = told & _OPT_OUT > 0
    return out
