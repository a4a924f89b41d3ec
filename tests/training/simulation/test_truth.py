import numpy as np
import pandas as pd
import pytest

from training.simulation import ACTIONS, Simulation

WEEK = pd.Timedelta(days=7)
END = pd.Timestamp("2025-07-01", tz="UTC")


def action_ids(reminders: pd.DataFrame) -> pd.Series:
    parts = [reminders[name].fillna("") for name in ("channel", "intensity", "offer")]
    return parts[0].str.cat(parts[1:], sep="_").str.rstrip("_")


def paid_in_a_week(simulation: Simulation) -> pd.DataFrame:
    """Reminders whose outcome is known, from the tables alone: the action, and ``paid`` in full in a week."""
    keys = ["loan_id", "instalment_no"]
    reminders = simulation.book.reminders.assign(action=action_ids(simulation.book.reminders))
    reminders = reminders[reminders["sent_at"] < END - WEEK]
    payments = simulation.book.payments.sort_values("paid_at")
    so_far = payments.groupby(keys)["amount"].cumsum()
    due = payments.merge(simulation.book.instalments, on=keys, how="left")["amount_due"].to_numpy()
    full = payments[so_far.to_numpy() >= due - 0.005].drop_duplicates(keys)
    joined = reminders.merge(full[[*keys, "paid_at"]], on=keys, how="left")
    wait = joined["paid_at"] - joined["sent_at"]
    assert (wait.dropna() > pd.Timedelta(0)).all()
    return joined.assign(paid=wait <= WEEK).set_index("reminder_id")


@pytest.fixture(scope="module")
def outcomes(simulation: Simulation) -> pd.DataFrame:
    return paid_in_a_week(simulation)


@pytest.fixture(scope="module")
def logged(simulation: Simulation, outcomes: pd.DataFrame) -> pd.DataFrame:
    return simulation.truth.logged(outcomes.index)


@pytest.mark.parametrize("action", ACTIONS)
def test_outcomes_have_the_truth_s_probability(action: str, outcomes: pd.DataFrame, logged: pd.DataFrame):
    taken = outcomes["action"] == action
    expected, paid = logged.loc[taken, action], outcomes.loc[taken, "paid"]
    error = np.sqrt((expected * (1 - expected)).sum()) / len(expected)
    assert len(expected) > 100
    assert abs(paid.mean() - expected.mean()) < 4 * error


def test_outcomes_have_the_truth_s_probability_at_every_level(outcomes: pd.DataFrame, logged: pd.DataFrame):
    columns = logged.columns.get_indexer(outcomes["action"])
    expected = pd.Series(logged.to_numpy()[np.arange(len(logged)), columns], index=outcomes.index)
    level = pd.qcut(expected, 10, labels=False)
    error = (expected * (1 - expected)).groupby(level).sum().pow(0.5) / level.value_counts()
    gap = outcomes["paid"].groupby(level).mean() - expected.groupby(level).mean()
    assert (gap.abs() < 4 * error).all()


def test_windows_of_one_instalment_never_overlap(outcomes: pd.DataFrame):
    paid = outcomes[outcomes["paid"]]
    assert not paid.duplicated(["loan_id", "instalment_no"]).any()


def test_effects_are_sober_and_differ_between_people(
    simulation: Simulation, outcomes: pd.DataFrame, logged: pd.DataFrame
):
    drawn = outcomes["propensity"].notna()
    effects = logged[drawn].sub(logged.loc[drawn, "none"], axis=0).drop(columns="none")
    open_to = effects.where(simulation.truth.allowed(effects.index).drop(columns="none"))
    assert open_to.mean().between(-0.01, 0.10).all()
    assert (open_to.std() > 0.03).all()
    assert effects.idxmax(axis=1).value_counts(normalize=True).max() < 0.5
    assert ((effects < 0).mean() > 0.02).any()


def traits_at(simulation: Simulation) -> pd.DataFrame:
    """The hidden traits of the customer of each decision."""
    bank, decisions = simulation.truth.bank, simulation.truth.run.decisions
    customer = bank.schedule.customer[decisions.instalment]
    months = bank.span.month_day(np.arange(bank.span.months + 1))
    month = np.searchsorted(months, decisions.day, side="right") - 1
    return pd.DataFrame(
        {
            "novice": bank.traits.novice[customer],
            "tight": bank.traits.tight[customer, month],
            "burden": bank.schedule.cents[decisions.instalment] / 100 / bank.people.income[customer],
        }
    )


