from __future__ import annotations

import hmac
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.errors import PolicyError
from serving.access import Refusal
from serving.access import tokens as subject
from serving.access.keyring import Keyring
from serving.access.token_file import TokenFile, changing, read_token_file, write_token_file
from serving.access.tokens import new_token, recognised, rotated

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
END = NOW + timedelta(days=30)
HOUR = timedelta(hours=1)


def bearer(presented: str) -> bytes:
    return f"Bearer {presented}".encode()


def made(name: str = "night") -> tuple[str, subject.StoredToken]:
    return new_token(name, ("score",), NOW, END)


def test_a_token_is_recognised_and_its_secret_is_kept_nowhere() -> None:
    presented, kept = made()
    assert re.fullmatch(r"dw_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", presented)
    assert recognised({kept.id: kept}, bearer(presented), NOW) == kept
    assert presented.split("_", 2)[2] not in repr(kept)


def test_two_tokens_share_neither_id_nor_secret_nor_salt() -> None:
    (one, kept_one), (other, kept_other) = made(), made()
    assert one != other
    assert kept_one.id != kept_other.id
    assert kept_one.secrets[0].salt != kept_other.secrets[0].salt


def test_the_same_secret_has_another_hash_under_another_salt() -> None:
    assert subject._hash("s", "00" * 16) != subject._hash("s", "01" * 16)


PRESENTED, KEPT = made()
OTHER, _ = made()


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "missing_token"),
        (b"", "invalid_token"),
        (b"Bearer", "invalid_token"),
        (b"Basic " + PRESENTED.encode(), "invalid_token"),
        (PRESENTED.encode(), "invalid_token"),
        (bearer(PRESENTED[:-1]), "invalid_token"),
        (bearer(PRESENTED + "x"), "invalid_token"),
        (bearer(PRESENTED + "\n" + PRESENTED), "invalid_token"),
        (bearer(PRESENTED[:-2] + ("aa" if PRESENTED[-2:] != "aa" else "bb")), "invalid_token"),
        (bearer(PRESENTED[:16] + OTHER[16:]), "invalid_token"),
        (bearer(OTHER), "invalid_token"),
        (b"Bearer \xff\xfe", "invalid_token"),
    ],
    ids=["none", "empty", "scheme alone", "other scheme", "no scheme", "short", "long", "two lines", "wrong secret",
         "another's secret", "unknown id", "no text"],
)  # fmt: skip
def test_whatever_is_no_token_of_ours_is_refused(authorization: bytes | None, code: str) -> None:
    with pytest.raises(Refusal, match="token") as refused:
        recognised({KEPT.id: KEPT}, authorization, NOW)
    assert (refused.value.status, refused.value.code) == (401, code)
    assert refused.value.headers["WWW-Authenticate"].startswith('Bearer realm="duewise"')


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_may_be_written_in_any_case(scheme: str) -> None:
    assert recognised({KEPT.id: KEPT}, f"{scheme} {PRESENTED}".encode(), NOW) == KEPT


def test_a_token_ends_at_its_end() -> None:
    tokens = {KEPT.id: KEPT}
    recognised(tokens, bearer(PRESENTED), END - timedelta(seconds=1))
    with pytest.raises(Refusal, match="ended on 2026-03-31") as refused:
        recognised(tokens, bearer(PRESENTED), END)
    assert refused.value.code == "expired_token"


@pytest.mark.parametrize("clock", [NOW + HOUR / 2, NOW], ids=["as it was", "set back"])
def test_a_revoked_token_is_refused_with_all_its_secrets_whatever_the_clock_says(clock: datetime) -> None:
    new, kept = rotated(KEPT, NOW, END, HOUR)
    for presented in (PRESENTED, new):
        recognised({kept.id: kept}, bearer(presented), clock)
        with pytest.raises(Refusal, match="was revoked") as refused:
            recognised({kept.id: replace(kept, revoked_at=NOW + HOUR / 2)}, bearer(presented), clock)
        assert refused.value.code == "revoked_token"


def test_that_a_token_ended_is_told_only_to_who_knows_its_secret() -> None:
    wrong = PRESENTED[:16] + OTHER[16:]
    with pytest.raises(Refusal, match="no such token"):
        recognised({KEPT.id: KEPT}, bearer(wrong), END)


