"""A book scored in chunks, in processes, and by a run that was killed: one file, the same to the byte."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features import Book, SchemaError, screen
from serving.batch import PRICES_FILE, Scored, score_book
from serving.batch.decision_table import table_of
from serving.decide import Decisions, decide
from serving.policy_settings import Capacity, PolicySettings, read_policy
from serving.reason_settings import read_reasons
from serving.registry import load_models

SCORE = """
import os, signal, sys
from dataclasses import replace
import pandas as pd
from serving.batch import book as batch, steps
from serving.policy_settings import Capacity, read_policy
from serving.registry import load_models

folder, moment, out, step, killed_at, calls = sys.argv[1:]

def killing(write):
    def write_or_die(work, chunk, deciding):
        if chunk == int(killed_at):
            os.kill(os.getpid(), signal.SIGKILL)
        print(write.__name__, chunk, flush=True)
        write(work, chunk, deciding)
    return write_or_die

for name in ("write_offers", "write_decisions"):
    if step in (name, "neither"):
        setattr(batch, name, killing(getattr(steps, name)))
capacity = Capacity(channels={"call": int(calls)}) if int(calls) else read_policy().capacity
settings = replace(read_policy(), capacity=capacity)
batch.score_book(folder, pd.Timestamp(moment), load_models(), settings, out, 300)
"""


def bound() -> PolicySettings:
    return replace(read_policy(), capacity=Capacity(channels={"call": 20}))


def scored(world: Any, out: Path, settings: PolicySettings | None = None, **by: Any) -> Scored:
    return score_book(world.folder, world.as_of, load_models(), settings or read_policy(), out, **by)


@pytest.fixture(scope="module")
def whole(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the decisions of a run in one chunk."""
    out = tmp_path_factory.mktemp("whole") / "d.parquet"
    done = scored(world, out)
    assert (done.decisions, done.set_aside, done.rejected, done.prices) == (1_000, 0, None, None)
    return out


def test_the_file_is_the_table_of_the_decisions_in_memory(world: Any, whole: Path) -> None:
    models, settings = load_models(), read_policy()
    decisions = decide(world.book, world.as_of, models, settings)
    table = table_of(decisions, settings, read_reasons(), models.version).to_pandas()
    pd.testing.assert_frame_equal(pd.read_parquet(whole), table, check_exact=True)


@pytest.mark.parametrize(
    ("chunk", "processes"), [(300, 1), (400, 2), (999, 1)], ids=["four chunks", "two processes", "one is left over"]
)
def test_chunks_and_processes_change_no_byte(
    world: Any, whole: Path, tmp_path: Path, chunk: int, processes: int
) -> None:
    scored(world, tmp_path / "d.parquet", chunk=chunk, processes=processes)
    assert (tmp_path / "d.parquet").read_bytes() == whole.read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["d.parquet"]


def test_under_capacity_chunks_and_processes_change_no_byte(world: Any, tmp_path: Path) -> None:
    ways = {"one": {}, "two": {"chunk": 300, "processes": 2}}
    for name, way in ways.items():
        done = scored(world, tmp_path / name / "d.parquet", bound(), **way)
        assert done.prices is not None
    for file in ("d.parquet", PRICES_FILE):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_under_capacity_a_chunk_is_gone_through_once_and_chosen_for_as_by_its_prices_from_the_start(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone_through: list[int] = []

    def counted(*given: Any, **more: Any) -> Decisions:
        gone_through.append(1)
        return decide(*given, **more)

    monkeypatch.setattr("serving.batch.deciding.decide", counted)
    tight = replace(read_policy(), capacity=Capacity(channels=dict.fromkeys(("sms", "push", "email"), 3)))
    done = scored(world, tmp_path / "d.parquet", tight, chunk=300)
    assert len(gone_through) == 4
    assert done.prices is not None
    models = load_models()
    decisions = decide(world.book, world.as_of, models, tight, prices=done.prices)
    table = table_of(decisions, tight, read_reasons(), models.version, done.prices).to_pandas()
    assert (table["capacity_price"] > 0).any()
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "d.parquet"), table, check_exact=True)


def test_the_schema_does_not_depend_on_who_is_asked_about(world: Any) -> None:
    models, settings = load_models(), read_policy()
    names = world.book.customers["customer_id"]
    tables = [
        table_of(decide(world.book, world.as_of, models, settings, who), settings, read_reasons(), models.version)
        for who in ([], list(names[:1]), list(names))
    ]
    assert [table.num_rows for table in tables] == [0, 1, len(names)]
    assert all(table.schema.equals(tables[0].schema, check_metadata=True) for table in tables)


