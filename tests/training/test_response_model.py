from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from features import ModelError
from training import ResponseModel

ACTIONS = ("none", "sms", "call")


def confounded_log(
    rows: int = 12_000, seed: int = 0
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return a log that calls the worst payers, by a hunch not in X; half is randomised with known propensity."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 4)), columns=list("abcd"))
    hunch = rng.normal(size=rows)
    base = 0.5 + 0.12 * np.tanh(X["a"].to_numpy()) - 0.12 * np.tanh(hunch)
    effects = np.column_stack([np.zeros(rows), np.full(rows, 0.03), np.full(rows, 0.08)])
    randomised = rng.random(rows) < 0.5
    ladder = np.clip(np.round(1 + hunch + 0.5 * rng.normal(size=rows)), 0, 2).astype(int)
    action = np.where(randomised, rng.integers(0, 3, rows), ladder)
    paid = (rng.random(rows) < base + effects[np.arange(rows), action]).astype(float)
    return X, action, paid, np.where(randomised, 1 / 3, np.nan), effects


@pytest.fixture(scope="module")
def fitted() -> ResponseModel:
    X, action, paid, propensity, _ = confounded_log()
    return ResponseModel().fit(X, np.array(ACTIONS)[action], paid, propensity)


def test_effects_come_nearer_the_truth_than_a_classifier_of_the_log(fitted: ResponseModel) -> None:
    X, action, paid, _, effects = confounded_log()
    columns = []
    for k in range(3):
        rows = action == k
        trees = xgb.train({"objective": "binary:logistic", "max_depth": 3}, xgb.DMatrix(X[rows], paid[rows]), 40)
        columns.append(trees.predict(xgb.DMatrix(X)))
    naive = np.column_stack(columns) - columns[0][:, None]
    ours = fitted.effect(X, "none").effects[list(ACTIONS)].to_numpy()
    assert ((ours - effects) ** 2).mean() < 0.5 * ((naive - effects) ** 2).mean()


def test_the_intervals_of_the_average_effects_hold_the_truth(fitted: ResponseModel) -> None:
    found = fitted.average_effects_.loc[["sms", "call"]]
    assert (found["low"] < [0.03, 0.08]).all()
    assert (found["high"] > [0.03, 0.08]).all()


def test_probabilities_are_in_bounds_and_effects_against_oneself_are_nothing(fitted: ResponseModel) -> None:
    X, *_ = confounded_log(300, seed=1)
    assert fitted.predict(X).to_numpy().min() >= 0
    assert fitted.predict(X).to_numpy().max() <= 1
    assert (fitted.effect(X, "sms").effects["sms"] == 0).all()


def test_a_loaded_model_predicts_to_the_bit(fitted: ResponseModel, tmp_path: Path) -> None:
    X, *_ = confounded_log(300, seed=2)
    fitted.save(tmp_path)
    assert {file.suffix for file in tmp_path.iterdir()} == {".json", ".ubj"}
    pd.testing.assert_frame_equal(ResponseModel.load(tmp_path).predict(X), fitted.predict(X), check_exact=True)


def test_a_row_is_predicted_the_same_whoever_stands_beside_it(fitted: ResponseModel) -> None:
    X, *_ = confounded_log(300, seed=3)
    pd.testing.assert_frame_equal(fitted.predict(X.iloc[[9]]), fitted.predict(X).iloc[[9]], check_exact=True)


def test_a_randomised_log_where_all_are_alike_is_found_to_hold_no_differences() -> None:
    X, action, paid, propensity, _ = confounded_log(6_000, seed=4)
    known = ~np.isnan(propensity)
    rng = np.random.default_rng(0)
    action = np.where(known, action, rng.integers(0, 3, len(action)))
    paid = (rng.random(len(action)) < 0.4 + np.array([0, 0.05, 0.1])[action]).astype(float)
    model = ResponseModel().fit(X, np.array(ACTIONS)[action], paid, np.full(len(action), 1 / 3))
    assert model.heterogeneity_ < 0.02


def varied_log(rows: int = 16_000, seed: int = 0, hidden: float = 1.0, known: float = 0.25) -> dict[str, Any]:
    """Return a log where effects differ: sms suits the high in "a", calls the high in "b", letters nobody much.

    ``hidden`` sizes a hunch that lowers payment and raises pressure; ``known`` is the share randomised.
    """
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 4)), columns=list("abcd"))
    hunch = hidden * rng.normal(size=rows)
    a, b, c = (np.tanh(X[name].to_numpy()) for name in "abc")
    effects = np.column_stack([np.zeros(rows), 0.06 + 0.08 * a, 0.08 + 0.08 * b, np.full(rows, 0.02)])
    base = 0.45 + 0.12 * c - 0.12 * np.tanh(hunch)
    pressure = np.outer(hunch - c, [-1.0, 0.0, 1.0, 0.5])
    ladder = np.exp(pressure) / np.exp(pressure).sum(axis=1, keepdims=True)
    drawn = rng.random(rows) < known
    chance = np.where(drawn[:, None], 0.25, ladder)
    action = (chance.cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1).clip(max=3)
    paid = (rng.random(rows) < base + effects[np.arange(rows), action]).astype(float)
    X.loc[rng.random(rows) < 0.05, "d"] = np.nan
    X["region"] = pd.Categorical(rng.choice(["north", "south"], rows))
    names = np.array(["none", "sms", "call", "letter"])
    propensity = np.where(drawn, 0.25, np.nan)
    return {"X": X, "action": names[action], "outcome": paid, "propensity": propensity, "effects": effects}


