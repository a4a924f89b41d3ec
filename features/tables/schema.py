"""The seven raw tables of a book: every column's kind, unit, range and meaning, declared once.

The wire, the readers, the screen and the documentation all follow this declaration. Money is in the
book's one currency; a moment carries its UTC offset and is kept in UTC; a date is a day of the
customer's own calendar. A nullable column may be left out of a table altogether.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["id", "text", "choice", "zone", "date", "moment", "number", "integer", "flag"]

MONEY_LIMIT = 1e12
FIRST_DAY, LAST_DAY = "1900-01-01", "2199-12-31"

PRODUCTS = ("credit_card", "consumer", "mortgage", "auto", "business")
CHANNELS = ("none", "sms", "push", "email", "call", "visit", "letter")
INTENSITIES = ("gentle", "standard", "firm")
OFFERS = ("plan", "guide", "basics", "budget")
STOP_FLAGS = ("dispute", "hardship", "plan_signed", "deceased", "bankruptcy", "legal")
RECIPIENTS = ("customer", "co_borrower", "guarantor", "third_party")
INCOME_SOURCES = ("salary", "business", "pension", "transfer", "other")


@dataclass(frozen=True)
class Column:
    """One column: what it means and which values it may hold.

    ``low`` and ``high`` are inclusive; ``choices`` lists the only legal texts of a ``choice``.
    """

    kind: Kind
    meaning: str
    unit: str = ""
    nullable: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def expectation(self) -> str:
        """The legal values in words, as errors print them.

        >>> Column("number", "amount due", unit="currency", low=0, high=10).expectation
        'a number in [0, 10]'
        """
        if self.kind == "choice":
            words = "one of " + ", ".join(self.choices)
        elif self.low is not None or self.high is not None:
            low = "-inf" if self.low is None else f"{self.low:g}"
            high = "inf" if self.high is None else f"{self.high:g}"
            words = f"{_KIND_WORDS[self.kind]} in [{low}, {high}]"
        else:
            words = _KIND_WORDS[self.kind]
        return f"{words}, or null" if self.nullable else words


_KIND_WORDS: Mapping[Kind, str] = {
    "id": "a text that is not empty",
    "text": "a text",
    "choice": "a text",
    "zone": "an IANA time zone such as Asia/Shanghai",
    "date": f"a date YYYY-MM-DD between {FIRST_DAY} and {LAST_DAY}",
    "moment": f"a time with its UTC offset such as 2026-03-01T09:30:00+08:00, between {FIRST_DAY} and {LAST_DAY}",
    "number": "a number",
    "integer": "a whole number",
    "flag": "true or false",
}


@dataclass(frozen=True)
class Reference:
    """Columns that must be found as the key of another table, besides a customer_id as whose the row there is."""

    columns: tuple[str, ...]
    table: str


@dataclass(frozen=True)
class Table:
    """One raw table.

    ``key`` is unique; ``known_from`` is the column whose moment or date makes a row visible
    (None: the row carries no time of its own).
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    references: tuple[Reference, ...] = ()
    known_from: str | None = None


def _id(meaning: str, nullable: bool = False) -> Column:
    return Column("id", meaning, nullable=nullable)


def _money(meaning: str, low: float = 0.0, nullable: bool = False) -> Column:
    return Column("number", meaning, unit="currency", nullable=nullable, low=low, high=MONEY_LIMIT)


def _count(meaning: str, high: float, low: float = 0, nullable: bool = False, unit: str = "count") -> Column:
    return Column("integer", meaning, unit=unit, nullable=nullable, low=low, high=high)


def _choice(meaning: str, choices: tuple[str, ...], nullable: bool = False) -> Column:
    return Column("choice", meaning, nullable=nullable, choices=choices)


def _flag(meaning: str) -> Column:
    return Column("flag", meaning)


def _day(meaning: str) -> Column:
    return Column("date", meaning, nullable=True)


_CENT = 0.01
_OF_CUSTOMER = Reference(("customer_id",), "customers")

CUSTOMERS = Table(
    "customers",
    "one row a customer, as the bank knows them now",
    key=("customer_id",),
    columns={
        "customer_id": _id("the customer"),
        "birth_date": Column("date", "date of birth", nullable=True),
        "gender": _choice("for fairness audits only, never a feature", ("F", "M", "X"), nullable=True),
        "region": Column("text", "region of residence", nullable=True),
        "occupation": Column("text", "occupation as declared", nullable=True),
        "first_credit_on": Column("date", "first credit ever opened, anywhere", nullable=True),
        "timezone": Column(
            "zone", "where the customer lives; contact hours and days count there; null: not known", nullable=True
        ),
        "timezone_other": Column(
            "zone", "where the customer may be besides, such as the telephone number's zone", nullable=True
        ),
        "language": _choice("language of the messages", ("zh", "en")),
        "consent_sms": _flag("may be reached by text message"),
        "consent_call": _flag("may be reached by telephone"),
        "consent_email": _flag("may be reached by email"),
        "consent_push": _flag("may be reached by the bank's app"),
        "consent_sms_until": _day("last day of the consent to text messages; null: no end"),
        "consent_call_until": _day("last day of the consent to calls; null: no end"),
        "consent_email_until": _day("last day of the consent to email; null: no end"),
        "consent_push_until": _day("last day of the consent to the app's messages; null: no end"),
        "consent_night_until": _day("last day of a consent to be contacted at night; null: none was given"),
        "person_asked_on": _day("day the customer asked that a person decide instead of a machine; null: not asked"),
        "stop_flag": _choice("why no automatic reminder may be sent", STOP_FLAGS, nullable=True),
        "vulnerable": _flag("known to need particular care"),
    },
)

