"""What the service counts and times, for Prometheus; nothing of a customer, and a bounded number of series.

prometheus_client is imported when a ``Metrics`` is made, not before: with several workers it must find
PROMETHEUS_MULTIPROC_DIR, which BentoML sets only when a worker starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from time import perf_counter
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter

type Registry = CollectorRegistry
"""Where metrics are registered."""

Stage = Literal["parse", "features", "score", "contributions", "rules", "policy", "journal", "encode", "whole"]
"""A part of answering a request; ``whole`` is all of it."""

STAGES: tuple[Stage, ...] = get_args(Stage)

OTHER = "other"
"""What a label says of a value that was not announced."""

_BUCKETS = (1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_MOST_CODES = 64


@dataclass(frozen=True)
class Labels:
    """The values that labels may have; any other is counted as ``other``."""

    tiers: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


class Metrics:
    """The service's metrics.

    Parameters
    ----------
    labels
        Tiers, actions and the ids of what may block an action.
    registry
        Where they are registered; by default the one that BentoML's /metrics shows.
    """

    def __init__(self, labels: Labels | None = None, registry: Registry | None = None) -> None:
        import prometheus_client as prometheus

        self.registry = prometheus.REGISTRY if registry is None else registry
        labels, where = labels or Labels(), self.registry
        stages = prometheus.Histogram(
            "duewise_stage_seconds",
            "Time of a part of answering a request",
            ["stage"],
            buckets=_BUCKETS,
            registry=where,
        )
        decisions = prometheus.Counter(
            "duewise_decisions", "Decisions by tier and action", ["tier", "action"], registry=where
        )
        blocks = prometheus.Counter(
            "duewise_blocked", "Actions blocked, by what blocked them", ["rule_id"], registry=where
        )
        self._refused = prometheus.Counter("duewise_refused", "Requests refused, by code", ["code"], registry=where)
        self._faults = prometheus.Counter(
            "duewise_token_reload_errors", "Times that a changed file of tokens could not be read", registry=where
        )
        self._lag = prometheus.Gauge(
            "duewise_journal_lag_seconds",
            "Age of the oldest decision not yet in the journal",
            registry=where,
            multiprocess_mode="livemax",
        )
        self._stages = {stage: stages.labels(stage).observe for stage in STAGES}
        pairs = product((*labels.tiers, OTHER), (*labels.actions, OTHER))
        self._decisions = {pair: decisions.labels(*pair) for pair in dict.fromkeys(pairs)}
        self._blocks = {rule: blocks.labels(rule) for rule in dict.fromkeys((*labels.rules, OTHER))}
        self._codes: dict[str, Counter] = {}
        self._tiers, self._actions = frozenset(labels.tiers), frozenset(labels.actions)

    def observe_stage(self, stage: Stage, seconds: float) -> None:
        """Note how long a part of a request took."""
        self._stages[stage](seconds)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Note how long a block takes, also when it fails."""
        began = perf_counter()
        try:
            yield
        finally:
            self._stages[stage](perf_counter() - began)

    def decided(self, tier: str, action: str, count: int = 1) -> None:
        """Count decisions."""
        counter = self._decisions.get((tier, action))
        if counter is None:
            known = tier if tier in self._tiers else OTHER, action if action in self._actions else OTHER
            counter = self._decisions[known]
        counter.inc(count)

    def blocked(self, rule_id: str, count: int = 1) -> None:
        """Count actions that something blocked."""
        self._blocks.get(rule_id, self._blocks[OTHER]).inc(count)

    def blocked_all(self, counts: Mapping[str, int] | Iterable[tuple[str, int]]) -> None:
        """Count actions blocked, by what blocked them."""
        for rule_id, count in dict(counts).items():
            self.blocked(rule_id, count)

    def refused(self, code: str) -> None:
        """Count a refused request."""
        counter = self._codes.get(code)
        if counter is None:
            known = code if len(self._codes) < _MOST_CODES else OTHER
            counter = self._codes.setdefault(known, self._refused.labels(known))
        counter.inc()

    def journal_lag(self, seconds: float) -> None:
        """Note the age of the oldest decision that is not yet in the journal."""
        self._lag.set(seconds)

    def token_reload_failed(self) -> None:
        """Count a changed file of tokens that could not be read."""
        self._faults.inc()
