"""Whatever the chunks and the processes, the job gives what the whole book in memory gives."""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features import Book, DuewiseError, SchemaError
from features.stream import last_seen, usual_zone, write_features

Tables = dict[str, pd.DataFrame]
Check = Callable[[Path, Path, pd.Timestamp], None]
Write = Callable[[Tables], Path]

CELLS = ["", "ghost", "ann", "bo", "cy", "ann-1", "bo-1", "cy-1", "r1", "1", "5", "-5", "abc", "2025-09-05", "None"]


def damaged(texts: Tables, seed: int) -> Tables:
    """Return tables in which some rows stand twice and some cells, ids above all, are others."""
    draw, tables = random.Random(seed), {name: frame.copy() for name, frame in texts.items()}
    for _ in range(draw.randint(2, 6)):
        name = draw.choice(list(tables))
        frame = tables[name]
        if draw.random() < 0.3:
            frame = tables[name] = pd.concat([frame, frame.iloc[[draw.randrange(len(frame))]]], ignore_index=True)
        ids = [column for column in frame if column.endswith("_id") or column == "instalment_no"]
        column = draw.choice(ids if draw.random() < 0.7 else list(frame))
        frame.loc[draw.randrange(len(frame)), column] = draw.choice(CELLS)
    return tables


@pytest.mark.parametrize(
    ("form", "chunk", "processes"),
    [("parquet", 250, 2), ("parquet", 10_000, 1), ("parquet", 170, 1), ("csv", 599, 1)],
    ids=["three chunks in two processes", "one chunk", "four chunks", "csv"],
)
def test_the_file_is_the_matrix_of_the_book_to_the_bit(
    world_folder: Path, world_moment: pd.Timestamp, tmp_path: Path, assert_as_in_memory: Check,
    form: str, chunk: int, processes: int,
) -> None:  # fmt: skip
    done = write_features(world_folder / form, world_moment, tmp_path / "f.parquet", chunk, processes)
    assert (done.customers, done.set_aside, done.rejected) == (600, 0, None)
    assert_as_in_memory(done.file, world_folder / form, world_moment)
    assert [file.name for file in tmp_path.iterdir()] == ["f.parquet"]


@pytest.mark.parametrize("seed", range(4))
def test_chunks_change_neither_the_file_nor_the_faults_by_a_byte(
    texts: Tables, as_of: pd.Timestamp, folder_of: Write, tmp_path: Path, assert_as_in_memory: Check, seed: int
) -> None:
    folder = folder_of(damaged(texts, seed))
    for chunk in (1, 2):
        write_features(folder, as_of, tmp_path / f"{chunk}.parquet", chunk)
    assert_as_in_memory(tmp_path / "1.parquet", folder, as_of)
    for kind in (".parquet", ".rejected.csv"):
        one, two = (tmp_path / f"{chunk}{kind}" for chunk in (1, 2))
        assert one.exists() == two.exists()
        assert not one.exists() or one.read_bytes() == two.read_bytes()


def faults_of(texts: Tables, as_of: pd.Timestamp, folder_of: Write, tmp_path: Path) -> pd.DataFrame:
    done = write_features(folder_of(texts), as_of, tmp_path / "f.parquet", chunk=1)
    assert done.rejected is not None
    return pd.read_csv(done.rejected, dtype=str, keep_default_na=False)


def test_a_fault_is_told_with_its_row_and_its_cell_as_the_bank_gave_them(
    texts: Tables, as_of: pd.Timestamp, folder_of: Write, tmp_path: Path
) -> None:
    texts["payments"].loc[8, "amount"] = "-07.0"  # bo's, in the second chunk
    faults = faults_of(texts, as_of, folder_of, tmp_path)
    assert faults.to_numpy().tolist() == [
        ["bo", "payments", "8", "amount", "-07.0", "a number in [0.01, 1e+12]"]
    ]  # fmt: skip
    assert pd.read_parquet(tmp_path / "f.parquet")["customer_id"].tolist() == ["ann", "cy", "dai"]