LOANS = Table(
    "loans",
    "one row a credit contract; a card is a loan without a term",
    key=("loan_id",),
    columns={
        "loan_id": _id("the contract"),
        "customer_id": _id("the borrower"),
        "product": _choice("kind of credit", PRODUCTS),
        "opened_on": Column("date", "day the contract began"),
        "principal": _money("amount lent, or the limit of a card"),
        "annual_rate": Column("number", "interest a year as a share", unit="share", low=0, high=10),
        "term_months": _count("length of the contract", high=600, low=1, nullable=True, unit="months"),
        "plan_signed_on": _day("day a repayment plan for it was signed; what falls due from then on is the plan's"),
        "account_masked": Column("text", "account number fit for a message", nullable=True),
    },
    references=(_OF_CUSTOMER,),
    known_from="opened_on",
)

INSTALMENTS = Table(
    "instalments",
    "the schedule: what falls due when, known ahead",
    key=("loan_id", "instalment_no"),
    columns={
        "loan_id": _id("the contract"),
        "instalment_no": _count("1 for the first instalment", high=100_000, low=1),
        "due_date": Column("date", "day it falls due; days past due count from here"),
        "amount_due": _money("amount that settles it", low=_CENT),
    },
    references=(Reference(("loan_id",), "loans"),),
)

PAYMENTS = Table(
    "payments",
    "money received towards an instalment",
    key=("loan_id", "instalment_no", "paid_at"),
    columns={
        "loan_id": _id("the contract"),
        "instalment_no": _count("the instalment it settles", high=100_000, low=1),
        "paid_at": Column("moment", "when the money arrived"),
        "amount": _money("amount received", low=_CENT),
    },
    references=(Reference(("loan_id", "instalment_no"), "instalments"),),
    known_from="paid_at",
)

INCOMES = Table(
    "incomes",
    "income seen on the customer's accounts",
    key=("customer_id", "received_on", "source", "amount"),
    columns={
        "customer_id": _id("who received it"),
        "received_on": Column("date", "day it arrived"),
        "amount": _money("amount received", low=_CENT),
        "source": _choice("kind of income", INCOME_SOURCES),
    },
    references=(_OF_CUSTOMER,),
    known_from="received_on",
)

CREDIT = Table(
    "credit",
    "what the bureau and the bank's own accounts said on a day",
    key=("customer_id", "observed_on"),
    columns={
        "customer_id": _id("whom it describes"),
        "observed_on": Column("date", "day of the observation"),
        "credit_limit": _money("sum of revolving limits", nullable=True),
        "balance": _money("sum of revolving balances; negative when overpaid", low=-MONEY_LIMIT, nullable=True),
        "open_accounts": _count("credit accounts open", high=10_000, nullable=True),
        "enquiries_6m": _count("credit enquiries in six months", high=10_000, nullable=True),
        "worst_dpd_12m": _count("worst days past due anywhere in a year", high=10_000, nullable=True, unit="days"),
        "external_debt": _money("debt with other lenders", nullable=True),
        "bureau_score": Column(
            "number", "bureau score, higher is better", unit="points", nullable=True, low=0, high=1000
        ),
    },
    references=(_OF_CUSTOMER,),
    known_from="observed_on",
)

REMINDERS = Table(
    "reminders",
    "every decision to remind, and each logged decision not to (channel none)",
    key=("customer_id", "reminder_id"),
    columns={
        "reminder_id": _id("the reminder"),
        "customer_id": _id("who was reminded"),
        "loan_id": _id("of which contract"),
        "instalment_no": _count("of which instalment", high=100_000, low=1),
        "sent_at": Column("moment", "when it was sent, or decided not to be"),
        "recipient": _choice("who was contacted; null: the customer", RECIPIENTS, nullable=True),
        "channel": _choice("how it was sent; none: a decision not to remind", CHANNELS),
        "intensity": _choice("tone; null with channel none", INTENSITIES, nullable=True),
        "offer": _choice("what it offered besides", OFFERS, nullable=True),
        "propensity": Column(
            "number",
            "probability with which this action was chosen; null where not known",
            unit="share",
            nullable=True,
            low=1e-9,
            high=1,
        ),
        "delivered": _flag("it arrived"),
        "read": _flag("it was opened"),
        "conversation": _flag("a person was spoken to"),
        "replied": _flag("the customer answered"),
        "reply_text": Column("text", "what the customer answered", nullable=True),
        "answered_at": Column(
            "moment",
            "when a person had settled what the reply told; null: not yet, or nothing to settle",
            nullable=True,
        ),
        "cost": _money("what sending it cost"),
    },
    references=(_OF_CUSTOMER, Reference(("customer_id", "loan_id", "instalment_no"), "instalments")),
    known_from="sent_at",
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {t.name: t for t in (CUSTOMERS, LOANS, INSTALMENTS, PAYMENTS, INCOMES, CREDIT, REMINDERS)}
)
