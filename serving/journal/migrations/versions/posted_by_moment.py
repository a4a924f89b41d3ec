"""An index of what was posted by when it was, so that a start need not look through all decisions for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the index."""
    posted = sa.text("kind IN ('event', 'person_request')")
    op.create_index("journal_posted", "journal_entries", ["kind", "at"], sqlite_where=posted, postgresql_where=posted)