def test_rows_that_lead_to_no_customer_are_told_and_harm_nobody(
    texts: Tables, as_of: pd.Timestamp, folder_of: Write, tmp_path: Path
) -> None:
    texts["credit"].loc[1, "customer_id"] = "zoe"
    texts["payments"].loc[3, "loan_id"] = "lost"
    faults = faults_of(texts, as_of, folder_of, tmp_path)
    assert faults[["customer_id", "table", "row"]].to_numpy().tolist() == [
        ["", "payments", "3"],
        ["zoe", "credit", "1"],
    ]
    assert pd.read_parquet(tmp_path / "f.parquet")["customer_id"].tolist() == ["ann", "bo", "cy", "dai"]


def test_a_loan_of_two_customers_in_different_chunks_sets_both_aside(
    texts: Tables, as_of: pd.Timestamp, folder_of: Write, tmp_path: Path, assert_as_in_memory: Check
) -> None:
    texts["loans"].loc[2, "loan_id"] = "ann-1"
    faults = faults_of(texts, as_of, folder_of, tmp_path)
    twice = faults[faults["table"] == "loans"]
    assert twice[["customer_id", "row"]].to_numpy().tolist() == [["ann", "0"], ["cy", "2"]]
    assert pd.read_parquet(tmp_path / "f.parquet")["customer_id"].tolist() == ["bo", "dai"]
    assert_as_in_memory(tmp_path / "f.parquet", tmp_path / "csv", as_of)


def test_a_reminder_id_may_be_another_customers_too(
    texts: Tables, as_of: pd.Timestamp, folder_of: Write, tmp_path: Path, assert_as_in_memory: Check
) -> None:
    texts["reminders"].loc[1, "reminder_id"] = "r1"
    done = write_features(folder_of(texts), as_of, tmp_path / "f.parquet", chunk=1)
    assert done.set_aside == 0
    assert_as_in_memory(done.file, tmp_path / "csv", as_of)


def test_ids_that_are_whole_numbers_are_read_as_texts_in_any_chunk(
    tables: Tables, as_of: pd.Timestamp, tmp_path: Path, assert_as_in_memory: Check
) -> None:
    tables["customers"]["customer_id"] = pd.array([1, 2, 3, 4], dtype="Int64")
    for name in ("loans", "incomes", "credit", "reminders"):
        owner = tables[name]["customer_id"].map({"ann": 1, "bo": 2, "cy": 3, "dai": 4})
        tables[name]["customer_id"] = owner.where(tables[name].index != 8).astype("Int64")  # one income is nobody's
    for name, frame in tables.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    done = write_features(tmp_path, as_of, tmp_path / "out" / "f.parquet", chunk=1)
    assert done.customers == 4
    assert_as_in_memory(done.file, tmp_path, as_of)


def test_an_empty_book_gives_a_file_without_rows(
    tables: Tables, as_of: pd.Timestamp, tmp_path: Path, assert_as_in_memory: Check
) -> None:
    Book.of({name: frame.iloc[:0] for name, frame in tables.items()}).write(tmp_path / "b")
    done = write_features(tmp_path / "b", as_of, tmp_path / "f.parquet")
    assert done.customers == 0
    assert len(pd.read_parquet(done.file)) == 0


