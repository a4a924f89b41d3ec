"""What replies mean for a decision: the latest of each loan and cause, while it holds, as numpy columns.

A reply is known a day after its reminder was sent. What it told holds for as long as its consequence says, until the
instalment is paid in full in the book where that ends it, or until a person has settled it (``answered_at``), which
settles what the customer told of the same cause before, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from features.facts.reminders import SETTLES_AFTER
from features.kernel.compiled import compiled
from features.kernel.windows import Ints, Mask
from features.ledger.texts import Posted
from features.tables.schema import CHANNELS
from serving.feedback.causes import CAUSES
from serving.feedback.follows import (
    CLOSES_ALL,
    CLOSES_CHANNEL,
    CLOSES_NONE,
    CLOSES_NUMBER,
    NO_END,
    UNLIMITED,
    Follow,
)
from serving.feedback.midnight import midnight
from serving.feedback.reader import ReplyReader
from serving.feedback.replies import ASKED, NO_DAY, Replies, replies_of
from serving.rules.lawful import FORBIDDEN
from serving.rules.zones import Clocks, clocks_of

_SMS, _CALL = CHANNELS.index("sms"), CHANNELS.index("call")
_CLOSABLE = tuple(CHANNELS.index(name) for name in ("sms", "push", "email", "call"))
_NO_ZONES = ("UTC",)
"""The zones of a book that knows none: clocks are never empty."""
_OPT_OUT = 1 << CAUSES.index("opt_out")


@dataclass(frozen=True)
class Held:
    """What replies mean for n decisions.

    Attributes
    ----------
    causes
        (n, causes): which of ``CAUSES`` hold.
    closed
        (n, channels): the place in ``CAUSES`` of what closes each of ``CHANNELS``, of several what lasts longest, then
        what comes first; -1 where it is open. Visits and letters, which a person sends, are never closed by a reply.
    until
        (n, channels): the first moment, in seconds since 1970 UTC, at which the channel is open again as things stand,
        a midnight of the customer's own calendar (UTC's where the zone is not known); ``FORBIDDEN`` where only a person
        (or a payment that ends the cause) opens it; of an open channel the moment asked about.
    strongest, strongest_by
        (n,): the greatest strength that may be met (gentle 1, standard 2, firm 3: no limit), and the place in
        ``CAUSES`` of what limits it, of several the first; -1 where nothing does.
    offer
        (n,): the place in ``OFFERS`` of what is offered, of several the first; -1 for none.
    person
        (n,): a person has to look at what was told.
    asked_for_person
        (n,): the customer asked that a person decide instead of a machine, and none has answered.
    """

    causes: Mask
    closed: Ints
    until: Ints
    strongest: Ints
    strongest_by: Ints
    offer: Ints
    person: Mask
    asked_for_person: Mask


class _Columns(NamedTuple):
    """The columns of ``Held``, as compiled code writes them."""

    causes: Mask
    closed: Ints
    until: Ints
    strongest: Ints
    strongest_by: Ints
    offer: Ints
    person: Mask
    asked_for_person: Mask


def held(book: Posted, customer: Ints, at: Ints, reader: ReplyReader) -> Held:
    """Return what holds of each customer's replies at a moment.

    Parameters
    ----------
    customer
        (n,) positions in ``book.ledger``; the same customer may appear at several moments.
    at
        (n,) moments in seconds since 1970 UTC; nothing later is seen.

    Notes
    -----
    An opt-out is settled by no answer and by no payment: only consent given anew ends it, and a book does not tell when
    consent was given.
    """
    columns = _nothing(at)
    replies = replies_of(book, customer, at, reader)
    if len(replies.told):
        zones = book.ledger.zones
        clocks = clocks_of(zones.names or _NO_ZONES, ())
        _hold(reader.settings.follows, clocks, zones.code[customer], at, replies, columns)
    return Held(*columns)


def _nothing(at: Ints) -> _Columns:
    n, channels = len(at), len(CHANNELS)
    until = np.empty((n, channels), np.int64)
    until[:] = at[:, None]
    return _Columns(
        causes=np.zeros((n, len(CAUSES)), np.bool_),
        closed=np.full((n, channels), -1),
        until=until,
        strongest=np.full(n, UNLIMITED),
        strongest_by=np.full(n, -1),
        offer=np.full(n, -1),
        person=np.zeros(n, np.bool_),
        asked_for_person=np.zeros(n, np.bool_),
    )


@compiled
def _hold(follows: Ints, clocks: Clocks, zone: Ints, at: Ints, replies: Replies, held: _Columns) -> None:
    """Write what holds; each customer's replies are looked at from the newest to the oldest."""
    for i in range(len(at)):
        settled = 0
        for k in range(replies.bounds[i + 1] - 1, replies.bounds[i] - 1, -1):
            if replies.answered_at[k] <= at[i]:
                settled |= replies.told[k] & ~_OPT_OUT
            if replies.at[k] + SETTLES_AFTER > at[i]:
                continue
            told = replies.told[k] & ~settled
            if told >> ASKED & 1:
                held.asked_for_person[i] = True
            _hold_reply(follows, clocks, zone[i], at[i], replies, k, told, held, i)


