"""Would a simple scorecard do? A scorecard on the same cases beside the model, with the interval of the difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from training.reports.section import Section, Table
from training.review.limits import Verdict, enough
from training.review.material import Material
from training.review.paired import BETTER, NOISE, WORSE, paired

_QUESTION = "Would a simple scorecard do?"
_WORDS = {"auc": "AUC", "log_loss": "log loss", "brier": "Brier score"}


def _facts(compared: pd.DataFrame, points: pd.DataFrame) -> dict[str, Any]:
    by_measure = compared.set_index("measure")
    facts = {f"{name}_{part}": by_measure.at[name, part] for name in _WORDS for part in ("difference", "low", "high")}
    verdicts = {f"{name}_verdict": by_measure.at[name, "verdict"] for name in _WORDS}
    return {**facts, **verdicts, "columns_of_scorecard": points["feature"].nunique() if len(points) else 0}


def _verdict(facts: Mapping[str, Any]) -> Verdict:
    verdicts = {facts["auc_verdict"], facts["log_loss_verdict"]}
    if WORSE in verdicts:
        return "fail"
    return "pass" if BETTER in verdicts else "watch"


def _answer(facts: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        _first(facts),
        f"Model less scorecard: AUC {_difference(facts, 'auc')}, log loss {_difference(facts, 'log_loss')}, Brier "
        f"score {_difference(facts, 'brier')}; in brackets the 95 % interval of the paired difference, resampled by "
        "customer. AUC is better when larger, the others when smaller.",
        f"The scorecard is a logistic regression on the weights of evidence of {facts['columns_of_scorecard']} binned "
        "columns, fitted on the fit window. Where it is within noise of the model, its simplicity speaks for it.",
    )


def _first(facts: Mapping[str, Any]) -> str:
    verdicts = {name: facts[f"{name}_verdict"] for name in ("auc", "log_loss")}
    if set(verdicts.values()) == {NOISE}:
        return "It might: the scorecard is within noise of XGBoost in AUC and in log loss on the judge window."
    worse = [_WORDS[name] for name, verdict in verdicts.items() if verdict == WORSE]
    if worse:
        return f"Yes: the scorecard is better than XGBoost in {' and '.join(worse)} on the judge window."
    better = [_WORDS[name] for name, verdict in verdicts.items() if verdict == BETTER]
    noise = [_WORDS[name] for name, verdict in verdicts.items() if verdict == NOISE]
    rest = f"; in {noise[0]} the scorecard is within noise of it" if noise else ""
    return f"No: XGBoost is better than the scorecard in {' and '.join(better)} on the judge window{rest}."


def _difference(facts: Mapping[str, Any], name: str) -> str:
    return f"{facts[f'{name}_difference']:+.4f} [{facts[f'{name}_low']:+.4f}, {facts[f'{name}_high']:+.4f}]"


def _compared_table(compared: pd.DataFrame) -> Table:
    named = compared.rename(columns={"ours": "model", "theirs": "scorecard", "verdict": "model_is"})
    numbers = ("model", "scorecard", "difference", "low", "high")
    return Table(
        "measures",
        "The scorecard beside the model",
        "The same cases of the judge window; low and high are the 95 % interval of the difference, model less "
        "scorecard. Within noise: the interval holds 0.",
        named.assign(measure=[_WORDS[name] for name in named["measure"]]),
        dict.fromkeys(numbers, "probability"),
    )


def _points_table(points: pd.DataFrame) -> Table:
    return Table(
        "points",
        "The scorecard's points",
        "A case's score is the sum of its bins' points. Default rate and WOE (weight of evidence): fit window.",
        points,
        {"rows": "count", "default_rate": "share", "woe": "number", "points": "points"},
        folded=True,
    )


def section(material: Material) -> Section:
    """Return the chapter; a training without a scorecard says so."""
    judge = material.window("judge")
    both = judge[judge["scorecard"].notna()]
    if both.empty:
        told = "Not known: the training fitted no scorecard, so there is no simpler model to hold this one against."
        return Section("challenger", _QUESTION, (told,), verdict="watch")
    defaults = int(both["outcome"].sum())
    if not enough(len(both), defaults):
        told = f"Not known: {len(both):,} cases with {defaults:,} defaults are too few to compare two models on."
        return Section("challenger", _QUESTION, (told,), verdict="watch")
    compared = paired(judge, "default_probability", "scorecard")
    facts = _facts(compared, material.points)
    tables = [_compared_table(compared)]
    if len(material.points):
        tables.append(_points_table(material.points))
    return Section("challenger", _QUESTION, _answer(facts), tuple(tables), (), _verdict(facts), facts)
