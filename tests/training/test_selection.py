from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from features import ModelError, PolicyError
from features.catalogue import CATALOGUE
from serving.registry import DEFAULT_MODEL, load_models
from serving.settings import CONFIGS
from training.selection import REASONS, FeatureSelection
from training.settings import read_train_settings

ROWS = 4_000
TIME = pd.DatetimeIndex(pd.date_range("2025-01-01", periods=4, freq="MS", tz="Asia/Shanghai").repeat(ROWS // 4))
RNG = np.random.default_rng(0)
BASE = RNG.lognormal(size=ROWS)
NOISE = RNG.normal(size=ROWS)
GAPS = RNG.random(ROWS) < 0.3
LATER = (np.arange(ROWS) >= ROWS // 2).astype(float)


def frame(**columns: Any) -> pd.DataFrame:
    """Return the planted columns after two that must always be kept."""
    rng = np.random.default_rng(1)
    return pd.DataFrame({"base": BASE, "job": rng.choice(["clerk", "driver"], ROWS), **columns})


def some(share: float) -> np.ndarray:
    """Return a flag that holds in ``share`` of the rows, spread evenly over time."""
    return (np.arange(ROWS) % round(1 / share) == 0).astype(float)


def reasons(X: pd.DataFrame, **settings: Any) -> dict[str, str]:
    found = FeatureSelection(**settings).fit(X, time=TIME).dropped_
    return dict(zip(found["feature"], found["reason"], strict=True))


@pytest.mark.parametrize(
    ("planted", "reason"),
    [
        (np.ones(ROWS), "constant"),
        (np.full(ROWS, np.nan), "constant"),
        (some(0.004), "constant"),
        (np.where(some(0.004) == 1, NOISE, np.nan), "constant"),
        (np.array(["same"] * ROWS), "constant"),
        (np.ones(ROWS, np.bool_), "constant"),
        (NOISE + LATER, "unstable"),
        (np.where(LATER * (RNG.random(ROWS) < 0.4) == 1, np.nan, NOISE), "unstable"),
        (np.where(LATER == 1, NOISE, np.nan), "unstable"),
        (np.where(LATER == 1, -1.0, 0.0) * (some(0.1) == 0), "unstable"),
        (np.where(LATER == 1, "b", "a"), "unstable"),
        (LATER == 1, "unstable"),
        (2 * BASE + 1, "correlated"),
        (-BASE, "correlated"),
        (np.where(some(0.004) == 1, np.nan, BASE), "correlated"),
    ],
    ids=[
        "one value",
        "never known",
        "nearly one value",
        "hardly ever known",
        "one category",
        "always true",
        "drifts",
        "goes missing",
        "comes into being",
        "falls below all that was known",
        "new category",
        "drifting flag",
        "twice another",
        "minus another",
        "another with few gaps",
    ],
)
def test_a_planted_column_is_dropped_for_its_reason(planted: Any, reason: str) -> None:
    assert reasons(frame(planted=planted)) == {"planted": reason}


@pytest.mark.parametrize(
    "planted",
    [
        some(0.02),
        np.where(GAPS, np.nan, 1.0),
        NOISE + LATER / 10,
        np.where(GAPS, np.nan, NOISE),
        np.where(GAPS, np.nan, BASE),
        BASE + NOISE,
        np.log(BASE) ** 3,
        np.where(some(0.1) == 1, RNG.random(ROWS), 0.0),
        pd.Series(RNG.choice(["x", "y", None], ROWS), dtype="category"),
        RNG.random(ROWS) < 0.5,
    ],
    ids=[
        "rare flag",
        "one value or missing",
        "hardly drifts",
        "often missing, always as often",
        "another, but unknown of three in ten",
        "loosely correlated",
        "same ranks, other values",
        "mostly zeros",
        "category with gaps",
        "boolean",
    ],
)
def test_a_column_that_says_something_of_its_own_is_kept(planted: Any) -> None:
    assert reasons(frame(planted=planted)) == {}


def test_two_columns_of_zeros_with_different_amounts_are_kept_though_their_ranks_agree() -> None:
    hit = some(0.05) == 1
    days, amount = (np.where(hit, RNG.lognormal(size=ROWS), 0.0) for _ in range(2))
    assert abs(pd.Series(days).corr(pd.Series(amount), method="spearman")) > 0.95
    assert reasons(frame(days=days, amount=amount)) == {}


def test_two_columns_that_agree_in_one_huge_value_are_kept() -> None:
    huge = np.where(np.arange(ROWS) == 7, 1e6, 0.0)
    assert reasons(frame(one=NOISE + huge, other=RNG.normal(size=ROWS) + huge)) == {}


def test_every_dropped_column_comes_with_its_evidence() -> None:
    X = frame(flag=some(0.004), moved=np.where(LATER == 1, "new", "old"), twice=-2 * BASE)
    found = FeatureSelection().fit(X, time=TIME).dropped_.set_index("feature")
    assert found.index.tolist() == ["flag", "moved", "twice"]
    assert found["reason"].tolist() == ["constant", "unstable", "correlated"]
    assert found["against"].tolist() == ["0", "2025-03-01 to 2025-04-01 against 2025-01-01 to 2025-02-01", "base"]
    assert found["measure"].tolist()[::2] == pytest.approx([0.996, -1.0])
    assert found.loc["moved", "measure"] == pytest.approx(2 * (1 - 1e-4) * np.log(1e4), rel=1e-3)


def test_of_a_correlated_pair_the_better_known_stays_and_then_the_first() -> None:
    X = pd.DataFrame({"gappy": np.where(some(0.004) == 1, np.nan, BASE), "first": BASE, "second": BASE * 3})
    assert FeatureSelection().fit(X).kept_ == ("first",)
    assert FeatureSelection().fit(X[["second", "gappy", "first"]]).kept_ == ("second",)


def test_a_stable_column_stays_in_place_of_a_correlated_one_that_drifts() -> None:
    middle = np.median(BASE)
    X = pd.DataFrame({"drifting": np.where(LATER == 1, np.maximum(BASE, middle), BASE), "stable": BASE})
    assert X["drifting"].corr(X["stable"]) > 0.95
    assert reasons(X, correlation=0.9) == {"drifting": "unstable"}


def test_neither_the_order_of_rows_nor_their_labels_change_anything() -> None:
    X = frame(flag=some(0.004), moved=NOISE + LATER, near=BASE + NOISE / 20, gappy=np.where(GAPS, np.nan, NOISE))
    shuffle = np.random.default_rng(2).permutation(ROWS)
    for most_rows in (ROWS, 2_000):
        one = FeatureSelection(most_rows=most_rows).fit(X, time=TIME)
        other = FeatureSelection(most_rows=most_rows).fit(X.iloc[shuffle].set_axis(["c"] * ROWS), time=TIME[shuffle])
        pd.testing.assert_frame_equal(one.dropped_, other.dropped_, check_exact=True)
        assert one.dropped_["feature"].tolist() == ["flag", "moved", "near"]


def test_the_order_of_columns_changes_no_reason() -> None:
    X = frame(flag=some(0.004), moved=NOISE + LATER, gappy=np.where(GAPS, np.nan, NOISE))
    assert reasons(X[X.columns[::-1]]) == reasons(X)


def test_equal_rows_are_thinned_and_not_chosen_all_or_none() -> None:
    X = pd.DataFrame({"new": np.where(np.arange(ROWS) < ROWS // 4, np.nan, 0.0)})
    selection = FeatureSelection(constant_share=0.9, most_rows=1_000).fit(X.assign(noise=NOISE > 0))
    assert selection.kept_ == ("new", "noise")
    found = FeatureSelection(constant_share=0.5, most_rows=1_000).fit(X.assign(noise=NOISE)).dropped_
    assert found.loc[0, "measure"] == pytest.approx(0.75, abs=0.05)


@pytest.mark.parametrize("time", [None, TIME[[0] * ROWS]], ids=["no time", "one moment"])
def test_without_two_moments_no_column_is_unstable(time: Any) -> None:
    assert FeatureSelection().fit(frame(moved=NOISE + LATER), time=time).dropped_.empty


def test_with_few_rows_a_half_no_column_is_unstable() -> None:
    few = np.arange(0, ROWS, 5)
    assert FeatureSelection().fit(frame(moved=NOISE + LATER).iloc[few], time=TIME[few]).dropped_.empty


def test_a_threshold_of_none_leaves_its_reason_out() -> None:
    X = frame(flag=some(0.004), moved=NOISE + LATER, twice=2 * BASE)
    assert set(reasons(X, psi=None).values()) == {"constant", "correlated"}
    assert reasons(X, constant_share=None, psi=None, correlation=None) == {}


def test_the_columns_kept_are_returned_untouched_and_in_their_order() -> None:
    X = frame(flag=some(0.004), gappy=np.where(GAPS, np.nan, NOISE))
    pd.testing.assert_frame_equal(FeatureSelection().fit_transform(X), X.drop(columns="flag"))


@pytest.mark.parametrize(
    ("X", "settings", "time", "message"),
    [
        (frame()[:1], {}, None, r"two rows and a column, or more, .* got shape \(1, 2\)"),
        (frame()[[]], {}, None, r"two rows and a column, or more, .* got shape \(4000, 0\)"),
        (frame(when=pd.Timestamp("2026-01-01")), {}, None, "column when has dtype datetime64"),
        (
            pd.DataFrame({"a": [1, 1], "b": [None, None]}),
            {},
            None,
            "all 2 columns of X would be dropped; the first, a, is constant",
        ),
        (frame(), {}, TIME[:-1], r"one entry a row of X \(4000\), got 3999"),
        (frame(), {}, TIME.where(LATER == 1), "time must be known of every row, got 2000 missing"),
        (frame(), {"correlation": 1.5}, None, r"correlation must be in \[0, 1\], got 1\.5"),
    ],
    ids=["one row", "no column", "a date", "nothing left", "time too short", "time missing", "no correlation"],
)
def test_what_cannot_be_judged_is_refused_in_a_sentence(X: Any, settings: Any, time: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        FeatureSelection(**settings).fit(X, time=time)


def test_a_column_kept_must_be_there() -> None:
    selection = FeatureSelection().fit(frame())
    with pytest.raises(ModelError, match="X lacks 1 of the columns kept, such as job"):
        selection.transform(frame().drop(columns="job"))


def test_a_threshold_out_of_its_range_is_refused_by_file_and_key(tmp_path: Path) -> None:
    text = (CONFIGS / "train.yaml").read_text(encoding="utf-8")
    file = tmp_path / "train.yaml"
    file.write_text(text.replace("constant_share: 0.995", "constant_share: 1.5", 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"train\.yaml: line \d+: selection\.constant_share: got 1\.5"):
        read_train_settings(file)


def test_selection_that_is_not_enabled_drops_nothing() -> None:
    settings = replace(read_train_settings().selection, enabled=False)
    assert FeatureSelection(**settings.arguments).fit(frame(flag=np.ones(ROWS)), time=TIME).dropped_.empty


def test_an_excluded_column_is_dropped_whatever_it_holds_and_a_stranger_is_passed_over() -> None:
    selection = FeatureSelection(excluded=["income", "stranger"]).fit(frame(income=NOISE), time=TIME)
    assert selection.dropped_[["feature", "reason", "against"]].to_numpy().tolist() == [
        ["income", "excluded", "the settings"]
    ]
    assert "income" not in selection.kept_


def test_a_training_records_what_it_dropped_and_its_model_reads_the_rest(world: Any) -> None:
    client = MlflowClient(world.tracking_uri, world.tracking_uri)
    run = client.get_run(client.get_model_version_by_alias(DEFAULT_MODEL, "champion").run_id)
    dropped = pd.read_csv(client.download_artifacts(run.info.run_id, "dropped.csv"))
    assert {"days_since_first_due", "due_count_365d"} <= set(dropped.query("reason == 'unstable'")["feature"])
    kept = load_models().scorer.encoding.columns
    assert list(kept) == [name for name in CATALOGUE if name not in set(dropped["feature"])]
    counts = {reason: int(run.data.params[f"columns_{reason}"]) for reason in REASONS}
    assert counts == dropped["reason"].value_counts().reindex(REASONS, fill_value=0).to_dict()
    assert int(run.data.params["columns_kept"]) == len(kept)
