"""The pack as written: page and JSON belong together, are whole or absent, and hold nothing that runs."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features import Book
from features.example import WORKED_AS_OF, worked_tables
from serving.escalation import pack
from serving.escalation.evidence import Evidence, evidence_of
from serving.escalation.gaps import Gap
from serving.escalation.pack import as_json, digest_of, write_evidence
from serving.escalation.say import PageLanguage
from serving.escalation.words import GAPS, HEADINGS, NOTES, SECTIONS
from serving.feedback.reader import ReplyReader
from serving.policy_settings import read_policy

NAME = "bo-bo--1-2026-03-01"


@pytest.fixture(scope="module")
def evidence(reader: ReplyReader) -> Evidence:
    """Return Bo's evidence, with a reply that tries to be HTML and an account with a sign of it."""
    tables = worked_tables()
    is_r9 = tables["reminders"]["reminder_id"] == "r9"
    tables["reminders"]["reply_text"] = tables["reminders"]["reply_text"].where(
        ~is_r9, "<script>alert(1)</script> & 退订"
    )
    tables["loans"]["account_masked"] = tables["loans"]["account_masked"].where(
        tables["loans"]["loan_id"] != "bo-1", '<b>"22"</b>'
    )
    facts = {"step": "visit", "why": {"en": "So & so.", "zh": "如此。"}, "default_probability": 0.4312}
    return evidence_of(Book.of(tables), WORKED_AS_OF, "bo", None, reader, read_policy().rulebook, facts)


def test_page_and_json_belong_together(evidence: Evidence, tmp_path: Path) -> None:
    written = write_evidence(evidence, tmp_path)
    content = json.loads(written.twin.read_text(encoding="utf-8"))
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert written.digest == sha256(text.encode()).hexdigest() == digest_of(content)
    page = written.page.read_text(encoding="utf-8")
    assert f"<code>{written.digest}</code>" in page
    assert f'"SHA-256 {written.digest[:16]}…"' in page  # the foot of each printed page
    assert content == as_json(evidence)
    changed = json.loads(json.dumps(content))
    changed["sums"]["total_open"] = "1.00"
    assert digest_of(changed) != written.digest


def test_money_is_text_and_what_is_not_known_is_null(evidence: Evidence) -> None:
    content = as_json(evidence)
    assert content["sums"]["overdue_open"] == "1750.00"
    assert content["sums"]["principal_open"] is None
    schedule = content["tables"]["schedule"]
    fourth = dict(zip(schedule["columns"], schedule["rows"][3], strict=True))
    assert (fourth["amount_due"], fourth["paid"], fourth["open"], fourth["settled_on"]) == (
        "1000.00",
        "250.00",
        "750.00",
        None,
    )
    assert content["tables"]["contract"]["rows"][0][-1] == 24


def test_nothing_is_fetched_and_nothing_runs(evidence: Evidence, tmp_path: Path) -> None:
    page = write_evidence(evidence, tmp_path).page.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 退订" in page
    assert "So &amp; so." in page
    assert not re.search(r"(src|href|url)\s*[=(]|@import|https?:", page)


@pytest.mark.parametrize(
    ("language", "there", "absent"),
    [
        ("both", ("还款计划与履行", "Schedule and what was paid", "部分还款，逾期"), ()),
        ("zh", ("还款计划与履行", "部分还款，逾期"), ("Schedule and what was paid", "overdue, part paid")),
        ("en", ("Schedule and what was paid", "overdue, part paid"), ("还款计划", "逾期")),
    ],
)
def test_the_page_speaks_either_language_or_both(
    evidence: Evidence, tmp_path: Path, language: PageLanguage, there: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    page = write_evidence(evidence, tmp_path, language).page.read_text(encoding="utf-8")
    assert all(text in page for text in there)
    assert not any(text in page for text in absent)


def test_the_page_shows_the_sums_of_the_json(evidence: Evidence, tmp_path: Path) -> None:
    page = write_evidence(evidence, tmp_path, "en").page.read_text(encoding="utf-8")
    names = ("overdue_open", "oldest_days_past_due", "principal_open")
    shown = [re.findall(rf'<div class="{name}"><dt>[^<]*</dt><dd>([^<]*)', page) for name in names]
    assert shown == [["1,750.00"], ["50"], ["not known"]]
    assert "2 more instalments fall due from 2026-03-10 to 2026-04-10, 2,000.00 in all" in page


def test_a_pack_is_whole_or_absent(evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = write_evidence(evidence, tmp_path)
    before = written.page.read_bytes(), written.twin.read_bytes()

    def full(*args: Any, **more: Any) -> int:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="no space left"):
        write_evidence(evidence, tmp_path, "en")
    assert (written.page.read_bytes(), written.twin.read_bytes()) == before
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([written.page.name, written.twin.name])


def test_a_name_leads_out_of_no_folder(evidence: Evidence, tmp_path: Path) -> None:
    from dataclasses import replace

    written = write_evidence(replace(evidence, customer_id="../a/b", loan_id="x y"), tmp_path / "packs")
    assert written.page.parent == tmp_path / "packs"
    assert written.page.name == "..%2Fa%2Fb-x%20y-2026-03-01.html"


def test_the_same_evidence_has_the_same_digest(evidence: Evidence, reader: ReplyReader) -> None:
    assert digest_of(as_json(evidence)) == digest_of(as_json(evidence))
    later = evidence_of(
        Book.of(worked_tables()), WORKED_AS_OF + pd.Timedelta(days=1), "bo", None, reader, read_policy().rulebook
    )
    assert digest_of(as_json(evidence)) != digest_of(as_json(later))


def test_every_gap_section_and_sum_has_words() -> None:
    from serving.escalation import gaps, page

    source = Path(gaps.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'Gap\(\s*"(\w+)"', source))
    assert codes == set(GAPS)
    assert set(NOTES) <= set(SECTIONS)
    shown = {column for columns in page._SHOWN.values() for column in columns} | set(page._SUMS)
    assert shown <= set(HEADINGS)


@pytest.mark.parametrize("code", GAPS)
def test_a_gap_is_a_sentence_in_both_languages(code: str, evidence: Evidence) -> None:
    from dataclasses import replace

    figures = {"flag": "dispute", "cause": "promise", "day": "2026-01-01", "days": "30", "count": "2", "reminder": "r1"}
    content = pack.as_json(replace(evidence, gaps=(Gap(code, figures),)))
    [gap] = content["gaps"]
    assert "{" not in gap["zh"] + gap["en"]
    assert gap["en"].endswith(".")
    assert gap["zh"].endswith("。")
