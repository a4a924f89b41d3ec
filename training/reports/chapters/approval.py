"""Who approved the model? The gates it was promoted through, if any, and lines to sign."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from features.errors import ModelError
from serving.registry import Registered
from training.gates import PromotionSettings, read_promotion_settings
from training.reports.section import Section, Table
from training.review.limits import Verdict

ROLES = ("developer", "independent validator", "model owner")
"""Who signs, in the order in which they do."""

_COLUMNS = ["gate", "metric", "value", "side", "bound", "verdict", "why"]
_VERDICTS = {"passed": "pass", "failed": "fail", "skipped": "told"}
_QUESTION = "Who approved it?"


def _kept(told: str, model: Registered) -> list[dict[str, Any]]:
    """Return the verdicts that the approval left."""
    try:
        return [dict(verdict) for verdict in json.loads(told)]
    except (ValueError, TypeError) as error:
        raise ModelError(f"the tag `gates` of {model} cannot be read: {error}") from error


def _now(model: Registered, settings: PromotionSettings) -> list[dict[str, Any]]:
    return [asdict(gate.judge(model.metrics)) for gate in settings.gates.get(model.name, ())]


def _gates(verdicts: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(verdicts, columns=["gate", "metric", "value", "side", "bound", "outcome", "why"])
    numbers = table[["value", "bound"]].astype(np.float64)
    why = table["why"].where(table["outcome"] == "skipped", "")  # else value and bound have said it
    return table.assign(
        why=why, verdict=table["outcome"].map(_VERDICTS), value=numbers["value"], bound=numbers["bound"]
    )[_COLUMNS]


def _verdict(approved: Mapping[str, Any], gates: pd.DataFrame) -> Verdict:
    if (gates["verdict"] == "fail").any():
        return "fail"
    return "pass" if approved["approved_by"] else "watch"


def _answer(approved: Mapping[str, Any], gates: pd.DataFrame, model: Registered) -> tuple[str, ...]:
    service = ", ".join(model.aliases)
    served = f"It is registered under the alias {service}." if service else "It has no alias: it is not in service."
    judged = _judged(gates)
    if not approved["approved_by"]:
        first = "Not yet approved: no approval is on record for this version."
        how = "“duewise promote” judges the gates and, when all pass, makes it the champion and records who says so."
        return first, f"As things stand, {judged[0].lower()}{judged[1:]} {how}", served
    note = f" Note: {approved['note'].rstrip('.')}." if approved["note"] else ""
    first = f"{approved['approved_by']} approved it on {str(approved['approved_at'])[:10]}."
    return first, f"{judged}{note}", served


def _judged(gates: pd.DataFrame) -> str:
    if gates.empty:
        return "No gates are on record."
    counts = gates["verdict"].value_counts()
    passed, failed, skipped = (int(counts.get(word, 0)) for word in _VERDICTS.values())
    aside = f", {skipped} had nothing to judge" if skipped else ""
    return f"Of {len(gates)} gates {passed} passed, {failed} failed{aside}."


def _gate_table(gates: pd.DataFrame, is_of_approval: bool) -> Table:
    when = "as the approval left them" if is_of_approval else "as they would be judged now"
    return Table(
        "gates",
        f"Gates of a promotion, {when}",
        "What a version has to show before it may be in service, and what this one showed; told: nothing to judge.",
        gates,
        {"value": "probability", "bound": "probability", "verdict": "verdict"},
    )


def _measures(model: Registered) -> Table:
    rows = [(name.removeprefix("judge_").replace("_", " "), value) for name, value in sorted(model.metrics.items())]
    return Table(
        "measures",
        "Measures of the run",
        "As MLflow holds them, of the judge window unless the name says otherwise; the gates are judged by these.",
        pd.DataFrame(rows, columns=["measure", "value"]),
        {"value": "probability"},
        folded=True,
    )


def _signatures() -> Table:
    return Table(
        "signatures",
        "Signatures",
        "To be signed by hand on the printed report; the record of the approval itself is in the registry.",
        pd.DataFrame({"role": ROLES, "name": "", "signature": "", "date": ""}),
        kind="form",
    )


def section(model: Registered, settings: PromotionSettings | None = None) -> Section:
    """Return the chapter; approval and gates are tags that the promotion of a version leaves.

    A version without them is judged by the gates of ``settings``, configs/promotion.yaml by default.

    Raises
    ------
    ModelError
        When the tag of the gates cannot be read.
    """
    approved = {name: model.tags.get(name) for name in ("approved_by", "approved_at", "note")}
    told = model.tags.get("gates")
    gates = _gates(_kept(told, model) if told else _now(model, settings or read_promotion_settings()))
    facts = {**approved, "gates": len(gates), "gates_are_of_the_approval": told is not None}
    answer = _answer(approved, gates, model)
    tables = (_gate_table(gates, told is not None), _measures(model), _signatures())
    return Section("approval", _QUESTION, answer, tables, (), _verdict(approved, gates), facts)
