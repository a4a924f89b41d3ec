from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient
from typer.testing import CliRunner

import duewise
from features import ModelError, PolicyError
from serving.registry import CHALLENGER, CHAMPION, DEFAULT_MODEL, PREVIOUS, RESPONSE_MODEL, find_registered
from training.gates import Gate, read_promotion_settings
from training.policies.gain import COMPARED
from training.promotion import Approval, promote, revert
from training.track import Record, keep_evaluation, register

GATES = read_promotion_settings().gates
APPROVAL = Approval("model risk", pd.Timestamp("2026-03-01 10:00", tz="Asia/Shanghai"), "yearly review")
JUDGED = {
    "policy_gain_low": 0.4,
    "policy_effective_rows": 400.0,
    "policy_overlap": 0.95,
    "policy_placebo_bias": 0.1,
}
GOOD = {
    "judge_log_loss": 0.15,
    "judge_log_loss_of_base_rate": 0.2,
    "judge_auc": 0.8,
    "judge_ks": 0.45,
    "judge_calibration_error": 0.01,
    "judge_psi": 0.02,
    "sign_breaches": 0.0,
    **JUDGED,
}


class Nothing:
    """A model that saves an empty folder."""

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)


def train(alias: str | None = None, name: str = DEFAULT_MODEL, **metrics: float) -> str:
    return register(Record(name, Nothing(), {}, {**GOOD, **metrics}), alias)[0]


