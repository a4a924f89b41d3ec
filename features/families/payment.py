"""How the customer pays: in full or in part, early, how much, how regularly, and how soon after income."""

from __future__ import annotations

from features.facts.money import Payment
from features.facts.schedule import Due
from features.feature import RISKIER, SAFER, UNSIGNED, WINDOWS, feature, series
from features.history import History
from features.kernel.timeline import HALF_YEAR, QUARTER, YEAR
from features.kernel.windows import Floats, ratio

_SCHEDULE = "instalments"
_PAID = "instalments, payments"
_PAYMENTS = "payments"


@series(
    WINDOWS,
    "share",
    SAFER,
    _PAID,
    "paid {value} of what fell due in {span}",
    "{span}到期款已还清{value}",
    dai={30: 1, 90: 1, 180: 1, 365: 1},
)
def paid_share(history: History, days: int) -> Floats:
    """Received over due, for the instalments of the last {span} days."""
    return ratio(history.due.total(Due.PAID, days), history.due.total(Due.AMOUNT, days))


@series(
    WINDOWS,
    "count",
    RISKIER,
    _PAID,
    "instalments paid in part in {span}: {value}",
    "{span}有{value}期只还了一部分",
    bo={90: 1, 180: 1, 365: 1},
)
def partial_count(history: History, days: int) -> Floats:
    """Instalments of the last {span} days that were paid in part and are still open."""
    return history.due.total(Due.PARTIAL, days)


@feature(
    "share",
    RISKIER,
    _PAID,
    "{value} of the year's instalments took several payments",
    "近一年分多次偿还的分期占{value}",
    bo=0.25,
)
def split_share_365d(history: History) -> Floats:
    """Share of the instalments of the last 365 days with a payment that took more than one."""
    return history.due.mean(Due.SPLIT, YEAR)


@series(
    WINDOWS,
    "share",
    SAFER,
    _PAID,
    "paid {value} of the instalments of {span} before the due date",
    "{span}提前偿还的分期占{value}",
    ann={180: 0.1667, 365: 0.1667},
)
def early_share(history: History, days: int) -> Floats:
    """Share of the instalments of the last {span} days paid at least a day before the due date."""
    return history.due.mean(Due.EARLY, days)


@feature(
    "count", UNSIGNED, _SCHEDULE, "instalments that fell due in the last year: {value}", "近一年到期{value}期", bo=5
)
def due_count_365d(history: History) -> Floats:
    """Instalments that fell due in the last 365 days."""
    return history.due.count(Due.AGE, YEAR)


@feature("days", SAFER, _SCHEDULE, "the first instalment fell due {value} ago", "首期于{value}前到期", bo=142)
def days_since_first_due(history: History) -> Floats:
    """Days since the first instalment fell due."""
    return history.due.oldest(Due.AGE)


@series(
    WINDOWS,
    "currency",
    SAFER,
    _PAYMENTS,
    "{value} paid in {span}",
    "{span}还款{value}",
    dai={30: 500, 90: 1_500, 180: 3_000, 365: 3_000},
)
def paid_amount(history: History, days: int) -> Floats:
    """Money received in the last {span} days."""
    return history.payments.total(Payment.AMOUNT, days)


@series(
    WINDOWS,
    "count",
    UNSIGNED,
    _PAYMENTS,
    "payments in {span}: {value}",
    "{span}还款{value}次",
    dai={30: 1, 90: 3, 365: 6},
)
def payment_count(history: History, days: int) -> Floats:
    """Payments received in the last {span} days."""
    return history.payments.count(Payment.AGE, days)


@feature("currency", UNSIGNED, _PAYMENTS, "pays {value} at a time", "每次还款{value}", bo=650)
def payment_mean_180d(history: History) -> Floats:
    """Mean payment of the last 180 days."""
    return history.payments.mean(Payment.AMOUNT, HALF_YEAR)


@feature(
    "share", RISKIER, _PAYMENTS, "payments vary by {value} of their mean", "还款额波动幅度为均值的{value}", bo=0.4717
)
def payment_variation_365d(history: History) -> Floats:
    """Standard deviation over mean of the payments of the last 365 days."""
    return ratio(history.payments.deviation(Payment.AMOUNT, YEAR), history.payments.mean(Payment.AMOUNT, YEAR))


@feature(
    "ratio",
    SAFER,
    _PAYMENTS,
    "recent payments are {value} times the average of the half year",
    "近期还款为半年平均的{value}倍",
    bo=0.7692,
)
def paid_change(history: History) -> Floats:
    """Money received in the last 90 days over half of that of the last 180 days."""
    return ratio(history.payments.total(Payment.AMOUNT, QUARTER), history.payments.total(Payment.AMOUNT, HALF_YEAR) / 2)


@feature("days", RISKIER, _PAYMENTS, "last payment {value} ago", "上次还款在{value}前", bo=45)
def days_since_payment(history: History) -> Floats:
    """Days since money was last received."""
    return history.payments.newest(Payment.AGE)


@feature("days", RISKIER, _PAYMENTS, "up to {value} between payments", "两次还款最长间隔{value}", bo=36)
def payment_gap_max_365d(history: History) -> Floats:
    """Longest time between one payment and the next, of those that ended in the last 365 days."""
    return history.payments.largest(Payment.GAP, YEAR)


@feature("days", UNSIGNED, "payments, incomes", "pays {value} after income arrives", "收入到账后{value}还款", ann=21.8)
def payment_after_income_mean_180d(history: History) -> Floats:
    """Mean days from the newest income before a payment to the payment, over the last 180 days."""
    return history.payments.mean(Payment.AFTER_INCOME, HALF_YEAR)


@feature(
    "days",
    UNSIGNED,
    "payments, incomes",
    "time from income to payment varies by {value}",
    "收入到还款的时间波动{value}",
    ann=2.04,
)
def payment_after_income_deviation_365d(history: History) -> Floats:
    """Standard deviation of the days from the newest income before a payment to the payment, over 365 days."""
    return history.payments.deviation(Payment.AFTER_INCOME, YEAR)
