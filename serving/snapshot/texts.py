"""The texts of a few customers, read when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

type Column = Sequence[str | None]
type Read = Callable[[str, str], Column]


class Texts:
    """Columns of texts in the order of a ledger's rows, None where null.

    Parameters
    ----------
    read
        Gives a column by table and name; it is asked once for each that is needed.
    """

    def __init__(self, read: Read) -> None:
        self._read = read

    @cached_property
    def regions(self) -> Column:
        """Where each customer lives."""
        return self._read("customers", "region")

    @cached_property
    def occupations(self) -> Column:
        """What each customer does, as declared."""
        return self._read("customers", "occupation")

    @cached_property
    def loans(self) -> Column:
        """The id of each loan."""
        return self._read("loans", "loan_id")

    @cached_property
    def accounts(self) -> Column:
        """The masked account number of each loan."""
        return self._read("loans", "account_masked")

    @cached_property
    def reminders(self) -> Column:
        """The id of each reminder."""
        return self._read("reminders", "reminder_id")

    @cached_property
    def replies(self) -> Column:
        """What was answered to each reminder."""
        return self._read("reminders", "reply_text")
