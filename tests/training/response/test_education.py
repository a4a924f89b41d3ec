"""An offer that only few could be sent: what the model says of its effect, against the simulator's truth."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pytest

from training import ResponseModel, simulate_bank
from training.dataset import ResponseSample, response_samples
from training.settings import read_train_settings

COLUMNS = ["credit_age", "instalment_to_income", "months_without_income_180d", "late_count_365d", "utilisation"]
EDUCATION = ("email_gentle_basics", "email_gentle_budget")


@dataclass(frozen=True)
class Experiment:
    """A bank that drew every action by chance: its rows, the model, true effects and who could have what."""

    sample: ResponseSample
    model: ResponseModel
    effect: pd.DataFrame
    allowed: pd.DataFrame


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    simulation = simulate_bank(4_000, 12, seed=2, randomised=1.0)
    sample = response_samples(simulation.book, read_train_settings())["fit"]
    X = sample.X[[*COLUMNS, *sample.X.columns[-2:]]]
    model = ResponseModel().fit(X, sample.action, sample.outcome, sample.propensity, groups=X.index)
    truth = simulation.truth.logged(sample.reminder_id)
    return Experiment(sample, model, truth.sub(truth["none"], axis=0), simulation.truth.allowed(sample.reminder_id))


@pytest.mark.parametrize("action", EDUCATION)
def test_the_effect_of_education_is_recovered_among_those_who_could_have_it(experiment: Experiment, action: str):
    could = experiment.allowed[action].to_numpy()
    told = experiment.model.effect(experiment.sample.X[could])
    truth = experiment.effect.loc[could, action].mean()
    low, effect, high = (part[action].mean() for part in (told.low, told.effects, told.high))
    # three standard errors: a 95 % interval must miss in one bank of twenty
    assert effect - 1.5 * (effect - low) < truth < effect + 1.5 * (high - effect)
    assert effect > 0
    assert truth > 0.01


@pytest.mark.parametrize("action", EDUCATION)
def test_an_action_open_to_few_is_flagged_as_thin(experiment: Experiment, action: str):
    overlap = experiment.model.overlap_
    assert overlap.loc[action, "support"] == pytest.approx(experiment.allowed[action].mean(), abs=0.05)
    assert overlap.loc[action, "thin"]
    assert not overlap.loc["sms_gentle", "thin"]
    width = experiment.model.average_effects_["high"] - experiment.model.average_effects_["low"]
    assert width[action] > width["sms_gentle"]
