"""What a message is about: one instalment of one customer, as the book has it.

There is no occasion without an amount that is known, open and undisputed: what cannot be asked for cannot be
written about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal

from features.errors import PolicyError
from features.feature import Language
from features.tables.schema import PRODUCTS
from serving.actions import STANCES
from serving.money import cents_of

Phase = Literal["before", "today", "overdue"]
PHASES: tuple[Phase, ...] = ("before", "today", "overdue")

TONES = STANCES
"""The stances a message knows how to speak to."""

_SHOWN = 4


@dataclass(frozen=True)
class Occasion:
    """One instalment to be reminded of.

    ``amount_open`` in currency, from the book and nowhere else; ``days_past_due`` negative before the due date;
    ``account`` as the bank masks it, None where it is not known; ``stance`` among ``TONES``; ``stop_flag`` as of
    the table customers, None where there is none. ``reasons`` are sentences for staff in ``language``, the most
    important first; ``told`` are such sentences of what the customer has replied. ``amount_paid`` in currency has come
    in for the instalment already.

    Raises
    ------
    PolicyError
        Naming the customer, the instalment and why nothing may be asked for: a stop flag such as a dispute, or an
        amount that is not known or is paid; or naming a stance or product that no message knows.
    """

    customer_id: str
    loan_id: str
    instalment_no: int
    product: str
    account: str | None
    amount_open: float | Decimal | None
    due_date: date
    days_past_due: int
    language: Language
    stance: str
    stop_flag: str | None = None
    reasons: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    amount_paid: float = 0.0

    def __post_init__(self) -> None:
        if self.stop_flag is not None:
            raise PolicyError(f"{self.name}: the stop flag {self.stop_flag} forbids any reminder.")
        if self.cents <= 0:
            raise PolicyError(f"{self.name} is paid, {self.amount_open} is open: nothing may be asked for.")
        for what, value, legal in (("stance", self.stance, TONES), ("product", self.product, PRODUCTS)):
            if value not in legal:
                raise PolicyError(f"{self.name}: the {what} must be one of {', '.join(legal)}, got {value!r}.")

    @property
    def name(self) -> str:
        """How errors name it."""
        return f"{self.customer_id}'s instalment {self.instalment_no} of {self.loan_id}"

    @cached_property
    def cents(self) -> int:
        """The least whole number of cents that settles the instalment."""
        try:
            return cents_of(Decimal("NaN") if self.amount_open is None else self.amount_open)
        except ValueError as error:
            raise PolicyError(f"{self.name}: the open amount is not known, got {self.amount_open}.") from error

    @property
    def phase(self) -> Phase:
        """Where the due date lies: still to come, today, or past."""
        return "before" if self.days_past_due < 0 else "overdue" if self.days_past_due > 0 else "today"

    @property
    def tail(self) -> str:
        """The last characters of the account, four at most, however much of it the bank left unmasked."""
        return tail_of(self.account)


def tail_of(account: str | None) -> str:
    """Return the end of an account that a message may show, nothing where it is not known.

    >>> tail_of("6222 **** 1234"), tail_of(None)
    ('1234', '')
    """
    found = re.search(rf"[0-9A-Za-z]{{1,{_SHOWN}}}\Z", account or "")
    return found[0] if found else ""
