"""The verbs, from a book to decisions; each on the small trained world."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import duewise
import training.default_training as default_training
from features import CATALOGUE, Book, build_features

RUN = CliRunner()


def invoke(*arguments: Any) -> Any:
    return RUN.invoke(duewise.app, [str(a) for a in arguments])


def test_simulate_writes_a_book_that_validate_accepts(tmp_path: Path) -> None:
    done = invoke("simulate", tmp_path / "b", "--customers", 60, "--months", 6, "--seed", 1)
    assert done.exit_code == 0, done.output
    assert "60 customers" in done.output
    checked = invoke("validate", tmp_path / "b")
    assert checked.exit_code == 0
    assert "all rows of 60 customers are valid" in checked.output


def test_validate_lists_faults_and_leaves_with_one(book: Book, tmp_path: Path) -> None:
    Book.of(dict(book.tables()) | {"payments": book.payments.assign(amount=-1.0)}).write(tmp_path)
    done = invoke("validate", tmp_path)
    assert done.exit_code == 1
    assert "payments.amount: 17 rows, such as row 0: got -1.0; expected a number in [0.01, 1e+12]." in done.output


def test_score_decides_for_good_customers_and_sets_the_others_aside(world: Any, tmp_path: Path) -> None:
    payments = world.book.payments.copy()
    payments.loc[0, "amount"] = -5.0
    Book.of(dict(world.book.tables()) | {"payments": payments}).write(tmp_path / "book")
    done = invoke("score", tmp_path / "book", "--out", tmp_path / "d.parquet", "--as-of", "2025-05-20T10:00:00")
    assert done.exit_code == 0, done.output
    decisions, rejected = pd.read_parquet(tmp_path / "d.parquet"), pd.read_csv(tmp_path / "d.rejected.csv")
    assert len(decisions) == len(world.book.customers) - 1
    assert rejected["column"].tolist() == ["amount"]
    assert rejected["customer_id"].iloc[0] not in set(decisions["customer_id"])


def test_features_writes_the_matrix_and_says_how_far_it_is(book: Book, as_of: pd.Timestamp, tmp_path: Path) -> None:
    payments = book.payments.copy()
    payments.loc[8, "amount"] = -1.0
    Book.of(dict(book.tables()) | {"payments": payments}).write(tmp_path / "b")
    out = tmp_path / "f.parquet"
    done = invoke(
        "features", "--book", tmp_path / "b", "--as-of", "2026-03-01", "--out", out, "--chunk", 2, "--processes", 1
    )
    assert done.exit_code == 0, done.output
    for said in ("2/3 features by chunk (next: one file): 50 %", f"3 customers, {len(CATALOGUE)} features"):
        assert said in done.output
    assert f"1 customers set aside: {out.with_suffix('.rejected.csv')}" in done.output.replace("\n", "")
    matrix = pd.read_parquet(out).set_index("customer_id")
    pd.testing.assert_frame_equal(matrix, build_features(book, as_of, ["ann", "cy", "dai"]), check_index_type=False)


def test_demo_shows_customers_of_different_kinds(world: Any, unused_port: int) -> None:
    done = invoke("demo", world.folder, "--port", unused_port)
    assert done.exit_code == 0, done.output
    assert "What Duewise would do" in done.output
    assert "points" in done.output
    assert "Look next" in done.output


@pytest.mark.realdata
def test_a_real_book_is_trained_scored_and_shown_by_the_same_verbs(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unused_port: int
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    at = ("--as-of", "2005-09-30T23:59:59")
    mapped = invoke("taiwan", real_data / "taiwan_credit_default.csv.gz", tmp_path / "book")
    assert " ".join(at) in mapped.output
    trained = invoke("train", tmp_path / "book", *at, "--no-figures")
    assert trained.exit_code == 0, trained.output
    assert "no better than the base rate" not in trained.output
    assert float(trained.output.split("judge_auc")[1].split()[1]) > 0.65
    done = invoke("score", tmp_path / "book", "--out", tmp_path / "d.parquet", *at)
    assert done.exit_code == 0, done.output
    decisions = pd.read_parquet(tmp_path / "d.parquet")
    assert len(decisions) == 30_000
    assert set(decisions["action"]) == {"none"}  # no reminder log, so nothing is known of any other action
    assert invoke("demo", tmp_path / "book", "--port", unused_port).exit_code == 0


def test_a_model_no_better_than_the_base_rate_says_so(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    honest = default_training.measures
    monkeypatch.setattr(default_training, "measures", lambda y, p: honest(y, p) | {"log_loss": 9.0})
    done = invoke("train", world.folder, "--no-figures")
    assert "duewise-default version 1 does no better than the base rate" in done.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("train", "no-such-book"), "customers: neither"),
        (("score", "no-such-book"), "customers: neither"),
        (("features", "--book", "no-such-book", "--as-of", "2026-03-01", "--out", "f.parquet"), "customers: neither"),
        (("train", "no-such-book", "--config", "no-such.yaml"), "no-such.yaml cannot be read"),
    ],
    ids=["train", "score", "features", "config"],
)
def test_a_refusal_is_a_sentence_and_exit_code_two(
    arguments: tuple[str, ...], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = invoke(*arguments)
    assert done.exit_code == 2
    assert sentence in done.output
    assert "Traceback" not in done.output


def test_serve_without_a_model_says_which_command_makes_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    done = invoke("serve")
    assert done.exit_code == 2
    assert "`duewise train BOOK` makes one" in done.output.replace("\n", " ")


def test_catalogue_lists_a_family_and_refuses_one_that_is_not_there() -> None:
    done = invoke("catalogue", "--family", "income")
    assert done.exit_code == 0
    assert "months_without_income" in done.output
    refused = invoke("catalogue", "--family", "astrology")
    assert refused.exit_code == 2
    assert "there is no family 'astrology' of features" in refused.output


def test_catalogue_writes_the_page(tmp_path: Path) -> None:
    assert invoke("catalogue", "--out", tmp_path / "page.md").exit_code == 0
    assert "| `dpd_now` |" in (tmp_path / "page.md").read_text()
