"""The journal of decisions: append-only, chained, committed in groups, erasable by customer."""

from serving.journal.commit_settings import CommitSettings, read_commit_settings
from serving.journal.committer import GroupCommitter
from serving.journal.entry import Entry, Kind, Receipt
from serving.journal.erasing import Erased, Pruned
from serving.journal.errors import BusyError, ConflictError, JournalError, UnavailableError
from serving.journal.hashing import Head
from serving.journal.journal import JOURNAL, Journal, journal_url
from serving.journal.payload import Payload
from serving.journal.record import Record
from serving.journal.rows import DecisionRow, OutcomeRow, encoded_row
from serving.journal.verifying import Fault, Verdict

__all__ = [
    "JOURNAL",
    "BusyError",
    "CommitSettings",
    "ConflictError",
    "DecisionRow",
    "Entry",
    "Erased",
    "Fault",
    "GroupCommitter",
    "Head",
    "Journal",
    "JournalError",
    "Kind",
    "OutcomeRow",
    "Payload",
    "Pruned",
    "Receipt",
    "Record",
    "UnavailableError",
    "Verdict",
    "encoded_row",
    "journal_url",
    "read_commit_settings",
]
