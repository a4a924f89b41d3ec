"""The pack of the small trained world, and what is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient
from typer.testing import CliRunner

import duewise
from features import ModelError
from serving.registry import RESPONSE_MODEL, artefacts, registered
from training.reports.chapters import approval, challenger, sensitivity
from training.reports.pack import KEPT, PAGE, TWIN, report_on, review_material, title_of
from training.reports.section import Section

QUESTIONS = {
    "purpose": "What is it for?",
    "population": "On whom was it built?",
    "ranking": "Does it rank?",
    "calibration": "Is it calibrated?",
    "stability": "Is it stable?",
    "drivers": "What drives it?",
    "fairness": "Is it fair?",
    "challenger": "Would a simple scorecard do?",
    "sensitivity": "What breaks it?",
    "champion": "What changes against the champion?",
    "approval": "Who approved it?",
}
MADE_AT = pd.Timestamp("2026-11-24T12:00", tz="UTC")


@pytest.fixture(scope="module")
def made(world: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Section]]:
    folder = tmp_path_factory.mktemp("pack") / "report"
    return folder, report_on(registered(), folder, MADE_AT, sharpness=0.3)


@pytest.fixture(scope="module")
def material(world: Any) -> Any:
    return review_material(registered())


def test_the_pack_answers_every_question_in_order(made: Any, strict: Any) -> None:
    folder, sections = made
    told = strict((folder / TWIN).read_text())["sections"]
    assert {name: one["question"] for name, one in told.items()} == QUESTIONS
    assert list(told) == list(QUESTIONS)
    assert all(section.answer and section.answer[0].endswith(".") for section in sections)


def test_every_cell_of_the_pack_traces_to_the_json(made: Any, strict: Any, untraced: Any) -> None:
    folder, _ = made
    html = (folder / PAGE).read_text()
    assert untraced(html, strict((folder / TWIN).read_text())) == []
    assert html.count("data-path=") > 20
    assert not re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?\s*(?:https?:)?//", html)


def test_every_picture_has_title_axes_and_a_table_of_its_section(made: Any) -> None:
    _, sections = made
    for section in sections:
        tables = {table.id for table in section.tables}
        for picture in section.pictures:
            figure = picture.draw()
            assert title_of(figure), (section.id, picture.id)
            assert figure.axes[0].get_xlabel(), (section.id, picture.id)
            assert picture.says.endswith("."), (section.id, picture.id)
            assert picture.of.rpartition(".")[2] in tables, (section.id, picture.id)


def test_the_pack_is_kept_with_the_run(made: Any, world: Any) -> None:
    client = MlflowClient(world.tracking_uri, world.tracking_uri)
    kept = {file.path for file in client.list_artifacts(registered().run_id, KEPT)}
    assert {f"{KEPT}/{PAGE}", f"{KEPT}/{TWIN}", f"{KEPT}/figures"} <= kept


def test_single_cases_add_up_to_the_probability_on_record(made: Any) -> None:
    _, sections = made
    drivers = next(section for section in sections if section.id == "drivers")
    cases = next(table.frame for table in drivers.tables if table.id == "cases")
    assert list(cases["why"])[:3] == ["low", "medium", "high"]
    assert cases["gap"].max() < 1e-5


def test_no_customer_is_named(made: Any, world: Any) -> None:
    folder, _ = made
    names = set(world.book.customers["customer_id"])
    assert not names & set(re.findall(r"\w+", (folder / TWIN).read_text()))


def test_a_run_without_material_is_refused_in_a_sentence(world: Any, tmp_path: Path) -> None:
    old = registered(RESPONSE_MODEL)  # its run leaves none, as trainings before the review did
    with pytest.raises(ModelError, match="was trained before trainings left material for a review; train again"):
        report_on(old, tmp_path / "report", MADE_AT)
    assert not (tmp_path / "report").exists()


def test_the_verb_says_what_it_found_and_refuses_an_unknown_version(world: Any, tmp_path: Path) -> None:
    refused = CliRunner().invoke(duewise.app, ["report", "--version", "99", "--out", str(tmp_path / "r")])
    assert refused.exit_code == 2
    assert "duewise-default version 99 is not in sqlite" in refused.output
    foreign = CliRunner().invoke(duewise.app, ["report", "--out", str(world.folder), "--quiet"])
    assert foreign.exit_code == 2
    assert "a report is not written over what is no report" in foreign.output.replace("\n", " ")


def approved(**tags: str) -> Section:
    return approval.section(replace(registered(), tags=tags))


def verdict(outcome: str) -> str:
    """Return the tag of a promotion with one gate."""
    said = {"gate": "ranks", "metric": "judge_auc", "value": 0.8, "side": "at least", "bound": 0.7, "why": "it does"}
    return json.dumps([{**said, "outcome": outcome}])


def test_an_approval_and_its_gates_are_told(world: Any) -> None:
    section = approved(
        approved_by="A. Owner", approved_at="2026-11-20T10:00:00", note="for a year", gates=verdict("passed")
    )
    assert section.answer[0] == "A. Owner approved it on 2026-11-20."
    assert section.answer[1] == "Of 1 gates 1 passed, 0 failed. Note: for a year."
    assert (section.verdict, section.tables[0].frame["verdict"].tolist()) == ("pass", ["pass"])


def test_a_gate_that_failed_is_seen_in_spite_of_an_approval(world: Any) -> None:
    section = approved(approved_by="B", approved_at="2026-01-02", gates=verdict("failed"))
    assert (section.verdict, section.answer[0]) == ("fail", "B approved it on 2026-01-02.")


def test_a_version_without_approval_is_judged_by_the_gates_as_they_are(world: Any) -> None:
    section = approved()
    assert section.answer[0] == "Not yet approved: no approval is on record for this version."
    gates = section.tables[0].frame.set_index("gate")
    assert gates.loc["ranks", "value"] == registered().metrics["judge_auc"]
    assert section.tables[0].title.endswith("as they would be judged now")
    assert section.verdict in ("watch", "fail")


def test_gates_that_cannot_be_read_are_refused(world: Any) -> None:
    with pytest.raises(ModelError, match="the tag `gates` of duewise-default version 1 cannot be read"):
        approved(gates="[oh")


def scored(material: Any, **columns: Any) -> Any:
    """Return a material of 400 judge cases whose outcome follows the probability, and the columns besides."""
    default = pd.Series([0.05, 0.3, 0.05, 0.6] * 100)
    rows = pd.DataFrame({"window": "judge", "default_probability": default, "outcome": [0.0, 0.0, 0.0, 1.0] * 100})
    rows = rows.assign(customer=range(400), **columns)
    return replace(material, rows=rows, scenarios=pd.DataFrame(index=rows.index))


def test_a_scorecard_as_good_as_the_model_is_said_to_be_within_noise(material: Any) -> None:
    same = scored(material).rows["default_probability"]
    section = challenger.section(scored(material, scorecard=same))
    assert section.verdict == "watch"
    assert section.answer[0].startswith("It might: the scorecard is within noise of XGBoost")


def test_a_scorecard_that_ranks_worse_is_not_enough(material: Any) -> None:
    coin = [0.2, 0.3, 0.3, 0.2] * 100
    section = challenger.section(scored(material, scorecard=coin))
    assert section.verdict == "pass"
    assert section.answer[0].startswith("No: XGBoost is better than the scorecard in AUC and log loss")


def test_no_scorecard_is_said(material: Any) -> None:
    section = challenger.section(scored(material, scorecard=float("nan")))
    assert section.verdict == "watch"
    assert section.answer[0].startswith("Not known: the training fitted no scorecard")


def test_the_scenario_that_hurts_most_is_named(material: Any) -> None:
    made = scored(material)
    as_is = made.rows["default_probability"]
    scenarios = pd.DataFrame({"nothing": as_is, "upside down": 1 - as_is})
    section = sensitivity.section(replace(made, scenarios=scenarios))
    table = section.tables[0].frame.set_index("scenario")
    assert table.loc["nothing", ["auc_change", "log_loss_change", "changing_tier"]].tolist() == [0, 0, 0]
    assert table.at["upside down", "auc"] == pytest.approx(1 - table.at["as is", "auc"])
    assert table.at["upside down", "same_order"] == pytest.approx(-1)
    assert section.verdict == "watch"
    assert section.answer[0].startswith("“upside down” hurts most")
    assert section.facts["watched"] == ["upside down"]


def test_artefacts_name_what_a_run_does_not_have(world: Any) -> None:
    with pytest.raises(ModelError, match="the run of duewise-default version 1 has no letters among its artefacts"):
        artefacts(registered(), "letters")