def test_after_a_rotation_the_old_secret_works_until_the_grace_is_over() -> None:
    new, kept = rotated(KEPT, NOW, END, HOUR)
    tokens = {kept.id: kept}
    assert new != PRESENTED
    assert kept.id == KEPT.id
    for presented in (PRESENTED, new):
        recognised(tokens, bearer(presented), NOW + HOUR - timedelta(seconds=1))
    with pytest.raises(Refusal, match="replaced by a new one"):
        recognised(tokens, bearer(PRESENTED), NOW + HOUR)
    recognised(tokens, bearer(new), NOW + HOUR)


def test_a_rotation_without_grace_ends_the_old_secret_at_once() -> None:
    new, kept = rotated(KEPT, NOW, END, timedelta(0))
    assert len(kept.secrets) == 1
    with pytest.raises(Refusal, match="no such token"):
        recognised({kept.id: kept}, bearer(PRESENTED), NOW)
    recognised({kept.id: kept}, bearer(new), NOW)


def test_a_second_rotation_never_lengthens_the_grace_of_the_first() -> None:
    _, once = rotated(KEPT, NOW, END, HOUR)
    _, twice = rotated(once, NOW + HOUR / 2, END, 10 * HOUR)
    assert [one.until for one in twice.secrets] == [None, NOW + 10.5 * HOUR, NOW + HOUR]
    _, later = rotated(twice, NOW + HOUR, END, 10 * HOUR)
    assert len(later.secrets) == 3


def test_an_ended_token_comes_back_by_a_rotation_without_its_old_secret() -> None:
    new, kept = rotated(KEPT, END + HOUR, END + 100 * HOUR, HOUR)
    recognised({kept.id: kept}, bearer(new), END + 2 * HOUR)
    with pytest.raises(Refusal, match="no such token"):
        recognised({kept.id: kept}, bearer(PRESENTED), END + HOUR)


