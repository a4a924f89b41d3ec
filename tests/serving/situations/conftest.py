"""Situations: a customer's book in a few lines, what the models say of it, and what must be true of the decision.

Each is an entry of a file of ``books/``. Both models are fakes: a situation states the chance of default, what it
comes of, and what each action adds to the chance of payment, so that no trained model is needed to know the answer.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.special import logit

from features import Book
from features.book import TABLES
from serving.allocation.capacity import Claim
from serving.allocation.prices import Priced, Prices
from serving.contract import CustomerDecision
from serving.desk import Desk
from serving.effects import Effects
from serving.explanation import read_explanations
from serving.feedback.cause_model import CauseModel
from serving.feedback.reader import ReplyReader
from serving.feedback.settings import read_feedback
from serving.messages import read_messages
from serving.plans import read_plans
from serving.policy_settings import Exploration, PolicySettings, read_policy
from serving.programme.outlook import Step, coming_weeks
from serving.reason_settings import read_reasons
from serving.registry import Models
from serving.rules import read_pack
from serving.scorer import Scores
from serving.settings import CONFIGS
from serving.stance import read_stance

BOOKS = Path(__file__).parent / "books"

ZONES = {
    "cn": "Asia/Shanghai",
    "us": "America/New_York",
    "in": "Asia/Kolkata",
    "uk": "Europe/London",
    "eu": "Europe/Berlin",
}
"""Where a customer lives of whom a situation does not say it, by its rules."""

USUAL = {
    "push_gentle": 2.5, "sms_gentle": 4, "sms_standard": 4.5, "sms_gentle_plan": 4.5, "email_gentle_guide": 2,
    "call_standard": 9, "call_standard_plan": 11, "call_firm": 10, "email_gentle_basics": 2, "email_gentle_budget": 2,
}  # fmt: skip
"""What each action adds to the chance of payment where a situation does not say it, in percentage points."""


@dataclass(frozen=True)
class Risk:
    """A default model that says one probability, and of which features it came, whatever the book."""

    probability: float
    because: Mapping[str, float]

    def score(self, X: pd.DataFrame, explain: bool = False) -> Scores:
        n, shares = len(X), np.array(list(self.because.values()), np.float64)
        probability = np.full(n, self.probability)
        if not explain:
            return Scores(probability, tuple(self.because))
        return Scores(probability, tuple(self.because), np.tile(shares, (n, 1)), logit(probability) - shares.sum())


@dataclass(frozen=True)
class Response:
    """A response model that knows one effect of each action (percentage points), give or take two fifths."""

    points: Mapping[str, float]

    @property
    def actions(self) -> tuple[str, ...]:
        return ("none", *self.points)

    @property
    def encoding(self) -> Response:
        return self

    def matrix(self, X: pd.DataFrame) -> pd.DataFrame:
        return X

    def effect(self, X: pd.DataFrame, against: str) -> Effects:
        effects = np.tile(np.array([0.0, *self.points.values()]) / 100, (len(X), 1))
        return Effects(effects, effects * 0.6, effects * 1.4)


@dataclass(frozen=True)
class Situation:
    """A situation as its file tells it."""

    name: str
    told: Mapping[str, Any]

    @property
    def story(self) -> Mapping[str, str]:
        return self.told["story"]

    @property
    def must(self) -> Mapping[str, Any]:
        return self.told["must"]

    @property
    def who(self) -> str:
        return self.told.get("who", "C000042")

    @property
    def pack(self) -> str:
        return self.told.get("rules", "cn")

    @property
    def zone(self) -> str:
        """Where times of the situation are told."""
        return self.told.get("customer", {}).get("timezone") or ZONES[self.pack]

    @property
    def as_of(self) -> pd.Timestamp:
        return self.at(self.told["moment"])

    @property
    def risk(self) -> Risk:
        return Risk(self.told["default"], self.told["because"])

    @property
    def response(self) -> Response:
        return Response(USUAL | self.told.get("effects", {}))

    def at(self, clock: str) -> pd.Timestamp:
        """Return a moment told by the customer's clock, or with an offset of its own."""
        moment = pd.Timestamp(clock)
        return moment.tz_localize(self.zone) if moment.tz is None else moment

    def book(self, language: str) -> Book:
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        usual: dict[str, Any] = {f"consent_{channel}": True for channel in ("sms", "call", "email", "push")}
        usual |= {"customer_id": self.who, "timezone": ZONES[self.pack], "vulnerable": False, "language": language}
        rows["customers"].append(usual | self.told.get("customer", {}))
        for number, loan in enumerate(self.told["loans"], 1):
            self._borrow(rows, f"L{number}", loan)
        self._earn(rows["incomes"])
        if "credit" in self.told:
            month_end = self.as_of.tz_localize(None).normalize().replace(day=1) - pd.Timedelta(days=1)
            rows["credit"].append({"customer_id": self.who, "observed_on": month_end} | self.told["credit"])
        for number, reminder in enumerate(self.told.get("reminders", []), 1):
            rows["reminders"].append(self._reminder(number, reminder))
        columns = {name: list(table.columns) for name, table in TABLES.items()}
        return Book.of({name: pd.DataFrame(rows[name], columns=columns[name], dtype=object) for name in TABLES})

    def _borrow(self, rows: dict[str, list[dict[str, Any]]], loan_id: str, loan: Mapping[str, Any]) -> None:
        """Add a loan, its instalments a month apart, and what ``paid`` says of each."""
        own = {k: v for k, v in loan.items() if k in TABLES["loans"].columns}
        rows["loans"].append({"loan_id": loan_id, "customer_id": self.who} | own)
        paid = str(loan.get("paid", "")).split()
        for k in range(loan["count"]):
            of = {"loan_id": loan_id, "instalment_no": k + 1}
            due = pd.Timestamp(loan["first"]) + pd.DateOffset(months=k)
            rows["instalments"].append(of | {"due_date": due, "amount_due": float(loan["amount"])})
            for part in paid[k].split("+") if k < len(paid) and paid[k] != "." else []:
                amount, _, days = part.rpartition("@")
                at = (due + pd.Timedelta(days=int(days), hours=12)).tz_localize(self.zone)
                rows["payments"].append(of | {"paid_at": at, "amount": float(amount or loan["amount"])})

    def _earn(self, incomes: list[dict[str, Any]]) -> None:
        """Add an income a month, the last the latest before the moment; a point: none that month."""
        told = self.told.get("income")
        if told is None:
            return
        day = self.as_of.tz_localize(None).normalize()
        last = day.replace(day=told["day"]) - pd.DateOffset(months=int(told["day"] > day.day))
        amounts = str(told["amounts"]).split()
        for back, amount in enumerate(reversed(amounts)):
            if amount != ".":
                on = last - pd.DateOffset(months=back)
                source = told.get("source", "salary")
                incomes.append({"customer_id": self.who, "received_on": on, "amount": float(amount), "source": source})

    def _reminder(self, number: int, told: Mapping[str, Any]) -> dict[str, Any]:
        channel, intensity, *offer = told["by"].split()
        reply = told.get("reply")
        row = {
            "reminder_id": f"R{number}",
            "customer_id": self.who,
            "loan_id": told.get("loan", "L1"),
            "instalment_no": told["about"],
            "sent_at": self.at(told["sent"]),
            "channel": channel,
            "intensity": intensity,
            "offer": offer[0] if offer else None,
            "delivered": True,
            "read": told.get("read", reply is not None),
            "conversation": told.get("conversation", False),
            "replied": reply is not None,
            "reply_text": reply,
            "cost": 0.0,
        }
        return row | ({"answered_at": self.at(told["answered"])} if "answered" in told else {})