@compiled
def _hold_reply(
    follows: Ints, clocks: Clocks, zone: int, at: int, replies: Replies, k: int, told: int, held: _Columns, i: int
) -> None:
    """Write what holds of reply ``k``, of whose causes ``told`` are not settled, to row ``i``."""
    for cause in range(len(follows)):
        if told >> cause & 1 and not _is_told_again(follows, replies, k, replies.bounds[i + 1], cause, at):
            ends = _ends(follows, clocks, zone, replies, k, cause, at)
            if ends > at:
                _write(follows, held, i, cause, replies.channel[k], ends)


@compiled
def _is_told_again(follows: Ints, replies: Replies, k: int, stop: int, cause: int, at: int) -> bool:
    """Tell whether a later reply known by now tells the cause of the same loan, where that counts by channel on it."""
    by_channel = follows[cause, Follow.CLOSES] in (CLOSES_CHANNEL, CLOSES_NUMBER)
    for j in range(k + 1, stop):
        if replies.at[j] + SETTLES_AFTER > at:
            return False
        is_same = replies.told[j] >> cause & 1 == 1 and replies.loan[j] == replies.loan[k]
        if is_same and (not by_channel or replies.channel[j] == replies.channel[k]):
            return True
    return False


@compiled
def _ends(follows: Ints, clocks: Clocks, zone: int, replies: Replies, k: int, cause: int, at: int) -> int:
    """Return the moment from which a cause that reply ``k`` told holds no more; ``at`` where it ended by payment."""
    if follows[cause, Follow.UNTIL_SETTLED] == 1 and replies.settled_at[k] <= at:
        return at
    days = follows[cause, Follow.DAYS]
    if days == NO_END:
        return FORBIDDEN
    if follows[cause, Follow.IS_PROMISE] == 1:
        is_named = replies.promised[k] != NO_DAY
        days = min(days, replies.promised[k] + 1 - replies.day[k] if is_named else follows[cause, Follow.WITHOUT_DAY])
    return midnight(clocks, zone, replies.day[k] + days)


@compiled
def _write(follows: Ints, held: _Columns, i: int, cause: int, channel: int, ends: int) -> None:
    """Write what follows from a cause that was told on a channel and holds until a moment."""
    held.causes[i, cause] = True
    for other in _CLOSABLE:
        if _closes(follows[cause, Follow.CLOSES], channel, other):
            _close(held, i, other, cause, ends)
    strength, limit = follows[cause, Follow.STRENGTH], held.strongest[i]
    if strength < limit or (strength == limit and cause < held.strongest_by[i]):
        held.strongest[i], held.strongest_by[i] = strength, cause
    offer = follows[cause, Follow.OFFER]
    if offer >= 0 and (held.offer[i] < 0 or offer < held.offer[i]):
        held.offer[i] = offer
    if follows[cause, Follow.PERSON] == 1:
        held.person[i] = True


@compiled
def _closes(closes: int, told_on: int, channel: int) -> bool:
    """Tell whether a cause told on one channel closes another."""
    if closes == CLOSES_NUMBER and told_on in (_SMS, _CALL):
        return channel in (_SMS, _CALL)
    return closes == CLOSES_ALL or (closes != CLOSES_NONE and channel == told_on)


@compiled
def _close(held: _Columns, i: int, channel: int, cause: int, ends: int) -> None:
    by, until = held.closed[i, channel], held.until[i, channel]
    if ends > until or (ends == until and cause < by):
        held.closed[i, channel], held.until[i, channel] = cause, ends
