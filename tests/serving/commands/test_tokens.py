"""``duewise token`` as it is mounted on a command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from serving.access import Refusal
from serving.access.token_file import read_token_file
from serving.access.tokens import recognised
from serving.commands.tokens import app

FORM = r"dw_[0-9a-f]{12}_[A-Za-z0-9_-]{43}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


def run(file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"DUEWISE_TOKENS": str(file)})


def made(file: Path, name: str = "night", *more: str) -> str:
    result = run(file, "new", name, "--scope", "score", *more)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def admits(file: Path, presented: str, now: datetime | None = None) -> bool:
    tokens = {token.id: token for token in read_token_file(file).tokens}
    try:
        recognised(tokens, f"Bearer {presented}".encode(), now or datetime.now(UTC))
    except Refusal:
        return False
    return True


def test_a_new_token_is_printed_alone_and_once(file: Path) -> None:
    presented = made(file)
    assert re.fullmatch(FORM, presented)
    assert admits(file, presented)
    assert presented.split("_", 2)[2] not in file.read_text() + run(file, "list").output
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_token_is_good_through_the_whole_of_its_last_day(file: Path) -> None:
    presented = made(file, "night", "--expires", "2127-01-31")
    assert admits(file, presented, datetime(2127, 1, 31, 23, 59, tzinfo=UTC))
    assert not admits(file, presented, datetime(2127, 2, 1, tzinfo=UTC))


def test_a_rotated_token_has_two_secrets_for_a_while(file: Path) -> None:
    old = made(file)
    new = run(file, "rotate", "night").stdout.strip()
    assert new != old
    assert admits(file, old)
    assert admits(file, new)
    assert "an old secret until" in run(file, "list").stdout
    at_once = run(file, "rotate", "night", "--grace", "0").stdout.strip()
    assert [admits(file, one) for one in (old, new, at_once)] == [False, False, True]


def test_a_revoked_token_stays_in_the_list_and_its_name_is_free_again(file: Path) -> None:
    presented = made(file)
    assert run(file, "revoke", "night").exit_code == 0
    assert not admits(file, presented)
    assert "revoked" in run(file, "list").stdout
    assert made(file) != presented


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("new", "other", "--scope", "admin"), "--scope must be one of score, outcomes, review, got admin"),
        (("new", "night", "--scope", "score"), "there is a token night already"),
        (("new", "a b", "--scope", "score"), "a token's name must be"),
        (("new", "other", "--scope", "score", "--expires", "2020-01-01"), "must end in the future"),
        (("revoke", "nobody"), "there is no token nobody"),
        (("rotate", "gone"), "there is no token gone"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(file: Path, arguments: tuple[str, ...], says: str) -> None:
    made(file)
    made(file, "gone")
    run(file, "revoke", "gone")
    before = file.read_text()
    result = run(file, *arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert file.read_text() == before


def test_a_damaged_file_is_not_written_over(file: Path) -> None:
    file.write_text("{")
    result = run(file, "new", "night", "--scope", "score")
    assert (result.exit_code, file.read_text()) == (2, "{")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = run(tmp_path / "no" / "tokens.json", "new", "night", "--scope", "score")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
