"""What holds for any customer: inability and doubt never make a stance firmer, and nobody else matters."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from features import CATALOGUE
from serving.actions import STANCES
from serving.feedback.causes import CAUSES
from serving.policy_settings import read_policy
from serving.stance import StanceSettings, read_stance, stances_of

SETTINGS = read_stance()
STRENGTHS = read_policy().stance_strengths
"""(stances, stages)"""
PROTECTING = {"clean", "willing", "unable", "in_need", "forgetful", "unsure", "asking_how", "new"}
INABILITY = [name for name, signal in SETTINGS.signals.items() if "unable" in signal.speaks_for]
ROWS = 200

seeds = st.integers(0, 2**32 - 1)


def bank(rng: np.random.Generator) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Return customers whose numbers lie about the limits, some of them missing, and what they told."""
    X = pd.DataFrame(np.nan, index=range(ROWS), columns=list(CATALOGUE))
    limits: dict[str, list[float]] = {}
    for signal in SETTINGS.signals.values():
        for feature in filter(None, (signal.feature, signal.instead)):
            limits.setdefault(feature, []).extend(x for x in (signal.at_least, signal.at_most) if x is not None)
    for feature, at in limits.items():
        about = np.array([np.nan, *(x + d for x in at for d in (-1, -0.01, 0, 0.01, 1))])
        X[feature] = rng.choice(about, ROWS)
    return X, rng.random((ROWS, len(CAUSES))) < rng.choice([0.0, 0.1, 0.4])


def strength(X: pd.DataFrame, causes: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    return STRENGTHS[stances_of(X, causes, SETTINGS).stance]


def with_signal(X: pd.DataFrame, causes: npt.NDArray[np.bool_], name: str) -> tuple[pd.DataFrame, Any]:
    """Return the same customers, in whom a signal holds."""
    signal, X, causes = SETTINGS.signals[name], X.copy(), causes.copy()
    if signal.cause is not None:
        causes[:, CAUSES.index(signal.cause)] = True
    else:
        X[signal.feature] = signal.at_least if signal.at_least is not None else signal.at_most
    return X, causes


@given(seeds, st.sampled_from(INABILITY))
def test_a_signal_of_inability_never_makes_what_is_permitted_stronger(seed: int, name: str) -> None:
    X, causes = bank(np.random.default_rng(seed))
    assert (strength(*with_signal(X, causes, name)) <= strength(X, causes)).all()


@given(seeds, st.sampled_from(INABILITY))
def test_who_is_unable_is_met_firmly_only_if_they_refuse(seed: int, name: str) -> None:
    X, causes = bank(np.random.default_rng(seed))
    X, causes = with_signal(X, causes, name)
    firm = (strength(X, causes) == STRENGTHS.max()).any(axis=1)
    assert causes[firm, CAUSES.index("refuses")].all()


@given(seeds)
def test_a_value_that_goes_missing_moves_only_towards_gentler_unless_it_spoke_for_the_customer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, causes = bank(rng)
    held = stances_of(X, causes, SETTINGS).signals
    goes = rng.random(X.shape) < 0.3
    for place, signal in enumerate(SETTINGS.signals.values()):
        if PROTECTING & set(signal.speaks_for):
            for feature in filter(None, (signal.feature, signal.instead)):
                goes[held[:, place], X.columns.get_loc(feature)] = False
    assert (strength(X.mask(goes), causes) <= strength(X, causes)).all()


@given(seeds)
def test_a_good_word_that_is_lost_counts_as_if_it_had_never_been(seed: int) -> None:
    X, causes = bank(np.random.default_rng(seed))
    without_income = X.assign(income_change=np.nan)
    neither = X.assign(income_change=0.75)  # neither fallen nor steady
    np.testing.assert_array_equal(strength(without_income, causes), strength(neither, causes))


@given(seeds)
def test_a_firm_stance_rests_on_what_is_known(seed: int) -> None:
    X, _ = bank(np.random.default_rng(seed))
    blaming = {
        s.feature for s in SETTINGS.signals.values() if {"late", "overdue_now", "long_overdue"} & set(s.speaks_for)
    }
    assert (
        strength(X.assign(**dict.fromkeys(blaming, np.nan)), np.zeros((ROWS, len(CAUSES)), bool)) < STRENGTHS.max()
    ).all()


@given(seeds)
def test_a_customer_has_the_same_stance_alone_in_any_order_and_beside_other_columns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, causes = bank(rng)
    whole = stances_of(X, causes, SETTINGS)
    rows = rng.permutation(ROWS)
    shuffled = X.iloc[rows, rng.permutation(X.shape[1])].assign(product="consumer")
    again = stances_of(shuffled, causes[rows], SETTINGS)
    np.testing.assert_array_equal(again.signals, whole.signals[rows])
    np.testing.assert_array_equal(again.stance, whole.stance[rows])
    for row in rows[:5]:
        alone = stances_of(X.iloc[[row]], causes[[row]], SETTINGS)
        assert (alone.stance[0], alone.willingness[0], alone.ability[0]) == (
            whole.stance[row],
            whole.willingness[row],
            whole.ability[row],
        )


@given(seeds)
def test_the_matrix_is_left_as_it_was(seed: int) -> None:
    X, causes = bank(np.random.default_rng(seed))
    before = X.copy()
    stances_of(X, causes, SETTINGS)
    stances_of(X.iloc[:3], causes[:3], SETTINGS)
    pd.testing.assert_frame_equal(X, before)


def test_every_stance_is_met_somewhere(settings: StanceSettings) -> None:
    X, causes = zip(*(bank(np.random.default_rng(seed)) for seed in range(20)), strict=True)
    found = {STANCES[k] for k in stances_of(pd.concat(X), np.vstack(causes), settings).stance}
    assert found == set(STANCES)
