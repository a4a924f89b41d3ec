from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import duewise
from features import Book
from serving.feedback.reader import ReplyReader
from serving.policy_settings import read_policy
from training.feedback.report import feedback_of

RUN = CliRunner()


def invoke(*arguments: Any) -> Any:
    return RUN.invoke(duewise.app, [str(a) for a in arguments])


@pytest.fixture
def folder(book: Book, tmp_path: Path) -> Path:
    book.write(tmp_path / "b")
    return tmp_path / "b"


def test_the_verb_tells_causes_and_what_to_do(folder: Path) -> None:
    done = invoke("feedback", folder)
    assert done.exit_code == 0, done.output
    for words in ("4 replies as of", "dispute", "Stop reminders", "by product", "by stage", "by month"):
        assert words in done.output


def test_counts_add_up_and_shares_are_of_the_group(book: Book, as_of: pd.Timestamp, reader: ReplyReader) -> None:
    feedback = feedback_of(book, as_of, reader, read_policy())
    counts = feedback.counts.set_index(["by", "group", "cause"])
    assert feedback.replies == 4
    assert counts.loc[("all", "all", "dispute"), "replies"] == 1
    assert counts.loc[("all", "all", "dispute"), "share"] == pytest.approx(0.25)
    for grouping in feedback.groupings:
        own = feedback.counts[feedback.counts["by"] == grouping].groupby("cause")["replies"].sum()
        whole = feedback.overall.set_index("cause")["replies"]
        assert own.sort_index().tolist() == whole.sort_index().tolist()


def test_decisions_divide_by_tier(folder: Path, tmp_path: Path) -> None:
    decisions = tmp_path / "d.parquet"
    pd.DataFrame({"customer_id": ["ann", "bo"], "tier": ["low", "high"]}).to_parquet(decisions)
    done = invoke("feedback", folder, "--decisions", decisions, "--out", tmp_path / "f.csv", "--quiet")
    assert done.exit_code == 0, done.output
    counts = pd.read_csv(tmp_path / "f.csv")
    assert set(counts["by"]) == {"all", "product", "tier", "month"}
    assert counts.loc[counts["by"] == "tier", "group"].unique().tolist() == ["high", "not decided", "low"]


def test_the_page_holds_the_table_and_the_advice_in_both_languages(folder: Path, tmp_path: Path) -> None:
    done = invoke("feedback", folder, "--out", tmp_path / "f.html")
    assert done.exit_code == 0, done.output
    page = (tmp_path / "f.html").read_text(encoding="utf-8")
    for words in ("What customers reply", "25.0 %", "Close the channel at once", "立即永久关闭该渠道", "2025-11"):
        assert words in page


def test_what_cannot_be_written_or_read_is_refused(folder: Path, tmp_path: Path) -> None:
    done = invoke("feedback", folder, "--out", tmp_path / "f.txt")
    assert done.exit_code == 2
    assert "expected a file that ends in .csv or .html" in done.output
    strange = tmp_path / "d.parquet"
    pd.DataFrame({"customer_id": ["ann"], "tier": ["gold"]}).to_parquet(strange)
    done = invoke("feedback", folder, "--decisions", strange)
    assert done.exit_code == 2
    assert "tier: got ['gold']; expected some of ['low', 'medium', 'elevated', 'high']" in done.output
    assert invoke("feedback", folder, "--decisions", tmp_path / "none.parquet").exit_code == 2


def test_a_book_without_replies_is_reported_as_such(book: Book, as_of: pd.Timestamp, reader: ReplyReader) -> None:
    silent = Book.of(dict(book.tables()) | {"reminders": book.reminders.assign(reply_text=None)})
    feedback = feedback_of(silent, as_of, reader, read_policy())
    assert feedback.replies == 0
    assert feedback.counts.empty
