"""Whatever is changed in the database is found, and what is not is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from serving.journal import Head, Journal, JournalError
from serving.journal.tables import CHAIN, ENTRIES, PAYLOADS
from serving.journal.verifying import verify

TRIGGERS = ("journal_chain_update", "journal_chain_delete", "journal_entries_update", "journal_payloads_update")
COLUMNS = [(table, column) for table in (CHAIN, ENTRIES, PAYLOADS) for column in table.columns]


@pytest.fixture
def filled(journal: Journal, entry: Any) -> Journal:
    """Return a journal of 6 entries, one of them an erasure, whose triggers an attacker has removed."""
    journal.append([entry("d1"), entry("gone", customer="C2"), entry("o1", kind="outcome", about="d1", customer=None)])
    journal.erase("C2", entry("x").at)
    journal.append([entry("d2", payload=bytes(range(256)) * 8), entry("d3", about="d2")])
    with journal.database.writing() as connection:
        for name in TRIGGERS:
            on = "" if journal.database.on_sqlite else f" ON {name.rpartition('_')[0]}"
            connection.execute(text(f"DROP TRIGGER {name}{on}"))
    return journal


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_byte_changed_anywhere_is_found(filled: Journal, data: st.DataObject) -> None:
    table, column = data.draw(st.sampled_from(COLUMNS))
    with filled.database.reading() as connection:
        rows = connection.execute(select(table).order_by(table.c.seq)).mappings().all()
    row = data.draw(st.sampled_from([row for row in rows if row[column.name] not in (None, b"")]))
    changed = data.draw(one_byte_off(row[column.name]))
    try:
        with filled.database.writing() as connection:
            _put(connection, filled, table.name, column.name, row["seq"], changed)
            found = filled_verdict(filled, connection)
            connection.get_transaction().rollback()  # type: ignore[union-attr]
    except (DBAPIError, JournalError, ValueError):
        assume(False)  # the database itself refuses it: a place that is taken, text that is none
    assert found.fault is not None
    assert filled.verify().fault is None


def filled_verdict(journal: Journal, connection: Connection) -> Any:
    """Verify on the connection of an uncommitted change."""

    @contextmanager
    def reading() -> Iterator[Connection]:
        yield connection

    return verify(SimpleNamespace(reading=reading, any_text=journal.database.any_text))  # type: ignore[arg-type]


def one_byte_off(value: Any) -> st.SearchStrategy[Any]:
    """Return strategies of a value one of whose bytes is another."""
    stored = value.to_bytes(8) if isinstance(value, int) else value.encode() if isinstance(value, str) else value
    place, mask = st.integers(0, len(stored) - 1), st.integers(1, 255)

    def off(drawn: tuple[int, int]) -> Any:
        k, bits = drawn
        changed = stored[:k] + bytes([stored[k] ^ bits]) + stored[k + 1 :]
        return int.from_bytes(changed, signed=True) if isinstance(value, int) else (changed, isinstance(value, str))

    return st.tuples(place, mask).map(off)


def _put(connection: Connection, journal: Journal, table: str, column: str, seq: int, changed: Any) -> None:
    told, is_text = changed if isinstance(changed, tuple) else (changed, False)
    if is_text and not journal.database.on_sqlite:
        told, is_text = told.decode(), False
    value = "CAST(:told AS TEXT)" if is_text else ":told"
    connection.execute(text(f"UPDATE {table} SET {column} = {value} WHERE seq = :seq"), {"told": told, "seq": seq})


@pytest.mark.parametrize(
    ("statements", "seq", "why"),
    [
        (["UPDATE journal_payloads SET payload = '{other}' WHERE seq = 5"], 5, "altered payload"),
        (["UPDATE journal_entries SET key = 'd9' WHERE seq = 5"], 5, "altered payload"),
        (["UPDATE journal_entries SET customer = NULL WHERE seq = 5"], 5, "altered payload"),
        (["UPDATE journal_entries SET about = 'd1' WHERE seq = 1"], 1, "altered payload"),
        (["UPDATE journal_chain SET hash = '{hash}' WHERE seq = 3"], 3, "altered entry"),
        (["UPDATE journal_chain SET content_hash = '{hash}' WHERE seq = 6"], 6, "altered entry"),
        (["DELETE FROM {t} WHERE seq = 3"], 3, "gap"),
        (["DELETE FROM {t} WHERE seq < 3"], 1, "gap"),
        (["DELETE FROM journal_chain WHERE seq = 6"], 6, "added content: a row of journal_entries has no link"),
        (["DELETE FROM journal_payloads WHERE seq = 5"], 5, "its row of journal_payloads is gone"),
        (["DELETE FROM journal_entries WHERE seq = 5"], 5, "its row of journal_entries is gone"),
        (["DELETE FROM journal_entries WHERE seq = 5", "DELETE FROM journal_payloads WHERE seq = 5"], 5, "no erasure"),
        (["DELETE FROM journal_entries WHERE seq = 4", "DELETE FROM journal_payloads WHERE seq = 4"], 2, "no erasure"),
        (["INSERT INTO journal_payloads VALUES (7, '{other}')"], 7, "added content: a row of journal_payloads"),
        (["INSERT INTO journal_chain VALUES (0, '{hash}', '{hash}')"], 0, "links begin at 1"),
        (["INSERT INTO journal_chain VALUES (7, '{hash}', '{hash}')"], 7, "altered entry"),
    ],
)
def test_the_first_break_is_told_with_its_reason(filled: Journal, statements: list[str], seq: int, why: str) -> None:
    on_sqlite = filled.database.on_sqlite
    with filled.database.writing() as connection:
        for statement in statements:
            tables = ("journal_chain", "journal_entries", "journal_payloads") if "{t}" in statement else ("",)
            for table in tables:
                told = statement.replace("{t}", table)
                for name, digits in (("other", "0077"), ("hash", "ab" * 32)):
                    literal = f"x'{digits}'" if on_sqlite else f"'\\x{digits}'::bytea"
                    told = told.replace(f"'{{{name}}}'", literal)
                connection.exec_driver_sql(told)
    fault = filled.verify().fault
    assert fault is not None
    assert fault.seq == seq
    assert why in fault.why


def test_an_untouched_journal_verifies(filled: Journal) -> None:
    found = filled.verify()
    assert (found.fault, found.entries, found.erased, found.head) == (None, 6, 1, filled.head())


def test_an_empty_journal_verifies(journal: Journal) -> None:
    assert (journal.verify().fault, journal.verify().entries) == (None, 0)


def test_a_tail_cut_off_is_found_by_a_head_kept_elsewhere(filled: Journal) -> None:
    kept = Head.parsed(str(filled.head()))
    with filled.database.writing() as connection:
        for table in ("journal_chain", "journal_entries", "journal_payloads"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE seq > 4")
    assert filled.verify().fault is None
    fault = filled.verify(kept).fault
    assert fault is not None
    assert (fault.seq, fault.why) == (5, "cut tail: the head that was kept is entry 6")


def test_a_chain_written_anew_is_found_by_a_head_kept_elsewhere(filled: Journal) -> None:
    other = Head(3, bytes(32))
    fault = filled.verify(other).fault
    assert fault is not None
    assert (fault.seq, fault.why) == (3, "rewritten: the chain does not hold the head that was kept")


def test_a_kept_head_stays_valid_as_the_journal_grows(filled: Journal, entry: Any) -> None:
    kept = filled.head()
    filled.append([entry("later")])
    assert filled.verify(kept).fault is None


@pytest.mark.parametrize("told", ["", "12", "x:ab", "3:abcd", "-1:" + "0" * 64], ids=str)
def test_what_is_no_head_is_refused(told: str) -> None:
    with pytest.raises(JournalError, match="a head is written seq:hash"):
        Head.parsed(told)
