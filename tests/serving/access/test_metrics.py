from __future__ import annotations

import time

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from serving.access.metrics import OTHER, STAGES, Labels, Metrics

LABELS = Labels(("low", "high"), ("none", "sms_gentle"), ("cn-hours", "cn-dials"))


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(LABELS, CollectorRegistry())


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_stages_are_timed(metrics: Metrics) -> None:
    metrics.observe_stage("score", 0.004)
    with metrics.stage("score"):
        pass
    assert value(metrics, "duewise_stage_seconds_count", stage="score") == 2
    assert value(metrics, "duewise_stage_seconds_bucket", stage="score", le="0.0025") == 1


def test_a_stage_that_fails_is_timed_too(metrics: Metrics) -> None:
    with pytest.raises(ValueError, match="broken"), metrics.stage("policy"):
        raise ValueError("broken")
    assert value(metrics, "duewise_stage_seconds_count", stage="policy") == 1


@pytest.mark.parametrize(
    ("tier", "action", "counted"),
    [
        ("low", "none", ("low", "none")),
        ("zhangsan", "none", (OTHER, "none")),
        ("high", "zhangsan", ("high", OTHER)),
        ("x", "y", (OTHER, OTHER)),
    ],
)
def test_a_decision_is_counted_under_announced_labels_alone(
    metrics: Metrics, tier: str, action: str, counted: tuple[str, str]
) -> None:
    metrics.decided(tier, action, 3)
    assert value(metrics, "duewise_decisions_total", tier=counted[0], action=counted[1]) == 3
    assert b"zhangsan" not in generate_latest(metrics.registry)


def test_blocks_are_counted_by_what_blocked(metrics: Metrics) -> None:
    metrics.blocked_all({"cn-hours": 2, "unheard of": 5})
    metrics.blocked("cn-hours")
    assert value(metrics, "duewise_blocked_total", rule_id="cn-hours") == 3
    assert value(metrics, "duewise_blocked_total", rule_id=OTHER) == 5


def test_codes_of_refusals_stay_a_bounded_number(metrics: Metrics) -> None:
    for k in range(1000):
        metrics.refused(f"code_{k}")
    assert value(metrics, "duewise_refused_total", code=OTHER) == 1000 - 64
    assert generate_latest(metrics.registry).count(b"duewise_refused_total{") == 65


def test_lag_and_faults_are_told(metrics: Metrics) -> None:
    metrics.journal_lag(12.5)
    metrics.token_reload_failed()
    assert value(metrics, "duewise_journal_lag_seconds") == 12.5
    assert value(metrics, "duewise_token_reload_errors_total") == 1


def test_the_metrics_of_a_request_cost_less_than_a_fifth_of_a_millisecond(metrics: Metrics) -> None:
    """The figure itself is measured by hand; a shared machine may be ten times as slow for a moment."""
    began = time.process_time()
    for _ in range(1000):
        for stage in STAGES:
            metrics.observe_stage(stage, 0.003)
        metrics.decided("low", "none")
        metrics.blocked("cn-hours", 2)
        metrics.journal_lag(0.1)
    assert (time.process_time() - began) / 1000 < 200e-6