@pytest.fixture(scope="module")
def empty_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database that MLflow has laid out, which takes seconds."""
    file = tmp_path_factory.mktemp("registry") / "mlflow.db"
    MlflowClient(f"sqlite:///{file}", f"sqlite:///{file}").search_registered_models()
    return file


@pytest.fixture(autouse=True)
def registry(empty_registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(empty_registry, tmp_path / "mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")


def holder(alias: str = CHAMPION, name: str = DEFAULT_MODEL) -> str | None:
    found = find_registered(name, alias=alias)
    return found and found.version


def command(*arguments: str) -> Any:
    return CliRunner().invoke(duewise.app, ["promote", *arguments])


def test_a_challenger_that_passes_every_gate_becomes_champion_and_carries_its_approval() -> None:
    train(), train(champion_auc=0.8, champion_log_loss=0.15)
    (moved,) = promote(GATES, APPROVAL)
    assert (moved.version, moved.former, moved.is_champion) == ("2", "1", True)
    assert (holder(CHAMPION), holder(PREVIOUS)) == ("2", "1")
    champion = find_registered(DEFAULT_MODEL)
    assert champion is not None
    assert champion.tags["approved_by"] == "model risk"
    assert champion.tags["approved_at"] == "2026-03-01T02:00:00+00:00"
    assert champion.tags["note"] == "yearly review"
    gates = {gate["gate"]: gate for gate in json.loads(champion.tags["gates"])}
    assert gates["ranks"]["value"] == 0.8
    assert gates["ranks no worse than the champion"]["outcome"] == "passed"
    assert gates["fair"]["outcome"] == "skipped"


@pytest.mark.parametrize(
    ("metrics", "gate", "why"),
    [
        ({"judge_log_loss": 0.1995}, "better than the base rate", "judge_log_loss is 0.1995, at most 0.1990 is needed"),
        ({"judge_auc": 0.6}, "ranks", "judge_auc is 0.6000, at least 0.6500 is needed"),
        ({"judge_ks": float("nan")}, "separates", "the run has no judge_ks"),
        ({"champion_auc": 0.81}, "ranks no worse than the champion", "judge_auc is 0.8000, at least 0.8080 is needed"),
        ({"champion_log_loss": 0.14}, "as probable as the champion", "judge_log_loss is 0.1500, at most 0.1410"),
        ({"judge_psi": 0.4}, "stable", "judge_psi is 0.4000, at most 0.2500 is needed"),
        ({"sign_breaches": 1}, "follows the signs", "sign_breaches is 1.0000, at most 0.0000 is needed"),
    ],
)
def test_a_failed_gate_leaves_the_champion_and_says_value_and_bound(
    metrics: dict[str, float], gate: str, why: str
) -> None:
    train(), train(**metrics)
    (stayed,) = promote(GATES, APPROVAL)
    assert not stayed.is_champion
    assert [failed.gate for failed in stayed.failed] == [gate]
    assert why in stayed.failed[0].why
    assert (holder(CHAMPION), holder(CHALLENGER)) == ("1", "2")
    challenger = find_registered(DEFAULT_MODEL, alias=CHALLENGER)
    assert challenger is not None
    assert "approved_by" not in challenger.tags


@pytest.mark.parametrize(("required", "outcome"), [(True, "failed"), (False, "skipped")])
@pytest.mark.parametrize("relative_to", [None, "unknown"])
def test_a_metric_the_run_lacks_fails_a_required_gate_and_skips_another(
    required: bool, outcome: str, relative_to: str | None
) -> None:
    metric = "judge_auc" if relative_to else "unknown"
    verdict = Gate("g", metric, required, at_least=0.5, relative_to=relative_to).judge({"judge_auc": 0.8})
    assert verdict.outcome == outcome
    assert verdict.why == "the run has no unknown"


def test_the_response_model_of_the_challenger_moves_along_and_comes_back_along() -> None:
    for _ in range(2):
        train(), train(name=RESPONSE_MODEL)
    assert [(moved.name, moved.version) for moved in promote(GATES, APPROVAL)] == [
        (DEFAULT_MODEL, "2"),
        (RESPONSE_MODEL, "2"),
    ]
    assert holder(name=RESPONSE_MODEL) == "2"
    assert [(back.name, back.version, back.former) for back in revert()] == [
        (DEFAULT_MODEL, "1", "2"),
        (RESPONSE_MODEL, "1", "2"),
    ]
    assert (holder(), holder(name=RESPONSE_MODEL)) == ("1", "1")


def test_a_named_model_moves_alone_and_comes_back_alone() -> None:
    for _ in range(2):
        train(), train(name=RESPONSE_MODEL)
    promote(GATES, APPROVAL, model=RESPONSE_MODEL)
    assert (holder(), holder(name=RESPONSE_MODEL)) == ("1", "2")
    promote(GATES, APPROVAL, model=DEFAULT_MODEL)
    revert(DEFAULT_MODEL)
    assert (holder(), holder(name=RESPONSE_MODEL)) == ("1", "2")


def test_a_response_model_promoted_at_another_time_does_not_come_back_along() -> None:
    for _ in range(2):
        train(), train(name=RESPONSE_MODEL)
    promote(GATES, APPROVAL, model=RESPONSE_MODEL)
    later = Approval("model risk", APPROVAL.at + pd.Timedelta("1D"))
    promote(GATES, later, model=DEFAULT_MODEL)
    assert [back.name for back in revert()] == [DEFAULT_MODEL]


def test_reverting_twice_changes_nothing() -> None:
    train(), train()
    promote(GATES, APPROVAL)
    revert(), revert()
    assert (holder(CHAMPION), holder(PREVIOUS)) == ("2", "1")


def test_a_champion_trained_as_one_can_be_taken_back_too() -> None:
    train(), train(CHAMPION)
    assert revert()[0].version == "1"


def test_a_version_can_be_asked_for_by_number() -> None:
    train(), train(), train(judge_auc=0.5)
    assert promote(GATES, APPROVAL, version="2")[0].is_champion
    assert holder() == "2"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: promote(GATES, APPROVAL), "duewise-default has no version under the alias challenger"),
        (lambda: promote(GATES, APPROVAL, version="7"), "duewise-default has no version 7. `duewise train BOOK`"),
        (lambda: promote(GATES, APPROVAL, version="1"), "duewise-default version 1 is the champion already"),
        (lambda: promote(GATES, APPROVAL, model="mine"), "mine has no version under the alias challenger"),
        (revert, "duewise-default has no former champion to go back to"),
        (lambda: revert("mine"), "mine has no champion"),
    ],
    ids=["no challenger", "no such version", "already", "no such model", "no former", "no champion"],
)
def test_what_cannot_be_promoted_or_taken_back_is_refused_in_a_sentence(ask: Any, message: str) -> None:
    train()
    with pytest.raises(ModelError, match=message):
        ask()


def test_the_command_shows_every_gate_and_moves_the_champion() -> None:
    train(), train()
    done = command("--by", "model risk", "--note", "yearly review")
    assert done.exit_code == 0, done.output
    for said in ("ranks", "passed", "skipped", "duewise-default: version 2 is now the champion, in place of 1."):
        assert said in done.output
    champion = find_registered(DEFAULT_MODEL)
    assert champion is not None
    assert champion.tags["note"] == "yearly review"
    back = command("--revert")
    assert back.exit_code == 0
    assert "version 1 is the champion again, in place of 2" in back.output


def test_the_command_says_that_the_response_model_moves_along() -> None:
    for _ in range(2):
        train(), train(name=RESPONSE_MODEL)
    assert "duewise-response: version 2 is now the champion, in place of 1." in command().output


def test_a_policy_is_promoted_alone() -> None:
    for _ in range(2):
        train(), train(name=RESPONSE_MODEL)
    done = command("--policy", "--by", "model risk")
    assert done.exit_code == 0, done.output
    assert (holder(), holder(name=RESPONSE_MODEL)) == ("1", "2")
    assert command("--policy", "--model", DEFAULT_MODEL).exit_code == 2


@pytest.mark.parametrize(
    ("metrics", "gate", "why"),
    [
        ({"policy_gain_low": 0.0}, "better than what runs", "policy_gain_low is 0.0000, above 0.0000 is needed"),
        ({"policy_gain_low": -0.1}, "better than what runs", "policy_gain_low is -0.1000, above 0.0000 is needed"),
        (
            {"policy_gain_low": float("nan")},
            "better than what runs",
            "the run has no policy_gain_low; run `duewise evaluate BOOK`",
        ),
        ({"policy_effective_rows": 90.0}, "enough to judge on", "at least 200.0000 is needed"),
        ({"policy_overlap": 0.6}, "overlap", "at least 0.7000 is needed"),
        ({"policy_placebo_bias": 2.0}, "placebo", "at most 1.0000 is needed"),
    ],
    ids=["zero", "below", "never judged", "few rows", "thin overlap", "placebo"],
)
def test_a_policy_that_fails_a_gate_stays_and_says_which(metrics: dict[str, float], gate: str, why: str) -> None:
    train(name=RESPONSE_MODEL), train(name=RESPONSE_MODEL, **metrics)
    done = command("--policy")
    assert done.exit_code == 1
    assert f"{gate}: policy_" in done.output or f"{gate}: the run has no" in done.output
    assert why in done.output
    assert f"gates failed: 1 ({gate})" in done.output
    assert holder(name=RESPONSE_MODEL) == "1"


def test_the_smallest_gain_above_zero_is_enough() -> None:
    train(name=RESPONSE_MODEL), train(name=RESPONSE_MODEL, policy_gain_low=1e-12)
    assert promote(GATES, APPROVAL, model=RESPONSE_MODEL)[0].is_champion


def test_a_response_model_that_fails_its_gates_stays_when_the_default_model_moves() -> None:
    train(), train(name=RESPONSE_MODEL), train(), train(name=RESPONSE_MODEL, policy_gain_low=-1.0)
    done = command()
    assert done.exit_code == 0, done.output
    assert "duewise-default: version 2 is now the champion, in place of 1." in done.output
    said = "duewise-response: version 2 is not promoted, the champion stays; gates failed: 1 (better than what runs)."
    assert said in done.output
    assert (holder(), holder(name=RESPONSE_MODEL)) == ("2", "1")
    assert [back.name for back in revert()] == [DEFAULT_MODEL]


def test_a_gain_over_what_no_longer_runs_is_not_taken() -> None:
    train(name=RESPONSE_MODEL), train(name=RESPONSE_MODEL), train(name=RESPONSE_MODEL)
    second = find_registered(RESPONSE_MODEL, version="2")
    assert second is not None
    keep_evaluation(RESPONSE_MODEL, "2", second.run_id, JUDGED, {COMPARED: "duewise-response version 1"})
    third = find_registered(RESPONSE_MODEL, version="3")
    assert third is not None
    keep_evaluation(RESPONSE_MODEL, "3", third.run_id, JUDGED, {COMPARED: "duewise-response version 1"})
    assert promote(GATES, APPROVAL, model=RESPONSE_MODEL, version="2")[0].is_champion
    (stayed,) = promote(GATES, APPROVAL, model=RESPONSE_MODEL, version="3")
    assert not stayed.is_champion
    assert "judged against duewise-response version 1, which is not what runs now" in stayed.failed[0].why


def test_an_evaluation_that_could_not_tell_takes_the_place_of_an_older_gain() -> None:
    train(name=RESPONSE_MODEL), train(name=RESPONSE_MODEL)
    asked = find_registered(RESPONSE_MODEL, version="2")
    assert asked is not None
    unknown = dict.fromkeys(JUDGED, float("nan"))
    keep_evaluation(RESPONSE_MODEL, "2", asked.run_id, unknown, {COMPARED: "duewise-response version 1"})
    (stayed,) = promote(GATES, APPROVAL, model=RESPONSE_MODEL)
    assert len(stayed.failed) == len(JUDGED)


def test_the_command_leaves_with_one_and_names_each_failed_gate() -> None:
    train(), train(judge_auc=0.6, judge_ks=0.1)
    done = command()
    assert done.exit_code == 1
    assert "ranks: judge_auc is 0.6000, at least 0.6500 is needed." in done.output
    assert "separates: judge_ks is 0.1000, at least 0.2000 is needed." in done.output
    assert "version 2 is not promoted, the champion stays; gates failed: 2 (ranks and separates)." in done.output
    assert holder() == "1"
    assert command("--version", "9").exit_code == 2


@pytest.mark.parametrize(
    ("gates", "message"),
    [
        ("[{name: g, metric: m, required: true}]", "must have either at_least or at_most or above"),
        (
            "[{name: g, metric: m, required: true, at_least: 0, above: 1}]",
            "must have either at_least or at_most or above",
        ),
        ("[{name: g, metric: m, required: true, atleast: 0}]", r"atleast: there is no such setting"),
        ("[]\n  other: []", "gates must be those of duewise-default and duewise-response"),
    ],
    ids=["no bound", "two bounds", "unknown key", "unknown model"],
)
def test_gates_that_cannot_be_meant_are_refused(gates: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "promotion.yaml"
    file.write_text(f"gates:\n  duewise-response: []\n  duewise-default: {gates}\n")
    with pytest.raises(PolicyError, match=message):
        read_promotion_settings(file)
