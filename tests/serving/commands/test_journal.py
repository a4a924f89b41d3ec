"""The verbs of the journal, as an auditor would use them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import duewise
from serving.journal import Entry, Head, Journal

RUN = CliRunner()


def invoke(*arguments: Any) -> Any:
    return RUN.invoke(duewise.app, ["journal", *map(str, arguments)])


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a journal of two old and one new entry; it is the environment's as well."""
    url, now = f"sqlite:///{tmp_path / 'journal.db'}", datetime.now(UTC)
    with Journal.open(url) as journal:
        for n, days in enumerate((4000, 3000, 1)):
            journal.append([Entry("decision", f"d{n}", now - timedelta(days=days), f"C{n}")])
    monkeypatch.setenv("DUEWISE_JOURNAL", url)
    return url


def test_verify_tells_entries_and_head(address: str) -> None:
    done = invoke("verify")
    assert done.exit_code == 0, done.output
    assert "3 entries verified, 0 of them erased. head 3:" in done.output


def test_verify_leaves_with_one_at_a_break_and_says_where(address: str) -> None:
    with Journal.open(address) as journal, journal.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER journal_entries_update")
        connection.exec_driver_sql("UPDATE journal_entries SET customer = 'C7' WHERE seq = 2")
    done = invoke("verify", "--quiet")
    assert done.exit_code == 1
    assert "broken at entry 2: altered payload" in done.stderr


def test_a_head_kept_elsewhere_is_held_against_the_chain(address: str) -> None:
    head = invoke("head").output.strip()
    assert Head.parsed(head).seq == 3
    assert invoke("verify", "--head", head).exit_code == 0
    cut = invoke("verify", "--head", head.replace("3:", "5:"))
    assert cut.exit_code == 1
    assert "broken at entry 4: cut tail: the head that was kept is entry 5" in cut.stderr
    assert "a head is written seq:hash" in invoke("verify", "--head", "nonsense").stderr


def test_erase_erases_and_warns_of_what_the_rules_have_kept(address: str) -> None:
    old = invoke("erase", "C0")
    assert (old.exit_code, old.stdout, old.stderr) == (0, "1 entries erased.\n", "")
    new = invoke("erase", "C2")
    assert "the contact rules have records of contacts kept for 2 years" in new.stderr
    assert "5 entries verified, 2 of them erased" in invoke("verify").output


def test_prune_goes_as_far_as_the_rules_let_it(address: str) -> None:
    refused = invoke("prune", "--before", datetime.now(UTC).date() - timedelta(days=300))
    assert refused.exit_code == 2
    assert "the rules have 2 years kept" in refused.stderr
    done = invoke("prune", "--before", datetime.now(UTC).date() - timedelta(days=2000))
    assert "2 entries erased. Entry 3 is the first that is too young." in done.stdout


@pytest.mark.parametrize(
    "verb", [("verify",), ("head",), ("erase", "C1"), ("prune", "--before", "2020-01-01")], ids=str
)
def test_no_journal_is_a_sentence_and_exit_code_two(tmp_path: Path, verb: tuple[str, ...]) -> None:
    done = invoke(*verb, "--journal", f"sqlite:///{tmp_path / 'none.db'}")
    assert done.exit_code == 2
    assert "there is no journal at" in done.stderr
    assert not list(tmp_path.iterdir())
