"""The replies of some customers, each as known at a moment, as numpy columns: a bit a cause, and the day promised.

The book does not say when a reply came: a reply is known a day after its reminder was sent, or once it is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from features.facts.reminders import NOT_SENT
from features.kernel.rows import cut_rows, kept
from features.kernel.windows import Ints
from features.ledger.ledger import NEVER, Ledger
from features.ledger.texts import Posted
from serving.feedback.causes import CAUSES
from serving.feedback.reader import ReplyReader

ASKED = len(CAUSES)
"""The bit, after those of the causes, of a reply that asks for a person."""

NO_DAY = -(2**31)
"""In place of a day promised: none is named, or none that is certain."""

_PROMISE = CAUSES.index("promise")
_EPOCH = date(1970, 1, 1).toordinal()


class Replies(NamedTuple):
    """Replies to the reminders sent until each of n moments, the oldest first.

    ``bounds`` (n + 1,) is where those of each begin; the others are (replies,). ``at`` is when the reminder was sent
    (seconds since 1970 UTC) and ``day`` the customer's day then; ``loan`` a row of the ledger's loans; ``settled_at``
    when the instalment was paid in full and ``answered_at`` when a person had settled what was told, NEVER where not;
    ``told`` a bit a cause and ``ASKED``; ``promised`` the day, since 1970, or ``NO_DAY``.
    """

    bounds: Ints
    at: Ints
    day: Ints
    channel: Ints
    loan: Ints
    settled_at: Ints
    answered_at: Ints
    told: Ints
    promised: Ints


def reply_rows(ledger: Ledger, customer: Ints, until: Ints) -> tuple[Ints, Ints]:
    """Return the ledger's reminders sent until a moment and answered in words, and where each customer's begin."""
    sent = ledger.reminders
    index, bounds = cut_rows(sent.bounds, sent.at, customer, np.full(len(until), -NEVER), until)
    return kept(index, bounds, sent["said"][index] & (sent["channel"][index] != NOT_SENT))


def texts_of(book: Posted, rows: Ints) -> list[str]:
    """Return what was answered to rows of the ledger's reminders."""
    return book.texts.replies[book.ledger.reminders["row"][rows]].tolist()


def replies_of(book: Posted, customer: Ints, at: Ints, reader: ReplyReader) -> Replies:
    """Return the replies of customers (positions in the ledger), each as known at a moment; see ``Replies``.

    Each distinct text is read once. A promise so old that it holds no more, whatever its day, is left without one.
    """
    ledger = book.ledger
    sent, instalments = ledger.reminders, ledger.instalments
    index, bounds = reply_rows(ledger, customer, at)
    told = promised = np.empty(0, np.int64)
    if len(index):
        rows, place = np.unique(index, return_inverse=True)
        texts = texts_of(book, rows)
        told = _told(texts, reader)[place]
        today = np.repeat(ledger.local_day(customer, at), np.diff(bounds))
        is_open = (told >> _PROMISE & 1 == 1) & (sent["day"][index] + reader.settings.promise.at_most > today)
        promised = _promised(texts, sent["day"][rows], np.unique(place[is_open]), reader)[place]
    instalment = sent["instalment"][index]
    return Replies(
        bounds=bounds,
        at=sent.at[index],
        day=sent["day"][index],
        channel=sent["channel"][index],
        loan=instalments["loan"][instalment],
        settled_at=instalments["settled_at"][instalment],
        answered_at=sent["answered_at"][index],
        told=told,
        promised=promised,
    )


def _told(texts: Sequence[str], reader: ReplyReader) -> Ints:
    places: dict[str, int] = {}
    codes = [places.setdefault(text, len(places)) for text in texts]
    bits = [_bits(text, reader) for text in places]
    return np.array(bits, np.int64)[codes]


def _bits(text: str, reader: ReplyReader) -> int:
    causes = sum(1 << CAUSES.index(cause) for cause in reader.causes(text))
    return causes | reader.asks_for_person(text) << ASKED


def _promised(texts: Sequence[str], days: Ints, wanted: Ints, reader: ReplyReader) -> npt.NDArray[np.int64]:
    promised = np.full(len(texts), NO_DAY)
    for k in wanted:
        promise = reader.promise(texts[k], date.fromordinal(int(days[k]) + _EPOCH))
        if promise is not None and promise.on is not None:
            promised[k] = promise.on.toordinal() - _EPOCH
    return promised