def fit(log: dict[str, Any], **settings: Any) -> ResponseModel:
    model = ResponseModel(**settings)
    return model.fit(*(log[name] for name in ("X", "action", "outcome", "propensity")), groups=log.get("groups"))


def by_arm(log: dict[str, Any], actions: Sequence[str]) -> np.ndarray:
    """Return the effects by a classifier an action, (n, k), as if the log were an experiment."""
    matrix = log["X"][list("abcd")]
    columns = []
    for name in actions:
        rows = log["action"] == name
        learn = xgb.DMatrix(matrix[rows], log["outcome"][rows])
        columns.append(
            xgb.train({"objective": "binary:logistic", "max_depth": 3}, learn, 40).predict(xgb.DMatrix(matrix))
        )
    return np.column_stack(columns) - columns[0][:, None]


VARIED = ["none", "sms", "call", "letter"]


@pytest.fixture(scope="module")
def varied() -> tuple[dict[str, Any], ResponseModel]:
    log = varied_log()
    return log, fit(log)


def test_differences_between_rows_are_found_and_actions_ordered_better_than_by_the_log(
    varied: tuple[dict[str, Any], ResponseModel],
) -> None:
    log, model = varied
    ours, naive, truth = model.effect(log["X"]).effects[VARIED].to_numpy(), by_arm(log, VARIED), log["effects"]
    assert ((ours - truth) ** 2).mean() < 0.5 * ((truth.mean(axis=0) - truth) ** 2).mean()
    assert ((ours - truth) ** 2).mean() < 0.1 * ((naive - truth) ** 2).mean()
    assert model.heterogeneity_ > 0.02
    at = np.arange(len(truth))
    lost = [(truth.max(axis=1) - truth[at, guess.argmax(axis=1)]).mean() for guess in (ours, naive)]
    assert lost[0] < 0.5 * lost[1]


def test_the_level_without_a_reminder_is_that_of_all_rows_not_of_those_left_alone() -> None:
    log = varied_log(seed=5)
    alone = log["action"] == "none"
    truth = log["outcome"] - log["effects"][np.arange(len(alone)), [VARIED.index(a) for a in log["action"]]]
    assert abs(fit(log).predict(log["X"])["none"].mean() - truth.mean()) < 0.02
    assert log["outcome"][alone & np.isnan(log["propensity"])].mean() > truth.mean() + 0.05


def test_without_propensities_what_x_explains_is_adjusted_for() -> None:
    log = varied_log(hidden=0.0, known=0.0)
    found = fit(log | {"propensity": None}).average_effects_.loc[VARIED]
    raw = pd.Series(log["outcome"]).groupby(log["action"]).mean()[VARIED]
    truth = log["effects"].mean(axis=0)
    assert ((found["low"] <= truth) & (truth <= found["high"])).all()
    assert np.abs(found["effect"] - truth).max() < 0.5 * np.abs(raw - raw["none"] - truth).max()


def test_untrusted_rows_that_contradict_the_trusted_are_given_a_wide_bias() -> None:
    contradicted, agreed = fit(varied_log(hidden=2.0, seed=1)), fit(varied_log(hidden=0.0, seed=1))
    width = [np.ptp(model.average_effects_[["low", "high"]].loc["call"]) for model in (contradicted, agreed)]
    assert width[1] < width[0]
    assert contradicted.average_effects_["low"]["call"] < 0.08 < contradicted.average_effects_["high"]["call"]


def test_an_action_with_hardly_any_rows_follows_the_others_and_is_flagged() -> None:
    log = varied_log(8_000, known=1.0)
    rare = np.flatnonzero(log["action"] == "letter")
    log["action"] = log["action"].copy()
    log["action"][rare[12:]], log["outcome"][rare[:12]] = "sms", 0.0
    model = fit(log)
    effect = model.average_effects_["effect"]
    assert model.overlap_["thin"].to_dict() == {"none": False, "call": False, "letter": True, "sms": False}
    assert effect[["sms", "call"]].min() - 0.03 < effect["letter"] < effect[["sms", "call"]].max() + 0.03
    assert np.ptp(model.average_effects_[["low", "high"]].loc["letter"]) > np.ptp(
        model.average_effects_[["low", "high"]].loc["sms"]
    )


def test_repeated_customers_widen_the_intervals_when_groups_name_them() -> None:
    log = varied_log(2_000, known=1.0)
    four = {name: pd.concat([log["X"]] * 4, ignore_index=True) if name == "X" else np.tile(log[name], 4) for name in
            ("X", "action", "outcome", "propensity")}  # fmt: skip
    grouped = fit(four | {"groups": np.tile(np.arange(2_000), 4)})
    width = [np.ptp(model.average_effects_[["low", "high"]].loc["call"]) for model in (grouped, fit(four), fit(log))]
    assert width[0] == pytest.approx(width[2], rel=0.2)
    assert width[1] < 0.75 * width[0]


