from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features import PolicyError
from serving.offpolicy import PolicyGain, PolicyValue, policy_gain
from training import policy_value

METHODS = ["dm", "ips", "snips", "dr", "switch-dr", "dr-os"]


def logged(rows: int = 8_000, seed: int = 0) -> dict[str, np.ndarray]:
    """Return a log of three actions chosen by context, the truth of each, and a policy to judge."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    truth = np.clip(0.4 + 0.1 * x[:, None] * np.array([-1, 0, 1]) + np.array([0, 0.05, 0.02]), 0.02, 0.98)
    logger = np.exp(0.7 * x[:, None] * np.array([1, 0, -1]))
    logger /= logger.sum(axis=1, keepdims=True)
    action = (rng.random(rows)[:, None] > logger.cumsum(axis=1)).sum(axis=1)
    outcome = (rng.random(rows) < truth[np.arange(rows), action]).astype(float)
    target = np.where(np.arange(3) == (x > 0)[:, None] * 2, 0.9, 0.05)
    return {
        "action": action,
        "outcome": outcome,
        "propensity": logger[np.arange(rows), action],
        "target": target,
        "truth": truth,
    }


@pytest.mark.parametrize("method", METHODS)
def test_every_method_recovers_the_value_of_a_policy_it_never_saw_run(method: str) -> None:
    log = logged()
    value = float((log["target"] * log["truth"]).sum(axis=1).mean())
    found = policy_value(log["action"], log["outcome"], log["propensity"], log["target"], log["truth"], method)
    assert found.value == pytest.approx(value, abs=0.03)
    assert found.low <= found.value <= found.high


def test_the_interval_of_dr_covers_the_truth_about_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(60):
        log = logged(1_500, seed)
        found = policy_value(
            log["action"], log["outcome"], log["propensity"], log["target"], log["truth"] * 0.8, "dr", seed
        )
        covered += found.low <= float((log["target"] * log["truth"]).sum(axis=1).mean()) <= found.high
    assert covered >= 51


def test_what_a_logger_never_did_can_not_be_judged() -> None:
    log = logged(500)
    log["action"][:] = 0
    with pytest.raises(PolicyError, match=r"ess|overlap|thin"):
        policy_value(
            log["action"], log["outcome"], np.full(500, 0.99), np.tile([0.0, 0.0, 1.0], (500, 1)), log["truth"]
        )


def judged(log: dict[str, np.ndarray], method: str = "dr", **more: object) -> PolicyValue:
    parts = (log["action"], log["outcome"], log["propensity"], log["target"], log["truth"] * 0.8)
    return policy_value(*parts, method, **more)


def gained(log: dict[str, np.ndarray], baseline: np.ndarray | None, method: str = "dr") -> PolicyGain:
    parts = (log["action"], log["outcome"], log["propensity"], log["target"], baseline, log["truth"] * 0.8)
    return policy_gain(*parts, method)


@pytest.mark.parametrize("method", ["switch-dr", "dr-os"])
def test_what_taming_saves_in_variance_is_not_taken_off_the_interval(method: str) -> None:
    log = logged(2_000)
    tamed, plain = judged(log, method), judged(log)
    assert (tamed.low, tamed.high) == (plain.low, plain.high)
    assert tamed.threshold is not None
    assert plain.threshold is None


def test_rows_of_one_customer_are_no_further_evidence() -> None:
    log = logged(1_000)
    five_times = {name: np.repeat(part, 5, axis=0) for name, part in log.items()}
    once, copied = judged(log), judged(five_times, groups=np.repeat(np.arange(1_000), 5))
    deceived = judged(five_times)
    assert copied.high - copied.low == pytest.approx(once.high - once.low, rel=0.1)
    assert deceived.high - deceived.low < 0.6 * (once.high - once.low)


def test_one_customer_is_not_enough_for_an_interval() -> None:
    with pytest.raises(PolicyError, match="at least two customers, got 1 in 500 rows"):
        judged(logged(500), groups=np.zeros(500))


@pytest.mark.parametrize("method", METHODS)
def test_a_gain_is_the_difference_of_two_values_and_turns_its_sign_with_them(method: str) -> None:
    log = logged(3_000)
    other = np.tile([0.2, 0.5, 0.3], (3_000, 1))
    found = gained(log, other, method)
    assert found.gain == pytest.approx(judged(log, method).value - judged({**log, "target": other}, method).value)
    assert found.gain == pytest.approx(found.value - found.baseline_value)
    back = gained({**log, "target": other}, log["target"], method)
    assert back.gain == pytest.approx(-found.gain)
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low), abs=0.004)


def test_a_gain_is_surer_than_the_two_values_where_the_policies_agree() -> None:
    log = logged(3_000)
    almost = 0.9 * log["target"] + 0.1 / 3
    found, value = gained(log, almost), judged(log)
    assert found.high - found.low < 0.3 * (value.high - value.low)


def test_a_policy_gains_nothing_over_itself() -> None:
    log = logged(1_000)
    found = gained(log, log["target"])
    assert (found.gain, found.low, found.high) == (0.0, 0.0, 0.0)


def test_without_a_baseline_the_gain_is_over_the_policy_that_logged() -> None:
    log = logged(3_000)
    found = gained(log, None)
    assert found.baseline_value == pytest.approx(log["outcome"].mean())
    assert found.gain == pytest.approx(judged(log).value - log["outcome"].mean())


def test_the_interval_of_a_gain_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(60):
        log = logged(1_200, seed)
        even = np.full((1_200, 3), 1 / 3)
        truth = ((log["target"] - even) * log["truth"]).sum(axis=1).mean()
        found = gained(log, even)
        held += found.low <= truth <= found.high
    assert held >= 52


def test_a_baseline_that_the_log_does_not_show_is_refused_too() -> None:
    log = logged(400)
    shown = {name: part[log["action"] != 2] for name, part in log.items()}
    shown["target"] = np.tile([0.5, 0.5, 0.0], (len(shown["action"]), 1))
    with pytest.raises(PolicyError, match="too little overlap"):
        gained(shown, np.tile([0.0, 0.0, 1.0], (len(shown["action"]), 1)))


def test_a_baseline_in_a_table_is_read_by_name() -> None:
    log = logged(1_000)
    names = ["none", "sms", "call"]
    target = pd.DataFrame(log["target"], columns=names)
    other = pd.DataFrame(np.tile([0.2, 0.5, 0.3], (1_000, 1)), columns=names)
    parts = (np.array(names)[log["action"]], log["outcome"], log["propensity"], target)
    turned = other[["call", "none", "sms"]]
    assert policy_gain(*parts, other, method="ips") == policy_gain(*parts, turned, method="ips")
    with pytest.raises(PolicyError, match="baseline has the actions"):
        policy_gain(*parts, other.rename(columns={"sms": "letter"}), method="ips")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"propensity": np.zeros(500)}, "propensity"),
        ({"target": np.full((500, 3), 0.5)}, "target"),
        ({"outcome": np.full(500, np.nan)}, "outcome"),
    ],
    ids=["propensity of nothing", "target that does not add up", "outcome that is no number"],
)
def test_a_log_that_makes_no_sense_is_refused_by_name(change: dict[str, np.ndarray], message: str) -> None:
    log = logged(500) | change
    with pytest.raises(PolicyError, match=message):
        policy_value(log["action"], log["outcome"], log["propensity"], log["target"], log["truth"])


@pytest.mark.realdata
@pytest.mark.parametrize(("logger", "other"), [("random", "bts"), ("bts", "random")], ids=["of Thompson", "of uniform"])
def test_a_real_log_holds_the_value_of_the_other_logger_in_its_interval(
    real_data: Path, logger: str, other: str
) -> None:
    log, own = (pd.read_csv(real_data / f"open_bandit_men_{name}_men.csv.gz") for name in (logger, other))
    # Neither logger looks at the customer, so the share of an item at a position is its probability there.
    shown = pd.crosstab(own["position"], own["item_id"], normalize="index").reindex(columns=range(34), fill_value=0.0)
    target = shown.loc[log["position"]].to_numpy()
    parts = (log["item_id"].to_numpy(), log["click"].to_numpy(), log["propensity_score"].to_numpy())
    found = policy_value(*parts, target, method="snips")
    assert found.low <= own["click"].mean() <= found.high
