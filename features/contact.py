"""What past reminders met with: how often, through which channel, and what came back."""

from __future__ import annotations

import numpy as np

from features.calendar import DAY
from features.feature import RISKIER, SAFER, UNSIGNED, feature
from features.history import SETTLES_AFTER, History
from features.schema import CHANNELS, INTENSITIES
from features.windows import Floats, Mask, Rows, ratio

_REMINDERS = "reminders"
_ANSWER_TIME = 7 * DAY
_PRIOR_SHARE, _PRIOR_WEIGHT = 0.5, 2.0
"""A rate of answers is drawn towards this share as if this many reminders had shown it."""


@feature(
    unit="count", sign=RISKIER, source=_REMINDERS, en="reminders in the last month: {value}", zh="近一个月提醒{value}次"
)
def reminders_30d(history: History) -> Floats:
    """Reminders sent in the last 30 days."""
    return history.reminders.within(30).count()


@feature(
    unit="count",
    sign=RISKIER,
    source=_REMINDERS,
    en="reminders in the last three months: {value}",
    zh="近三个月提醒{value}次",
)
def reminders_90d(history: History) -> Floats:
    """Reminders sent in the last 90 days."""
    return history.reminders.within(90).count()


@feature(
    unit="count", sign=RISKIER, source=_REMINDERS, en="calls in the last month: {value}", zh="近一个月电话{value}次"
)
def calls_30d(history: History) -> Floats:
    """Calls made in the last 30 days."""
    return history.reminders.within(30).where(_by(history, "call")).count()


@feature(
    unit="count",
    sign=RISKIER,
    source=_REMINDERS,
    en="calls in the last three months: {value}",
    zh="近三个月电话{value}次",
)
def calls_90d(history: History) -> Floats:
    """Calls made in the last 90 days."""
    return history.reminders.within(90).where(_by(history, "call")).count()


@feature(
    unit="count",
    sign=RISKIER,
    source=_REMINDERS,
    en="firm reminders in six months: {value}",
    zh="近六个月强度催收{value}次",
)
def firm_180d(history: History) -> Floats:
    """Firm reminders sent in the last 180 days."""
    firm = history.reminders["intensity"] == INTENSITIES.index("firm")
    return history.reminders.within(180).where(firm).count()


@feature(unit="days", sign=UNSIGNED, source=_REMINDERS, en="last reminder {value} ago", zh="上次提醒在{value}前")
def days_since_reminder(history: History) -> Floats:
    """Days since the newest reminder."""
    return history.reminders.all.last(history.reminders.age)


@feature(unit="days", sign=UNSIGNED, source=_REMINDERS, en="last spoken to {value} ago", zh="上次通话在{value}前")
def days_since_conversation(history: History) -> Floats:
    """Days since a person was last spoken to."""
    return _known(history).where(history.reminders["conversation"]).last(history.reminders.age)


@feature(unit="share", sign=SAFER, source=_REMINDERS, en="reads {value} of reminders", zh="阅读{value}的提醒")
def read_share_180d(history: History) -> Floats:
    """Share of the reminders of the last 180 days that were opened, drawn towards one half."""
    return _drawn_share(_known(history, 180), history.reminders["read"])


@feature(unit="share", sign=SAFER, source=_REMINDERS, en="answers {value} of reminders", zh="回复{value}的提醒")
def reply_share_180d(history: History) -> Floats:
    """Share of the reminders of the last 180 days that were answered, drawn towards one half."""
    return _drawn_share(_known(history, 180), history.reminders["replied"])


@feature(unit="share", sign=SAFER, source=_REMINDERS, en="{value} of calls reach the customer", zh="{value}的电话接通")
def call_reach_180d(history: History) -> Floats:
    """Share of the calls of the last 180 days that became a conversation, drawn towards one half."""
    return _drawn_share(_known(history, 180).where(_by(history, "call")), history.reminders["conversation"])


@feature(unit="share", sign=SAFER, source=_REMINDERS, en="{value} of reminders arrive", zh="{value}的提醒送达")
def delivered_share_180d(history: History) -> Floats:
    """Share of the reminders of the last 180 days that arrived, drawn towards one half."""
    return _drawn_share(_known(history, 180), history.reminders["delivered"])


@feature(
    unit="share",
    sign=SAFER,
    source="reminders, payments",
    en="pays within a week of {value} of reminders",
    zh="{value}的提醒后一周内还款",
)
def paid_after_share_180d(history: History) -> Floats:
    """Share of the reminders of the last 180 days followed by payment within 7 days, drawn towards one half."""
    return _paid_after_share(history, history.reminders.within(180))


@feature(
    unit="share",
    sign=SAFER,
    source="reminders, payments",
    en="pays within a week of {value} of calls",
    zh="{value}的电话后一周内还款",
)
def paid_after_call_share_365d(history: History) -> Floats:
    """Share of the calls of the last 365 days followed by payment within 7 days, drawn towards one half."""
    return _paid_after_share(history, history.reminders.within(365).where(_by(history, "call")))


@feature(
    unit="share",
    sign=SAFER,
    source="reminders, payments",
    en="pays within a week of {value} of text messages",
    zh="{value}的短信后一周内还款",
)
def paid_after_sms_share_365d(history: History) -> Floats:
    """Share of the text messages of the last 365 days followed by payment within 7 days, drawn towards one half."""
    return _paid_after_share(history, history.reminders.within(365).where(_by(history, "sms")))


def _paid_after_share(history: History, rows: Rows) -> Floats:
    reminders = history.reminders
    settled_at = history.ledger.instalments["settled_at"][reminders["instalment"]]
    seconds_to_payment = settled_at - reminders["at"]
    paid = (seconds_to_payment > 0) & (seconds_to_payment <= _ANSWER_TIME)
    return _drawn_share(rows.where(reminders.seconds_ago >= _ANSWER_TIME), paid)


@feature(
    unit="ratio",
    sign=UNSIGNED,
    source=_REMINDERS,
    en="reminded {value} times as often as before",
    zh="提醒频率为此前的{value}倍",
)
def contact_pressure(history: History) -> Floats:
    """Reminders of the last 30 days over the 30-day mean of the last 180."""
    return ratio(reminders_30d(history), history.reminders.within(180).count() / 6)


@feature(
    unit="count",
    sign=UNSIGNED,
    source=_REMINDERS,
    en="reminders with an offer in six months: {value}",
    zh="近六个月分期方案{value}次",
)
def offers_180d(history: History) -> Floats:
    """Reminders of the last 180 days that carried an offer."""
    return history.reminders.within(180).where(history.reminders["offer"] >= 0).count()


def _by(history: History, channel: str) -> Mask:
    return np.asarray(history.reminders["channel"] == CHANNELS.index(channel))


def _known(history: History, days: int | None = None) -> Rows:
    """Return the reminders of whose fate the history knows."""
    reminders = history.reminders
    rows = reminders.all if days is None else reminders.within(days)
    return rows.where(reminders.seconds_ago >= SETTLES_AFTER)


def _drawn_share(rows: Rows, mask: Mask) -> Floats:
    """Return the share of rows for which ``mask`` holds, drawn towards the prior; NaN when there are no rows."""
    count = rows.count()
    share = (rows.total(mask.astype(np.float64)) + _PRIOR_SHARE * _PRIOR_WEIGHT) / (count + _PRIOR_WEIGHT)
    return np.where(count > 0, share, np.nan)
