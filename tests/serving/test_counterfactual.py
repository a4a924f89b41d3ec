"""What would have changed the tier: the fewest acts, the preferred first, and exactly what the scorer says of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features import Book, build_features
from serving.acts import ACTS
from serving.advice import would_change
from serving.counterfactual import Counterfactual, Outcome, counterfactuals, of_customers
from serving.decide import decide
from serving.policy_settings import read_policy
from serving.reason_settings import read_reasons
from serving.registry import load_models
from serving.scorer import Scores

POLICY, TEXTS = read_policy(), read_reasons()
HIGH, ELEVATED, MEDIUM, LOW = 3, 2, 1, 0


@dataclass(frozen=True)
class Rule:
    """A scorer whose probability is a plain function of the features."""

    probability: Callable[[pd.DataFrame], Any]

    def score(self, X: pd.DataFrame, explain: bool = False) -> Scores:
        return Scores(np.asarray(self.probability(X), np.float64), tuple(X.columns))


NEVER_IN_DEFAULT = replace(POLICY, in_default=10_000)
"""Bo is 50 days late: tiers are those of the probability alone."""


def asked(
    book: Book, as_of: pd.Timestamp, probability: Callable[[pd.DataFrame], Any], *customers: str
) -> dict[str, Counterfactual]:
    scorer: Any = Rule(probability)
    p = scorer.score(build_features(book, as_of, customers)).default_probability
    now = {c: Outcome((), float(v), int(t)) for c, v, t in zip(customers, p, POLICY.tier_of(p), strict=True)}
    return counterfactuals(book, as_of, scorer, NEVER_IN_DEFAULT, now, tuple(TEXTS.acts))


def test_who_is_far_in_arrears_gets_a_better_tier_by_paying(book: Book, as_of: pd.Timestamp) -> None:
    found = asked(book, as_of, lambda X: np.where(X["dpd_now"] > 0, 0.41, 0.01), "bo")["bo"]
    assert found.now == Outcome((), 0.41, HIGH)
    assert found.better == Outcome(("pay_overdue",), 0.01, LOW)
    assert [led.acts for led in found.alone] == [("pay_overdue",), ("pay_on_time",)]
    assert found.numbers == {"pay_overdue": {"amount": 1_750.0}, "pay_on_time": {"count": 3.0}}


def test_two_acts_are_tried_where_one_is_not_enough(book: Book, as_of: pd.Timestamp) -> None:
    found = asked(book, as_of, lambda X: 0.03 + 0.1 * ((X["utilisation"] > 0.5) | (X["external_debt"] > 8_000)) + X["utilisation"] / 100 + X["external_debt"] / 1e6, "bo")["bo"]  # fmt: skip
    assert (found.now.tier, {led.tier for led in found.alone}) == (ELEVATED, {ELEVATED})
    assert found.better is not None
    assert (found.better.acts, found.better.tier) == (("use_less_credit", "owe_less_elsewhere"), MEDIUM)


def test_all_that_help_are_tried_where_two_are_not_enough(book: Book, as_of: pd.Timestamp) -> None:
    parts = ("utilisation", "external_debt", "enquiries_6m")
    start = build_features(book, as_of, ["bo"])[list(parts)].iloc[0]
    found = asked(book, as_of, lambda X: 0.055 + 0.01 * sum((X[c] >= start[c]) for c in parts), "bo")["bo"]
    assert found.better is not None
    assert found.better.acts == ("use_less_credit", "owe_less_elsewhere", "seek_no_credit")
    assert "pay_overdue" not in found.numbers  # it applies, but does not help


@pytest.mark.parametrize(("probability", "tier", "words"), [
    (0.5, HIGH, {"en": "None of the steps looked at leads to a better tier than high.", "zh": "所考察的各项改变都不能使风险等级好于“高”。"}),
    (0.001, LOW, {"en": "The tier is low, the best there is.", "zh": "风险等级为“低”，已是最好等级。"}),
], ids=["nothing helps", "best already"])  # fmt: skip
def test_where_no_tier_is_better_that_is_said_plainly(
    book: Book, as_of: pd.Timestamp, probability: float, tier: int, words: dict[str, str]
) -> None:
    found = asked(book, as_of, lambda X: np.full(len(X), probability), "bo")["bo"]
    assert (found.now.tier, found.better, found.alone) == (tier, None, ())
    told = would_change(found, list(POLICY.tiers), TEXTS)
    assert (told.better, told.words) == (None, words)


def test_the_answer_is_told_with_the_customers_own_amounts() -> None:
    better = Outcome(("pay_overdue", "use_less_credit"), 0.0412, MEDIUM)
    numbers = {"pay_overdue": {"amount": 1_750.0}, "use_less_credit": {"before": 18_500.0, "after": 6_000.0}}
    found = Counterfactual(Outcome((), 0.31, HIGH), (), better, numbers)
    told = would_change(found, list(POLICY.tiers), TEXTS)
    assert told.better is not None
    assert (told.better.acts, told.better.tier) == (["pay_overdue", "use_less_credit"], "medium")
    assert told.words == {
        "en": "The tier would be medium instead of high, with a default probability of 4.1 %, if the overdue amount of "
        "1,750 were paid now and the credit balance were 6,000 instead of 18,500.",
        "zh": "如果现在还清逾期款1,750元，并且信用余额由18,500元降至6,000元，风险等级将由“高”变为“中”，违约概率为4.1%。",
    }


def test_a_tier_without_words_goes_by_its_name() -> None:
    assert TEXTS.tier("watch") == {"en": "watch", "zh": "watch"}


def test_of_several_that_suffice_the_first_named_is_told(book: Book, as_of: pd.Timestamp) -> None:
    scorer: Any = Rule(lambda X: np.where(X["dpd_now"] > 0, 0.41, 0.01))
    now = {"bo": Outcome((), 0.41, HIGH)}
    for acts in (("pay_overdue", "pay_on_time"), ("pay_on_time", "pay_overdue")):
        better = counterfactuals(book, as_of, scorer, POLICY, now, acts)["bo"].better
        assert better is not None
        assert better.acts == acts[:1]


def test_a_book_of_some_customers_holds_their_rows_alone(book: Book, as_of: pd.Timestamp) -> None:
    own = of_customers(book, ["dai", "bo"])
    assert set(own.payments["loan_id"]) == {"bo-1", "dai-1"}
    features = build_features(own, as_of, ["dai", "bo"])
    pd.testing.assert_frame_equal(features, build_features(book, as_of, ["dai", "bo"]), check_exact=True)


@pytest.fixture(scope="module")
def found(world: Any) -> dict[str, Counterfactual]:
    """Return the answers for customers of the world in every tier."""
    decisions = decide(world.book, world.as_of, load_models(), POLICY, explain=False)
    told = pd.DataFrame({"p": decisions.scores.default_probability, "tier": decisions.tier}, decisions.X.index)
    some = told.groupby("tier").head(5)
    now = {
        str(name): Outcome((), row.p, int(row.tier)) for name, row in zip(some.index, some.itertuples(), strict=True)
    }
    return counterfactuals(world.book, world.as_of, load_models().scorer, POLICY, now)


def test_an_answer_is_exactly_what_deciding_on_the_edited_rows_gives(
    world: Any, found: dict[str, Counterfactual]
) -> None:
    models, seen = load_models(), 0
    for name, one in found.items():
        for led in (*one.alone[:1], *([one.better] if one.better else [])):
            edited = of_customers(world.book, [name])
            for act in led.acts:
                edited = ACTS[act].edit(edited, world.as_of).book
            decided = decide(edited, world.as_of, models, POLICY, [name], explain=False)
            assert decided.scores.default_probability[0] == led.default_probability
            assert decided.tier[0] == led.tier
            seen += len(led.acts)
    assert seen > 15


def test_a_better_tier_is_better_and_the_combination_the_smallest(found: dict[str, Counterfactual]) -> None:
    for one in found.values():
        if one.better is None:
            assert all(led.tier >= one.now.tier for led in one.alone)
        else:
            assert one.better.tier < one.now.tier
            enough = [led for led in one.alone if led.tier < one.now.tier]
            assert one.better == enough[0] if enough else len(one.better.acts) > 1


def test_who_else_is_asked_about_changes_no_answer(world: Any, found: dict[str, Counterfactual]) -> None:
    scorer = load_models().scorer
    for name in list(found)[::5]:
        alone = counterfactuals(world.book, world.as_of, scorer, POLICY, {name: found[name].now})
        assert alone == {name: found[name]}
