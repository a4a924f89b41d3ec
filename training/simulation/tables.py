"""The simulated bank's records as the seven raw tables; what is hidden stays behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from training.simulation.actions import CATALOGUE, REACH
from training.simulation.arrays import Floats, Ints, Mask
from training.simulation.bank import Bank
from training.simulation.credit import Credit
from training.simulation.incomes import SOURCES, Incomes
from training.simulation.loans import PRODUCTS
from training.simulation.people import GENDERS, LANGUAGES, OCCUPATIONS, REGIONS, STOP_FLAGS, TIMEZONES
from training.simulation.records import Decisions, Receipts

_TEXT = pd.StringDtype(na_value=np.nan)
_ANSWERING_DAYS = 6
"""A reply is answered on the second day after the reminder, or one of the five that follow."""
_OFFICE_CLOSES = 18 * 3_600


def texts(options: Sequence[str | None], codes: Ints) -> Any:
    """Return the option of each code as a text array; null for code -1 and for a None option."""
    return pd.array(list(options), dtype=_TEXT).take(codes, allow_fill=True)


def numbered(prefix: str, count: int, width: int) -> Any:
    """Return ``count`` ids from 0.

    >>> list(numbered("C", 2, 3))
    ['C000', 'C001']
    """
    return (prefix + pd.Series(np.arange(count)).astype(_TEXT).str.zfill(width)).array


def customer_ids(bank: Bank) -> Any:
    """Return the ids of the bank's customers, in order."""
    return numbered("C", len(bank.people), 7)


def loan_ids(bank: Bank) -> Any:
    """Return the ids of the bank's loans, in order."""
    return numbered("L", len(bank.loans.customer), 8)


def reminder_ids(count: int) -> Any:
    """Return the ids of ``count`` reminders, in order."""
    return numbered("R", count, 9)


def customers_table(bank: Bank) -> pd.DataFrame:
    """Return the customers table."""
    people, span = bank.people, bank.span
    first = pd.Series(span.dates(-people.experience_days)).where(people.first_credit_known)
    consents = {f"consent_{channel}": people.consents[:, REACH.index(channel)] for channel in REACH}
    return pd.DataFrame(
        {
            "customer_id": customer_ids(bank),
            "birth_date": span.dates(-people.age_days),
            "gender": texts(GENDERS, people.gender),
            "region": texts(REGIONS, people.region),
            "occupation": texts([o.name for o in OCCUPATIONS], people.occupation),
            "first_credit_on": first,
            "timezone": texts(TIMEZONES, people.zone),
            "language": texts(LANGUAGES, people.language),
            **consents,
            "stop_flag": texts(STOP_FLAGS, people.stop),
            "vulnerable": people.vulnerable,
        }
    )


def loans_table(bank: Bank, rng: np.random.Generator) -> pd.DataFrame:
    """Return the loans table; ``rng`` draws the last digits of the accounts."""
    loans, span = bank.loans, bank.span
    digits = numbered("****", 10_000, 4)
    return pd.DataFrame(
        {
            "loan_id": loan_ids(bank),
            "customer_id": customer_ids(bank).take(loans.customer),
            "product": texts(PRODUCTS, loans.product),
            "opened_on": span.dates(span.month_day(loans.opening_month) + loans.due_day),
            "principal": loans.principal.astype(np.float64),
            "annual_rate": loans.annual_rate.astype(np.float64),
            "term_months": np.where(loans.term > 0, loans.term, np.nan),
            "account_masked": digits.take(rng.integers(0, 10_000, len(loans.customer))),
        }
    )


def instalments_table(bank: Bank) -> pd.DataFrame:
    """Return the instalments table."""
    schedule = bank.schedule
    return pd.DataFrame(
        {
            "loan_id": loan_ids(bank).take(schedule.loan),
            "instalment_no": schedule.number.astype(np.int64),
            "due_date": bank.span.dates(schedule.due),
            "amount_due": schedule.cents / 100,
        }
    )


