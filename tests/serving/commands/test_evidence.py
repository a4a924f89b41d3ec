"""``duewise evidence`` as it is mounted on a command line."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

from features import Book
from features.example import WORKED_AS_OF, worked_tables
from serving.commands.evidence import evidence


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the worked book, in which bo has a second loan that is late as well."""
    tables = worked_tables()
    second = tables["loans"][tables["loans"]["loan_id"] == "bo-1"].assign(loan_id="bo-2")
    due = pd.DataFrame([("bo-2", 1, "2026-02-01", 10.0)], columns=list(tables["instalments"].columns))
    tables["loans"] = pd.concat([tables["loans"], second])
    tables["instalments"] = pd.concat([tables["instalments"], due])
    path = tmp_path_factory.mktemp("evidence")
    Book.of(tables).write(path / "book")
    decisions = {
        "customer_id": "bo", "decision_id": "d1", "as_of": WORKED_AS_OF.tz_convert("UTC"), "loan_id": "bo-1",
        "escalation": "visit", "tier": "high", "stance": "chronic", "default_probability": 0.5, "days_past_due": 50.0,
    }  # fmt: skip
    pd.DataFrame([decisions]).to_parquet(path / "decisions.parquet")
    pd.DataFrame({"customer_id": ["bo"]}).to_parquet(path / "other.parquet")
    (path / "text.parquet").write_text("no parquet")
    return path


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    app.command()(evidence)
    return CliRunner().invoke(app, ["evidence", *map(str, arguments)])


def test_it_writes_the_pressing_loan_and_says_which_others_are_late(folder: Path, tmp_path: Path) -> None:
    done = run(folder / "book", "bo", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "several loans are late: bo-1 is taken, the pressing one; also bo-2." in done.output
    assert {file.suffix for file in tmp_path.iterdir()} == {".html", ".json"}
    content = json.loads(next(tmp_path.glob("*.json")).read_text(encoding="utf-8"))
    assert (content["loan_id"], content["decision"]) == ("bo-1", None)


def test_a_loan_and_a_moment_may_be_asked_for(folder: Path, tmp_path: Path) -> None:
    done = run(
        folder / "book",
        "bo",
        "--out",
        tmp_path,
        "--loan",
        "bo-2",
        "--as-of",
        "2026-02-10",
        "--language",
        "en",
        "--quiet",
    )
    assert done.exit_code == 0, done.output
    content = json.loads(next(tmp_path.glob("*.json")).read_text(encoding="utf-8"))
    assert (content["loan_id"], content["as_of"]) == ("bo-2", "2026-02-10T00:00:00+08:00")
    assert "several loans are late: bo-2 is taken, as asked; also bo-1." in done.output


def test_the_decision_is_shown(folder: Path, tmp_path: Path) -> None:
    done = run(folder / "book", "bo", "--out", tmp_path, "--decisions", folder / "decisions.parquet")
    assert done.exit_code == 0, done.output
    content = json.loads(next(tmp_path.glob("*.json")).read_text(encoding="utf-8"))
    assert content["decision"] == {
        "decision_id": "d1", "escalation": "visit", "tier": "high", "stance": "chronic", "default_probability": 0.5, "days_past_due": 50.0,
    }  # fmt: skip
    assert content["as_of"] == WORKED_AS_OF.isoformat()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["eve"], "'eve' is not in the book"),
        (["bo", "--loan", "ann-1"], "'bo' has no loan 'ann-1' by 2026-02-27; expected one of bo-1, bo-2"),
        (["bo", "--decisions", "{}/decisions.parquet", "--as-of", "2026-02-01"], "later than --as-of"),
        (["bo", "--decisions", "{}/decisions.parquet", "--loan", "bo-2"], "are about the loan 'bo-1', not 'bo-2'"),
        (["ann", "--decisions", "{}/decisions.parquet"], "holds no decision about 'ann'"),
        (["bo", "--decisions", "{}/other.parquet"], "it has no as_of, loan_id"),
        (["bo", "--decisions", "{}/text.parquet"], "cannot be read as decisions"),
        (["bo", "--decisions", "{}/absent.parquet"], "cannot be read as decisions"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_told_is_refused(folder: Path, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    done = run(folder / "book", *(text.format(folder) for text in arguments), "--out", tmp_path / "packs")
    assert done.exit_code == 2, done.output
    assert sentence in " ".join(done.output.split())
    assert not (tmp_path / "packs").exists()
