"""A book planned under capacity, then the service with its prices: the same decisions, to the bit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pandas as pd
import pytest
from typer.testing import CliRunner

import duewise
from serving.allocation.prices import Prices, read_prices
from serving.batch import PRICES_FILE, score_book
from serving.launch import running_service
from serving.policy_settings import Capacity, Fairness, PolicySettings, read_policy
from serving.registry import load_models

RUN = CliRunner()


def tight() -> PolicySettings:
    """Return the policy with fewer reminders than a free choice sends on the world, and a fairness bound."""
    capacity = Capacity(
        channels={"sms": 40, "call": 20, "push": 120},
        fairness=(Fairness(group="age_band", channel="push", most=0.2, fewest=20),),
    )
    return replace(read_policy(), capacity=capacity)


@dataclass(frozen=True)
class Morning:
    decisions: pd.DataFrame
    prices: Prices
    file: Path


@pytest.fixture(scope="module")
def free(world: Any, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    out = tmp_path_factory.mktemp("free") / "decisions.parquet"
    score_book(world.folder, world.as_of, load_models(), read_policy(), out)
    return pd.read_parquet(out).set_index("customer_id")


@pytest.fixture(scope="module")
def morning(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Morning:
    out = tmp_path_factory.mktemp("morning") / "decisions.parquet"
    scored = score_book(world.folder, world.as_of, load_models(), tight(), out, chunk=300)
    assert scored.prices is not None
    return Morning(pd.read_parquet(out).set_index("customer_id"), scored.prices, out.with_name(PRICES_FILE))


@pytest.fixture(scope="module")
def priced_service(world: Any, morning: Morning, free_port_of_module: int) -> Iterator[str]:
    with running_service(free_port_of_module, world.folder, morning.file) as url:
        yield url


@pytest.fixture(scope="module")
def free_port_of_module() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(url: str, body: dict[str, Any]) -> Any:
    request = Request(f"{url}/score", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as response:
        return json.load(response)["results"]


def test_the_batch_keeps_within_the_capacity_that_a_free_choice_exceeds(free: pd.DataFrame, morning: Morning) -> None:
    limits = {"sms": 40, "call": 20, "push": 120}
    sent, before = (table["channel"].value_counts() for table in (morning.decisions, free))
    assert any(before.get(channel, 0) > limit for channel, limit in limits.items())
    for channel, limit in limits.items():
        assert sent.get(channel, 0) <= limit
    assert read_prices(morning.file, read_policy()) == morning.prices
    assert morning.prices.customers == len(morning.decisions)


def test_the_expected_value_is_told_without_the_price(free: pd.DataFrame, morning: Morning) -> None:
    same = morning.decisions["action"] == free["action"]
    assert (morning.decisions["expected_value"] == free["expected_value"])[same].all()
    assert (free["capacity_price"] == 0).all()
    assert (morning.decisions["capacity_price"] > 0).any()
    assert (morning.decisions["prices_version"] == morning.prices.version).all()
    assert free["prices_version"].isna().all()
    assert (morning.decisions["decision_id"] != free["decision_id"]).all()


def test_the_service_with_the_prices_answers_as_the_batch_decided(
    world: Any, morning: Morning, priced_service: str
) -> None:
    some = list(morning.decisions.groupby(["action", "tier"]).head(3).index)
    asked = {"as_of": world.as_of.isoformat(), "customers": [{"customer_id": name} for name in some]}
    for name, answer in zip(some, ask(priced_service, asked), strict=True):
        row, chosen = morning.decisions.loc[name], answer["recommendation"]
        assert answer["customer_id"] == name
        assert answer["decision_id"] == row["decision_id"]
        for key in ("action", "propensity", "expected_value", "capacity_price"):
            assert chosen[key] == row[key], key
        assert answer["versions"]["prices"] == morning.prices.version
        net = [other["expected_value"] - other["capacity_price"] for other in answer["alternatives"]]
        assert net == sorted(net, reverse=True)


def test_a_decision_does_not_depend_on_who_else_is_asked_about(
    world: Any, morning: Morning, priced_service: str
) -> None:
    names = list(morning.decisions[morning.decisions["capacity_price"] > 0].index[:5])
    bodies = [
        {"as_of": world.as_of.isoformat(), "customers": [{"customer_id": n} for n in who]}
        for who in (names, *[[n] for n in names])
    ]
    together, *alone = (ask(priced_service, body) for body in bodies)
    assert [answer[0] for answer in alone] == together


def test_score_prints_the_capacity_and_writes_the_prices(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.policy_settings.read_policy", tight)
    done = RUN.invoke(
        duewise.app,
        ["score", str(world.folder), "--out", str(tmp_path / "d.parquet"), "--as-of", "2025-05-20T10:00:00"],
    )
    assert done.exit_code == 0, done.output
    for said in ("capacity of the day", "call a day", "push to age_band"):
        assert said in done.output
    assert (tmp_path / PRICES_FILE).exists()


def test_prices_of_another_policy_stop_the_service_before_it_starts(
    world: Any, morning: Morning, tmp_path: Path
) -> None:
    replace(morning.prices, policy_version="1999").write(tmp_path / PRICES_FILE)
    done = RUN.invoke(duewise.app, ["serve", "--prices", str(tmp_path / PRICES_FILE)])
    assert done.exit_code == 2
    assert "is of policy 1999" in done.output.replace("\n", " ")
