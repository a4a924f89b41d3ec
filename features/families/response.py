"""What reminders met with: arrived, read, answered, paid upon; by channel and hour; promises, causes, opt-outs.

A share is drawn towards what reminders meet with in the population, so that one answer is no habit. The
population is a constant here, never the customers at hand: a number must not depend on who else is there.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from features.facts.reminders import REMINDERS, Reminder
from features.feature import RISKIER, SAFER, UNSIGNED, Over, feature, series
from features.history import History
from features.kernel.timeline import HALF_YEAR, YEAR
from features.kernel.windows import COUNT, TOTAL, Floats, drawn_shares

_REMINDERS = "reminders"
_PAID = "reminders, instalments, payments"

_SHARES = (
    (Reminder.DELIVERED, HALF_YEAR, 0.95),
    (Reminder.READ, HALF_YEAR, 0.47),
    (Reminder.READ_SMS, YEAR, 0.57),
    (Reminder.READ_PUSH, YEAR, 0.32),
    (Reminder.READ_EMAIL, YEAR, 0.30),
    (Reminder.REPLIED, HALF_YEAR, 0.13),
    (Reminder.RESPONDED_SMS, YEAR, 0.07),
    (Reminder.RESPONDED_PUSH, YEAR, 0.01),
    (Reminder.RESPONDED_EMAIL, YEAR, 0.04),
    (Reminder.RESPONDED_CALL, YEAR, 0.45),
    (Reminder.RESPONDED_MORNING, YEAR, 0.17),
    (Reminder.RESPONDED_AFTERNOON, YEAR, 0.17),
    (Reminder.RESPONDED_EVENING, YEAR, 0.17),
    (Reminder.PAID_AFTER, HALF_YEAR, 0.51),
    (Reminder.PAID_AFTER_SMS, YEAR, 0.55),
    (Reminder.PAID_AFTER_PUSH, YEAR, 0.63),
    (Reminder.PAID_AFTER_EMAIL, YEAR, 0.57),
    (Reminder.PAID_AFTER_CALL, YEAR, 0.38),
    (Reminder.PROMISE_KEPT, YEAR, 0.65),
)
"""What a share is of, over how many days, and the population's: as measured on two simulated banks of 5,000."""

_WEIGHT = 4.0
"""How many reminders the population counts for."""

_TOTALS = np.array([REMINDERS.place(column, days, TOTAL) for column, days, _ in _SHARES])
_COUNTS = np.array([REMINDERS.place(column, days, COUNT) for column, days, _ in _SHARES])
_POPULATION = np.array([share for _, _, share in _SHARES])
_PLACES = [[column for column, _, _ in _SHARES].index(c) if c in {s[0] for s in _SHARES} else -1 for c in Reminder]

_CHANNEL = Over(
    "_{}_365d",
    MappingProxyType(
        {
            "sms": ("text messages", "短信"),
            "push": ("app messages", "APP推送"),
            "email": ("emails", "邮件"),
            "call": ("calls", "电话"),
        }
    ),
)
_WRITTEN = Over("_{}_365d", MappingProxyType({name: _CHANNEL.words[name] for name in ("sms", "push", "email")}))
_DAYPART = Over(
    "_{}_365d",
    MappingProxyType(
        {
            "morning": ("reminders before noon", "上午的提醒"),
            "afternoon": ("reminders in the afternoon", "下午的提醒"),
            "evening": ("reminders after six", "傍晚后的提醒"),
        }
    ),
)
_READ = {"sms": Reminder.READ_SMS, "push": Reminder.READ_PUSH, "email": Reminder.READ_EMAIL}
_RESPONDED = {
    "sms": Reminder.RESPONDED_SMS,
    "push": Reminder.RESPONDED_PUSH,
    "email": Reminder.RESPONDED_EMAIL,
    "call": Reminder.RESPONDED_CALL,
    "morning": Reminder.RESPONDED_MORNING,
    "afternoon": Reminder.RESPONDED_AFTERNOON,
    "evening": Reminder.RESPONDED_EVENING,
}
_PAID_AFTER = {
    "sms": Reminder.PAID_AFTER_SMS,
    "push": Reminder.PAID_AFTER_PUSH,
    "email": Reminder.PAID_AFTER_EMAIL,
    "call": Reminder.PAID_AFTER_CALL,
}


@feature("share", SAFER, _REMINDERS, "about {value} of reminders arrive", "提醒送达率约{value}", bo=0.88)
def delivered_share_180d(history: History) -> Floats:
    """Share of the reminders of the last 180 days that arrived, drawn towards the population."""
    return _drawn(history, Reminder.DELIVERED)


@feature("share", SAFER, _REMINDERS, "reads about {value} of messages", "消息阅读率约{value}", bo=0.61)
def read_share_180d(history: History) -> Floats:
    """Share of the messages (not calls) of the last 180 days that were opened, drawn towards the population."""
    return _drawn(history, Reminder.READ)


