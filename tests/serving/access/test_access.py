from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from features.errors import PolicyError
from serving.access.access import Access, is_loopback, require_local_host
from serving.access.refusal import refusal_of
from serving.access.settings import read_service_settings
from serving.settings import CONFIGS

YAML = (CONFIGS / "service.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("depth: 8", "depths: 8", r"limits\.depths: there is no such setting; expected body_bytes, depth"),
        ("depth: 8", "depth: 0", r"limits\.depth: depth must be in \[1, 100\], got 0"),
        ("body_bytes: 8388608", "body_bytes: 3000000000", r"body_bytes must be below 2147483648, got 3000000000"),
        ("concurrent: 16", "concurrent: 0", r"limits\.concurrent: concurrent must be above 0, got 0"),
        ("answer_seconds: 60", "answer_seconds: .inf", r"answer_seconds must be above 0, got inf"),
        ("per_second: 50", "per_second: -1", r"limits\.by_token\.per_second: per_second must be above 0, got -1"),
        ("disk_free_mb: 500", "disk_free_mb: much", r"health\.disk_free_mb: got 'much'"),
        ("log_level: info", "log_level: loud", r"log_level: got 'loud'; Input should be 'debug', 'info'"),
        ("metrics: true", "metrics: perhaps", r"metrics: got 'perhaps'"),
        ("open_on_loopback: true\n", "", r"open_on_loopback: got nothing"),
    ],
)
def test_a_wrong_setting_is_refused_by_file_line_and_key(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in YAML
    file = tmp_path / "service.yaml"
    file.write_text(YAML.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=rf"service\.yaml: line \d+: .*{says}"):
        read_service_settings(file)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_without_tokens_the_service_may_listen_on_this_machine(host: str) -> None:
    require_local_host(host, read_service_settings(), {})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "bank.example"])
def test_without_tokens_the_service_listens_nowhere_else(host: str) -> None:
    with pytest.raises(PolicyError, match=rf"listens on 127\.0\.0\.1 alone, got {host}"):
        require_local_host(host, read_service_settings(), {})
    require_local_host(host, read_service_settings(), {"DUEWISE_TOKENS": "tokens.json"})


def test_where_nobody_may_be_answered_without_tokens_the_service_does_not_start() -> None:
    settings = replace(read_service_settings(), open_on_loopback=False)
    with pytest.raises(PolicyError, match="names no file of tokens and open_on_loopback is false"):
        require_local_host("127.0.0.1", settings, {})


@pytest.mark.parametrize("address", ["testclient", "", "127.0.0.1.evil.example", None, "0.0.0.0"])
def test_what_is_no_address_of_this_machine_is_not_local(address: str | None) -> None:
    assert not is_loopback(address)


def test_a_fault_of_ours_is_told_without_its_text() -> None:
    assert refusal_of(PolicyError("zhangsan")).message.startswith("Something went wrong here")
    assert refusal_of(ValueError("zhangsan")).status == 500


@pytest.mark.parametrize("tokens", [None, "", "absent.json"])
def test_the_environment_says_whether_there_are_tokens(tokens: str | None) -> None:
    environment = {} if tokens is None else {"DUEWISE_TOKENS": tokens}
    access = Access.opened(environment=environment, registry=CollectorRegistry())
    assert (access.keyring is not None) == bool(tokens)
    assert access.health.readyz()[0] == 503
    assert access.health.readyz()[1]["checks"]["tokens"]["ok"] == (not tokens)


def test_the_environment_may_name_other_settings(tmp_path: Path) -> None:
    file = tmp_path / "service.yaml"
    file.write_text(YAML.replace("watch_seconds: 5", "watch_seconds: 7"), encoding="utf-8")
    access = Access.opened(environment={"DUEWISE_SERVICE": str(file)}, registry=CollectorRegistry())
    assert access.settings.watch_seconds == 7
