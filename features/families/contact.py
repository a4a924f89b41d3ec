"""How the customer has been contacted: how often, how hard, through what, how long ago."""

from __future__ import annotations

from features.facts.reminders import Reminder
from features.feature import RISKIER, UNSIGNED, WINDOWS, feature, series
from features.history import History
from features.kernel.timeline import HALF_YEAR, MONTH
from features.kernel.windows import Floats, ratio

_REMINDERS = "reminders"


@series(
    WINDOWS,
    "count",
    RISKIER,
    _REMINDERS,
    "reminders in {span}: {value}",
    "{span}提醒{value}次",
    bo={7: 1, 30: 2, 90: 4, 180: 6},
)
def reminders(history: History, days: int) -> Floats:
    """Reminders sent in the last {span} days."""
    return history.reminders.count(Reminder.AGE, days)


@series(
    WINDOWS, "count", RISKIER, _REMINDERS, "calls in {span}: {value}", "{span}致电{value}次", bo={7: 0, 30: 1, 90: 2}
)
def calls(history: History, days: int) -> Floats:
    """Calls made in the last {span} days."""
    return history.reminders.total(Reminder.CALL, days)


@feature("count", RISKIER, _REMINDERS, "firm reminders in six months: {value}", "近六个月严肃提醒{value}次", bo=1)
def firm_180d(history: History) -> Floats:
    """Firm reminders sent in the last 180 days."""
    return history.reminders.total(Reminder.FIRM, HALF_YEAR)


@feature(
    "count",
    UNSIGNED,
    _REMINDERS,
    "reminders with an offer in six months: {value}",
    "近六个月提供还款方案{value}次",
    bo=2,
)
def offers_180d(history: History) -> Floats:
    """Reminders of the last 180 days that carried an offer."""
    return history.reminders.total(Reminder.OFFER, HALF_YEAR)


@feature("days", UNSIGNED, _REMINDERS, "the last reminder was {value} ago", "上次提醒在{value}前", bo=5)
def days_since_reminder(history: History) -> Floats:
    """Days since the newest reminder."""
    return history.reminders.newest(Reminder.AGE)


@feature("days", UNSIGNED, _REMINDERS, "the last call was {value} ago", "上次电话在{value}前", bo=9)
def days_since_call(history: History) -> Floats:
    """Days since the newest call, answered or not."""
    return history.reminders.newest(Reminder.CALL_AGE)


@feature("days", UNSIGNED, _REMINDERS, "last spoken to {value} ago", "上次通话在{value}前", bo=43)
def days_since_conversation(history: History) -> Floats:
    """Days since a person was last spoken to."""
    return history.reminders.newest(Reminder.CONVERSATION_AGE)


@feature(
    "ratio",
    UNSIGNED,
    _REMINDERS,
    "reminded {value} times as often as on average in six months",
    "近期提醒频率为半年平均的{value}倍",
    bo=2,
)
def contact_pressure(history: History) -> Floats:
    """Reminders of the last 30 days over the 30-day mean of the last 180."""
    return ratio(history.reminders.count(Reminder.AGE, MONTH), history.reminders.count(Reminder.AGE, HALF_YEAR) / 6)


@feature("count", RISKIER, _REMINDERS, "reminders in a row unnoticed: {value}", "连续{value}次提醒无回应", bo=2)
def ignored_streak(history: History) -> Floats:
    """Newest reminders in a row that were not read, answered or spoken about; those of the last day left out."""
    return history.reminders.streak(Reminder.IGNORED)


@feature(
    "currency", UNSIGNED, _REMINDERS, "cost of reminders in six months: {value}", "近六个月提醒成本{value}", bo=6.11
)
def contact_cost_180d(history: History) -> Floats:
    """What the reminders of the last 180 days cost the bank."""
    return history.reminders.total(Reminder.COST, HALF_YEAR)
