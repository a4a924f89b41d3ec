"""The chain, the entries and their payloads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the three tables and their indexes."""
    op.create_table(
        "journal_chain",
        sa.Column("seq", _WHOLE, primary_key=True, autoincrement=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "journal_entries",
        sa.Column("seq", _WHOLE, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", _WHOLE, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("about", sa.Text),
        sa.Column("customer", sa.Text),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
        sa.Column("row", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "journal_payloads",
        sa.Column("seq", _WHOLE, primary_key=True, autoincrement=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "postgresql":  # payloads come packed: to try it again is lost time
        op.execute("ALTER TABLE journal_payloads ALTER COLUMN payload SET STORAGE EXTERNAL")
    told = sa.text("about IS NOT NULL")
    op.create_index("journal_key", "journal_entries", ["key", "kind"], unique=True)
    op.create_index("journal_about", "journal_entries", ["about"], sqlite_where=told, postgresql_where=told)
    op.create_index("journal_customer", "journal_entries", ["customer"])
