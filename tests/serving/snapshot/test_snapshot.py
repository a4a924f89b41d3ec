"""What is read back is the book that was written, and what is not a whole snapshot is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.book import Book
from features.errors import SchemaError
from features.example import worked_tables
from features.ledger.columns import entries_of
from features.ledger.posting import post
from features.matrix import build_features
from features.stream import write_features
from serving.snapshot import Snapshot, write_snapshot
from serving.snapshot.layout import PACKED


@pytest.fixture
def copy(bank: Any, tmp_path: Path) -> Path:
    """Return a copy of the bank's snapshot that a test may damage."""
    return Path(shutil.copytree(bank.folder / "snapshot", tmp_path / "snapshot"))


def files_of(folder: Path) -> Path:
    return folder / json.loads((folder / "manifest.json").read_text())["content"]


def edited(folder: Path, **values: Any) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | values))


def test_the_ledger_of_all_customers_is_that_of_the_book(bank: Any, require_same: Any) -> None:
    require_same(bank.snapshot.book(bank.names).ledger, bank.book.ledger)


def test_the_ledger_of_one_customer_is_that_of_their_rows_alone(bank: Any, require_same: Any, own_rows: Any) -> None:
    for name in bank.names:
        require_same(bank.snapshot.book([name]).ledger, own_rows(bank.book, name).ledger)


def test_customers_come_in_the_order_asked_for_and_once(bank: Any) -> None:
    asked = [bank.names[7], bank.names[2], bank.names[7]]
    assert bank.snapshot.book(asked).ledger.ids == (bank.names[7], bank.names[2])


def test_the_tables_made_of_a_ledger_post_to_the_same_ledger(bank: Any, require_same: Any) -> None:
    book = bank.snapshot.book(bank.names)
    require_same(book.ledger, post(entries_of(dict(book.tables()))))


@pytest.mark.parametrize("table", ["customers", "loans", "instalments", "incomes", "credit", "reminders"])
def test_a_table_has_the_cells_of_the_book(bank: Any, table: str) -> None:
    """Cells are those of the bank, in its dtypes; only the order of rows and parts of seconds differ."""
    made = getattr(bank.snapshot.book(bank.names), table)
    given = getattr(bank.book, table)
    if table != "customers":
        key = {"instalments": ["loan_id", "instalment_no"]}.get(table, list(given.columns[:2]))
        key += {"incomes": ["source", "received_on"], "reminders": ["sent_at"]}.get(table, [])
        given, made = (frame.sort_values(key, ignore_index=True) for frame in (given, made))
    moments = [name for name in given if isinstance(given[name].dtype, pd.DatetimeTZDtype)]
    given = given.assign(**{name: given[name].dt.ceil("s") for name in moments})
    pd.testing.assert_frame_equal(made, given, check_exact=True)


def test_the_features_of_customers_are_those_of_the_book_to_the_bit(bank: Any) -> None:
    as_of = bank.snapshot.as_of
    expected = build_features(bank.book, as_of)
    together = build_features(bank.snapshot.book(bank.names), as_of)
    pd.testing.assert_frame_equal(together, expected, check_exact=True)
    for name in bank.names[:40]:
        alone = build_features(bank.snapshot.book([name]), as_of)
        pd.testing.assert_frame_equal(alone, expected.loc[[name]], check_exact=True)


def test_the_worked_book_with_its_nulls_and_zones_is_read_back(tmp_path: Path, require_same: Any) -> None:
    tables = worked_tables()
    people = tables["customers"]
    people.loc[people.index[0], ["timezone", "region", "birth_date", "occupation"]] = None
    people.loc[people.index[1], ["timezone", "timezone_other"]] = ["Europe/London", "Asia/Shanghai"]
    book = Book.of(tables)
    book.write(tmp_path / "book")
    write_snapshot(tmp_path / "book", tmp_path / "out", pd.Timestamp("2030-01-01", tz="UTC"), chunk=2)
    snapshot = Snapshot.open(tmp_path / "out", verify=True)
    require_same(snapshot.book(snapshot.ids()).ledger, book.ledger)