@dataclass(frozen=True)
class Looked:
    """What was decided in a situation, now and as each later stage begins."""

    situation: Situation
    language: str
    desk: Desk
    book: Book
    steps: tuple[Step, ...]

    @property
    def decision(self) -> CustomerDecision:
        return self.steps[0].decision


def desk_of(situation: Situation, policy: PolicySettings, base: Desk) -> Desk:
    """Return a desk with the models of a situation; without exploration, so that an answer is the best one."""
    if not situation.told.get("explores", False):
        policy = replace(policy, exploration=Exploration(0.0, policy.exploration.band))
    models: Any = Models(situation.risk, situation.response, "fake/1")  # type: ignore[arg-type]
    return replace(base, models=models, settings=policy, prices=prices_of(situation, policy))


def prices_of(situation: Situation, policy: PolicySettings) -> Prices | None:
    """Return the price that a situation says a call has, None where it says none."""
    if "call_price" not in situation.told:
        return None
    usage = {name: 1.0 for name, action in policy.actions.items() if action.channel == "call"}
    priced = Priced(Claim("calls a day", 100.0, usage), float(situation.told["call_price"]), 100.0, 100.0)
    return Prices(policy.version, "fake/1", situation.told["moment"], 5_000, 1.0, 1.0, 1e-9, (priced,))


