"""What customers' replies mean for the next decision: the latest cause of each kind, while it holds, and what follows.

Pure: a book, a moment and the settings in, tables out; ``serving.decide`` may read ``consequences`` by customer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.book import Book
from features.tables.schema import INTENSITIES, OFFERS
from serving.feedback.causes import UNCLEAR
from serving.feedback.heard import heard
from serving.feedback.reader import ReplyReader
from serving.feedback.settings import FeedbackSettings

CHANNELS = ("sms", "push", "email", "call")
"""The channels that a consequence may close: those of reminders that no person sends."""

COLUMNS = ("causes", *(f"closed_{name}" for name in CHANNELS), "until", "strongest", "offer", "requires_human")
"""The columns of ``consequences``."""

_NUMBER = ("sms", "call")
_EPSILON = 0.00005


def causes_now(
    book: Book, as_of: pd.Timestamp, reader: ReplyReader, cleared: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the causes that hold at ``as_of``: the latest of each customer, loan and cause, with its consequence.

    Parameters
    ----------
    cleared
        What a person has checked: columns customer_id, cause, cleared_at. A cause told before does not hold.

    Returns
    -------
    DataFrame
        The columns of ``heard``; ``until``, the first day of the customer's calendar on which it no longer holds (NaT:
        until a person clears it); ``closed``, a tuple of the channels it closes; ``strongest``, ``offer`` (None:
        nothing said) and ``requires_human``. A cause that closes a channel is told of each channel.
    """
    told = heard(book, as_of, reader)
    rows = _latest(_not_cleared(told[told["cause"] != UNCLEAR], cleared), reader.settings)
    follows = [reader.settings.consequences[cause] for cause in rows["cause"]]
    rows = rows.assign(
        until=_until(rows, reader.settings),
        closed=pd.Series(
            [_closed(one.closes, channel) for one, channel in zip(follows, rows["channel"], strict=True)],
            rows.index, dtype="object",
        ),
        strongest=pd.Series([one.strongest for one in follows], rows.index, dtype="object"),
        offer=pd.Series([one.offer for one in follows], rows.index, dtype="object"),
        requires_human=pd.Series([one.requires_human for one in follows], rows.index, dtype="bool"),
    )  # fmt: skip
    zones = rows["customer_id"].map(book.customers.set_index("customer_id")["timezone"])
    today = pd.to_datetime([as_of.tz_convert(zone).date() for zone in zones])
    ends_settled = np.array([one.until_settled for one in follows], bool) & _is_settled(rows, book, as_of)
    return rows[(rows["until"].isna() | (today < rows["until"])) & ~ends_settled].reset_index(drop=True)


def consequences(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what the rows of ``causes_now`` mean together, by customer_id; who has none is absent.

    ``causes``; ``closed_<channel>``; ``until``, the first day on which something reopens (NaT: nothing closes, or only
    a person reopens it); the weakest ``strongest``; the first ``offer`` in the order of ``OFFERS``; ``requires_human``.
    """
    return pd.DataFrame(
        [_together(customer, own) for customer, own in rows.groupby("customer_id", sort=True)],
        columns=["customer_id", *COLUMNS],
    ).set_index("customer_id")


def _together(customer: object, own: pd.DataFrame) -> dict[str, object]:
    closed = set().union(*own["closed"])
    strengths = [name for name in INTENSITIES if name in set(own["strongest"])]
    offers = [name for name in OFFERS if name in set(own["offer"])]
    return {
        "customer_id": customer,
        "causes": tuple(dict.fromkeys(own["cause"])),
        **{f"closed_{name}": name in closed for name in CHANNELS},
        "until": own.loc[own["closed"].map(bool), "until"].min(),
        "strongest": strengths[0] if strengths else None,
        "offer": offers[0] if offers else None,
        "requires_human": bool(own["requires_human"].any()),
    }


def _closed(closes: str, channel: str) -> tuple[str, ...]:
    if closes == "all":
        return CHANNELS
    if closes == "number" and channel in _NUMBER:
        return _NUMBER
    return () if closes == "none" else (channel,)


def _not_cleared(told: pd.DataFrame, cleared: pd.DataFrame | None) -> pd.DataFrame:
    if cleared is None or cleared.empty:
        return told
    newest = cleared.groupby(["customer_id", "cause"])["cleared_at"].max().rename("cleared_at").reset_index()
    at = told.merge(newest, on=["customer_id", "cause"], how="left")["cleared_at"]
    return told[(at.isna() | (at < told["told_at"].reset_index(drop=True))).to_numpy()]


def _latest(told: pd.DataFrame, settings: FeedbackSettings) -> pd.DataFrame:
    by_channel = told["cause"].map(lambda cause: settings.consequences[cause].closes in ("channel", "number"))
    keyed = told.assign(of_channel=told["channel"].where(by_channel.astype(bool), ""))
    kept = keyed.drop_duplicates(["customer_id", "loan_id", "cause", "of_channel"], keep="last")
    return kept.drop(columns="of_channel").reset_index(drop=True)


def _until(rows: pd.DataFrame, settings: FeedbackSettings) -> pd.Series[pd.Timestamp]:
    days = pd.to_numeric(rows["cause"].map(lambda cause: settings.consequences[cause].days), errors="coerce")
    until = rows["told_on"] + pd.to_timedelta(days, unit="D")
    at_most = rows["told_on"] + pd.Timedelta(days=settings.promise.at_most)
    without_day = rows["told_on"] + pd.Timedelta(days=settings.promise.without_day)
    day_after = (rows["promised_on"] + pd.Timedelta(days=1)).fillna(without_day)
    return until.where(rows["cause"] != "promise", day_after.where(day_after < at_most, at_most))


def _is_settled(rows: pd.DataFrame, book: Book, as_of: pd.Timestamp) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return whether the instalment each row is about is paid in full at ``as_of``, (rows,)."""
    key = ["loan_id", "instalment_no"]
    paid = book.payments[book.payments["paid_at"] <= as_of].groupby(key)["amount"].sum()
    due = book.instalments.set_index(key)["amount_due"]
    places = pd.MultiIndex.from_frame(rows[key])
    return np.asarray(paid.reindex(places).fillna(0.0).to_numpy() >= due.reindex(places).to_numpy() - _EPSILON)