def test_old_faults_do_not_stay_beside_a_new_file(
    texts: Tables, as_of: pd.Timestamp, folder_of: Write, tmp_path: Path
) -> None:
    (tmp_path / "f.rejected.csv").write_text("of another day")
    assert write_features(folder_of(texts), as_of, tmp_path / "f.parquet").rejected is None
    assert not (tmp_path / "f.rejected.csv").exists()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "credit.csv").unlink(), r"credit: neither .*credit\.parquet nor .*credit\.csv exists"),
        (lambda f: (f / "loans.csv").write_bytes(b"loan_id\n\xff\xfe"), r"loans: .*loans\.csv cannot be read as csv"),
        (lambda f: (f / "loans.parquet").write_bytes(b"PAR1"), r"loans: .*cannot be read as parquet"),
        (lambda f: (f / "incomes.csv").write_text("customer_id\n"), r"incomes\.received_on: the column is absent from"),
    ],
    ids=["missing table", "not UTF-8", "truncated parquet", "absent column"],
)
def test_a_book_that_cannot_be_read_is_refused_by_table_and_nothing_is_left(
    texts: Tables, as_of: pd.Timestamp, folder_of: Write, tmp_path: Path, spoil: Callable[[Path], Any], message: str
) -> None:
    folder = folder_of(texts)
    spoil(folder)
    with pytest.raises(SchemaError, match=message):
        write_features(folder, as_of, tmp_path / "f.parquet")
    assert [file.name for file in tmp_path.iterdir()] == ["csv"]


def test_a_moment_without_a_zone_and_a_folder_for_a_file_are_refused(
    texts: Tables, as_of: pd.Timestamp, folder_of: Write, tmp_path: Path
) -> None:
    folder = folder_of(texts)
    with pytest.raises(SchemaError, match="as_of must be a time with a time zone"):
        write_features(folder, pd.Timestamp("2026-03-01"), tmp_path / "f.parquet")
    with pytest.raises(SchemaError, match="expected a file to write to, got a folder"):
        write_features(folder, as_of, tmp_path)


def test_the_usual_zone_is_the_one_of_most_customers(texts: Tables, folder_of: Write) -> None:
    texts["customers"]["timezone"] = ["Mars/Base", "Mars/Base", "Europe/Paris", "Asia/Tokyo"]
    assert usual_zone(folder_of(texts)) == "Asia/Tokyo"
    texts["customers"]["timezone"] = "Mars/Base"
    with pytest.raises(SchemaError, match=r"customers\.timezone: no row of .* names an IANA time zone"):
        usual_zone(folder_of(texts))


def test_the_last_moment_seen_is_that_of_payments_and_reminders_in_the_usual_zone(
    texts: Tables, folder_of: Write
) -> None:
    folder = folder_of(texts)
    book = Book.read(folder)
    assert last_seen(folder) == max(book.payments["paid_at"].max(), book.reminders["sent_at"].max()).ceil("s")
    texts["payments"].loc[0, "paid_at"] = "2031-01-02T03:04:05.5+08:00"
    texts["reminders"].loc[0, "sent_at"] = "no moment"
    assert last_seen(folder_of(texts)).isoformat() == "2031-01-02T03:04:06+08:00"


def test_a_book_that_has_seen_nothing_needs_a_moment(texts: Tables, folder_of: Write) -> None:
    nothing = {name: texts[name].iloc[:0] for name in ("payments", "reminders")}
    with pytest.raises(SchemaError, match="no payment and no reminder says until when the book goes"):
        last_seen(folder_of(texts | nothing))


@pytest.mark.parametrize(
    ("does", "message"),
    [("raise SchemaError('no chunk is good')", "no chunk is good"), ("os._exit(9)", "a process was killed, perhaps")],
    ids=["a refusal", "a death"],
)
def test_what_ends_a_process_reaches_the_caller_as_a_sentence(
    texts: Tables, as_of: pd.Timestamp, folder_of: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    does: str, message: str,
) -> None:  # fmt: skip
    name = f"part_{len(does)}"
    code = f"import os\nfrom features.errors import SchemaError\n\ndef write_part(work, chunk, as_of):\n    {does}\n"
    (tmp_path / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("features.stream.pool.write_part", importlib.import_module(name).write_part)
    with pytest.raises(DuewiseError, match=message):
        write_features(folder_of(texts), as_of, tmp_path / "f.parquet", chunk=2, processes=2)
