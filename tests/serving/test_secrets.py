"""Secrets come from the environment or from a file that it names, and are told nowhere."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from duewise import app
from features.errors import ModelError, PolicyError
from serving.access import Access
from serving.addresses import require_no_secret, told_address
from serving.journal import Journal, JournalError
from serving.journal.database import open_database
from serving.office import Office
from serving.registry import load_models, load_version
from serving.settings import CONFIGS

ROOT = Path(__file__).parents[2]
SECRET = "s3cr3t-7Kq"
DATABASE = f"postgresql://bank:{SECRET}@127.0.0.1:1/journal?sslpassword={SECRET}"
REGISTRY = f"https://bank:{SECRET}@127.0.0.1:1/mlflow"
SOURCES = sorted(file for folder in ("features", "serving", "training") for file in (ROOT / folder).rglob("*.py"))
NAMED_AS_SECRET = re.compile(r"(?i)(password|passwd|secret|api_?key|access_?key|credential|bearer)$")


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (f"postgresql://u:{SECRET}@h:5432/db", "postgresql://u:***@h:5432/db"),
        (f"postgresql+psycopg://u:a/b:{SECRET}@c@h/db", "postgresql+psycopg://u:***@h/db"),
        (f"https://:{SECRET}@h/x", "https://:***@h/x"),
        (f"postgresql://u@h/db?password={SECRET}&application_name=x", "postgresql://u@h/db?password=***&application_name=x"),
        (f"no answer from https://u:{SECRET}@h/x, try later", "no answer from https://u:***@h/x, try later"),
        ("postgresql://u@h/db", "postgresql://u@h/db"),
        ("sqlite:////srv/a:b@c/journal.db", "sqlite:////srv/a:b@c/journal.db"),
    ],
    ids=["password", "odd characters", "no user", "query", "in a sentence", "none", "a file's path"],
)  # fmt: skip
def test_an_address_is_told_without_its_password(address: str, told: str) -> None:
    assert told_address(address) == told


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name a journal and a registry that do not answer, each with a password; the registry quotes its address."""
    from mlflow.exceptions import MlflowException

    class Refusing:
        def __init__(self, *addresses: str) -> None:
            raise MlflowException(f"cannot connect to {addresses[0]}")

    monkeypatch.setenv("DUEWISE_JOURNAL", DATABASE)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", REGISTRY)
    monkeypatch.setattr("mlflow.MlflowClient", Refusing)


@pytest.fixture
def office(unreachable: None, capsys: pytest.CaptureFixture[str]) -> Iterator[Office]:
    from prometheus_client import CollectorRegistry

    made = Office(Access.opened(environment={}, registry=CollectorRegistry()), environment={})
    made.look()
    yield made
    made.close()


def test_neither_health_nor_answers_nor_the_log_tell_a_password(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    status, report = office.access.health.readyz()
    told = [json.dumps(report), office.refusal, office.postbox.why_not, capsys.readouterr().out]
    with pytest.raises(Exception, match="the registry at") as refused:
        office.ready()
    told.append(str(refused.value))
    assert status == 503
    assert "bank:***@127.0.0.1" in report["checks"]["journal"]["why"]
    assert "bank:***@127.0.0.1" in report["checks"]["model"]["why"]
    assert not [text for text in told if SECRET in text]


@pytest.mark.parametrize("load", [load_models, lambda: load_version("duewise-default/1")], ids=["champion", "version"])
def test_a_registry_that_does_not_answer_is_named_without_its_password(unreachable: None, load: Any) -> None:
    with pytest.raises(ModelError, match=r"https://bank:\*\*\*@127") as refused:
        load()
    assert SECRET not in str(refused.value)


def test_a_journal_that_does_not_answer_is_named_without_its_password() -> None:
    database = open_database(DATABASE)
    assert SECRET not in database.name
    with pytest.raises(JournalError, match=r"bank:\*\*\*@127") as refused:
        Journal.open(DATABASE)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("address", [f"rubbish {SECRET}", f"postgresql://u@h:{SECRET}/db", f"mysql://u:{SECRET}@h/db"])
def test_an_address_that_is_none_is_not_quoted(address: str) -> None:
    with pytest.raises(JournalError, match=r"must be a URL|is kept in sqlite or postgresql") as refused:
        open_database(address)
    assert SECRET not in str(refused.value)


def test_a_password_on_the_command_line_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"--journal holds a password, .*; DUEWISE_JOURNAL takes it") as refused:
        require_no_secret(DATABASE, "--journal", "DUEWISE_JOURNAL")
    assert SECRET not in str(refused.value)
    require_no_secret("postgresql://bank@h/db", "--journal", "DUEWISE_JOURNAL")
    for command in (["serve", "--journal", DATABASE], ["journal", "head", "--journal", DATABASE]):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 2
        assert "DUEWISE_JOURNAL takes it" in " ".join(done.output.split())
        assert SECRET not in done.output


def secrets_in(source: str) -> list[str]:
    """Return names of secrets that a module gives a text of its own, and addresses with a password in it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str())) if NAMED_AS_SECRET.search(
                name
            ):
                found.append(name)
            case ast.keyword(arg=str(name), value=ast.Constant(value=str())) if NAMED_AS_SECRET.search(name):
                found.append(name)
            case ast.Constant(value=str(text)) if re.search(r"://[^/\s:@*]+:[^*/\s@]+@", text):
                found.append(text)
    return found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("PASSWORD = 'x'", ["PASSWORD"]),
        ("connect(password='x')", ["password"]),
        ("URL = 'postgresql://u:p@h/db'", ["postgresql://u:p@h/db"]),
        ("connect(password=os.environ['X'])", []),
        ("URL = 'postgresql://u@h/db'", []),
    ],
)
def test_a_secret_in_the_source_is_found(source: str, found: list[str]) -> None:
    assert secrets_in(source) == found


def test_no_module_and_no_setting_holds_a_secret() -> None:
    held = {str(file.relative_to(ROOT)): secrets_in(file.read_text(encoding="utf-8")) for file in SOURCES}
    held.pop("serving/addresses.py")  # its examples show what is hidden
    assert {file: found for file, found in held.items() if found} == {}
    for file in CONFIGS.rglob("*.yaml"):
        keys = keys_of(yaml.safe_load(file.read_text(encoding="utf-8")))
        assert not [key for key in keys if NAMED_AS_SECRET.search(key)], file


def keys_of(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield str(key)
            yield from keys_of(value)
    elif isinstance(content, list):
        for value in content:
            yield from keys_of(value)


def test_the_environment_is_read_under_names_of_ours_alone() -> None:
    names = {
        node.value
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"DUEWISE_[A-Z]+", node.value)
    }
    assert names == {
        "DUEWISE_JOURNAL", "DUEWISE_PRICES", "DUEWISE_REPORTS", "DUEWISE_SERVICE", "DUEWISE_SNAPSHOT",
        "DUEWISE_TOKENS", "DUEWISE_WEBHOOK", "DUEWISE_WORKERS",
    }  # fmt: skip
