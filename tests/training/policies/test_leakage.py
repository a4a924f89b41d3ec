"""What only the simulator knows must reach no decision: neither by a value nor by an import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import serving.decide
import training.dataset
from features import Book
from serving.decide import decide
from serving.policy_settings import read_policy
from serving.registry import Models
from training import DefaultModel, ResponseModel, Simulation, simulate_bank
from training.dataset import default_samples, response_samples
from training.policies.learned import by_effect, effects_of
from training.policies.occasions import occasions_of
from training.portfolio import PORTFOLIO
from training.settings import read_train_settings

ROOT = Path(__file__).parents[3]
JUDGES = {
    f"training/{name}.py"
    for name in (
        "__init__",
        "commands/banks",
        "commands/models",
        "evaluate",
        "evaluation",
        "policies/contenders",
        "policies/judgement",
        "policies/learned",
        "policies/occasions",
        "policies/worth",
        "reports/policy/value",
    )
}
"""The only files outside the simulation that may speak of truth: those that judge, and its public doors."""

LEARNING = ("training/dataset.py", "training/response_model.py", "training/response_training.py", "training/train.py")


def decisions(book: Book) -> list[np.ndarray]:
    """Return what is decided, from a book on: by serving for every customer, and on occasions never learned from."""
    policy, settings = read_policy(), replace(read_train_settings(), most_response_rows=3_000, most_default_rows=800)
    book = Book.of(dict(book.tables()))
    cohorts = default_samples(book, settings)["fit"]
    default = DefaultModel(portfolio={"stumps": PORTFOLIO["stumps"]}, bags=1).fit(cohorts.X, cohorts.outcome)
    samples = response_samples(book, settings)
    fit = samples["fit"]
    model = ResponseModel(threads=1).fit(fit.X, fit.action, fit.outcome, fit.propensity, groups=fit.X.index)
    models = Models(default.scorer_, model.scorer_, "leakage")
    decided = decide(book, pd.Timestamp("2025-02-10T10:00:00+08:00"), models, policy, explain=False)
    occasions = occasions_of(samples["judge"], book, default.scorer_, policy)
    effect = effects_of(model.scorer_, occasions)
    choice = decided.choice
    return [choice.action, choice.propensity, choice.value, effect, by_effect(occasions, effect)]


def shuffle_truth(simulation: Simulation) -> None:
    """Give everyone somebody else's truth, in place: what is shared with a table of the book changes with it."""
    rng, truth = np.random.default_rng(1), simulation.truth
    hidden = [truth.run.decisions.base, truth.run.decisions.effect]
    hidden += [getattr(truth.bank.traits, field.name) for field in fields(truth.bank.traits)]
    for array in hidden:
        array.setflags(write=True)
        array[...] = rng.permutation(array)


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simulate_bank(500, 9, seed=3)


def test_altering_the_hidden_truth_changes_no_decision_by_a_bit(simulation: Simulation) -> None:
    before, known = decisions(simulation.book), simulation.truth.logged()
    shuffle_truth(simulation)
    assert not np.array_equal(known, simulation.truth.logged())
    assert same(before, decisions(simulation.book))


def test_a_planted_leak_is_noticed(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = training.dataset.features_of
    shortage = simulation.truth.bank.traits.shortage

    def leaking(history):  # type: ignore[no-untyped-def]
        return honest(history).assign(leak=shortage[history.customer])

    monkeypatch.setattr(training.dataset, "features_of", leaking)
    monkeypatch.setattr(serving.decide, "features_of", leaking)
    before = decisions(simulation.book)
    shuffle_truth(simulation)
    assert not same(before, decisions(simulation.book))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def spoken(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names = (getattr(node, name, None) for name in ("id", "attr", "arg"))
        yield from (name for name in names if isinstance(name, str))


def leaks(source: str, file: str) -> list[str]:
    """Return what a file outside the simulation may not import, and the truth it may not speak of."""
    tree = ast.parse(source)
    found = [name for name in imported(tree) if name.startswith("training.simulation") and "__init__" not in file]
    judging = [name for name in imported(tree) if name.startswith(("training.policies", "training.evaluation"))]
    found += judging if file in LEARNING or not file.startswith("training/") else []
    return found + [name for name in spoken(tree) if name == "truth" and file not in JUDGES]


def sources() -> list[str]:
    files = [path for folder in ("features", "serving", "training") for path in (ROOT / folder).rglob("*.py")]
    return [str(path.relative_to(ROOT)) for path in files if "simulation" not in path.parts]


@pytest.mark.parametrize("file", sources())
def test_nothing_outside_the_simulation_and_the_judges_reads_the_truth(file: str) -> None:
    assert leaks((ROOT / file).read_text(encoding="utf-8"), file) == []


@pytest.mark.parametrize(
    "planted",
    [
        "from training.simulation.truth import Truth",
        "import training.simulation.truth",
        "from training.simulation import simulate_bank",
        "effect = simulation.truth.logged()",
        "def fit(X, truth): ...",
        "from training.policies.worth import by_truth",
    ],
)
def test_a_planted_import_or_reading_is_found(planted: str) -> None:
    assert leaks(planted, "training/dataset.py")
