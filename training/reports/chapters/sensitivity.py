"""What breaks the model? The judge window again, with something gone, wrong, late or shifted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from training.reports.figures.drivers import bars_figure
from training.reports.section import Picture, Section, Table
from training.reports.words import percent
from training.review.limits import MOST_AUC_LOST, MOST_CHANGING_TIER, Verdict
from training.review.material import Material
from training.review.sensitivity import AS_IS, sensitivity

_QUESTION = "What breaks it?"


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    changed = table[table["scenario"] != AS_IS]
    ranks_worst: Any = changed.iloc[changed["auc_change"].argmin()]
    moves_most: Any = changed.iloc[changed["changing_tier"].argmax()]
    loses_most: Any = changed.iloc[changed["log_loss_change"].argmax()]
    beyond = (changed["auc_change"] < -MOST_AUC_LOST) | (changed["changing_tier"] > MOST_CHANGING_TIER)
    return {
        "scenarios": len(changed),
        "watched": changed.loc[beyond, "scenario"].tolist(),
        "costs_most_auc": ranks_worst["scenario"],
        "most_auc_lost": -ranks_worst["auc_change"],
        "moves_most": moves_most["scenario"],
        "most_changing_tier": moves_most["changing_tier"],
        "costs_most_log_loss": loses_most["scenario"],
        "most_log_loss_gained": loses_most["log_loss_change"],
    }


def _verdict(facts: Mapping[str, Any]) -> Verdict:
    return "watch" if facts["watched"] else "pass"


def _answer(facts: Mapping[str, Any]) -> tuple[str, ...]:
    watched = ", ".join(f"“{name}”" for name in facts["watched"])
    beyond = f"Beyond a bound: {watched}." if watched else "No scenario goes beyond a bound."
    return (
        _worst(facts),
        f"“{facts['moves_most']}” moves most cases to another tier: {percent(facts['most_changing_tier'])} of "
        f"them. {beyond}",
        f"Watched is a scenario that costs more than {MOST_AUC_LOST:.2f} of AUC or moves more than "
        f"{percent(MOST_CHANGING_TIER, 0)} of the cases to another tier. The outcomes are those that happened, so "
        "what makes customers poorer than they were raises the log loss even when the model answers it sensibly.",
    )


def _worst(facts: Mapping[str, Any]) -> str:
    loss, order = f"log loss {facts['most_log_loss_gained']:+.4f}", f"AUC {-facts['most_auc_lost']:+.4f}"
    one, other = facts["costs_most_log_loss"], facts["costs_most_auc"]
    if one == other:
        return f"“{one}” hurts most: {loss}, {order}."
    return f"“{one}” hurts the probabilities most ({loss}), “{other}” the order of customers ({order})."


def _table(table: pd.DataFrame) -> Table:
    numbers = ("auc", "auc_change", "log_loss", "log_loss_change")
    return Table(
        "scenarios",
        "The judge window under each scenario",
        "Each row changes the tables of the judge window's customers and scores them again; changes are against the "
        "first row. same order: rank correlation with the probabilities as they were.",
        table,
        {
            **dict.fromkeys(numbers, "probability"),
            "mean_probability": "share",
            "mean_probability_change": "share",
            "changing_tier": "share",
            "riskier": "share",
            "same_order": "number",
        },
    )


def _pictures(table: pd.DataFrame) -> tuple[Picture, ...]:
    changed = table[table["scenario"] != AS_IS]
    moved = changed.sort_values("changing_tier", ascending=False)
    lost = changed.sort_values("log_loss_change", ascending=False)
    return (
        Picture(
            "tiers",
            "Who changes tier is treated differently: the longer the bar, the more the service depends on that feed.",
            "scenarios",
            lambda: bars_figure(
                list(moved["scenario"]),
                moved["changing_tier"].to_numpy() * 100,
                "Cases in another tier",
                "share of the judge window's cases (%)",
                width=4.85,
            ),
        ),
        Picture(
            "log_loss",
            "The longer the bar, the worse the probabilities; left of 0 they happen to get better.",
            "scenarios",
            lambda: bars_figure(
                list(lost["scenario"]),
                lost["log_loss_change"].to_numpy(),
                "Change of the log loss",
                "log loss against as is (nats a case)",
                width=4.85,
            ),
        ),
    )


def section(material: Material) -> Section:
    """Return the chapter; without scenarios it says so."""
    if not len(material.scenarios.columns):
        return Section("sensitivity", _QUESTION, ("Not known: the training recorded no scenarios.",), verdict="watch")
    table = sensitivity(material)
    said = material.facts.get("scenarios", {})
    table.insert(1, "what_happens", ["" if name == AS_IS else said.get(name, "") for name in table["scenario"]])
    facts = _facts(table)
    return Section("sensitivity", _QUESTION, _answer(facts), (_table(table),), _pictures(table), _verdict(facts), facts)
