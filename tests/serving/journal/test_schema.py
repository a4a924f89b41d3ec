"""The schema: made and upgraded when asked, refused when newer, the same as the code's."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from serving.journal import Journal, JournalError
from serving.journal import schema as schema_module
from serving.journal.database import open_database
from serving.journal.schema import VERSION_TABLE, newest
from serving.journal.tables import METADATA


def test_the_migrations_make_the_tables_that_the_code_writes(journal: Journal) -> None:
    with journal.database.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True, "include_object": ours}
        )
        assert compare_metadata(context, METADATA) == []


def ours(_: Any, name: str | None, *__: Any) -> bool:
    return name != VERSION_TABLE


def test_a_journal_of_an_older_schema_is_upgraded_with_what_it_holds(url: str, entry: Any) -> None:
    database = open_database(url)
    scripts = schema_module._scripts()
    with database.writing() as connection:
        context = schema_module._context(connection, fn=lambda found, _: scripts._upgrade_revs("0001", found))
        with Operations.context(context):
            context.run_migrations()
    Journal(database).append([entry("a")])
    database.close()
    with pytest.raises(JournalError, match=f"the journal's schema is 0001; expected schema {newest()}"):
        Journal.open(url, upgrade=False)
    with Journal.open(url) as upgraded:
        assert upgraded.decision("a") is not None
        assert upgraded.verify().fault is None
    Journal.open(url, upgrade=False).close()


def test_a_journal_of_a_newer_schema_is_refused(journal: Journal, url: str) -> None:
    with journal.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    for upgrade in (True, False):
        with pytest.raises(JournalError, match=f"schema is 9999, newer than {newest()} of this Duewise"):
            Journal.open(url, upgrade=upgrade)


def test_no_journal_is_made_where_none_is_asked_for(url: str) -> None:
    with pytest.raises(JournalError, match="there is no journal"):
        Journal.open(url, upgrade=False)
