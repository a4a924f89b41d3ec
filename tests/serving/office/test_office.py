"""The service as a whole, over HTTP: nothing is answered that is not in the journal, and what is posted counts."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from serving.journal import Payload


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("office")


@pytest.fixture(scope="module")
def running(start: Any, folder: Path, free_port_of_module: int) -> Iterator[Any]:
    with start(free_port_of_module, folder) as service:
        service.await_status("/readyz", 200)
        yield service


@pytest.fixture(scope="module")
def free_port_of_module() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def names(world: Any) -> list[str]:
    return [str(name) for name in world.book.customers["customer_id"]]


def known(name: str) -> dict[str, Any]:
    return {"customer_id": name}


def as_of(running: Any, hours: float = 2) -> str:
    """Return a moment after the snapshot."""
    _, about = running.ask("/about")
    return (datetime.fromisoformat(about["snapshot_as_of"]) + timedelta(hours=hours)).isoformat()


def seq_of(running: Any) -> int:
    with running.journal() as journal:
        return int(journal.head().seq)


def test_a_decision_is_in_the_journal_when_it_is_answered(running: Any, names: list[str]) -> None:
    results = running.score(*map(known, names[:20]), known("nobody"))
    with running.journal() as journal:
        for result in results[:-1]:
            record = journal.decision(result["decision_id"])
            kept = Payload.from_bytes(record.entry.payload)
            assert json.loads(kept.answer) == result
            assert kept.from_snapshot
        assert journal.verify().fault is None
    assert "error" in results[-1]


def test_asked_again_as_of_the_same_moment_nothing_is_written_twice(running: Any, names: list[str]) -> None:
    moment = as_of(running)
    first = running.score(known(names[0]), as_of=moment)
    written = seq_of(running)
    assert running.score(known(names[0]), as_of=moment) == first
    assert seq_of(running) == written


def test_requests_that_differ_never_conflict(running: Any, names: list[str]) -> None:
    moment, before = as_of(running), seq_of(running)
    asked = [{"explain": explain, "counterfactual": told} for explain in (True, False) for told in (True, False)]
    answers = [running.score(known(names[1]), as_of=moment, **how)[0] for how in asked]
    assert len({answer["decision_id"] for answer in answers}) == 1
    assert seq_of(running) == before + 4


def test_the_same_idempotency_key_answers_what_was_answered(running: Any, names: list[str]) -> None:
    body = {"customers": [known(names[2]), known("nobody")]}
    status, first = running.ask("/score", body, Idempotency_Key="monday-1")
    written = seq_of(running)
    assert (status, running.ask("/score", body, Idempotency_Key="monday-1")) == (200, (200, first))
    assert seq_of(running) == written
    status, refused = running.ask("/score", {"customers": []}, Idempotency_Key="monday-1")
    assert (status, refused["error"]["code"]) == (409, "idempotency_key_reused")
    assert running.ask("/score", body, Idempotency_Key="x" * 201)[0] == 400


def test_outcomes_posted_twice_are_there_once(running: Any, names: list[str]) -> None:
    (decision,) = running.score(known(names[3]))
    outcome = {"outcome_id": "o-1", "decision_id": decision["decision_id"], "at": "2026-01-01T10:00:00Z"}
    body = {"outcomes": [outcome | {"paid": 12.5}, outcome | {"outcome_id": "o-2", "decision_id": "none"}]}
    told = [running.ask("/outcomes", body)[1]["results"] for _ in range(2)]
    assert [[one["status"] for one in results] for results in told] == [["written", "refused"], ["repeated", "refused"]]
    _, answer = running.ask("/outcomes", {"outcomes": [outcome | {"paid": 99.0}]})
    assert answer["results"][0]["status"] == "refused"
    with running.journal() as journal:
        (kept,) = journal.outcomes_of(decision["decision_id"])
        assert kept.entry.customer == names[3]


def test_who_paid_an_hour_ago_is_not_reminded_even_after_a_restart(
    running: Any, names: list[str], start: Any, folder: Path, unused_port: int
) -> None:
    moment, paid_at = as_of(running), as_of(running, 1)
    answers = running.score(*map(known, names), as_of=moment, explain=False)
    due = [one for one in answers if one["recommendation"]["channel"] and one["instalment"]]
    assert len(due) > 5
    events = []
    for one in due:
        debt = one["instalment"]
        row = {name: debt[name] for name in ("loan_id", "instalment_no")}
        row |= {"amount": debt["amount_open"], "paid_at": paid_at}
        events.append({"event_id": f"p-{debt['loan_id']}", "kind": "payment", "row": row} | known(one["customer_id"]))
    for status in ("written", "repeated"):
        _, told = running.ask("/events", {"events": events})
        assert {one["status"] for one in told["results"]} == {status}
    payers = [known(one["customer_id"]) for one in due]
    after = running.score(*payers, as_of=moment, explain=False)
    for old, new in zip(due, after, strict=True):
        assert told_debt(new) != told_debt(old)
    assert {new["recommendation"]["action"] for new in after if new["instalment"] is None} == {"none"}
    with start(unused_port, folder) as again:
        again.await_status("/readyz", 200)
        assert again.ask("/about")[1]["events"] >= len(due)
        assert again.score(*payers, as_of=moment, explain=False) == after


def told_debt(answer: dict[str, Any]) -> tuple[str, int] | None:
    debt = answer["instalment"]
    return None if debt is None else (debt["loan_id"], debt["instalment_no"])


def test_an_event_that_does_not_fit_is_refused_in_its_place(running: Any, names: list[str]) -> None:
    row = {"loan_id": "none", "instalment_no": 1, "amount": 1.0, "paid_at": as_of(running, 1)}
    bad = {"event_id": "bad", "kind": "payment", "customer_id": names[0], "row": row}
    _, told = running.ask("/events", {"events": [bad, {"kind": "payment"}]})
    assert [one["status"] for one in told["results"]] == ["refused", "refused"]
    assert "an instalment of the customer's" in told["results"][0]["message"]


RECORDS = {
    "customers": [{"timezone": "Asia/Shanghai", "language": "en", "vulnerable": False, "consent_sms": True,
                   "consent_call": True, "consent_email": True, "consent_push": True}],
    "loans": [{"loan_id": "new-1", "product": "consumer", "opened_on": "2025-01-10", "principal": 9000,
               "annual_rate": 0.1}],
    "instalments": [{"loan_id": "new-1", "instalment_no": 1, "due_date": "2025-02-18", "amount_due": 800}],
}  # fmt: skip
"""Records of a customer of no snapshot."""


def test_who_asks_for_a_person_gets_one(running: Any, names: list[str]) -> None:
    moment, name = as_of(running, 48), names[10]
    asked = [known(name), {"customer_id": "elsewhere", "records": RECORDS}]
    before = running.score(*asked, as_of=moment)
    assert not any(one["recommendation"]["requires_human"] for one in before)
    for who in (name, "elsewhere"):
        body = {"request_id": f"r-{who}", "customer_id": who, "at": as_of(running, 1)}
        assert running.ask("/person", body)[1]["results"][0]["status"] == "written"
        assert running.ask("/person", body)[1]["results"][0]["status"] == "repeated"
    after = running.score(*asked, as_of=moment)
    assert all(one["recommendation"]["requires_human"] for one in after)


def test_a_customer_who_cannot_be_written_is_an_error_in_its_place(running: Any, names: list[str]) -> None:
    wrong, right = running.score({"customer_id": "x" * 401, "records": RECORDS}, known(names[0]))
    assert "cannot be written to the journal: customer must have 1 to 400 characters" in wrong["error"]["message"]
    assert right["customer_id"] == names[0]


def test_a_customers_coming_weeks_begin_with_the_decision_of_now(running: Any, names: list[str]) -> None:
    moment = as_of(running)
    (now,) = running.score(known(names[20]), as_of=moment)
    status, told = running.ask("/plan", known(names[20]) | {"as_of": moment, "weeks": 4})
    assert status == 200
    assert told["steps"][0]["decision"]["default_probability"] == now["default_probability"]
    assert running.ask("/plan", known("nobody"))[0] == 404


def test_about_tells_every_version(running: Any) -> None:
    _, about = running.ask("/about")
    assert all(about[name] for name in ("duewise", "model", "policy", "rules", "messages", "snapshot", "journal_head"))


def test_every_route_is_described_with_its_errors(running: Any) -> None:
    _, spec = running.ask("/docs.json")
    for path in ("/score", "/plan", "/outcomes", "/events", "/person"):
        operation = spec["paths"][path]["post"]
        assert operation["requestBody"]["content"]["application/json"]["example"]
        assert operation["responses"]["503"]["content"]["application/json"]["schema"] == {
            "$ref": "#/components/schemas/Error"
        }
    assert "get" in spec["paths"]["/about"]


def test_the_champion_moves_under_load_and_a_broken_one_is_refused(
    running: Any, names: list[str], world: Any, tmp_path: Path
) -> None:
    from mlflow import MlflowClient

    client, model = MlflowClient(world.tracking_uri, world.tracking_uri), "duewise-default"
    first = client.get_model_version_by_alias(model, "champion")
    (tmp_path / "model").mkdir()
    second = client.create_model_version(model, first.source, first.run_id).version
    broken = client.create_model_version(model, (tmp_path / "model").as_uri(), first.run_id).version
    seen: list[tuple[int, str]] = []

    def asking(place: int) -> None:
        for k in range(70):
            status, body = running.ask("/score", {"customers": [known(names[(70 * place + k) % 900])]})
            seen.append((status, body["results"][0]["versions"]["model"] if status == 200 else str(body)))
            time.sleep(0.1)

    try:
        client.set_registered_model_alias(model, "champion", second)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(asking, range(2)))
        assert {status for status, _ in seen} == {200}
        assert {version.split()[0] for _, version in seen} >= {f"{model}/{second}"}
        client.set_registered_model_alias(model, "champion", broken)
        deadline = time.monotonic() + 30
        while running.ask("/readyz")[1]["checks"]["champion"]["ok"] and time.monotonic() < deadline:
            time.sleep(0.3)
        status, health = running.ask("/readyz")
        assert status == 200
        assert f"{model}/{broken}" in health["checks"]["champion"]["why"]
        assert running.score(known(names[0]))[0]["versions"]["model"].startswith(f"{model}/{second}")
        assert "is refused" in running.log.read_text()
    finally:
        client.set_registered_model_alias(model, "champion", first.version)


def test_while_the_journal_takes_nothing_nothing_is_answered_and_nothing_is_lost(
    running: Any, names: list[str]
) -> None:
    body = {"as_of": as_of(running, 3), "customers": [known(names[30])]}
    before, held = seq_of(running), sqlite3.connect(running.journal_url.removeprefix("sqlite:///"))
    held.isolation_level = None
    held.execute("BEGIN IMMEDIATE")
    try:
        status, refused = running.ask("/score", body)
        assert (status, refused["error"]["code"]) == (503, "journal_unavailable")
        assert not running.ask("/readyz")[1]["checks"]["journal"]["ok"]
    finally:
        held.execute("ROLLBACK")
        held.close()
    assert seq_of(running) == before
    status, answer = running.ask("/score", body)
    assert status == 200
    with running.journal() as journal:
        assert journal.decision(answer["results"][0]["decision_id"]) is not None
    assert seq_of(running) == before + 1


def test_nothing_of_a_customer_is_in_the_log(running: Any, names: list[str]) -> None:
    running.ask("/score", {"customers": [known("zhangsan-6222021234567890123")]})
    running.ask("/score", {"customers": [known("zhangsan-6222021234567890123") | {"records": {"loans": [{"x": 1}]}}]})
    running.ask("/events", {"events": [{"event_id": "x", "kind": "zhangsan", "customer_id": names[0], "row": {}}]})
    log = running.log.read_text()
    assert '"route":"/score"' in log
    assert not [name for name in (*names, "zhangsan", "6222021234567890123") if name in log]


def test_the_service_comes_up_by_itself_and_a_wrong_token_never_reaches_the_desk(
    start: Any, tmp_path: Path, unused_port: int, names: list[str]
) -> None:
    from serving.access.token_file import TokenFile, write_token_file
    from serving.access.tokens import new_token

    tokens, away = tmp_path / "tokens.json", tmp_path / "away"
    good, stored = new_token("bank", ("score",), datetime.now(UTC), datetime.now(UTC) + timedelta(days=1))
    write_token_file(tokens, TokenFile(tokens=(stored,)))
    asked = {"customers": [known(names[0])]}
    with start(unused_port, tmp_path, f"sqlite:///{away / 'journal.db'}", DUEWISE_TOKENS=str(tokens)) as running:
        report = running.await_status("/readyz", 503)
        assert not report["checks"]["journal"]["ok"]
        status, refused = running.ask("/score", asked, Authorization=f"Bearer {good}")
        assert (status, refused["error"]["code"]) == (503, "journal_unavailable")
        away.mkdir()
        running.await_status("/readyz", 200)
        before = seq_of(running)
        for wrong in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {good}x"}):
            assert running.ask("/score", asked, **wrong)[0] == 401
        assert running.ask("/outcomes", {"outcomes": []}, Authorization=f"Bearer {good}")[0] == 403
        assert seq_of(running) == before
        assert running.ask("/score", asked, Authorization=f"Bearer {good}")[0] == 200


def test_the_service_imports_no_library_of_training() -> None:
    code = "import serving.service, sys; print(*{'shap', 'evidently', 'optuna', 'matplotlib'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == ""
