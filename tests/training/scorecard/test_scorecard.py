from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from feature_engine.encoding import WoEEncoder
from sklearn.metrics import log_loss, roc_auc_score

from features import ModelError
from training import Scorecard
from training.evaluate import expected_calibration_error
from training.scorecard.binning import cut_column, weigh_column
from training.scorecard.monotone import merge_bins
from training.scorecard.refining import weigh_given_rest

SIGNS = {"late": 1, "income": -1}


def credit_set(rows: int = 4_000, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return a credit set with numbers, a rare category, gaps that tell, a copy of a column, and who defaulted."""
    rng = np.random.default_rng(seed)
    income, late, age = rng.normal(size=rows), rng.poisson(0.7, rows).astype(float), rng.uniform(18, 80, rows)
    job = rng.choice(["clerk", "driver", "none", "diver"], rows, p=[0.5, 0.3, 0.195, 0.005])
    unknown = rng.random(rows) < 0.1
    log_odds = -2.6 - 0.8 * income + 0.9 * late + 1.2 * (job == "none") + ((age - 49) / 20) ** 2 + 1.5 * unknown
    X = pd.DataFrame(
        {
            "income": np.where(unknown, np.nan, income),
            "late": late,
            "job": job,
            "age": age,
            "wage": np.where(unknown, np.nan, 12 * income + rng.normal(size=rows) / 10),
            "noise": rng.normal(size=rows),
        }
    )
    return X, (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(float)


@pytest.fixture(scope="module")
def fitted() -> Scorecard:
    return Scorecard(signs=SIGNS).fit(*credit_set())


def test_it_ranks_and_is_calibrated_on_customers_it_never_saw(fitted: Scorecard) -> None:
    X, y = credit_set(20_000, seed=1)
    predicted = fitted.predict_proba(X)[:, 1]
    assert roc_auc_score(y, predicted) > 0.78
    assert expected_calibration_error(y, predicted) < 0.03


def test_points_of_the_bins_of_a_row_add_up_to_its_score_and_the_score_to_its_odds(fitted: Scorecard) -> None:
    X, _ = credit_set(300, seed=2)
    bin_points = fitted.points_.groupby("feature", sort=False)["points"].apply(np.array)
    cells = fitted.card_.encoding.matrix(X)
    added = sum(bin_points[its.feature][its.bins(cells[:, k])] for k, its in enumerate(fitted.card_.characteristics))
    np.testing.assert_allclose(added, fitted.score_points(X))
    good = fitted.predict_proba(X)
    np.testing.assert_allclose(
        fitted.score_points(X), 600 + 20 * np.log2(good[:, 0] / good[:, 1] / 30), rtol=0, atol=1e-6
    )


def test_the_scale_of_the_points_is_a_parameter() -> None:
    X, y = credit_set(1_500)
    usual, other = Scorecard().fit(X, y), Scorecard(points=500, odds=10, double=40).fit(X, y)
    good = other.predict_proba(X)
    np.testing.assert_allclose(other.score_points(X), 500 + 40 * np.log2(good[:, 0] / good[:, 1] / 10))
    assert (usual.predict_proba(X) == good).all()


@pytest.mark.parametrize("rounds", [0, 3])
def test_a_sign_is_kept_in_every_bin_and_for_every_row(rounds: int) -> None:
    X, y = credit_set(seed=3)
    card = Scorecard(signs={**SIGNS, "age": 1}, rounds=rounds, least_iv_given_rest=0).fit(X, y)
    known = card.points_.query("bin != 'missing'")
    for name, sign in {**SIGNS, "age": 1}.items():
        bins = known[known["feature"] == name]
        assert (sign * np.diff(bins["woe"]) > 0).all()
    more = card.predict_proba(X.assign(late=X["late"] + 1, age=X["age"] + 5))[:, 1]
    assert (more >= card.predict_proba(X)[:, 1]).all()


def test_without_a_sign_the_rate_may_turn_once(fitted: Scorecard) -> None:
    steps = np.sign(np.diff(fitted.points_.query("feature == 'age' and bin != 'missing'")["woe"]))
    assert set(steps) == {-1, 1}
    assert (np.diff(steps) != 0).sum() == 1


def test_bins_are_large_enough_readable_and_cover_the_sample(fitted: Scorecard) -> None:
    X, y = credit_set()
    bins = fitted.points_
    assert bins.query("bin != 'missing'")["rows"].min() >= 0.02 * len(X)
    assert (bins.groupby("feature")["rows"].sum() == len(X)).all()
    late = bins.query("feature == 'late'").reset_index(drop=True)
    assert late["bin"][0] == "up to 0"
    assert late["default_rate"][0] == pytest.approx(y[X["late"] == 0].mean())
    assert late["bin"].iloc[-1] == "missing"
    assert np.isnan(late["default_rate"].iloc[-1])
    assert late["woe"].iloc[-1] == pytest.approx(0, abs=0.01)


def test_a_rare_category_shares_a_bin(fitted: Scorecard) -> None:
    words = fitted.points_.query("feature == 'job'")["bin"]
    assert "diver" not in set(words)
    assert sum("diver" in its.split(", ") for its in words) == 1


def test_being_unknown_is_a_bin_of_its_own_and_may_cost_points(fitted: Scorecard) -> None:
    X, _ = credit_set(200, seed=4)
    known = fitted.score_points(X.assign(income=0.0)).mean()
    assert fitted.score_points(X.assign(income=np.nan)).mean() < known - 10


def test_a_category_never_seen_scores_as_a_missing_one(fitted: Scorecard) -> None:
    X, _ = credit_set(5, seed=5)
    unseen = fitted.predict_proba(X.assign(job="astronaut"))
    assert (unseen == fitted.predict_proba(X.assign(job=None))).all()


def test_what_says_nothing_or_the_same_as_a_stronger_column_is_left_out_with_the_reason(fitted: Scorecard) -> None:
    verdict = fitted.iv_.set_index("feature")
    assert verdict.loc["noise", "verdict"] == "weak"
    pair = verdict.loc[["income", "wage"]].sort_values("iv")
    assert pair["verdict"].tolist() == ["correlated", "on the card"]
    assert pair["against"].iloc[0] == pair.index[1]
    assert fitted.iv_["iv"].is_monotonic_decreasing
    assert min(fitted.card_.coefficients) > 0


def test_the_card_holds_no_more_characteristics_than_asked_for() -> None:
    card = Scorecard(most=2).fit(*credit_set(1_500))
    assert card.points_["feature"].nunique() == 2
    assert "not needed" in set(card.iv_["verdict"])


def test_a_loaded_scorecard_is_the_same_to_the_bit_and_all_of_it_is_json(fitted: Scorecard, tmp_path: Path) -> None:
    X, _ = credit_set(500, seed=6)
    fitted.save(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["scorecard.json"]
    assert "NaN" not in (tmp_path / "scorecard.json").read_text()
    loaded = Scorecard.load(tmp_path)
    assert (loaded.predict_proba(X) == fitted.predict_proba(X)).all()
    assert (loaded.score_points(X) == fitted.score_points(X)).all()
    pd.testing.assert_frame_equal(loaded.points_, fitted.points_)
    pd.testing.assert_frame_equal(loaded.iv_, fitted.iv_)


def test_a_damaged_scorecard_is_refused(fitted: Scorecard, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    (tmp_path / "scorecard.json").write_text('{"format": 1}')
    with pytest.raises(ModelError, match=r"the scorecard in .* cannot be read"):
        Scorecard.load(tmp_path)


def test_a_row_is_scored_the_same_alone_and_in_any_order_of_rows_and_columns(fitted: Scorecard) -> None:
    X, _ = credit_set(400, seed=7)
    together = fitted.predict_proba(X)
    assert (fitted.predict_proba(X.iloc[::-1])[::-1] == together).all()
    assert (fitted.predict_proba(X.iloc[[7]]) == together[7]).all()
    assert (fitted.predict_proba(X[X.columns[::-1]]) == together).all()
    assert (fitted.predict_proba(X.drop(columns="noise")) == together).all()


def test_the_same_seed_gives_the_same_card(fitted: Scorecard) -> None:
    pd.testing.assert_frame_equal(Scorecard(signs=SIGNS).fit(*credit_set()).points_, fitted.points_)


def hidden_set(rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return limit and bill, and who defaulted: a high bill is bad, but goes with a high limit, which is good."""
    rng = np.random.default_rng(0)
    limit = rng.normal(size=rows)
    bill = limit + rng.normal(size=rows)
    y = (rng.random(rows) < 1 / (1 + np.exp(1.5 + 2 * limit - 1.0 * bill))).astype(float)
    return pd.DataFrame({"limit": limit, "bill": bill}), y


def test_weights_given_the_rest_rank_better_than_plain_ones_where_columns_hide_each_other() -> None:
    X, y = hidden_set(8_000)
    learn, judge = slice(0, 6_000), slice(6_000, None)
    loss = {}
    for rounds in (0, 3):
        card = Scorecard(rounds=rounds).fit(X[learn], y[learn])
        loss[rounds] = log_loss(y[judge], card.predict_proba(X[judge]))
    assert loss[3] < loss[0] - 0.03


def test_folds_tell_whether_weights_given_the_rest_pay() -> None:
    assert Scorecard().fit(*hidden_set(6_000)).rounds_ == 3
    assert Scorecard().fit(*credit_set(600)).rounds_ == 0


def test_with_no_other_column_the_weight_given_the_rest_is_the_plain_one() -> None:
    X, y = credit_set()
    cut = cut_column("late", X["late"].to_numpy(np.float32), (), 0.05)
    rest = np.full(len(y), np.log(y.mean() / (1 - y.mean())))
    plain, given = weigh_column(cut, y, 1), weigh_given_rest(cut, y, rest, 1)
    assert plain.edges == given.edges
    np.testing.assert_allclose(plain.woe, given.woe, atol=0.05)


def test_large_bins_weigh_what_feature_engine_says() -> None:
    X, y = credit_set(20_000)
    one = weigh_column(cut_column("late", X["late"].to_numpy(np.float32), (), 0.05), y, 1)
    codes = pd.DataFrame({"late": one.bins(X["late"].to_numpy(np.float32))})
    raw = WoEEncoder(variables=["late"], ignore_format=True).fit(codes, pd.Series(y)).encoder_dict_["late"]
    np.testing.assert_allclose(one.woe[:-1], [raw[k] for k in range(len(raw))], atol=0.03)


def test_a_bin_without_a_default_has_a_finite_weight() -> None:
    X = pd.DataFrame({"x": np.r_[np.zeros(500), np.ones(500)]})
    y = np.r_[np.zeros(500), np.tile([0.0, 1.0], 250)]
    card = Scorecard().fit(X, y)
    assert np.isfinite(card.points_[["woe", "points"]]).all(axis=None)
    assert card.predict_proba(pd.DataFrame({"x": [0.0]}))[0, 1] < 0.05


@pytest.mark.parametrize(
    ("rates", "sign", "expected"),
    [
        ([0.1, 0.3, 0.2, 0.5], 1, [0, 1, 1, 2]),
        ([0.1, 0.3, 0.2, 0.5], -1, [0, 0, 0, 0]),
        ([0.5, 0.1, 0.1, 0.5], 0, [0, 1, 1, 2]),
        ([0.2, 0.2, 0.2, 0.2], 0, [0, 0, 0, 0]),
    ],
    ids=["up", "down", "a turn", "flat"],
)
def test_neighbours_merge_until_the_rate_runs_as_it_should(rates: list[float], sign: int, expected: list[int]) -> None:
    rows = np.full(4, 500.0)
    counts = np.column_stack([rows * rates, rows * (1 - np.array(rates))])
    assert merge_bins(counts, rows, sign, 50, 2.0, 5.0).tolist() == expected


def test_a_small_bin_joins_the_neighbour_it_is_like() -> None:
    rows = np.array([500.0, 20.0, 500.0])
    counts = np.column_stack([rows * [0.1, 0.3, 0.35], rows * [0.9, 0.7, 0.65]])
    assert merge_bins(counts, rows, 1, 50, 0.0, 5.0).tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X.assign(when=pd.Timestamp("2026-01-01")), y), "column when has dtype datetime64"),
        (lambda X, y: (X.assign(late=np.inf), y), "column late, row 0: infinity"),
        (lambda X, y: (X[[]], y), "X must be a DataFrame with a column or more"),
        (lambda X, y: (X[["noise"]], y), "none of the 1 columns says enough .* the strongest, noise"),
        (lambda X, y: (X.assign(late=np.nan)[["late"]], y), "none of the 1 columns says enough"),
        (lambda X, y: (X, y * 2), "y must hold 0 and 1 only, got 2.0"),
        (lambda X, y: (X, y[:-1]), r"one entry a row of X \(4000\), got shape \(3999,\)"),
        (lambda X, y: (X, np.zeros(len(y))), "4000 rows with 0 defaults are too few"),
        (lambda X, y: (X[:12], y[:12]), "12 rows with .* defaults are too few"),
    ],
    ids=["a date", "infinity", "no column", "noise", "all missing", "not 0/1", "too short", "one class", "too small"],
)
def test_a_sample_that_cannot_be_learned_from_is_refused_in_a_sentence(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ModelError, match=message):
        Scorecard().fit(*change(*credit_set()))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"least_share": 0.7}, r"least_share must be in \(0, 0.5\], got 0.7"),
        ({"correlation": 2}, r"correlation must be in \[0, 1\], got 2"),
        ({"most": 0}, "most must be 1 or more and rounds 0 or more, got 0 and None"),
        ({"odds": 0}, "odds and double must be above 0, got 0 and 20"),
    ],
)
def test_a_parameter_out_of_its_range_is_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Scorecard(**wrong).fit(*credit_set(200))


def test_a_column_of_the_card_that_is_absent_is_named(fitted: Scorecard) -> None:
    X, _ = credit_set(5)
    with pytest.raises(ModelError, match="X lacks 1 of the model's columns: job"):
        fitted.predict_proba(X.drop(columns="job"))


@pytest.mark.realdata
def test_it_ranks_taiwan_better_than_published_scorecards(real_data: Path) -> None:
    from sklearn.model_selection import train_test_split

    from training.taiwan import LABEL, read_taiwan

    frame = read_taiwan(real_data / "taiwan_credit_default.csv.gz")
    X, judged_X, y, judged_y = train_test_split(
        frame.drop(columns=["ID", LABEL]), frame[LABEL], test_size=0.25, random_state=42
    )
    card = Scorecard().fit(X, y)
    assert roc_auc_score(judged_y, card.predict_proba(judged_X)[:, 1]) > 0.768
    assert 10 <= card.points_["feature"].nunique() <= 25
