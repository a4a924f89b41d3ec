from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, softmax

from features.errors import PolicyError
from serving.decision_log import DecisionLog, read_log
from serving.offpolicy import METHODS, choose_threshold, largest_bias, policy_value, row_scores

REACHABLE = ("ips", "snips", "dr", "switch-dr", "dr-os")


def logged(rows: int = 6_000, actions: int = 10, seed: int = 0, tilt: float = 0.5) -> tuple[dict[str, Any], float]:
    """Return the arguments of ``policy_value`` under a softmax logger, and the value of the target in these rows."""
    fixed, rng = np.random.default_rng(99), np.random.default_rng(seed)
    liking, habit = fixed.normal(size=(2, 5, actions))
    X = rng.normal(size=(rows, 5))
    chance = expit(0.7 * X @ liking - 0.5)
    logger = softmax(tilt * X @ habit, axis=1)
    target = softmax(3 * chance + 0.2 * X @ habit, axis=1)
    action = (logger.cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1).clip(max=actions - 1)
    at = np.arange(rows)
    arguments = {
        "action": action,
        "outcome": (rng.random(rows) < chance[at, action]).astype(float),
        "propensity": logger[at, action],
        "target": target,
        "predicted": expit(0.6 * (0.7 * X @ liking - 0.5) + 0.1),
    }
    return arguments, float((target * chance).sum(axis=1).mean())


@pytest.mark.parametrize("method", [*REACHABLE, "ipw", "snipw"])
def test_the_value_of_the_simulator_is_recovered(method: str) -> None:
    errors = []
    for seed in range(4):
        arguments, truth = logged(seed=seed)
        errors.append(policy_value(**arguments, method=method).value / truth - 1)
    assert np.sqrt(np.mean(np.square(errors))) < (0.06 if method in ("ips", "ipw") else 0.03)


def test_doubly_robust_corrects_a_wrong_outcome_model_that_dm_believes() -> None:
    arguments, truth = logged(rows=20_000)
    arguments["predicted"] = np.full_like(arguments["predicted"], 0.9)
    believed = policy_value(**arguments, method="dm")
    corrected = policy_value(**arguments, method="dr")
    assert believed.value == pytest.approx(0.9)
    assert abs(corrected.value - truth) < 0.1 * abs(believed.value - truth)
    assert corrected.low < truth < corrected.high


def test_doubly_robust_is_as_right_as_its_model_when_propensities_are_wrong() -> None:
    arguments, truth = logged(rows=20_000)
    fixed = np.random.default_rng(99)
    liking = fixed.normal(size=(2, 5, 10))[0]
    X = np.random.default_rng(0).normal(size=(20_000, 5))
    arguments["predicted"] = expit(0.7 * X @ liking - 0.5)
    arguments["propensity"] = np.full(20_000, 0.1)
    assert policy_value(**arguments, method="dr").value == pytest.approx(truth, abs=0.01)
    assert abs(policy_value(**arguments, method="ips").value - truth) > 0.01


def test_a_model_makes_doubly_robust_narrower_than_ips() -> None:
    arguments, _ = logged()
    widths = {m: np.ptp([(v := policy_value(**arguments, method=m)).low, v.high]) for m in ("ips", "snips", "dr")}
    assert widths["dr"] < widths["snips"] < widths["ips"]


def test_the_logger_itself_is_worth_the_mean_outcome_with_a_textbook_interval() -> None:
    rng = np.random.default_rng(0)
    action, outcome = rng.integers(0, 2, 4_000), (rng.random(4_000) < 0.3).astype(float)
    value = policy_value(action, outcome, np.full(4_000, 0.5), np.full((4_000, 2), 0.5), method="ips")
    assert value.value == pytest.approx(outcome.mean())
    assert value.ess == pytest.approx(4_000)
    assert value.overlap == value.largest_weight == 1.0
    assert value.high - value.low == pytest.approx(2 * 1.96 * outcome.std() / np.sqrt(4_000), rel=0.1)


def test_nineteen_intervals_in_twenty_hold_the_truth() -> None:
    population = np.mean([logged(50_000, 4, 900 + part)[1] for part in range(4)])
    held = []
    for seed in range(80):
        arguments, _ = logged(rows=600, actions=4, seed=seed)
        value = policy_value(**arguments)
        held.append(value.low <= population <= value.high)
    assert 0.89 <= np.mean(held) <= 1.0


def test_repeating_customers_widens_the_interval_only_when_groups_say_so() -> None:
    arguments, _ = logged(rows=800, actions=4)
    five = {name: np.repeat(values, 5, axis=0) for name, values in arguments.items()}
    customer = np.repeat([f"c{k}" for k in range(800)], 5)
    once, naive = policy_value(**arguments), policy_value(**five)
    grouped = policy_value(**five, groups=customer)
    assert grouped.high - grouped.low == pytest.approx(once.high - once.low, rel=0.15)
    assert naive.high - naive.low < 0.6 * (once.high - once.low)


