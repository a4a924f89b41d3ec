"""Erasure and retention: what goes is gone, what must stay stays, and the chain verifies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.errors import PolicyError
from serving.journal import Journal
from serving.journal.tables import CHAIN, ENTRIES, PAYLOADS

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_a_customer_is_erased_with_all_that_belongs_to_their_decisions(journal: Journal, entry: Any) -> None:
    journal.append([entry("d1"), entry("d2", customer="C2"), entry("o1", kind="outcome", about="d1", customer=None)])
    journal.append([entry("p1", kind="person_request"), entry("o2", kind="outcome", about="d2", customer=None)])
    newest = NOW - timedelta(days=1)
    journal.append([entry("d3", at=newest), entry("d4", at=newest - timedelta(days=9))])
    erased = journal.erase("C1", NOW)
    assert (erased.entries, erased.newest) == (5, NOW)
    assert journal.of_customer("C1") == []
    assert (journal.decision("d1"), journal.outcomes_of("d1")) == (None, [])
    assert [r.entry.key for r in journal.of_customer("C2")] == ["d2"]
    assert [r.entry.key for r in journal.outcomes_of("d2")] == ["o2"]
    found = journal.verify()
    assert (found.fault, found.entries, found.erased) == (None, 8, 5)


def test_the_entry_of_an_erasure_names_nobody(journal: Journal, entry: Any) -> None:
    journal.append([entry("the-decision", customer="somebody")])
    journal.erase("somebody", NOW)
    (record,) = journal.records("erasure")
    assert record.entry.payload == b'{"because":"request","seqs":[[1,1]]}'
    assert (record.entry.customer, record.entry.about) == (None, None)
    with journal.database.reading() as connection:
        left = [repr(row) for table in (CHAIN, ENTRIES, PAYLOADS) for row in connection.execute(table.select())]
    assert "somebody" not in "".join(left)
    assert "the-decision" not in "".join(left)


def test_nothing_of_an_erased_customer_is_left_in_the_files(sqlite_url: str, tmp_path: Path, entry: Any) -> None:
    name, content = "customer-of-the-test", b"what-the-customer-said"
    with Journal.open(sqlite_url) as journal:
        journal.append([entry(f"d{n}", customer=name if n % 3 else "C2", payload=content) for n in range(300)])
        assert any(name.encode() in file.read_bytes() for file in tmp_path.iterdir())
        journal.append([entry("o", customer="C3", payload=b"other")])
        journal.erase(name, NOW)
        journal.erase("C2", NOW)
        left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert name.encode() not in left
        assert content not in left
        assert b"other" in left


def test_who_reads_keeps_bytes_from_being_cleared_and_it_is_told(
    sqlite_url: str, entry: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.journal.database.LOCK_SECONDS", 0.1)
    with Journal.open(sqlite_url) as journal, Journal.open(sqlite_url) as other:
        journal.append([entry("d1")])
        with other.database.reading() as connection:
            connection.execute(CHAIN.select()).all()
            assert journal.erase("C1", NOW).scrubbed is False
        assert journal.erase("C1", NOW).scrubbed is True


def test_to_erase_who_is_not_there_changes_nothing(journal: Journal, entry: Any) -> None:
    journal.append([entry("d1")])
    assert journal.erase("C2", NOW).entries == 0
    assert journal.head().seq == 1


def test_an_erased_key_may_be_written_again(journal: Journal, entry: Any) -> None:
    journal.append([entry("d1")])
    journal.erase("C1", NOW)
    (receipt,) = journal.append([entry("d1", payload=b"other")])
    assert (receipt.seq, receipt.repeated) == (3, False)
    assert journal.verify().fault is None


def test_retention_erases_what_is_old_and_nothing_younger(journal: Journal, entry: Any) -> None:
    for n, years in enumerate((5, 4, 3, 1)):
        journal.append([entry(f"d{n}", at=NOW - timedelta(days=366 * years))])
    pruned = journal.prune(NOW - timedelta(days=1000), NOW, years_kept=2)
    assert (pruned.entries, pruned.stopped_by) == (3, 4)
    assert [r.entry.key for r in journal.records("decision")] == ["d3"]
    assert journal.prune(NOW - timedelta(days=1000), NOW, years_kept=2).entries == 0
    found = journal.verify()
    assert (found.fault, found.entries, found.erased) == (None, 5, 3)


def test_retention_in_many_steps_verifies(journal: Journal, entry: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.journal.erasing._STEP", 7)
    journal.append([entry(f"d{n}", at=NOW - timedelta(days=2000)) for n in range(30)])
    done: list[tuple[int, int]] = []
    assert journal.prune(NOW - timedelta(days=1000), NOW, 0, lambda *told: done.append(told)).entries == 30
    assert done == [(gone, 30) for gone in (7, 14, 21, 28, 30)]
    assert journal.verify().fault is None


def test_a_clock_set_back_lets_nothing_go_too_early(journal: Journal, entry: Any) -> None:
    for n, days in enumerate((2000, 1, 2000)):
        journal.append([entry(f"d{n}", at=NOW - timedelta(days=days))])
    assert journal.prune(NOW - timedelta(days=1000), NOW, 2).entries == 1
    assert [r.entry.key for r in journal.records("decision")] == ["d1", "d2"]


@pytest.mark.parametrize(
    ("now", "years", "before", "legal"),
    [
        (NOW, 2, NOW - timedelta(days=729), "2024-03-02"),
        (datetime(2028, 2, 29, tzinfo=UTC), 3, datetime(2026, 1, 1, tzinfo=UTC), "2025-02-28"),
        (NOW, 0, NOW + timedelta(days=1), "2026-03-02"),
    ],
    ids=["a day too young", "from a leap day", "the future"],
)
def test_retention_never_goes_below_what_the_rules_have_kept(
    journal: Journal, now: datetime, years: int, before: datetime, legal: str
) -> None:
    with pytest.raises(
        PolicyError, match=f"before must be {legal} or earlier, got .*: the rules have {years} years kept"
    ):
        journal.prune(before, now, years)
