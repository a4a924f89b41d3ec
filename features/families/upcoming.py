"""What falls due next: when, how much, and how it compares with what was usual."""

from __future__ import annotations

from features.facts.schedule import Coming, Due
from features.feature import RISKIER, UNSIGNED, Over, feature, series
from features.history import History
from features.kernel.timeline import YEAR
from features.kernel.windows import Floats, ratio

_SOURCE = "instalments, payments"
_AHEAD = Over(
    "_{}d",
    {7: ("within a week", "一周内"), 30: ("within a month", "一个月内"), 90: ("within three months", "三个月内")},
)
_UNPAID = {7: Coming.UNPAID_7D, 30: Coming.UNPAID_30D, 90: Coming.UNPAID_90D}


@feature("days", UNSIGNED, _SOURCE, "the next instalment is due in {value}", "下期将于{value}后到期", ann=4)
def days_to_due(history: History) -> Floats:
    """Days to the next instalment not yet paid; 0: due today; NaN when none is due within 92 days."""
    return history.coming.smallest(Coming.DAYS_TO)


@feature("currency", UNSIGNED, _SOURCE, "the next instalment is {value}", "下期应还{value}", ann=2_000)
def next_amount(history: History) -> Floats:
    """Amount of the next instalment not yet paid."""
    return history.coming.oldest(Coming.UNPAID)


@feature(
    "ratio", RISKIER, _SOURCE, "the next instalment is {value} times the usual", "下期应还为平常月供的{value}倍", ann=1
)
def next_to_usual(history: History) -> Floats:
    """Amount of the next instalment not yet paid over the mean instalment of the last 365 days."""
    return ratio(next_amount(history), history.due.mean(Due.AMOUNT, YEAR))


@series(
    _AHEAD,
    "currency",
    UNSIGNED,
    _SOURCE,
    "amount falling due {span}: {value}",
    "{span}到期{value}",
    ann={7: 2_000, 30: 2_000, 90: 4_000},
)
def due_amount(history: History, days: int) -> Floats:
    """Amount of the instalments falling due from today to {span} days ahead and not yet received."""
    return history.coming.total(_UNPAID[days])


@feature(
    "count", UNSIGNED, _SOURCE, "instalments falling due within a month: {value}", "一个月内有{value}期到期", ann=1
)
def due_count_30d(history: History) -> Floats:
    """Instalments falling due from today to 30 days ahead and not yet paid."""
    return history.coming.total(Coming.UNPAID_COUNT_30D)