def test_a_customer_of_no_rows_is_in_the_snapshot(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> None:
    bare = {name: frame if name == "customers" else frame.iloc[:0] for name, frame in tables.items()}
    Book.of(bare).write(tmp_path / "book")
    write_snapshot(tmp_path / "book", tmp_path / "out", pd.Timestamp("2026-01-01", tz="UTC"))
    snapshot = Snapshot.open(tmp_path / "out")
    name = bare["customers"]["customer_id"].iloc[0]
    assert len(snapshot) == len(bare["customers"])
    assert [len(frame) for _, frame in snapshot.book([name]).tables()] == [1, 0, 0, 0, 0, 0, 0]


def test_a_book_of_nobody_makes_a_snapshot_of_nobody(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> None:
    Book.of({name: frame.iloc[:0] for name, frame in tables.items()}).write(tmp_path / "book")
    write_snapshot(tmp_path / "book", tmp_path / "out", pd.Timestamp("2026-01-01", tz="UTC"))
    snapshot = Snapshot.open(tmp_path / "out", verify=True)
    assert (len(snapshot), "anna" in snapshot, snapshot.ids()) == (0, False, [])


def test_the_chunks_do_not_show(bank: Any, tmp_path: Path) -> None:
    done = write_snapshot(bank.folder / "book", tmp_path / "out", chunk=1_000)
    whole = Snapshot.open(tmp_path / "out").book(bank.names)
    for (_, mine), (_, theirs) in zip(whole.tables(), bank.snapshot.book(bank.names).tables(), strict=True):
        pd.testing.assert_frame_equal(mine, theirs, check_exact=True)
    assert done.manifest.rows == bank.snapshot.manifest.rows


def test_every_value_that_the_schema_allows_keeps_its_bits() -> None:
    row = np.zeros(1, PACKED["loans"])
    row["term_months"], row["day"], row["principal"], row["at"] = 600, 84_370, 1e12 - 0.01, 2**35
    assert (row["term_months"][0], row["day"][0], row["principal"][0], row["at"][0]) == (
        600,
        84_370,
        1e12 - 0.01,
        2**35,
    )
    assert np.float32(2**24 - 1) == 2**24 - 1


def test_customers_with_a_fault_are_set_aside_with_the_reason(bank: Any, tmp_path: Path) -> None:
    damaged = bank.names[3]
    loan = bank.book.loans.loc[bank.book.loans["customer_id"] == damaged, "loan_id"].iloc[0]
    principal = bank.book.loans["principal"].where(bank.book.loans["loan_id"] != loan, -5.0)
    tables = dict(bank.book.tables()) | {"loans": bank.book.loans.assign(principal=principal)}
    Book.of(tables).write(tmp_path / "book")
    done = write_snapshot(tmp_path / "book", tmp_path / "out", chunk=60)
    assert done.rejected == tmp_path / "out.rejected.csv"
    (fault,) = pd.read_csv(done.rejected).to_dict("records")
    assert (fault["customer_id"], fault["table"], fault["column"]) == (damaged, "loans", "principal")
    snapshot = Snapshot.open(tmp_path / "out")
    assert damaged not in snapshot
    assert (len(snapshot), done.manifest.set_aside) == (len(bank.names) - 1, 1)


def test_the_same_customers_are_set_aside_as_by_the_features_job(bank: Any, tmp_path: Path) -> None:
    amount = bank.book.payments["amount"].where(bank.book.payments["amount"].rank() > 5, -1.0)
    tables = dict(bank.book.tables()) | {"payments": bank.book.payments.assign(amount=amount)}
    Book.of(tables).write(tmp_path / "book")
    done = write_snapshot(tmp_path / "book", tmp_path / "out", chunk=60)
    features = write_features(tmp_path / "book", Snapshot.open(tmp_path / "out").as_of, tmp_path / "f.parquet", 60)
    assert done.rejected is not None
    assert features.rejected is not None
    assert done.rejected.read_text() == features.rejected.read_text()


def test_what_came_after_the_moment_is_left_for_events(bank: Any, tmp_path: Path, require_same: Any) -> None:
    as_of = bank.snapshot.as_of - pd.Timedelta(days=45)
    write_snapshot(bank.folder / "book", tmp_path / "out", as_of, chunk=60)
    snapshot = Snapshot.open(tmp_path / "out")
    book = snapshot.book(snapshot.ids())
    assert book.payments["paid_at"].max() <= as_of
    assert book.reminders["sent_at"].max() <= as_of
    pd.testing.assert_frame_equal(build_features(book, as_of), build_features(bank.book, as_of), check_exact=True)


@pytest.mark.parametrize("name", ["nobody", "", "c000001 "])
def test_who_is_not_in_the_snapshot_is_refused_by_name(bank: Any, name: str) -> None:
    assert name not in bank.snapshot
    with pytest.raises(SchemaError, match=rf"customers.customer_id: '{name}' is not in the snapshot"):
        bank.snapshot.book([name])


def test_ids_that_share_a_hash_are_told_apart(bank: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("files", "snapshot"):
        monkeypatch.setattr(f"serving.snapshot.{module}.hash_of", lambda name: len(name) % 2)
    write_snapshot(bank.folder / "book", tmp_path / "out", chunk=60)
    snapshot = Snapshot.open(tmp_path / "out")
    assert [snapshot.position(name) for name in bank.names] == list(range(len(bank.names)))
    assert "nobody" not in snapshot


def test_a_file_cut_short_is_refused_by_name(copy: Path) -> None:
    file = files_of(copy) / "payments.npy"
    file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(SchemaError, match=r"payments\.npy: [\d,]+ bytes, expected [\d,]+; the file is damaged"):
        Snapshot.open(copy)


def test_a_file_that_is_gone_is_refused_by_name(copy: Path) -> None:
    (files_of(copy) / "loans.arrow").unlink()
    with pytest.raises(SchemaError, match=r"loans\.arrow: the file is absent"):
        Snapshot.open(copy)


def test_a_changed_byte_is_found_when_all_is_read(copy: Path) -> None:
    file = files_of(copy) / "instalments.npy"
    content = bytearray(file.read_bytes())
    content[-9] ^= 1
    file.write_bytes(content)
    Snapshot.open(copy)
    with pytest.raises(SchemaError, match=r"instalments\.npy: the content is not what was written"):
        Snapshot.open(copy, verify=True)


MANIFESTS: dict[str, tuple[dict[str, Any], str]] = {
    "format": ({"format": 9}, r"manifest\.json: format 9, this Duewise reads 1"),
    "schema": ({"schema": "0" * 24}, r"manifest\.json: made of tables declared otherwise \(schema 0{24}"),
    "as_of": ({"as_of": "2020-01-01T00:00:00Z"}, r"manifest\.json: the content is not what was written"),
    "elsewhere": ({"content": "../../other"}, r"manifest\.json: the content is not what was written"),
    "files": ({"files": {}}, r"manifest\.json: the content is not what was written"),
    "unknown key": ({"pickle": "x"}, r"manifest\.json: this is no manifest of a snapshot: .*pickle"),
    "rows": ({"rows": "many"}, r"manifest\.json: this is no manifest of a snapshot: .*rows"),
}


@pytest.mark.parametrize(("values", "words"), MANIFESTS.values(), ids=MANIFESTS)
def test_a_foreign_manifest_is_refused_with_the_reason(copy: Path, values: dict[str, Any], words: str) -> None:
    edited(copy, **values)
    with pytest.raises(SchemaError, match=words):
        Snapshot.open(copy)


def test_rows_counted_otherwise_are_refused_by_the_file(copy: Path, bank: Any) -> None:
    edited(copy, rows=dict(bank.snapshot.manifest.rows) | {"credit": 1})
    with pytest.raises(SchemaError, match=r"credit\.npy: \(\d+,\) rows of .*, expected \(1,\)"):
        Snapshot.open(copy)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", None], ids=["empty", "cut", "list", "bytes", "absent"])
def test_what_is_no_manifest_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(SchemaError, match=r"manifest\.json: (this is no manifest|there is no snapshot here)"):
        Snapshot.open(tmp_path)


def test_the_former_snapshot_serves_until_the_new_one_is_whole(
    copy: Path, bank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    former, as_of = Snapshot.open(copy), bank.snapshot.as_of - pd.Timedelta(days=1)

    def fail(*_: Any) -> None:
        raise SchemaError("stopped")

    with monkeypatch.context() as patch:
        patch.setattr("serving.snapshot.writing.pack", fail)
        with pytest.raises(SchemaError, match="stopped"):
            write_snapshot(bank.folder / "book", copy, as_of, chunk=60)
    assert Snapshot.open(copy, verify=True).version == former.version
    write_snapshot(bank.folder / "book", copy, as_of, chunk=60)
    assert Snapshot.open(copy, verify=True).as_of == as_of
    assert former.book(bank.names[:1]).ledger.ids == (bank.names[0],)
    assert sorted(file.name for file in copy.parent.iterdir()) == ["snapshot"]


def test_only_the_newest_two_are_kept(copy: Path, bank: Any) -> None:
    for days in (1, 2, 3):
        write_snapshot(bank.folder / "book", copy, bank.snapshot.as_of - pd.Timedelta(days=days), chunk=60)
    assert len([folder for folder in copy.iterdir() if folder.is_dir()]) == 2


def test_the_same_book_makes_the_same_snapshot(copy: Path, bank: Any) -> None:
    write_snapshot(bank.folder / "book", copy, chunk=60)
    assert Snapshot.open(copy, verify=True).version == bank.snapshot.version


PLACES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "file": (lambda place: place.write_text("x"), "expected a folder for the snapshot, got a file"),
    "other folder": (lambda place: (place / "work").mkdir(parents=True), "the folder holds something else"),
}


@pytest.mark.parametrize(("make", "words"), PLACES.values(), ids=PLACES)
def test_a_place_of_something_else_is_left_alone(
    bank: Any, tmp_path: Path, make: Callable[[Path], Any], words: str
) -> None:
    make(tmp_path / "out")
    with pytest.raises(SchemaError, match=words):
        write_snapshot(bank.folder / "book", tmp_path / "out")


def test_a_moment_without_a_zone_is_refused(bank: Any, tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="as_of must be a time with a time zone"):
        write_snapshot(bank.folder / "book", tmp_path / "out", pd.Timestamp("2026-01-01"))


def test_a_book_that_has_seen_nothing_needs_a_moment(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> None:
    tables |= {name: tables[name].iloc[:0] for name in ("payments", "reminders")}
    Book.of(tables).write(tmp_path / "book", "csv")
    with pytest.raises(SchemaError, match="the book has seen nothing; say as of when it is"):
        write_snapshot(tmp_path / "book", tmp_path / "out")


def test_a_book_of_csv_files_makes_the_same_snapshot(bank: Any, tmp_path: Path, require_same: Any) -> None:
    bank.book.write(tmp_path / "book", "csv")
    write_snapshot(tmp_path / "book", tmp_path / "out", chunk=60)
    snapshot = Snapshot.open(tmp_path / "out")
    assert snapshot.as_of == bank.snapshot.as_of
    require_same(snapshot.book(bank.names).ledger, bank.book.ledger)