def test_the_order_of_rows_and_the_names_of_actions_change_nothing() -> None:
    arguments, _ = logged(rows=1_000, actions=4)
    value = policy_value(**arguments)
    order = np.random.default_rng(1).permutation(1_000)
    shuffled = policy_value(**{name: values[order] for name, values in arguments.items()})
    assert shuffled.value == pytest.approx(value.value)
    assert (shuffled.low, shuffled.high) == pytest.approx((value.low, value.high), abs=0.01)
    names = np.array(["none", "sms", "call", "plan"])
    named = dict(arguments, action=names[arguments["action"]], target=pd.DataFrame(arguments["target"], columns=names))
    named["predicted"] = pd.DataFrame(arguments["predicted"], columns=names)[names[::-1]]
    assert policy_value(**named) == value


def test_the_same_seed_gives_the_same_interval_and_another_gives_another() -> None:
    arguments, _ = logged(rows=500, actions=4)
    assert policy_value(**arguments, seed=3) == policy_value(**arguments, seed=3)
    assert policy_value(**arguments, seed=3).low != policy_value(**arguments, seed=4).low


@pytest.mark.parametrize("method", METHODS)
def test_the_value_is_the_mean_of_a_score_a_row(method: str) -> None:
    arguments, _ = logged(rows=1_000, actions=4)
    scores = row_scores(read_log(**arguments), method)
    assert scores.shape == (1_000,)
    assert policy_value(**arguments, method=method).value == pytest.approx(scores.mean())


def two_rows() -> DecisionLog:
    return read_log([0, 1], [1.0, 0.0], [0.1, 0.5], [[1.0, 0.0], [0.0, 1.0]], [[0.6, 0.2], [0.3, 0.5]])


@pytest.mark.parametrize(
    ("method", "threshold", "expected"),
    [
        pytest.param("dm", None, [0.6, 0.5], id="dm: the model"),
        pytest.param("ips", None, [10.0, 0.0], id="ips: weights 10 and 2"),
        pytest.param("snips", None, [10.0 / 6, 0.0], id="snips: over the mean weight, 6"),
        pytest.param("dr", None, [0.6 + 10 * 0.4, 0.5 - 2 * 0.5], id="dr: the model and its surprise"),
        pytest.param("switch-dr", 5.0, [0.6, 0.5 - 2 * 0.5], id="switch-dr: weight 10 left out"),
        pytest.param("dr-os", 4.0, [0.6 + 40 / 104 * 0.4, 0.5 - 8 / 8 * 0.5], id="dr-os: weights shrunk"),
        pytest.param("dr-os", np.inf, [0.6 + 10 * 0.4, 0.5 - 2 * 0.5], id="dr-os without end is dr"),
    ],
)
def test_scores_are_those_worked_by_hand(method: str, threshold: float | None, expected: list[float]) -> None:
    np.testing.assert_allclose(row_scores(two_rows(), method, threshold), expected)


def test_the_bias_of_a_threshold_is_bounded_by_what_it_leaves_out() -> None:
    assert largest_bias(two_rows(), "switch-dr", 5.0) == pytest.approx(10 * 0.4 / 2)
    assert largest_bias(two_rows(), "switch-dr", np.inf) == 0.0


def test_dr_os_halves_a_huge_weight_and_leaves_an_even_log_nearly_as_it_is() -> None:
    arguments, _ = logged(rows=3_000, actions=4)
    even = policy_value(**arguments, method="dr-os")
    assert even.value == pytest.approx(policy_value(**arguments).value, abs=0.003)
    arguments["propensity"][np.argmax(arguments["outcome"])] = 1e-5
    log = read_log(**arguments)
    threshold = choose_threshold(log, "dr-os")
    kept = threshold / (log.weight.max() ** 2 + threshold)
    assert 0.2 < kept < 0.8


def test_a_threshold_given_is_used_and_its_bias_is_in_the_interval() -> None:
    arguments, truth = logged(rows=3_000, actions=4, tilt=1.0)
    tamed = policy_value(**arguments, method="switch-dr", threshold=3.0)
    log = read_log(**arguments)
    assert tamed.threshold == 3.0
    assert tamed.value == pytest.approx(row_scores(log, "switch-dr", 3.0).mean())
    assert tamed.high - tamed.low > 2 * largest_bias(log, "switch-dr", 3.0) > 0
    assert tamed.low < truth < tamed.high


