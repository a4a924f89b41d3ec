"""Treatment: a group is compared at equal tier and stage, blocks and replies with what was before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from serving.monitoring.decided import Decided, Words
from serving.monitoring.treatment import blocks_of, fairness_findings, fairness_of
from serving.monitoring.watch import Watch
from serving.policy_settings import read_policy

POLICY = read_policy()


def decided(action: Any, tier: Any, blocked: Any = None) -> Decided:
    """Return decisions of as many customers, with these actions and tiers."""
    n = len(action)

    def words(told: Any) -> Words:
        names, code = np.unique(np.asarray(told, dtype=str), return_inverse=True)
        return Words(tuple(map(str, names)), code)

    plain = {"stage": ["T0"] * n, "blocked_by": [""] * n if blocked is None else blocked}
    at, who = np.zeros(n, np.int64), np.arange(n)
    texts = {name: words(told) for name, told in {"action": action, "tier": tier, **plain}.items()}
    return Decided(at, who, who, who, np.zeros(n, np.bool_), texts, {}, {})


def test_a_gap_that_the_tiers_explain_is_none_and_one_that_they_do_not_is_found() -> None:
    rng = np.random.default_rng(0)
    group = np.where(rng.random(4_000) < 0.5, "F", "M")
    tier = np.where(rng.random(4_000) < np.where(group == "F", 0.8, 0.2), "low", "high")
    rate = np.where(tier == "low", 0.1, 0.6)
    fair = np.where(rng.random(4_000) < rate, "call_firm", "none")
    unfair = np.where(rng.random(4_000) < rate + 0.25 * (group == "M"), "call_firm", "none")
    told = {
        name: {(one.group, one.treatment): one for one in fairness_of(decided(action, tier), {"gender": group}, POLICY)}
        for name, action in (("fair", fair), ("unfair", unfair))
    }
    assert told["fair"]["M", "called"].share > told["fair"]["F", "called"].share + 0.2
    assert abs(told["fair"]["M", "called"].gap) < 0.03
    assert told["unfair"]["M", "firm"].gap == pytest.approx(0.25, abs=0.04)
    assert told["unfair"]["M", "firm"].chance < 1e-6
    assert told["fair"]["M", "called"].chance > 1e-3
    assert {finding.rule for finding in fairness_findings(tuple(told["fair"].values()))} == {"treatment_gap"}


def test_a_group_of_few_is_left_out() -> None:
    group = np.array(["F"] * 20 + ["M"] * 100)
    told = fairness_of(decided(["none"] * 120, ["low"] * 120), {"gender": group}, POLICY)
    assert {one.group for one in told} == {"M"}


def test_a_rule_is_counted_for_each_customer_it_blocked_something_for() -> None:
    now = decided(["none"] * 4, ["low"] * 4, ["ladder,quiet_hours", "ladder", "", "quiet_hours"])
    before = decided(["none"] * 2, ["low"] * 2, ["stop_flag", ""])
    told = {one.rule: (one.blocked, one.customers, one.blocked_before) for one in blocks_of(now, before)}
    assert told == {"ladder": (2, 4, 0), "quiet_hours": (2, 4, 0), "stop_flag": (0, 4, 1)}


def test_opt_outs_and_complaints_are_those_that_the_replies_tell(bank: Any) -> None:
    from serving.feedback.reader import ReplyReader

    watch: Watch = bank.watched()
    sent = bank.book.reminders[bank.book.reminders["channel"] != "none"]
    ago = bank.as_of - sent["sent_at"]
    recent = sent[(ago.dt.total_seconds() > 0) & (ago.dt.days < 30)]
    causes = [ReplyReader.shipped().causes(text) for text in recent["reply_text"].dropna()]
    told = {one.name: one for one in watch.treatment.voices}
    assert told["opt_outs"].reminders == pytest.approx(len(recent), abs=2)
    assert told["opt_outs"].said == sum("opt_out" in one for one in causes)
    assert told["complaints"].said == sum("complaint" in one for one in causes)
