"""A decision of the past made again to the bit, whatever is in service now; and what stands in the way is said."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import msgspec
import pytest

from serving.journal import Payload
from serving.journal.entry import Entry
from serving.policy_settings import read_policy
from serving.registry import DEFAULT_MODEL, load_models, load_version
from serving.replay import ReplayError, Replays, replay
from serving.scorer import Scorer

from .conftest import AT, PRICES, Bank

type Names = Callable[[int], list[str]]


def never(version: str) -> Any:
    pytest.fail(f"asked for {version}")


def other_champion(uri: str, tmp_path: Path) -> str:
    """Register a model that says otherwise, make it the champion, and return its version."""
    from mlflow import MlflowClient

    client = MlflowClient(uri, uri)
    former = client.get_model_version_by_alias(DEFAULT_MODEL, "champion")
    run = client.get_run(former.run_id)
    folder = tmp_path / "other"
    source = Path(unquote(urlparse(run.info.artifact_uri).path))
    shutil.copytree(next(source.rglob("*.ubj")).parent, folder)
    scorer = Scorer.load(folder)
    replace(scorer, calibration=replace(scorer.calibration, intercept=scorer.calibration.intercept + 0.7)).save(folder)
    made = client.create_model_version(DEFAULT_MODEL, str(folder), former.run_id)
    client.set_registered_model_alias(DEFAULT_MODEL, "champion", made.version)
    return str(made.version)


@pytest.mark.parametrize("by_id", [True, False], ids=["by id", "with records"])
@pytest.mark.parametrize(
    "asked",
    [{"explain": True}, {"explain": False}, {"counterfactual": True}],
    ids=["explained", "bare", "counterfactual"],
)
def test_a_decision_among_many_is_replayed_alone_to_the_bit(bank: Bank, names: Names, by_id: bool, asked: Any) -> None:
    said = bank.decided(names(40), by_id, **asked)
    replays = Replays(bank.journal, load_version)
    for name, then in said.items():
        found = replays.of(name)
        assert (found.same, found.differences) == (True, ())
        assert found.now == found.then == then


def test_other_costs_other_texts_and_another_champion_change_nothing_of_the_past(
    bank: Bank, names: Names, own_registry: str, tmp_path: Path
) -> None:
    bank.prices = tmp_path / "prices.json"
    bank.prices.write_text(PRICES % read_policy(bank.folder / "policy.yaml").version)
    said = bank.decided(names(60), True)
    old, settings = load_models(), bank.archive.digest
    bank.prices.unlink()
    bank.prices = None
    bank.write("policy.yaml", "cost: 0.", "cost: 3.")
    bank.write("reasons.yaml", "most: 4", "most: 1")
    bank.write("messages.yaml", "400-000-0000", "400-111-1111")
    version = other_champion(own_registry, tmp_path)
    now = bank.decided(names(60), True)
    assert load_models().version.split()[0] == f"{DEFAULT_MODEL}/{version}"
    assert bank.archive.digest != settings
    assert old.version != load_models().version
    assert not set(said) & set(now)
    probability = [
        {msgspec.json.decode(one)["default_probability"] for one in answers.values()} for answers in (said, now)
    ]
    assert not probability[0] & probability[1]
    replays = Replays(bank.journal, load_version)
    for answers in (said, now):
        assert [replays.of(name).now for name in answers] == list(answers.values())


def test_a_model_that_answers_otherwise_is_told_by_path(
    bank: Bank, names: Names, own_registry: str, tmp_path: Path
) -> None:
    (name,) = bank.decided(names(1), True)
    other_champion(own_registry, tmp_path)
    found = replay(bank.journal, name, lambda version: load_models())
    assert not found.same
    paths = {one.path for one in found.differences}
    assert {"$.default_probability", "$.versions.model"} <= paths
    assert "$.customer_id" not in paths


def test_an_altered_payload_is_found_and_not_replay(bank: Bank, names: Names, tmp_path: Path) -> None:
    name, other = bank.decided(names(2), True)
    assert bank.journal.verify().fault is None
    with sqlite3.connect(tmp_path / "journal.db") as database:
        database.execute("DROP TRIGGER journal_payloads_update")
        seq, stored = database.execute(
            "SELECT seq, payload FROM journal_payloads JOIN journal_entries USING (seq) WHERE about = ?", (name,)
        ).fetchone()
        database.execute("UPDATE journal_payloads SET payload = ? WHERE seq = ?", (stored[:-1] + b"!", seq))
    fault = bank.journal.verify().fault
    assert fault is not None
    assert fault.seq == seq
    assert replay(bank.journal, other, load_version).same
    with pytest.raises(ReplayError, match=r"is not what the chain vouches for|damaged") as refused:
        replay(bank.journal, name, never)
    assert refused.value.code == "altered"


def test_an_erased_customer_is_refused_in_words_that_say_so(bank: Bank, names: Names) -> None:
    name, other = bank.decided(names(2), True)
    with pytest.raises(
        ReplayError, match="there is no decision nothing, and the journal had none that was erased"
    ) as unknown:
        replay(bank.journal, "nothing", never)
    assert unknown.value.code == "unknown_decision"
    bank.journal.erase(names(1)[0], AT)
    with pytest.raises(ReplayError, match="its customer was erased, or it was never made") as erased:
        replay(bank.journal, name, never)
    assert erased.value.code == "erased_or_unknown"
    assert replay(bank.journal, other, load_version).same


def test_retention_leaves_the_settings_of_what_it_leaves(bank: Bank, names: Names) -> None:
    bank.decided(names(1), True)
    bank.journal.append([Entry("event", "later", AT + timedelta(days=3000))])
    gone = bank.journal.prune(AT + timedelta(days=1), AT + timedelta(days=4000), 3)
    assert gone.entries == 1
    assert bank.journal.record("settings", bank.archive.digest) is not None
    assert bank.journal.verify().fault is None


def test_a_model_deleted_from_the_registry_is_named(
    bank: Bank, names: Names, own_registry: str, tmp_path: Path
) -> None:
    from mlflow import MlflowClient

    (name,) = bank.decided(names(1), True)
    former = load_models().version.split()[0].rpartition("/")[2]
    other_champion(own_registry, tmp_path)
    MlflowClient(own_registry, own_registry).delete_model_version(DEFAULT_MODEL, former)
    with pytest.raises(ReplayError, match=f"{DEFAULT_MODEL} version {former} is not in .*: it was deleted") as refused:
        replay(bank.journal, name, load_version)
    assert refused.value.code == "model_missing"


def rewritten(bank: Bank, decision_id: str, **parts: Any) -> str:
    """Journal the same decision with other parts and return its id."""
    record = bank.journal.decision(decision_id)
    assert record is not None
    payload = Payload.from_bytes(record.entry.payload)
    told = {name: getattr(payload, name) for name in Payload.__dataclass_fields__} | parts
    bank.journal.append([Entry("decision", "again", AT, payload=Payload(**told).to_bytes())])
    return "again"


@pytest.mark.parametrize(
    ("versions", "code", "said"),
    [
        ({"model": "m", "settings": None}, "settings_missing", "does not say by which settings"),
        ({"model": "m"}, "settings_missing", "does not say by which settings"),
        ({"model": "m", "settings": "0" * 64}, "settings_missing", "keeps no settings under the digest 0000"),
    ],
    ids=["none kept", "before they were kept", "archive missing"],
)
def test_settings_that_are_not_there_are_named(bank: Bank, names: Names, versions: Any, code: str, said: str) -> None:
    (name,) = bank.decided(names(1), True)
    with pytest.raises(ReplayError, match=said) as refused:
        replay(bank.journal, rewritten(bank, name, versions=versions), never)
    assert refused.value.code == code


def test_a_payload_of_another_format_and_a_question_nobody_knows_are_refused(bank: Bank, names: Names) -> None:
    bank.journal.append([Entry("decision", "later", AT, payload=msgspec.msgpack.encode([3, "x"]))])
    with pytest.raises(ReplayError, match="a payload of format 3; this Duewise reads format 2") as refused:
        replay(bank.journal, "later", never)
    assert refused.value.code == "other_format"
    (name,) = bank.decided(names(1), True)
    with pytest.raises(ReplayError, match="does not read what was asked") as refused:
        replay(bank.journal, rewritten(bank, name, asked={"colour": True}), never)
    assert refused.value.code == "other_format"


@pytest.mark.parametrize("version", ["", "duewise-default/x", "duewise-response/1", "duewise-default/1 more"])
def test_a_version_that_is_written_otherwise_is_refused(version: str) -> None:
    with pytest.raises(Exception, match="a version of models is written duewise-default/1, or"):
        load_version(version)


def test_a_version_is_loaded_whoever_is_champion(own_registry: str, tmp_path: Path) -> None:
    was = load_models()
    other_champion(own_registry, tmp_path)
    assert load_version(was.version).version == was.version != load_models().version
    assert load_version(was.version).effects is not None
    assert load_version(was.version.split()[0]).effects is None
