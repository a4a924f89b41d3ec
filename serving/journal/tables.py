"""The journal's tables: a chain of hashes, and beside it, by the same ``seq``, what it vouches for.

``journal_chain`` says that something was written, and is never changed. ``journal_entries`` says what, of whom and
when, ``journal_payloads`` holds the content. To erase is to delete from these two: what is left in the chain is a
number and two hashes, salted by a nonce that is gone as well, and nothing of it leads back to a person. So a customer
stands there by plain id: a keyed hash would have to be kept secret, and the payload names the customer anyway.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.engine import Dialect


class Blob(LargeBinary):
    """Bytes as both drivers take and give them, without a wrapper, which cost more than the insert."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        """Return no processor."""

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Return no processor."""


WHOLE = BigInteger().with_variant(Integer(), "sqlite")

METADATA = MetaData()

IS_POSTED = text("kind IN ('event', 'person_request')")
"""What a starting service reads: few among millions of decisions. A query that says so in these words finds them."""

CHAIN = Table(
    "journal_chain",
    METADATA,
    Column("seq", WHOLE, primary_key=True, autoincrement=False),
    Column("content_hash", Blob, nullable=False),
    Column("hash", Blob, nullable=False),
    sqlite_strict=True,
)

ENTRIES = Table(
    "journal_entries",
    METADATA,
    Column("seq", WHOLE, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", WHOLE, nullable=False),
    Column("key", Text, nullable=False),
    Column("about", Text),
    Column("customer", Text),
    Column("nonce", Blob, nullable=False),
    Column("row", Blob, nullable=False),
    Index("journal_key", "key", "kind", unique=True),
    Index("journal_about", "about", sqlite_where=text("about IS NOT NULL"), postgresql_where=text("about IS NOT NULL")),
    Index("journal_customer", "customer"),
    Index("journal_posted", "kind", "at", sqlite_where=IS_POSTED, postgresql_where=IS_POSTED),
    sqlite_strict=True,
)

PAYLOADS = Table(
    "journal_payloads",
    METADATA,
    Column("seq", WHOLE, primary_key=True, autoincrement=False),
    Column("payload", Blob, nullable=False),
    sqlite_strict=True,
)
