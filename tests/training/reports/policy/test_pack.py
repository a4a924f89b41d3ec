"""The verb, from a book to a page, on the small trained world."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import duewise
import training.evaluation
from features import Book
from serving.registry import RESPONSE_MODEL, artefacts, registered
from training.policies import rivals
from training.policies.gain import COMPARED

RUN = CliRunner()


def invoke(*arguments: Any) -> Any:
    return RUN.invoke(duewise.app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of the world's truth, as the verb writes it."""
    folder = tmp_path_factory.mktemp("truth")
    asked = ("--customers", 1_000, "--months", 12, "--seed", 5, "--truth", folder / "truth.parquet", "--quiet")
    done = invoke("simulate", folder / "book", *asked)
    assert done.exit_code == 0, done.output
    return folder / "truth.parquet"


@pytest.fixture(scope="module")
def page(world: Any, truth: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    folder = tmp_path_factory.mktemp("judged") / "policy"
    return invoke("evaluate", world.folder, "--truth", truth, "--out", folder), folder


def test_the_truth_is_that_of_every_logged_decision_and_lies_outside_the_book(truth: Path, world: Any) -> None:
    written = pd.read_parquet(truth)
    assert set(written["reminder_id"]) == set(world.book.reminders["reminder_id"])
    assert set(written.dtypes.drop("reminder_id").astype(str)) == {"float32"}
    assert not (truth.parent / "book" / truth.name).exists()
    refused = invoke("simulate", truth.parent / "b", "--customers", 20, "--truth", truth.parent / "b" / "t.parquet")
    assert refused.exit_code == 2
    assert "beside a book, never in it" in refused.output


def test_the_table_has_every_policy_and_the_page_answers_every_question(page: tuple[Any, Path]) -> None:
    done, folder = page
    assert done.exit_code == 0, done.output
    for name in (rivals.NOTHING, rivals.LADDER, rivals.RISK, rivals.SINGLE, rivals.LEARNED, rivals.ORACLE):
        assert name in done.output
    twin = json.loads((folder / "report.json").read_text())
    assert list(twin["sections"]) == ["value", "calls", "reach", "evidence", "ranking", "effects"]


def test_every_number_of_the_page_is_in_the_twin_and_nothing_is_fetched(
    page: tuple[Any, Path], untraced: Any, strict: Any
) -> None:
    html, twin = (page[1] / "report.html").read_text(), strict((page[1] / "report.json").read_text())
    assert untraced(html, twin) == []
    assert not re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?\s*(?:https?:)?//", html)
    assert (page[1] / twin["sections"]["calls"]["figures"]["frontier"]).stat().st_size > 100


def test_the_run_of_the_model_keeps_gain_and_page(page: tuple[Any, Path]) -> None:
    model = registered(RESPONSE_MODEL)
    twin = json.loads((page[1] / "report.json").read_text())
    for name in ("gain", "gain_low", "gain_high", "effective_rows", "overlap", "placebo_share", "placebo_bias"):
        assert model.metrics[f"policy_{name}"] == twin["metrics"][f"policy_{name}"]
    assert model.tags[COMPARED] == rivals.LADDER
    assert (artefacts(model, "policy") / "report.html").exists()


def test_a_log_that_cannot_tell_leaves_with_one_and_still_writes_why(
    world: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(training.evaluation, "MOST_OCCASIONS", 1_000)
    kept: list[Any] = []
    monkeypatch.setattr("training.reports.policy.pack.keep_evaluation", lambda *told: kept.append(told))
    monkeypatch.setattr("training.reports.policy.pack.keep_folder", lambda *told: None)
    tables = dict(world.book.tables())
    tables["reminders"] = tables["reminders"].assign(propensity=np.nan)
    Book.of(tables).write(tmp_path / "book")
    done = invoke("evaluate", tmp_path / "book", "--out", tmp_path / "policy")
    assert done.exit_code == 1, done.output
    assert "cannot be judged: too little overlap" in done.output
    assert "cannot be judged" in (tmp_path / "policy" / "report.html").read_text()
    assert np.isnan(kept[0][3]["policy_gain_low"])