def test_a_log_of_identical_effects_says_so_with_an_exact_zero() -> None:
    rng = np.random.default_rng(7)
    X = pd.DataFrame(rng.normal(size=(6_000, 3)), columns=list("abc"))
    action = rng.integers(0, 3, 6_000)
    paid = (rng.random(6_000) < 0.4 + np.array([0.0, 0.05, 0.1])[action]).astype(float)
    model = ResponseModel().fit(X, action, paid, np.full(6_000, 1 / 3))
    assert model.heterogeneity_ == 0.0
    assert model.pattern_weights_.empty
    assert model.effect(X, 0).effects.to_numpy().std(axis=0).max() < 1e-9
    assert list(model.predict(X).columns) == [0, 1, 2]


def test_the_order_of_rows_changes_no_prediction(varied: tuple[dict[str, Any], ResponseModel]) -> None:
    log, model = varied
    order = np.random.default_rng(2).permutation(500)
    for whole, part in zip(
        model.effect(log["X"][:500], "sms"), model.effect(log["X"][:500].iloc[order], "sms"), strict=True
    ):
        pd.testing.assert_frame_equal(whole.iloc[order], part, check_exact=True)


def test_the_same_seed_fits_the_same_model() -> None:
    log = varied_log(3_000)
    first, second = fit(log, seed=4), fit(log, seed=4)
    pd.testing.assert_frame_equal(first.predict(log["X"]), second.predict(log["X"]), check_exact=True)


def test_what_was_fitted_comes_back_with_the_saved_model(
    varied: tuple[dict[str, Any], ResponseModel], tmp_path: Path
) -> None:
    log, model = varied
    model.save(tmp_path)
    again = ResponseModel.load(tmp_path)
    for name in ("average_effects_", "overlap_", "pattern_weights_"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(model, name), check_exact=True)
    assert (again.heterogeneity_, again.spreads_) == (model.heterogeneity_, model.spreads_)
    assert again.get_params() == model.get_params()
    for before, after in zip(model.effect(log["X"]), again.effect(log["X"]), strict=True):
        pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_overlap_counts_the_rows_of_each_action(varied: tuple[dict[str, Any], ResponseModel]) -> None:
    log, model = varied
    drawn = ~np.isnan(log["propensity"])
    for name in VARIED:
        row = model.overlap_.loc[name]
        assert row["rows"] == (log["action"] == name).sum()
        assert row["randomised"] == (drawn & (log["action"] == name)).sum()
        assert row["effective_rows"] == pytest.approx(row["randomised"])
        assert row["support"] == pytest.approx(1.0, abs=0.1)
    assert not model.overlap_["thin"].any()


def test_a_damaged_folder_is_refused(varied: tuple[dict[str, Any], ResponseModel], tmp_path: Path) -> None:
    varied[1].save(tmp_path)
    (tmp_path / "response_model.json").write_text("{}")
    with pytest.raises(ModelError, match="the response model in .* cannot be read"):
        ResponseModel.load(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"action": ["none"] * 600}, r"at least two actions .* got \['none'\]", id="one action"),
        pytest.param({"action": [None] + ["sms"] * 599}, "action must name .* got 1 missing", id="unnamed action"),
        pytest.param({"action": ["sms"] * 20}, r"shape \(600,\), got shape \(20,\)", id="too few actions"),
        pytest.param({"outcome": np.full(600, 2.0)}, r"outcome must be in \[0, 1\], got 2\.0 and 600", id="outcome 2"),
        pytest.param({"outcome": np.full(600, np.nan)}, r"outcome must be in \[0, 1\], got nan", id="no outcome"),
        pytest.param({"outcome": ["paid"] * 600}, "outcome must be numbers", id="outcome in words"),
        pytest.param({"outcome": np.zeros(600)}, r"outcome is 0\.0 in all 600 rows", id="nobody paid"),
        pytest.param({"groups": [None] * 600}, "groups must name a customer in every row, got 600", id="nobody"),
        pytest.param(
            {"action": ["none"] * 10 + ["sms"] * 590},
            r"30 rows of 'none' .* got \{'none': 10, 'sms': 590\}",
            id="too little to compare with",
        ),
    ],
)
def test_an_unusable_log_is_refused_with_what_was_received(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        fit(varied_log(600) | change)


@pytest.mark.parametrize("baseline", ["visit", 3])
def test_an_unknown_baseline_is_refused(varied: tuple[dict[str, Any], ResponseModel], baseline: object) -> None:
    with pytest.raises(ModelError, match="baseline must be one of"):
        varied[1].effect(varied[0]["X"], baseline)  # type: ignore[arg-type]


@pytest.mark.parametrize("propensity", [0.0, 1.5, -0.1])
def test_a_propensity_that_is_none_is_refused(propensity: float) -> None:
    X, action, paid, *_ = confounded_log(600)
    with pytest.raises(ModelError, match="propensity"):
        ResponseModel().fit(X, action, paid, np.full(600, propensity))
