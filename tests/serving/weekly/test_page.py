"""The page: both languages whole, nothing personal, nothing fetched, and what a week without figures says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from serving.journal import Journal
from serving.weekly.words import NAMES, WORDS

SECTIONS = 7


def test_both_languages_tell_the_same_numbers_in_the_same_order(report: Any) -> None:
    english, chinese = (re.findall(r'<data value="([^"]+)"', report.article(one)) for one in ("en", "zh"))
    assert sorted(english) == sorted(chinese)
    for article in (report.article("en"), report.article("zh")):
        assert article.count("<section>") == SECTIONS
        assert article.count("<svg") >= 5
        assert article.count('class="card"') == 3
        assert article.count('class="case"') == 3


def test_every_text_is_there_in_chinese_and_in_english_with_the_same_parts() -> None:
    for chinese, english in (*WORDS.values(), *NAMES.values()):
        assert chinese
        assert english
    for key, (chinese, english) in WORDS.items():
        parts = [set(re.findall(r"{(\w+)}", text)) for text in (chinese, english)]
        if not key.startswith("why_"):
            assert parts[0] == parts[1], key


def test_no_english_sentence_is_left_in_the_chinese_part(report: Any) -> None:
    chinese = re.sub(r"<style>.*?</style>|<code>.*?</code>|<[^>]*>", " ", report.article("zh"), flags=re.S)
    assert not re.findall(r"(?:[A-Za-z]+ ){3,}[A-Za-z]+", chinese)


def test_the_first_screen_answers_better_or_worse_why_and_what_to_do(report: Any) -> None:
    first = report.article("en").partition("<section>")[0]
    verdict = report.twin["verdict"]["direction"]
    assert f"<em>{verdict.capitalize()}</em>" in first
    assert "than last week" in first
    assert "plan." in first
    assert "<b>Why</b>" in first
    assert "<b>What to do</b><ol><li>" in first
    assert 1 <= first.count("<li>") <= 3


def test_nothing_of_a_customer_is_on_the_page_or_in_the_twin(report: Any) -> None:
    both = report.page + json.dumps(report.twin, ensure_ascii=False)
    words, book = set(re.findall(r"[\w-]+", both)), report.book
    ids = {*book.customers["customer_id"], *book.loans["loan_id"], *book.reminders["reminder_id"]}
    assert not ids & words
    replies = book.reminders["reply_text"].dropna()
    assert not [text for text in replies[replies.str.len() > 15].unique() if text in both]
    for case in report.twin["cases"]:
        assert case["amount"] == float(f"{case['amount']:.1e}")
        assert not {"customer", "loan_id", "as_of", "days_past_due"} & set(case)


def test_the_page_fetches_nothing_and_runs_nothing(report: Any) -> None:
    assert not re.search(r"<script|<link|<iframe|<img|@import|url\(|https?://|\son\w+=", report.page)
    assert re.findall(r'href="([^"]*)"', report.page) in (["#en", "#zh"], ["#zh", "#en"])


@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("zh", "zh-CN")])
def test_a_page_in_one_language_has_no_other(
    language: str, tag: str, report: Any, world: Any, weekly_run: Any, tmp_path: Path
) -> None:
    out = tmp_path / "one.html"
    done = weekly_run("weekly", world.folder, "--journal", report.url, "--out", out, "--language", language, "--quiet")
    assert done.exit_code == 0, done.output
    page = out.read_text(encoding="utf-8")
    assert re.findall(r"<article[^>]*lang=\"([^\"]*)\"", page) == [tag]
    assert 'switch" href' not in page


def test_the_same_book_and_journal_give_the_same_page(report: Any, world: Any, weekly_run: Any, tmp_path: Path) -> None:
    done = weekly_run("weekly", world.folder, "--journal", report.url, "--out", tmp_path / "again.html", "--quiet")
    assert done.exit_code == 0, done.output
    assert done.output == ""
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == report.page


def test_a_journal_without_decisions_is_said_to_have_none(world: Any, weekly_run: Any, tmp_path: Path) -> None:
    url, out = f"sqlite:///{tmp_path / 'empty.db'}", tmp_path / "empty.html"
    Journal.open(url).close()
    done = weekly_run("weekly", world.folder, "--journal", url, "--out", out, "--language", "en")
    assert done.exit_code == 0, done.output
    page, twin = out.read_text(encoding="utf-8"), json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert twin["week"]["decisions"] == 0
    assert twin["cases"] == []
    assert twin["added"]["value"] is None
    for said in ("no decision whose seven days have ended", "Not known: no decision", "not decided before"):
        assert said in page


def test_a_week_before_the_book_begins_has_no_figures_and_says_so(
    report: Any, world: Any, weekly_run: Any, tmp_path: Path
) -> None:
    out = tmp_path / "early.html"
    first = pd.to_datetime(world.book.loans["opened_on"]).min() - pd.Timedelta(days=40)
    at = ("--as-of", first.strftime("%Y-%m-%dT10:00:00"))
    done = weekly_run("weekly", world.folder, "--journal", report.url, "--out", out, *at, "--language", "en")
    assert done.exit_code == 0, done.output
    assert "not known: no figures" in done.output.replace("\n", " ")
    page = out.read_text(encoding="utf-8")
    assert "There is nothing to compare" in page
    assert "nan" not in page.lower().replace("finance", "")
    assert json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))["verdict"]["direction"] == "unknown"


def test_a_page_that_is_not_named_as_one_is_refused(world: Any, weekly_run: Any, tmp_path: Path) -> None:
    done = weekly_run("weekly", world.folder, "--out", tmp_path / "week.pdf")
    assert done.exit_code == 2
    assert "--out must be a file ending in .html" in done.output.replace("\n", "")
