"""Triggers that refuse to change what was written; the chain tells of whoever removes them first."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

_KEPT = {
    "journal_chain": ("UPDATE", "DELETE"),
    "journal_entries": ("UPDATE",),
    "journal_payloads": ("UPDATE",),
}
"""What is refused on each table; entries and payloads may be deleted, which is what erasure does."""

_FUNCTION = """
CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the journal is append-only: % of % is refused', TG_OP, TG_TABLE_NAME; END $$
"""


def upgrade() -> None:
    """Create the triggers in the words of the database."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    if on_postgresql:
        op.execute(_FUNCTION)
        op.execute(
            "CREATE TRIGGER journal_chain_truncate BEFORE TRUNCATE ON journal_chain"
            " FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()"
        )
    for table, refused in _KEPT.items():
        for verb in refused:
            head = f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
            op.execute(
                head + "FOR EACH ROW EXECUTE FUNCTION journal_refuse()"
                if on_postgresql
                else head
                + f"BEGIN SELECT RAISE(ABORT, 'the journal is append-only: {verb} of {table} is refused'); END"
            )
