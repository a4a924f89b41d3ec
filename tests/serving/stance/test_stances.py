"""Customers by name: what is known of them, what they told us, the stance, and the signals it rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from serving.actions import STANCES
from serving.stance import Stances, StanceSettings, stance_of, stances_of

ABLE = {"income_change": 1.0, "instalment_to_income": 0.2}
CLEAN = {"on_time_streak": 10, "late_share_365d": 0.05, "days_late_max_365d": 4, "early_share_365d": 0.6}
SILENT = {"ignored_streak": 6, "responded_call_365d": 0.2}
ARREARS = {"late_30_count_365d": 4, "months_past_due_365d": 7, "late_count_365d": 8, "late_share_365d": 0.7}
YOUNG = {"credit_age": 90, "days_with_bank": 90}
OLD = {"credit_age": 4000}

CUSTOMERS: dict[str, tuple[dict[str, float], tuple[str, ...], str, set[str]]] = {
    "nothing is known": ({}, (), "reliable", set()),
    "never late": ({"late_count_365d": 0, "dpd_now": 0, "late_share_365d": 0} | OLD, (), "reliable", {"seldom_late"}),
    "late once, long ago, and clean since": ({"late_count_365d": 1, "dpd_now": 0} | CLEAN | ABLE, (), "reliable", {"short_delays", "six_on_time", "seldom_late", "never_late_by_over_a_week", "pays_early", "late_in_year", "income_steady", "burden_low"}),
    "first time late by four days, with steady income": ({"late_count_365d": 1, "dpd_now": 4, "days_late_max_365d": 4} | ABLE | OLD, (), "careless", {"overdue_now", "late_in_year", "short_delays", "never_late_by_over_a_week", "income_steady", "burden_low"}),
    "overdue today, though the record is clean": ({"late_count_365d": 1, "dpd_now": 3} | CLEAN, (), "careless", {"overdue_now", "late_in_year", "six_on_time", "seldom_late", "never_late_by_over_a_week", "short_delays", "pays_early"}),
    "often late by days and forgot": ({"late_count_365d": 10, "late_share_365d": 0.9, "months_past_due_365d": 4, "days_late_max_365d": 12, "dpd_now": 5}, ("forgot",), "careless", {"overdue_now", "late_in_year", "late_nearly_always", "months_in_arrears", "short_delays", "forgot"}),
    "forgot for 35 days": ({"dpd_now": 35, "days_late_max_365d": 35, "paid_after_share_180d": 0.7}, ("forgot",), "chronic", {"overdue_now", "overdue_long", "pays_when_reminded", "forgot"}),
    "387 days late and no other signal": ({"dpd_now": 387}, (), "chronic", {"overdue_now", "overdue_long"}),
    "arrears all year long": (ARREARS | {"dpd_now": 12}, (), "chronic", {"overdue_now", "late_in_year", "late_over_30_days_again", "months_in_arrears"}),
    "income fallen": ({"late_count_365d": 1, "income_change": 0.4}, (), "struggling", {"late_in_year", "income_fallen"}),
    "lost the job": ({"dpd_now": 6} | ABLE, ("lost_income",), "struggling", {"overdue_now", "lost_income", "income_steady", "burden_low"}),
    "short of money, though never late": ({"late_count_365d": 0, "dpd_now": 0}, ("short_of_money",), "struggling", {"short_of_money"}),
    "limit used up, arrears all year long": (ARREARS | {"dpd_now": 60, "utilisation": 0.95}, (), "struggling", {"overdue_now", "overdue_long", "late_in_year", "late_over_30_days_again", "months_in_arrears", "limit_used_up"}),
    "no income and silent": (SILENT | {"dpd_now": 50, "months_without_income_180d": 3}, (), "struggling", {"overdue_now", "overdue_long", "income_missing", "ignores_reminders", "does_not_take_calls"}),
    "cannot pay and refuses, with a record": (ARREARS | {"dpd_now": 60, "income_change": 0.3}, ("refuses",), "chronic", {"overdue_now", "overdue_long", "late_in_year", "late_over_30_days_again", "months_in_arrears", "income_fallen", "refuses"}),
    "cannot pay and refuses, without a record": ({"dpd_now": 5, "income_change": 0.3}, ("refuses",), "struggling", {"overdue_now", "income_fallen", "refuses"}),
    "refuses and tells of lost income in one breath": (ARREARS | {"dpd_now": 60}, ("refuses", "lost_income"), "struggling", {"overdue_now", "overdue_long", "late_in_year", "late_over_30_days_again", "months_in_arrears", "lost_income", "refuses"}),
    "cannot pay and refused once, but pays early and promised": (ARREARS | {"dpd_now": 6, "income_change": 0.3, "early_share_365d": 0.5}, ("refuses", "promise"), "struggling", {"overdue_now", "late_in_year", "late_over_30_days_again", "months_in_arrears", "income_fallen", "pays_early", "refuses", "promises"}),
    "income fallen, though the record is clean": ({"late_count_365d": 1, "dpd_now": 0, "income_change": 0.4} | CLEAN, (), "struggling", {"late_in_year", "six_on_time", "seldom_late", "never_late_by_over_a_week", "short_delays", "pays_early", "income_fallen"}),
    "able and silent": (ABLE | SILENT | {"dpd_now": 20, "late_count_365d": 3} | OLD, (), "strategic", {"overdue_now", "late_in_year", "income_steady", "burden_low", "ignores_reminders", "does_not_take_calls"}),
    "able, refuses and 40 days late": (ABLE | {"dpd_now": 40}, ("refuses",), "strategic", {"overdue_now", "overdue_long", "income_steady", "burden_low", "refuses"}),
    "low burden, but the income not steady, and silent": (SILENT | {"dpd_now": 20, "income_change": 0.75, "instalment_to_income": 0.2, "overdue_to_income": 0.3}, (), "careless", {"overdue_now", "burden_low", "could_catch_up", "ignores_reminders", "does_not_take_calls"}),
    "able and refuses, that alone": (ABLE | {"dpd_now": 10}, ("refuses",), "strategic", {"overdue_now", "income_steady", "burden_low", "refuses"}),
    "able and refuses, but promises too": (ABLE | {"dpd_now": 10}, ("refuses", "promise"), "careless", {"overdue_now", "income_steady", "burden_low", "refuses", "promises"}),
    "silent, ability not known": (SILENT | {"dpd_now": 20}, (), "careless", {"overdue_now", "ignores_reminders", "does_not_take_calls"}),
    "able and silent, but promises and keeps it": (ABLE | SILENT | {"dpd_now": 20, "promise_kept_share_365d": 0.8}, ("promise",), "careless", {"overdue_now", "income_steady", "burden_low", "ignores_reminders", "does_not_take_calls", "keeps_promises", "promises"}),
    "asks how to pay": ({"dpd_now": 3} | OLD, ("how_to_pay",), "unsure_how", {"overdue_now", "asks_how"}),
    "asks how to pay before the due date": ({"dpd_now": 0, "late_count_365d": 0} | YOUNG, ("how_to_pay",), "unsure_how", {"first_credit_young", "asks_how"}),
    "first borrower, late with the first instalment": ({"dpd_now": 4, "late_count_365d": 1} | YOUNG, (), "unsure_how", {"overdue_now", "late_in_year", "first_credit_young"}),
    "first borrower, paying in parts": ({"dpd_now": 0, "partial_count_90d": 1} | YOUNG, (), "unsure_how", {"first_credit_young", "pays_what_is_possible"}),
    "first borrower, late, able and silent": ({"dpd_now": 40} | YOUNG | ABLE | SILENT, (), "unsure_how", {"overdue_now", "overdue_long", "first_credit_young", "income_steady", "burden_low", "ignores_reminders", "does_not_take_calls"}),
    "first borrower, not late": ({"dpd_now": 0, "late_count_365d": 0} | YOUNG, (), "new_to_credit", {"first_credit_young"}),
    "first credit not known, new with the bank": ({"dpd_now": 0, "days_with_bank": 40}, (), "new_to_credit", {"first_credit_young"}),
    "new with the bank, old elsewhere": ({"dpd_now": 0, "days_with_bank": 40} | OLD, (), "reliable", set()),
}  # fmt: skip


@pytest.fixture
def seen(matrix: Any, told: Any, settings: StanceSettings) -> Callable[..., tuple[Stances, pd.DataFrame]]:
    """Return a function that looks at one customer."""

    def look(known: dict[str, float], causes: tuple[str, ...] = ()) -> tuple[Stances, pd.DataFrame]:
        X = matrix(known)
        return stances_of(X, told(causes), settings), X

    return look


@pytest.mark.parametrize(("known", "causes", "stance", "signals"), CUSTOMERS.values(), ids=CUSTOMERS)
def test_a_customer_is_of_the_stance_its_signals_speak_for(
    seen: Any,
    settings: StanceSettings,
    known: dict[str, float],
    causes: tuple[str, ...],
    stance: str,
    signals: set[str],
) -> None:
    stances, _ = seen(known, causes)
    assert set(np.array(settings.names)[stances.signals[0]]) == signals
    assert STANCES[stances.stance[0]] == stance


@pytest.mark.parametrize("days", [30, 31, 90, 387, 3000])
@pytest.mark.parametrize("rest", [{}, CLEAN, ABLE, CLEAN | ABLE, YOUNG], ids=["", "clean", "able", "both", "young"])
def test_thirty_days_overdue_is_never_reliable_nor_careless(seen: Any, days: int, rest: dict[str, float]) -> None:
    for causes in ((), ("forgot",), ("promise",), ("already_paid", "forgot")):
        stances, _ = seen({"dpd_now": days} | rest, causes)
        assert STANCES[stances.stance[0]] not in ("reliable", "careless", "new_to_credit")


@pytest.mark.parametrize(
    ("known", "causes", "willingness", "ability"),
    [
        ({}, (), 0, 0),
        (ABLE, (), 0, 1),
        ({"income_change": 1.0}, (), 0, 0),
        (ABLE | {"utilisation": 0.95}, (), 0, -1),
        (SILENT, (), -1, 0),
        (SILENT, ("promise", "forgot"), 1, 0),
        (SILENT, ("promise",), -1, 0),
        ({}, ("refuses",), 0, 0),
        ({}, ("refuses", "promise"), 1, 0),
        ({}, ("lost_income",), 1, -1),
    ],
)
def test_willingness_and_ability_are_counted(
    seen: Any, known: dict[str, float], causes: tuple[str, ...], willingness: int, ability: int
) -> None:
    stances, _ = seen(known, causes)
    assert (stances.willingness[0], stances.ability[0]) == (willingness, ability)


def test_evidence_is_told_for_the_stance_first_with_the_customers_own_numbers(seen: Any) -> None:
    stances, X = seen({"dpd_now": 6, "income_change": 0.41, "instalment_to_income": 0.2}, ("refuses",))
    told = stances.evidence(0, X)
    assert [(one.signal, one.side, one.supports) for one in told] == [
        ("income_fallen", "unable", True),
        ("overdue_now", "overdue_now", True),
        ("refuses", "refusing", False),
        ("burden_low", "able", False),
    ]
    assert told[0].words == {
        "en": "income of the last two months was 41 % of what it used to be",
        "zh": "近两个月收入只有此前的41%",
    }
    assert (told[1].feature, told[1].value, told[1].words["zh"]) == ("dpd_now", 6.0, "目前已逾期6天")
    assert (told[2].feature, told[2].value, told[2].words["en"]) == (None, None, "refused to pay")


def test_a_number_is_told_once_and_by_the_weightiest_signal(seen: Any) -> None:
    stances, X = seen({"dpd_now": 387})
    assert [one.signal for one in stances.evidence(0, X)] == ["overdue_long"]


def test_evidence_names_the_feature_read_instead(seen: Any) -> None:
    stances, X = seen({"dpd_now": 0, "days_with_bank": 40})
    (told,) = stances.evidence(0, X)
    assert (told.feature, told.words["en"]) == ("days_with_bank", "the first credit known is 40 days old")


def test_stances_alone_are_those_with_the_signals(matrix: Any, told: Any, settings: StanceSettings) -> None:
    X = matrix(*(known for known, *_ in CUSTOMERS.values()))
    causes = told(*(causes for _, causes, *_ in CUSTOMERS.values()))
    np.testing.assert_array_equal(stance_of(X, causes), stances_of(X, causes, settings).stance)
    np.testing.assert_array_equal(stance_of(X), stances_of(X, np.zeros_like(causes), settings).stance)


def test_a_matrix_without_a_feature_is_refused(matrix: Any) -> None:
    with pytest.raises(ValueError, match="X must have the column utilisation, which a signal of a stance reads"):
        stance_of(matrix({"dpd_now": 3}).drop(columns="utilisation"))


def test_causes_of_other_customers_are_refused(matrix: Any, told: Any) -> None:
    with pytest.raises(ValueError, match=r"causes must have the shape \(1, 11\), got \(2, 11\)"):
        stance_of(matrix({"dpd_now": 3}), told((), ()))
