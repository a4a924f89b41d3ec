from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from serving.access.health import Finding, Health, disk_check, journal_check, model_check, snapshot_check, tokens_check
from serving.access.keyring import Keyring
from serving.access.token_file import TokenFile, write_token_file
from serving.access.tokens import new_token

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def ready(**findings: Finding) -> tuple[int, dict[str, Any]]:
    health = Health(expected=())
    for name, finding in findings.items():
        health.add(name, lambda finding=finding: finding)
    return health.readyz()


GOOD, BAD, ASIDE = Finding(True, "good"), Finding(False, "broken"), Finding(False, "old", 5.0, needed=False)


@pytest.mark.parametrize(
    ("findings", "status"),
    [({}, 200), ({"a": GOOD}, 200), ({"a": GOOD, "b": BAD}, 503), ({"a": GOOD, "b": ASIDE}, 200)],
    ids=["nothing asked", "good", "one broken", "one that is not needed"],
)
def test_ready_is_that_every_needed_check_holds(findings: dict[str, Finding], status: int) -> None:
    assert ready(**findings)[0] == status


def test_what_is_expected_and_was_not_said_is_not_ready() -> None:
    health = Health(expected=("model", "journal"))
    health.add("model", lambda: GOOD)
    status, told = health.readyz()
    assert (status, told["checks"]["journal"]["ok"]) == (503, False)
    assert told["checks"]["journal"]["why"].startswith("not known yet")


def test_each_check_says_why() -> None:
    assert ready(a=GOOD, b=ASIDE)[1] == {
        "status": "ready",
        "checks": {
            "a": {"ok": True, "why": "good", "needed": True},
            "b": {"ok": False, "why": "old", "needed": False, "age_seconds": 5.0},
        },
    }


def test_a_check_that_fails_is_a_finding_that_does_not_quote_it() -> None:
    def broken() -> Finding:
        raise OSError("postgresql://duewise:hunter2@db")

    health = Health()
    health.add("journal", broken)
    status, told = health.readyz()
    assert status == 503
    assert told["checks"]["journal"]["why"] == "the check failed: OSError"


def test_alive_is_told_whatever_the_checks_find() -> None:
    health = Health()
    health.add("a", lambda: BAD)
    assert health.livez()[0] == 200


def test_a_report_is_kept_for_a_second() -> None:
    moment, looked = [0.0], []
    health = Health((), lambda: moment[0])
    health.add("a", lambda: looked.append(1) or GOOD)  # type: ignore[func-returns-value]
    for moment[0] in (0.0, 0.5, 0.9, 1.5):
        health.readyz()
    assert len(looked) == 2


def test_a_model_is_told_by_its_version_or_by_why_there_is_none() -> None:
    assert model_check(lambda: "7", lambda: "")() == Finding(True, "7")
    assert model_check(lambda: None, lambda: "duewise train makes one")() == Finding(False, "duewise train makes one")


def refuse() -> None:
    raise OSError(30, "Read-only file system")


@pytest.mark.parametrize(
    ("probe", "lag", "ok", "why"),
    [
        (lambda: None, 2.0, True, "written"),
        (lambda: None, 9.0, False, "decisions wait for 9 seconds; expected at most 5"),
        (refuse, 0.0, False, "the journal cannot be written: Read-only file system"),
    ],
    ids=["written", "behind", "read-only"],
)
def test_a_journal_must_take_what_is_written_and_keep_up(probe: Any, lag: float, ok: bool, why: str) -> None:
    assert journal_check(probe, lambda: lag, 5.0)() == Finding(ok, why, lag)


@pytest.mark.parametrize(
    ("taken", "ok", "needed"),
    [(None, True, False), (NOW - DAY, True, True), (NOW - 3 * DAY, False, True)],
    ids=["none", "fresh", "old"],
)
def test_a_snapshot_must_be_fresh_where_there_is_one(taken: datetime | None, ok: bool, needed: bool) -> None:
    found = snapshot_check(lambda: taken, lambda: NOW, 48)()
    assert (found.ok, found.needed) == (ok, needed)


def test_a_damaged_file_of_tokens_is_told_and_stops_nothing_while_the_last_good_one_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    keyring = Keyring(path, lambda: NOW)
    check = tokens_check(keyring, lambda: NOW)
    assert (check().ok, check().needed) == (False, True)
    write_token_file(path, TokenFile(tokens=(new_token("a", ("score",), NOW, NOW + DAY)[1],)))
    assert check() == Finding(True, "1 good")
    path.write_text("{")
    assert (check().ok, check().needed, check().age) == (False, False, 0.0)
    assert "The last good one is in use" in check().why


def test_tokens_that_all_ended_make_the_service_unready(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    write_token_file(path, TokenFile(tokens=(new_token("a", ("score",), NOW, NOW + DAY)[1],)))
    found = tokens_check(Keyring(path, lambda: NOW), lambda: NOW + DAY)()
    assert (found.ok, found.needed, found.why) == (False, True, "no token is good")


def test_no_tokens_at_all_are_told() -> None:
    assert tokens_check(None, lambda: NOW)() == Finding(True, "no tokens: this machine alone is answered", needed=False)


def test_a_disk_must_have_room(tmp_path: Path) -> None:
    assert disk_check(tmp_path, 1e-6)().ok
    assert not disk_check(tmp_path, 1e12)().ok


def test_the_gate_answers_probes_with_what_was_found(service: Any) -> None:
    service.access.health.add("model", lambda: BAD)
    response = service.get("/readyz")
    assert (response.status_code, response.json()["checks"]["model"]["why"]) == (503, "broken")
    assert response.json()["checks"]["tokens"]["ok"]
    assert str(service.path.parent) not in response.text