def run(world: Any, out: Path, step: str, killed_at: int, calls: int = 0) -> subprocess.CompletedProcess[str]:
    given = [str(world.folder), world.as_of.isoformat(), str(out), step, str(killed_at), str(calls)]
    environment = os.environ | {"MLFLOW_TRACKING_URI": world.tracking_uri}
    return subprocess.run(
        [sys.executable, "-c", SCORE, *given], capture_output=True, text=True, env=environment, check=False
    )


def test_a_killed_run_goes_on_and_neither_doubles_nor_loses_a_row(world: Any, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "d.parquet"
    out.write_text("of yesterday")
    assert run(world, out, "write_decisions", killed_at=2).returncode == -signal.SIGKILL
    assert out.read_text() == "of yesterday"
    again = run(world, out, "neither", killed_at=-1)
    assert again.stdout.splitlines() == ["write_decisions 2", "write_decisions 3"], again.stderr
    assert out.read_bytes() == whole.read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["d.parquet"]


@pytest.mark.parametrize(
    ("step", "left"),
    [
        ("write_offers", [*(f"write_offers {k}" for k in (1, 2, 3)), *(f"write_decisions {k}" for k in range(4))]),
        ("write_decisions", [f"write_decisions {k}" for k in (1, 2, 3)]),
    ],
    ids=["before the prices", "after the prices"],
)
def test_a_run_under_capacity_that_was_killed_goes_on_by_the_same_prices(
    world: Any, tmp_path: Path, step: str, left: list[str]
) -> None:
    scored(world, tmp_path / "whole" / "d.parquet", bound())
    out = tmp_path / "d.parquet"
    assert run(world, out, step, 1, calls=20).returncode == -signal.SIGKILL
    assert not (tmp_path / PRICES_FILE).exists()
    again = run(world, out, "neither", -1, calls=20)
    assert again.stdout.splitlines() == left, again.stderr
    for file in ("d.parquet", PRICES_FILE):
        assert (tmp_path / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_another_policy_begins_anew(world: Any, tmp_path: Path) -> None:
    out = tmp_path / "d.parquet"
    assert run(world, out, "write_decisions", killed_at=2).returncode == -signal.SIGKILL
    again = run(world, out, "neither", -1, calls=20)
    told = [*(f"write_offers {k}" for k in range(4)), *(f"write_decisions {k}" for k in range(4))]
    assert again.stdout.splitlines() == told, again.stderr


def test_faulty_customers_are_set_aside_and_the_others_decided_for_in_any_chunks(world: Any, tmp_path: Path) -> None:
    book: Book = world.book
    payments = book.payments.copy()
    payments.loc[payments.index[[5, 900]], "amount"] = -1.0
    Book.of(dict(book.tables()) | {"payments": payments}).write(tmp_path / "book")
    fit, faults = screen(Book.read(tmp_path / "book"))
    models, settings = load_models(), read_policy()
    for chunk in (170, 5_000):
        out = tmp_path / f"{chunk}.parquet"
        done = score_book(tmp_path / "book", world.as_of, models, settings, out, chunk)
        assert done.set_aside == faults["customer_id"].nunique() == 2
        assert done.rejected is not None
        rejected = pd.read_csv(done.rejected)
        assert sorted(rejected["customer_id"]) == sorted(faults["customer_id"])
        decided = decide(fit, world.as_of, models, settings)
        expected = table_of(decided, settings, read_reasons(), models.version).to_pandas()
        pd.testing.assert_frame_equal(pd.read_parquet(out), expected, check_exact=True)


def test_a_book_without_customers_gives_a_file_without_rows(world: Any, tmp_path: Path) -> None:
    Book.of({name: frame.iloc[:0] for name, frame in world.book.tables()}).write(tmp_path / "book")
    done = score_book(tmp_path / "book", world.as_of, load_models(), read_policy(), tmp_path / "d.parquet")
    assert done.decisions == 0
    assert len(pd.read_parquet(tmp_path / "d.parquet")) == 0


def test_a_moment_without_a_zone_is_refused(world: Any, tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="as_of must be a time with a time zone"):
        score_book(world.folder, pd.Timestamp("2025-05-20"), load_models(), read_policy(), tmp_path / "d.parquet")
