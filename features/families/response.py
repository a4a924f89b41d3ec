"""What reminders met with: arrived, read, answered, paid upon; by channel and hour; promises, causes, opt-outs.

A share is drawn towards what reminders meet with in the population, so that one answer is no habit. The
population is a constant here, never the customers at hand: a number must not depend on who else is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from features.feature import RISKIER, SAFER, UNSIGNED, Over, feature, series
from features.history import History
from features.timeline import HALF_YEAR, YEAR
from features.windows import Floats, drawn_share

_REMINDERS = "reminders"
_PAID = "reminders, instalments, payments"

POPULATION: Mapping[str, float] = MappingProxyType(
    {
        "delivered": 0.95,
        "read": 0.47,
        "replied": 0.13,
        "responded_sms": 0.07,
        "responded_push": 0.01,
        "responded_email": 0.04,
        "responded_call": 0.45,
        "responded_morning": 0.17,
        "responded_afternoon": 0.17,
        "responded_evening": 0.17,
        "paid_after": 0.51,
        "paid_after_sms": 0.55,
        "paid_after_push": 0.63,
        "paid_after_email": 0.57,
        "paid_after_call": 0.38,
        "promise_kept": 0.65,
    }
)
"""The share of reminders that met with it, as measured on simulated banks of 5,000 customers (seeds 0 and 1)."""

_WEIGHT = 4.0
"""How many reminders the population counts for."""

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


@feature("share", SAFER, _REMINDERS, "{value} of reminders arrive", "{value}的提醒送达", bo=0.88)
def delivered_share_180d(history: History) -> Floats:
    """Share of the reminders of the last 180 days that arrived, drawn towards the population."""
    return _drawn(history, "delivered", HALF_YEAR)


@feature("share", SAFER, _REMINDERS, "reads {value} of messages", "阅读{value}的消息", bo=0.61)
def read_share_180d(history: History) -> Floats:
    """Share of the messages (not calls) of the last 180 days that were opened, drawn towards the population."""
    return _drawn(history, "read", HALF_YEAR)


@feature("share", SAFER, _REMINDERS, "answers {value} of reminders", "回复{value}的提醒", bo=0.252)
def reply_share_180d(history: History) -> Floats:
    """Share of the reminders of the last 180 days that were answered, drawn towards the population."""
    return _drawn(history, "replied", HALF_YEAR)


@series(
    _CHANNEL,
    "share",
    SAFER,
    _REMINDERS,
    "responds to {value} of {span}",
    "回应{value}的{span}",
    bo={"sms": 0.2133, "push": 0.008, "email": 0.232, "call": 0.4667},
)
def responded(history: History, channel: str) -> Floats:
    """Share of the {span} reminders of the last 365 days answered, also in speech, drawn to the population."""
    return _drawn(history, f"responded_{channel}", YEAR)


@series(
    _DAYPART,
    "share",
    UNSIGNED,
    _REMINDERS,
    "responds to {value} of {span}",
    "回应{value}的{span}",
    bo={"morning": 0.24, "afternoon": 0.336, "evening": 0.28},
)
def responded_in(history: History, daypart: str) -> Floats:
    """Share of the {span} reminders of the last 365 days answered, also in speech, drawn to the population."""
    return _drawn(history, f"responded_{daypart}", YEAR)


@feature("share", SAFER, _PAID, "pays within a week of {value} of reminders", "{value}的提醒后一周内还款", bo=0.4489)
def paid_after_share_180d(history: History) -> Floats:
    """Share of the reminders of the last 180 days followed by full payment within 7 days, drawn to the population."""
    return _drawn(history, "paid_after", HALF_YEAR)


@series(
    _CHANNEL,
    "share",
    SAFER,
    _PAID,
    "pays within a week of {value} of {span}",
    "{value}的{span}后一周内还款",
    bo={"sms": 0.44, "push": 0.704, "email": 0.656, "call": 0.2533},
)
def paid_after(history: History, channel: str) -> Floats:
    """Share of the {span} reminders of the last 365 days followed by payment within 7 days, drawn to the population."""
    return _drawn(history, f"paid_after_{channel}", YEAR)


@feature("count", UNSIGNED, _REMINDERS, "promises to pay in the last year: {value}", "近一年承诺还款{value}次", bo=1)
def promises_365d(history: History) -> Floats:
    """Answers of the last 365 days that promise to pay."""
    return _told(history, "promise")


@feature("share", SAFER, _PAID, "keeps {value} of promises to pay", "履行{value}的还款承诺", bo=0.52)
def promise_kept_share_365d(history: History) -> Floats:
    """Share of the promises of the last 365 days followed by full payment within 7 days, drawn to the population."""
    return _drawn(history, "promise_kept", YEAR)


@feature(
    "count", RISKIER, _REMINDERS, "answers about hardship in the last year: {value}", "近一年反映困难{value}次", bo=1
)
def hardship_replies_365d(history: History) -> Floats:
    """Answers of the last 365 days that tell of too little money or lost income."""
    return _told(history, "hardship")


@feature("count", UNSIGNED, _REMINDERS, "disputes in the last year: {value}", "近一年提出异议{value}次", bo=1)
def disputes_365d(history: History) -> Floats:
    """Answers of the last 365 days that dispute the amount or the debt."""
    return _told(history, "dispute")


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
    return _told(history, "opt_out")


@feature("count", UNSIGNED, "customers", "channels closed by the customer: {value}", "客户拒绝的渠道{value}个", bo=1)
def opted_out_channels(history: History) -> Floats:
    """How many of text, app, email and call the customer does not consent to, as the bank knows it now."""
    return history.ledger.customers["opted_out"][history.customer]


def _drawn(history: History, column: str, days: int) -> Floats:
    reminders = history.reminders
    return drawn_share(reminders.total(column, days), reminders.count(days, column), POPULATION[column], _WEIGHT)


def _told(history: History, cause: str) -> Floats:
    return history.reminders.total(cause, YEAR)
