"""The version of the journal's schema: Alembic's migrations, run in one transaction under the journal's lock."""

from __future__ import annotations

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from serving.journal.database import Database
from serving.journal.errors import JournalError

VERSION_TABLE = "journal_version"

_FOLDER = Path(__file__).with_name("migrations")


def require_schema(database: Database, upgrade: bool) -> None:
    """Bring the schema to the version of this code when ``upgrade``, and require that it has it.

    Raises
    ------
    JournalError
        When the schema is newer than this code, or older (or not there) and not to be upgraded.
    """
    with database.reading() as connection:
        found = _version(connection)
    if not _behind(database, found):
        return
    if not upgrade:
        what = "there is no journal" if found is None else f"the journal's schema is {found}"
        raise JournalError(f"{database.name}: {what}; expected schema {newest()}, which a starting service sets up.")
    with database.writing() as connection:  # by now another service may have done it
        if _behind(database, _version(connection)):
            _upgrade(connection)


def newest() -> str:
    """Return the version of the schema that this code writes."""
    return str(_scripts().get_current_head())


def _behind(database: Database, found: str | None) -> bool:
    """Tell whether the schema lacks a migration; a version that no migration has comes from a later Duewise."""
    known = [script.revision for script in _scripts().walk_revisions()]
    if found is not None and found not in known:
        raise JournalError(
            f"{database.name}: the journal's schema is {found}, newer than {newest()} of this Duewise; upgrade Duewise."
        )
    return found != newest()


def _upgrade(connection: Connection) -> None:
    scripts = _scripts()
    context = _context(connection, fn=lambda found, _: scripts._upgrade_revs("head", found))
    with Operations.context(context):
        context.run_migrations()


def _version(connection: Connection) -> str | None:
    return _context(connection).get_current_revision()


def _context(connection: Connection, **options: object) -> MigrationContext:
    return MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE, "transactional_ddl": True, **options}
    )


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER))