@pytest.mark.parametrize(
    ("action", "trait", "fits", "more"),
    [
        ("email_gentle_basics", "novice", 0.6, "email_gentle_guide"),
        ("email_gentle_budget", "tight", 0.6, "sms_gentle_plan"),
        ("email_gentle_budget", "burden", 0.6, "sms_gentle_plan"),
    ],
    ids=["basics by novice", "budget by tight money", "budget by burden"],
)
def test_education_helps_a_little_whom_it_fits(simulation: Simulation, action: str, trait: str, fits: float, more: str):
    probability, traits = simulation.truth.logged().to_numpy(), traits_at(simulation)
    effects = pd.DataFrame(probability - probability[:, :1], columns=list(ACTIONS))
    fitting, others = traits[trait] > fits, (traits < [0.1, 0.1, 0.2]).all(axis=1)
    assert fitting.sum() > 100
    assert 0.01 < effects.loc[fitting, action].mean() < 0.10
    assert -0.01 < effects.loc[others, action].mean() < 0.01
    if trait != "burden":
        assert effects.loc[fitting, action].mean() < effects.loc[fitting, more].mean()


def test_base_probabilities_are_those_of_real_books(simulation: Simulation, outcomes: pd.DataFrame):
    base = simulation.truth.logged(outcomes.index)["none"]
    due = outcomes.merge(simulation.book.instalments, on=["loan_id", "instalment_no"])["due_date"].to_numpy()
    past = (outcomes["sent_at"].dt.tz_localize(None).to_numpy() - due) / np.timedelta64(1, "D")
    early, late = base[past < 1], base[past > 45]
    assert 0.45 < early.mean() < 0.70
    assert early.between(0.3, 0.75).mean() > 0.45
    assert late.mean() < 0.2


def test_the_ladder_makes_calls_look_harmful(outcomes: pd.DataFrame, logged: pd.DataFrame):
    chosen = outcomes["propensity"].isna()
    by_action = outcomes[chosen].groupby("action")["paid"].mean()
    for call in ("call_standard", "call_firm", "call_standard_plan"):
        taken = chosen & (outcomes["action"] == call)
        true_effect = (logged.loc[taken, call] - logged.loc[taken, "none"]).mean()
        assert true_effect > 0
        assert by_action[call] - by_action["none"] < true_effect - 0.05


def test_truth_is_the_mean_over_dayparts(simulation: Simulation):
    ids = simulation.book.reminders["reminder_id"].iloc[::97]
    by_part, logged = simulation.truth.daypart(ids), simulation.truth.logged(ids)
    mean = by_part.T.groupby(level="action").mean().T[list(ACTIONS)]
    np.testing.assert_allclose(mean, logged, atol=1e-5)
    spread = by_part["sms_gentle"].max(axis=1) - by_part["sms_gentle"].min(axis=1)
    assert spread.max() > 0.03
    assert (by_part["none"].max(axis=1) == by_part["none"].min(axis=1)).all()


def test_probability_is_about_an_instalment_still_open(simulation: Simulation):
    truth, keys = simulation.truth, ["loan_id", "instalment_no"]
    probability, pressing = truth.probability(), truth.pressing()
    assert list(probability.columns) == list(ACTIONS)
    assert probability.index.equals(pressing.index)
    assert ((probability > 0) & (probability < 1)).all(axis=None)
    assert 0.8 < len(probability) / len(simulation.book.customers) <= 1
    paid = simulation.book.payments.groupby(keys)["amount"].sum()
    due = simulation.book.instalments.set_index(keys)["amount_due"]
    asked = pd.MultiIndex.from_frame(pressing)
    assert (paid.reindex(asked, fill_value=0) < due.loc[asked] - 0.005).all()


def test_truth_of_some_is_truth_of_all(simulation: Simulation):
    truth, some = simulation.truth, simulation.book.reminders["reminder_id"].iloc[[50, 3, 8]]
    pd.testing.assert_frame_equal(truth.logged(some), truth.logged().loc[some])
    who = truth.probability().index[[9, 2]]
    pd.testing.assert_frame_equal(truth.probability(who), truth.probability().loc[who])


def test_an_unknown_reminder_is_refused(simulation: Simulation):
    with pytest.raises(KeyError, match="R999999999"):
        simulation.truth.logged(["R999999999"])