def _moments(bank: Bank, instalment: Ints, day: Ints, second: Ints) -> pd.DatetimeIndex:
    offset = bank.people.offset_hours[bank.schedule.customer[instalment]]
    return pd.DatetimeIndex(bank.span.moments(day, second, offset), tz="UTC")


def payments_table(bank: Bank, receipts: Receipts) -> pd.DataFrame:
    """Return the payments table, in order of time."""
    schedule, rows = bank.schedule, receipts.instalment
    frame = pd.DataFrame(
        {
            "loan_id": loan_ids(bank).take(schedule.loan[rows]),
            "instalment_no": schedule.number[rows].astype(np.int64),
            "paid_at": _moments(bank, rows, receipts.day, receipts.second),
            "amount": receipts.cents / 100,
        }
    )
    return frame.sort_values("paid_at", kind="stable", ignore_index=True)


def incomes_table(bank: Bank, incomes: Incomes) -> pd.DataFrame:
    """Return the incomes table."""
    return pd.DataFrame(
        {
            "customer_id": customer_ids(bank).take(incomes.customer),
            "received_on": bank.span.dates(incomes.day),
            "amount": incomes.cents / 100,
            "source": texts(SOURCES, incomes.source),
        }
    )


def credit_table(bank: Bank, credit: Credit) -> pd.DataFrame:
    """Return the credit table."""
    return pd.DataFrame(
        {
            "customer_id": customer_ids(bank).take(credit.customer),
            "observed_on": bank.span.dates(credit.day),
            "credit_limit": _cents(credit.credit_limit),
            "balance": _cents(credit.balance),
            "open_accounts": credit.open_accounts,
            "enquiries_6m": credit.enquiries,
            "worst_dpd_12m": credit.worst_dpd.astype(np.float64),
            "external_debt": _cents(credit.external_debt),
            "bureau_score": credit.bureau_score,
        }
    )


def _cents(money: Floats) -> Floats:
    return np.round(money.astype(np.float64), 2)


def _answered(bank: Bank, decisions: Decisions, replied: Mask) -> pd.Series[pd.Timestamp]:
    """Return when a person of the bank had settled what each reply told: within days of it, null if not by the end."""
    day = decisions.day + 2 + np.arange(len(replied)) % _ANSWERING_DAYS
    moments = pd.Series(_moments(bank, decisions.instalment, day, np.full_like(decisions.second, _OFFICE_CLOSES)))
    return moments.where(replied & (day < bank.span.days))


def reminders_table(bank: Bank, decisions: Decisions, replies: tuple[Ints, list[str]]) -> pd.DataFrame:
    """Return the reminders table, one row a decision; ``replies`` are rows and their words."""
    schedule, rows, action = bank.schedule, decisions.instalment, decisions.action
    place = np.full(len(rows), -1, dtype=np.int64)
    place[replies[0]] = np.arange(len(replies[0]))
    return pd.DataFrame(
        {
            "reminder_id": reminder_ids(len(rows)),
            "customer_id": customer_ids(bank).take(schedule.customer[rows]),
            "loan_id": loan_ids(bank).take(schedule.loan[rows]),
            "instalment_no": schedule.number[rows].astype(np.int64),
            "sent_at": _moments(bank, rows, decisions.day, decisions.second),
            "channel": texts([a.channel for a in CATALOGUE], action),
            "intensity": texts([a.intensity for a in CATALOGUE], action),
            "offer": texts([a.offer for a in CATALOGUE], action),
            "propensity": decisions.propensity.astype(np.float64),
            "delivered": decisions.delivered,
            "read": decisions.read,
            "conversation": decisions.conversation,
            "replied": decisions.replied,
            "reply_text": texts(replies[1], place),
            "answered_at": _answered(bank, decisions, place >= 0),
            "cost": np.array([a.cost for a in CATALOGUE])[action],
        }
    )
