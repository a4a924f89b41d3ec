from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from features import Book, ModelError
from serving.registry import DEFAULT_MODEL, RESPONSE_MODEL, load_models
from training import simulate_bank
from training.dataset import customer_windows, default_samples, response_samples
from training.reports.figures.run import calibration_figure, effects_figure, importance_figure
from training.settings import read_train_settings
from training.train import book_hash, train

SETTINGS = read_train_settings()


@pytest.fixture(scope="module")
def samples(world: Any) -> Any:
    return default_samples(world.book, SETTINGS)


def test_no_customer_is_in_two_windows_and_the_judge_window_is_the_newest(samples: Any) -> None:
    customers = [set(samples[window].X.index) for window in ("fit", "tune", "judge")]
    assert not customers[0] & customers[1] | customers[0] & customers[2] | customers[1] & customers[2]
    assert samples["fit"].at.max() < samples["tune"].at.min() < samples["judge"].at.min()


def test_windows_follow_the_shares_and_the_seed() -> None:
    names = [f"c{k}" for k in range(5_000)]
    windows = customer_windows(names, SETTINGS)
    assert windows.value_counts(normalize=True)["fit"] == pytest.approx(0.6, abs=0.03)
    assert (windows != customer_windows(names, replace(SETTINGS, seed=1))).any()


def test_a_reminder_is_looked_at_from_before_it_was_sent(world: Any) -> None:
    fit = response_samples(world.book, SETTINGS)["fit"]
    first = ~fit.X.index.duplicated()
    earliest = world.book.reminders.query("channel != 'none'").groupby("customer_id")["sent_at"].min()
    seen = fit.X["reminders_90d"][first]
    never_before = fit.at[first] == pd.DatetimeIndex(seen.index.map(earliest))
    assert never_before.sum() > 20
    assert (seen[never_before] == 0).all()
    assert set(np.unique(fit.outcome)) == {0.0, 1.0}


def test_reminders_with_a_known_propensity_are_never_thinned_away(world: Any) -> None:
    whole, thinned = (
        response_samples(world.book, replace(SETTINGS, most_response_rows=most))["fit"] for most in (10**9, 2_000)
    )
    assert len(thinned) == 2_000 < len(whole)
    assert np.isfinite(thinned.propensity).sum() == np.isfinite(whole.propensity).sum() > 100
    assert (np.diff(pd.factorize(thinned.X.index)[0]) >= 0).all(), "rows of a customer stay together"


def test_a_training_is_recorded_with_windows_hash_measures_and_model(world: Any) -> None:
    client = MlflowClient(world.tracking_uri, world.tracking_uri)
    for name in (DEFAULT_MODEL, RESPONSE_MODEL):
        version = client.get_model_version_by_alias(name, "champion")
        run = client.get_run(version.run_id)
        assert run.data.params["data_hash"] == book_hash(world.book)
        assert 0.5 < run.data.metrics["judge_auc"] < 1
        stored = {file.path for file in client.list_artifacts(version.run_id)}
        assert {"model", "windows.csv"} <= stored
    assert load_models().version == f"{DEFAULT_MODEL}/1 {RESPONSE_MODEL}/1"


def test_the_hash_of_a_book_is_of_its_rows_and_not_their_order(book: Book) -> None:
    shuffled = Book.of({name: frame.sample(frac=1, random_state=1) for name, frame in book.tables()})
    assert book_hash(shuffled) == book_hash(book)
    changed = book.payments.assign(amount=book.payments["amount"] + 1)
    assert book_hash(Book.of(dict(book.tables()) | {"payments": changed})) != book_hash(book)


def test_a_book_too_short_for_the_horizon_is_refused_in_a_sentence(book: Book) -> None:
    with pytest.raises(ModelError, match=r"the book runs from 2025-09-05 to 2026-02-27; a default within 900 days"):
        default_samples(book, replace(SETTINGS, horizon_days=900))


def test_figures_have_titles_and_labels(tmp_path: Path) -> None:
    table = pd.DataFrame({"predicted": [0.1, 0.2], "observed": [0.1, 0.3], "rows": [5, 5]})
    effects = pd.DataFrame({"effect": [0.02], "low": [0.01], "high": [0.03]}, index=["sms_gentle"])
    drawn = [calibration_figure(table, "t"), importance_figure(pd.DataFrame({"a": [1.0]})), effects_figure(effects)]
    for number, figure in enumerate(drawn):
        assert figure.axes[0].get_title()
        assert figure.axes[0].get_xlabel()
        figure.savefig(tmp_path / f"{number}.png")


@pytest.mark.parametrize(
    ("customers", "sentence"),
    [(5, "too few"), (40, "too few")],
    ids=["a handful", "one default"],
)
def test_a_sample_too_small_ends_in_a_sentence(customers: int, sentence: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    with pytest.raises(ModelError, match=sentence):
        train(simulate_bank(customers, 12, seed=0).book, SETTINGS, figures=False)
    assert not (tmp_path / "mlflow.db").exists()


def test_a_search_asked_for_on_the_command_line_replaces_the_budget_of_the_settings() -> None:
    asked = SETTINGS.searching(trials=50)
    assert (asked.search.trials, asked.search.minutes) == (50, None)
    assert SETTINGS.searching() == SETTINGS