def test_too_thin_an_overlap_is_refused_with_its_numbers() -> None:
    arguments, _ = logged(rows=2_000, actions=4)
    arguments["propensity"][np.argmax(arguments["outcome"])] = 1e-6
    with pytest.raises(PolicyError, match=r"of 2000 rows 1\.\d are effective .* the largest weight is \d{5}"):
        policy_value(**arguments)


def test_a_target_that_does_what_no_row_shows_is_refused_but_dm_answers() -> None:
    rows = 1_000
    action, outcome = np.zeros(rows, int), np.tile([0.0, 1.0], rows // 2)
    target = np.tile([0.2, 0.8], (rows, 1))
    with pytest.raises(
        PolicyError, match=r"mean weight is 0\.200 .* 80\.0% of its decisions are on actions that no row"
    ):
        policy_value(action, outcome, np.ones(rows), target, method="ips")
    value = policy_value(action, outcome, np.ones(rows), target, np.full((rows, 2), 0.4), method="dm")
    assert value.value == pytest.approx(0.4)
    assert value.never_logged == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"propensity": [0.5, 0.0, 0.5]}, r"propensity must be in \(0, 1\] .* got 0\.0 and 1", id="zero"),
        pytest.param({"propensity": [0.5, 1.2, 0.5]}, r"propensity must be in \(0, 1\]", id="above one"),
        pytest.param({"propensity": [0.5, np.nan, 0.5]}, r"propensity must be in \(0, 1\]", id="unknown"),
        pytest.param({"propensity": [0.5, 0.5]}, r"propensity must have one value a row .* \(2,\)", id="short"),
        pytest.param({"propensity": ["a", "b", "c"]}, "propensity must be numbers", id="propensity in words"),
        pytest.param({"outcome": [0, 1, np.nan]}, "outcome must be finite, got nan", id="outcome missing"),
        pytest.param({"outcome": [0, 1, np.inf]}, "outcome must be finite, got inf", id="outcome infinite"),
        pytest.param({"target": [[0.5, 0.6]] * 3}, r"each row of target must sum to 1, got 1\.1", id="sum"),
        pytest.param({"target": [[1.5, -0.5]] * 3}, r"target must hold probabilities in \[0, 1\]", id="negative"),
        pytest.param({"target": [0.5, 0.5, 0.5]}, "a column an action, got shape", id="one column"),
        pytest.param({"target": np.empty((0, 2))}, "a column an action, got shape", id="no rows"),
        pytest.param({"action": [0, 1, 2]}, "action must be codes from 0 to 1, .* got 0 to 2", id="code too high"),
        pytest.param({"action": [0.0, 1.0, 1.0]}, "action must be whole-number codes", id="codes not whole"),
        pytest.param({"action": ["none", "sms", "sms"]}, "action must be whole-number codes", id="labels alone"),
        pytest.param({"action": [0, 1]}, r"action must have one value a row of target", id="too few actions"),
        pytest.param({"predicted": [[0.5, 0.5]] * 2}, r"predicted must have the shape of target", id="model rows"),
        pytest.param({"predicted": [[0.5, np.nan]] * 3}, "predicted must be finite", id="model has gaps"),
        pytest.param({"predicted": None}, "this method needs predicted", id="no model for dr"),
        pytest.param({"method": "magic"}, "method must be one of dm, ips, .* got 'magic'", id="unknown method"),
        pytest.param({"method": "dr-os", "threshold": 0.0}, r"threshold must be above 0, got 0\.0", id="threshold"),
        pytest.param({"groups": ["ann", None, "bo"]}, "groups must not be missing", id="a row of nobody"),
        pytest.param(
            {"action": ["sms", "none", "visit"], "target": pd.DataFrame([[0.5, 0.5]] * 3, columns=["none", "sms"])},
            "action 'visit' is not among the columns of target",
            id="unknown label",
        ),
        pytest.param(
            {
                "action": ["sms", "none", "sms"],
                "target": pd.DataFrame([[0.5, 0.5]] * 3, columns=["none", "sms"]),
                "predicted": pd.DataFrame([[0.5, 0.5]] * 3, columns=["none", "call"]),
            },
            r"predicted lacks the actions \['sms'\]",
            id="model of other actions",
        ),
    ],
)
def test_unusable_arguments_are_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], message: str
) -> None:
    monkeypatch.setattr("serving.offpolicy.FEWEST_EFFECTIVE_ROWS", 0.0)
    arguments: dict[str, Any] = {
        "action": [0, 1, 1],
        "outcome": [0, 1, 1],
        "propensity": [0.5, 0.5, 0.5],
        "target": [[0.5, 0.5]] * 3,
        "predicted": [[0.4, 0.6]] * 3,
    }
    with pytest.raises(PolicyError, match=message):
        policy_value(**arguments | change)
