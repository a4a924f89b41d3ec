import numpy as np
import pandas as pd
import pytest

from training.simulation import ACTIONS, Simulation, simulate_bank
from training.simulation.ladder import STAGES

CHANNELS = ("sms", "push", "email", "call")
EDUCATION = ("email_gentle_basics", "email_gentle_budget")


@pytest.fixture(scope="module")
def reminders(simulation: Simulation) -> pd.DataFrame:
    joined = simulation.book.reminders.merge(simulation.book.customers, on="customer_id")
    parts = [joined[name].fillna("") for name in ("channel", "intensity", "offer")]
    return joined.assign(action=parts[0].str.cat(parts[1:], sep="_").str.rstrip("_"))


def test_one_decision_in_ten_is_randomised(reminders: pd.DataFrame):
    reachable = reminders["stop_flag"].isna()
    assert reminders.loc[reachable, "propensity"].notna().mean() == pytest.approx(0.10, abs=0.01)


def test_weighted_by_their_propensity_the_randomised_actions_are_even(simulation: Simulation, reminders: pd.DataFrame):
    drawn = reminders[reminders["propensity"].notna()]
    drawn = drawn[drawn[[f"consent_{channel}" for channel in CHANNELS]].all(axis=1)]
    weight = (1 / drawn["propensity"]).groupby(drawn["action"]).sum()
    open_to = simulation.truth.allowed(drawn["reminder_id"]).sum()[weight.index]
    assert set(weight.index) == set(ACTIONS)
    assert ((weight / open_to - 1).abs() < 4 * np.sqrt(len(ACTIONS) / open_to)).all()


def test_a_propensity_is_one_over_the_number_of_actions_allowed(simulation: Simulation, reminders: pd.DataFrame):
    drawn = reminders[reminders["propensity"].notna()]
    allowed = simulation.truth.allowed(drawn["reminder_id"]).reset_index(drop=True)
    np.testing.assert_allclose(1 / drawn["propensity"], allowed.sum(axis=1), rtol=1e-6)
    cause = simulation.truth.cause()
    replied = reminders["reminder_id"].isin(cause.index[(cause == "opt_out").any(axis=1)])
    for action in [action for action in ACTIONS if action not in ("none", *EDUCATION)]:
        consented = drawn[f"consent_{action.split('_')[0]}"].to_numpy()
        assert not allowed.loc[~consented, action].any()
        closed = drawn.loc[consented & ~allowed[action].to_numpy(), "customer_id"]
        assert closed.isin(reminders.loc[replied, "customer_id"]).all()


def test_who_needs_no_education_draws_among_the_same_nine(simulation: Simulation, reminders: pd.DataFrame):
    drawn = reminders[reminders["propensity"].notna()]
    allowed = simulation.truth.allowed(drawn["reminder_id"])
    others = drawn[~allowed[list(EDUCATION)].any(axis=1).to_numpy()]
    assert 0.5 < len(others) / len(drawn) < 0.95
    assert (1 / others["propensity"]).max() == pytest.approx(9)
    assert not others["action"].isin(EDUCATION).any()


def test_consents_and_stop_flags_are_kept(reminders: pd.DataFrame):
    for channel in CHANNELS:
        assert reminders.loc[reminders["channel"] == channel, f"consent_{channel}"].all()
    stopped = reminders[reminders["stop_flag"].notna()]
    assert len(stopped) > 0
    assert (stopped["channel"] == "none").all()
    assert stopped["propensity"].isna().all()


def test_a_channel_opted_out_of_is_not_used_again(simulation: Simulation, reminders: pd.DataFrame):
    cause = simulation.truth.cause()
    opted = reminders[reminders["reminder_id"].isin(cause.index[cause["cause"] == "opt_out"])]
    later = reminders.merge(opted[["customer_id", "channel", "sent_at"]], on=["customer_id", "channel"])
    assert len(opted) > 10
    assert not (later["sent_at_x"] >= later["sent_at_y"] + pd.Timedelta(days=1)).any()


def test_the_first_decision_is_at_one_of_three_stages(simulation: Simulation, reminders: pd.DataFrame):
    first = reminders.sort_values("sent_at").drop_duplicates(["loan_id", "instalment_no"])
    first = first.merge(simulation.book.instalments, on=["loan_id", "instalment_no"])
    day = first["sent_at"].dt.tz_convert("Asia/Shanghai").dt.tz_localize(None).dt.normalize()
    stage = (day - first["due_date"]).dt.days.value_counts(normalize=True)
    assert set(stage.index) == set(STAGES)
    assert (stage > 0.1).all()


def test_reminders_are_sent_in_the_customer_s_day(reminders: pd.DataFrame):
    for zone, here in reminders.groupby("timezone"):
        hours = here["sent_at"].dt.tz_convert(zone).dt.hour
        assert hours.between(9, 19).all()


def test_none_leaves_no_trace_and_costs_nothing(reminders: pd.DataFrame):
    none = reminders[reminders["channel"] == "none"]
    assert not none[["delivered", "read", "conversation", "replied"]].any(axis=None)
    assert none[["intensity", "offer", "reply_text"]].isna().all(axis=None)
    assert (none["cost"] == 0).all()
    assert (reminders.loc[reminders["channel"] != "none", "cost"] > 0).all()


def test_replies_are_in_the_customer_s_language(reminders: pd.DataFrame):
    replies = reminders[reminders["replied"]]
    assert replies["reply_text"].notna().all()
    assert reminders.loc[~reminders["replied"], "reply_text"].isna().all()
    english = replies["reply_text"].str.isascii()
    written_alike = replies["reply_text"].isin(["TD"])
    assert ((replies["language"] == "en") == english)[~written_alike].all()


@pytest.mark.parametrize(("randomised", "known"), [(0.0, 0.0), (1.0, 1.0)], ids=["none", "all"])
def test_the_randomised_share_is_a_parameter(randomised: float, known: float):
    book = simulate_bank(200, 3, seed=5, randomised=randomised).book
    stopped = book.customers.loc[book.customers["stop_flag"].notna(), "customer_id"]
    reachable = ~book.reminders["customer_id"].isin(stopped)
    assert book.reminders.loc[reachable, "propensity"].notna().mean() == pytest.approx(known, abs=0.01)