@cache
def situations() -> Mapping[str, Situation]:
    """Return every situation by name."""
    files = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(BOOKS.glob("*.yaml")))
    told = {name: one for file in files for name, one in file.items() if not name.startswith("_")}
    return {name: Situation(name, one) for name, one in told.items()}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "situation" in metafunc.fixturenames:
        metafunc.parametrize("situation", situations().values(), ids=situations().keys())


@pytest.fixture(scope="session")
def look() -> Callable[[Situation, str], Looked]:
    """Return a function that decides in a situation, the customer's language being zh or en."""
    base, settings = Desk(Models(Risk(0.5, {}), None, "fake/1"), reader=ReplyReader.shipped()), read_policy()  # type: ignore[arg-type]

    @cache
    def looked(name: str, language: str) -> Looked:
        situation = situations()[name]
        policy = replace(settings, rules=read_pack(situation.pack))
        desk, book = desk_of(situation, policy, base), situation.book(language)
        return Looked(situation, language, desk, book, coming_weeks(desk, book, situation.as_of, situation.who))

    return lambda situation, language: looked(situation.name, language)


@pytest.fixture(scope="session")
def names() -> frozenset[str]:
    """Return the names of all situations."""
    return frozenset(situations())


@pytest.fixture(scope="session")
def situations_by_name() -> Mapping[str, Situation]:
    """Return every situation by name."""
    return situations()


@dataclass(frozen=True)
class Configured:
    """A copy of the configuration in a folder of its own, in which a bank changes what it likes."""

    folder: Path

    def change(self, file: str, old: str, new: str) -> Configured:
        """Change one text of a file, the first that is found."""
        path = self.folder / file
        content = path.read_text(encoding="utf-8")
        assert old in content
        path.write_text(content.replace(old, new, 1), encoding="utf-8")
        return self

    def read(self, file: str) -> Any:
        """Read a file of the folder as the product does; a pack's file and the bank's rules with the policy."""
        if file.startswith("rules/"):
            return read_policy(self.folder / "policy.yaml")
        return READERS[file](self.folder / file)

    def decided(self, situation: Situation, language: str) -> CustomerDecision:
        """Return what the configuration decides in a situation, by its rules and not by the situation's."""
        files = {
            "texts": "messages",
            "reasons": "reasons",
            "plans": "plans",
            "explanations": "explanations",
            "signals": "stance",
        }
        read: dict[str, Any] = {field: self.read(f"{file}.yaml") for field, file in files.items()}
        reader = ReplyReader(CauseModel.load(), self.read("feedback.yaml"))
        models: Any = Models(situation.risk, situation.response, "fake/1")  # type: ignore[arg-type]
        desk = desk_of(situation, self.read("policy.yaml"), Desk(models, reader=reader, **read))
        return coming_weeks(desk, situation.book(language), situation.as_of, situation.who, weeks=0)[0].decision


READERS: Mapping[str, Callable[[Path], Any]] = {
    "policy.yaml": read_policy,
    "messages.yaml": read_messages,
    "reasons.yaml": read_reasons,
    "plans.yaml": read_plans,
    "feedback.yaml": read_feedback,
    "stance.yaml": read_stance,
    "explanations.yaml": read_explanations,
}


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    """Return a copy of the configuration that comes with Duewise."""
    return Configured(Path(shutil.copytree(CONFIGS, tmp_path / "configs")))