@pytest.mark.parametrize(
    ("name", "scopes", "end", "message"),
    [
        ("a b", ("score",), END, "a token's name must be"),
        ("张三", ("score",), END, "a token's name must be"),
        ("a", (), END, "a token must have a scope: score, outcomes, review"),
        ("a", ("score",), NOW, "a token must end in the future"),
    ],
)
def test_a_token_that_does_not_fit_is_not_made(name: str, scopes: Any, end: datetime, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        new_token(name, scopes, NOW, end)


def test_secrets_are_compared_in_constant_time_and_an_unknown_id_costs_a_comparison_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[tuple[str, str]] = []
    plain = hmac.compare_digest

    def spy(one: str, other: str) -> bool:
        compared.append((one, other))
        return plain(one, other)

    monkeypatch.setattr(subject.hmac, "compare_digest", spy)
    recognised({KEPT.id: KEPT}, bearer(PRESENTED), NOW)
    assert compared == [(KEPT.secrets[0].hash, KEPT.secrets[0].hash)]
    with pytest.raises(Refusal, match="no such token"):
        recognised({KEPT.id: KEPT}, bearer(OTHER), NOW)
    assert len(compared) == 2


def write(path: Path, *tokens: subject.StoredToken) -> None:
    write_token_file(path, TokenFile(tokens=tokens))


def test_the_file_is_its_owners_alone_and_holds_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text("{}")
    path.chmod(0o644)
    write(path, KEPT)
    assert path.stat().st_mode & 0o777 == 0o600
    assert PRESENTED.split("_", 2)[2] not in path.read_text()
    assert read_token_file(path).tokens == (KEPT,)
    assert [one.name for one in tmp_path.iterdir()] == ["tokens.json"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"tokens\.json: the whole file: Invalid JSON"),
        ('{"version": 2}', "version: Input should be 1"),
        ('{"tokens": [{"id": "a"}]}', r"tokens\.0\.\w+: Field required"),
        ('{"tokens": [], "more": 1}', "more: "),
    ],
)
def test_a_damaged_file_is_refused_without_what_it_holds(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(content)
    with pytest.raises(PolicyError, match=message):
        read_token_file(path)


def test_the_text_of_a_refusal_does_not_quote_a_hash(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    write(path, KEPT)
    path.write_text(path.read_text().replace(KEPT.secrets[0].hash, KEPT.secrets[0].hash[:-1]))
    with pytest.raises(PolicyError, match="hash must be 64 hex digits") as refused:
        read_token_file(path)
    assert KEPT.secrets[0].hash[:20] not in str(refused.value)


def test_two_tokens_of_one_id_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    write(path, KEPT)
    one = path.read_text().split('"tokens": [')[1].rpartition("]")[0]
    path.write_text('{"tokens": [' + one + "," + one + "]}")
    with pytest.raises(PolicyError, match="two tokens have the same id"):
        read_token_file(path)


def test_a_change_waits_until_another_is_over(tmp_path: Path) -> None:
    import threading

    path, order = tmp_path / "tokens.json", []
    inside, go_on = threading.Event(), threading.Event()

    def first() -> None:
        with changing(path) as kept:
            inside.set()
            go_on.wait(5)
            order.append("first")
            write(path, *kept.tokens, KEPT)

    def second() -> None:
        with changing(path) as kept:
            order.append(f"second sees {len(kept.tokens)}")

    one = threading.Thread(target=first)
    one.start()
    inside.wait(5)
    other = threading.Thread(target=second)
    other.start()
    other.join(0.1)
    go_on.set()
    one.join(5)
    other.join(5)
    assert order == ["first", "second sees 1"]


def test_a_changed_file_is_read_without_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    write(path, KEPT)
    keyring = Keyring(path, lambda: NOW)
    keyring.admitted(bearer(PRESENTED), "score")
    write(path, replace(KEPT, revoked_at=NOW))
    with pytest.raises(Refusal, match="was revoked"):
        keyring.admitted(bearer(PRESENTED), "score")


def test_a_file_written_in_place_with_the_same_size_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    write(path, KEPT)
    keyring = Keyring(path, lambda: NOW)
    keyring.admitted(bearer(PRESENTED), "score")
    path.write_text(
        path.read_text().replace('"score"', '"other"').replace('"other"', '"score"').replace("night", "right")
    )
    os.utime(path, ns=(1, 1))
    assert keyring.tokens[KEPT.id].name == "right"


@pytest.mark.parametrize("damage", ["cut", "empty", "gone"])
def test_a_damaged_file_leaves_the_last_good_one_in_use_and_is_told_once(tmp_path: Path, damage: str) -> None:
    path, faults = tmp_path / "tokens.json", []
    write(path, KEPT)
    keyring = Keyring(path, lambda: NOW, lambda: faults.append(1))
    keyring.admitted(bearer(PRESENTED), "score")
    if damage == "gone":
        path.unlink()
    else:
        path.write_text(path.read_text()[:100] if damage == "cut" else "")
    for _ in range(3):
        keyring.admitted(bearer(PRESENTED), "score")
    assert keyring.fault is not None
    assert keyring.fault.startswith("tokens.json")
    assert faults == [1]
    write(path, KEPT)
    keyring.admitted(bearer(PRESENTED), "score")
    assert keyring.fault is None


@pytest.mark.parametrize("content", [None, "", "{"], ids=["absent", "empty", "damaged"])
def test_a_file_that_was_never_good_admits_nobody(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "tokens.json"
    if content is not None:
        path.write_text(content)
    keyring = Keyring(path, lambda: NOW)
    for _ in range(2):
        with pytest.raises(Refusal, match="no such token"):
            keyring.admitted(bearer(PRESENTED), "score")
    assert keyring.fault is not None
    assert keyring.read_at is None


def test_the_last_good_tokens_still_end_while_their_file_is_damaged(tmp_path: Path) -> None:
    path, moment = tmp_path / "tokens.json", [NOW]
    write(path, KEPT)
    keyring = Keyring(path, lambda: moment[0])
    keyring.admitted(bearer(PRESENTED), "score")
    path.write_text("{")
    moment[0] = END
    with pytest.raises(Refusal, match="ended on"):
        keyring.admitted(bearer(PRESENTED), "score")


def test_there_is_no_moment_without_tokens_while_the_file_is_written_again_and_again(tmp_path: Path) -> None:
    import threading

    path = tmp_path / "tokens.json"
    write(path, KEPT)
    keyring, over = Keyring(path, lambda: NOW), threading.Event()

    def rewrite() -> None:
        while not over.is_set():
            write(path, KEPT)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(500):
            keyring.admitted(bearer(PRESENTED), "score")
            assert keyring.fault is None
    finally:
        over.set()
        writer.join(5)