@series(
    _WRITTEN,
    "share",
    SAFER,
    _REMINDERS,
    "opens about {value} of {span}",
    "{span}阅读率约{value}",
    bo={"sms": 0.5467, "push": 0.456, "email": 0.44},
)
def read(history: History, channel: str) -> Floats:
    """Share of the {span} of the last 365 days that were opened, drawn towards the population."""
    return _drawn(history, _READ[channel])


@feature("share", SAFER, _REMINDERS, "answers about {value} of reminders", "提醒回复率约{value}", bo=0.252)
def reply_share_180d(history: History) -> Floats:
    """Share of the reminders of the last 180 days that were answered, drawn towards the population."""
    return _drawn(history, Reminder.REPLIED)


@series(
    _CHANNEL,
    "share",
    SAFER,
    _REMINDERS,
    "responds to about {value} of {span}",
    "对{span}的回应率约为{value}",
    bo={"sms": 0.2133, "push": 0.008, "email": 0.232, "call": 0.4667},
)
def responded(history: History, channel: str) -> Floats:
    """Share of the {span} reminders of the last 365 days answered, also in speech, drawn to the population."""
    return _drawn(history, _RESPONDED[channel])


@series(
    _DAYPART,
    "share",
    UNSIGNED,
    _REMINDERS,
    "responds to about {value} of {span}",
    "对{span}的回应率约为{value}",
    bo={"morning": 0.24, "afternoon": 0.336, "evening": 0.28},
)
def responded_in(history: History, daypart: str) -> Floats:
    """Share of the {span} reminders of the last 365 days answered, also in speech, drawn to the population."""
    return _drawn(history, _RESPONDED[daypart])


@feature(
    "share",
    SAFER,
    _PAID,
    "about {value} of reminders were followed by payment within a week",
    "提醒后一周内还款的比例约为{value}",
    bo=0.4489,
)
def paid_after_share_180d(history: History) -> Floats:
    """Share of the reminders of the last 180 days followed by full payment within 7 days, drawn to the population."""
    return _drawn(history, Reminder.PAID_AFTER)


@series(
    _CHANNEL,
    "share",
    SAFER,
    _PAID,
    "about {value} of {span} were followed by payment within a week",
    "{span}后一周内还款的比例约为{value}",
    bo={"sms": 0.44, "push": 0.704, "email": 0.656, "call": 0.2533},
)
def paid_after(history: History, channel: str) -> Floats:
    """Share of the {span} reminders of the last 365 days followed by payment within 7 days, drawn to the population."""
    return _drawn(history, _PAID_AFTER[channel])


@feature("count", UNSIGNED, _REMINDERS, "promises to pay in the last year: {value}", "近一年承诺还款{value}次", bo=1)
def promises_365d(history: History) -> Floats:
    """Answers of the last 365 days that promise to pay."""
    return history.reminders.total(Reminder.PROMISE, YEAR)


@feature("share", SAFER, _PAID, "keeps about {value} of promises to pay", "还款承诺履行率约{value}", bo=0.52)
def promise_kept_share_365d(history: History) -> Floats:
    """Share of the promises of the last 365 days followed by full payment within 7 days, drawn to the population."""
    return _drawn(history, Reminder.PROMISE_KEPT)


@feature(
    "count", RISKIER, _REMINDERS, "answers about hardship in the last year: {value}", "近一年反映困难{value}次", bo=1
)
def hardship_replies_365d(history: History) -> Floats:
    """Answers of the last 365 days that tell of too little money or lost income."""
    return history.reminders.total(Reminder.HARDSHIP, YEAR)


@feature("count", UNSIGNED, _REMINDERS, "disputes in the last year: {value}", "近一年提出异议{value}次", bo=1)
def disputes_365d(history: History) -> Floats:
    """Answers of the last 365 days that dispute the amount or the debt."""
    return history.reminders.total(Reminder.DISPUTE, YEAR)


@feature(
    "count",
    UNSIGNED,
    _REMINDERS,
    "requests to stop reminders in the last year: {value}",
    "近一年要求停止提醒{value}次",
    dai=1,
)
def opt_out_replies_365d(history: History) -> Floats:
    """Answers of the last 365 days that ask to be left alone."""
    return history.reminders.total(Reminder.OPT_OUT, YEAR)


@feature("count", UNSIGNED, "customers", "channels closed by the customer: {value}", "客户拒绝的渠道{value}个", bo=1)
def opted_out_channels(history: History) -> Floats:
    """How many of text, app, email and call the customer does not consent to, as the bank knows it now."""
    return history.ledger.customers["opted_out"][history.customer]


def _drawn(history: History, column: Reminder) -> Floats:
    return history.once(_all_drawn)[_PLACES[column]]


def _all_drawn(history: History) -> Floats:
    """Return every share drawn towards the population, (shares, n)."""
    told = history.reminders.told
    return drawn_shares(told[_TOTALS], told[_COUNTS], _POPULATION, _WEIGHT)
