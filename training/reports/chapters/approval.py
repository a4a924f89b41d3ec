"""Who approved the model? The gates it was promoted through, if any, and lines to sign."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from features.errors import ModelError
from serving.registry import Registered
from training.reports.section import Section, Table
from training.review.limits import Verdict
from training.review.material import Material

ROLES = ("developer", "independent validator", "model owner")
"""Who signs, in the order in which they do."""

_GATES = ["gate", "value", "bound", "verdict"]
_QUESTION = "Who approved it?"


def section(material: Material, model: Registered) -> Section:
    """Return the chapter; approval and gates are tags that the promotion of a version leaves.

    Raises
    ------
    ModelError
        When the tag of the gates cannot be read.
    """
    gates = _gates(model)
    approved = {name: model.tags.get(name) for name in ("approved_by", "approved_at", "note", "previous")}
    tables = [_measures(model), _signatures(material)]
    if len(gates):
        tables.insert(0, _gate_table(gates))
    facts = {**approved, "gates": len(gates), "aliases": list(model.aliases)}
    return Section(
        "approval", _QUESTION, _answer(approved, gates, model), tuple(tables), (), _verdict(approved, gates), facts
    )


def _gates(model: Registered) -> pd.DataFrame:
    text = model.tags.get("gates")
    if not text:
        return pd.DataFrame(columns=_GATES)
    try:
        told = json.loads(text)
        rows = [{"gate": name, **gate} for name, gate in told.items()] if isinstance(told, dict) else told
        return pd.DataFrame(rows)[_GATES]
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(f"the tag `gates` of {model} cannot be read: {error}") from error


def _verdict(approved: Mapping[str, Any], gates: pd.DataFrame) -> Verdict:
    if (gates["verdict"] == "fail").any():
        return "fail"
    return "pass" if approved["approved_by"] else "watch"


def _answer(approved: Mapping[str, Any], gates: pd.DataFrame, model: Registered) -> tuple[str, ...]:
    service = ", ".join(model.aliases)
    served = f"It is registered under the alias {service}." if service else "It has no alias: it is not in service."
    if not approved["approved_by"]:
        first = "Not yet approved: no approval is on record for this version."
        return (
            first,
            served,
            "It becomes approved by `duewise promote`, which judges the gates and records who says so.",
        )
    note = f" Note: {approved['note'].rstrip('.')}." if approved["note"] else ""
    before = f" It took the place of version {approved['previous']}." if approved["previous"] else ""
    passed = (gates["verdict"] == "pass").sum()
    judged = f"{passed} of {len(gates)} gates passed." if len(gates) else "No gates are on record."
    first = f"{approved['approved_by']} approved it on {str(approved['approved_at'])[:10]}."
    return first, f"{judged}{note}{before}", served


def _gate_table(gates: pd.DataFrame) -> Table:
    return Table(
        "gates",
        "Gates of the promotion",
        "What a version has to show before it may be in service, and what this one showed.",
        gates,
        {"value": "number", "verdict": "verdict"},
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


def _signatures(material: Material) -> Table:
    return Table(
        "signatures",
        "Signatures",
        "To be signed by hand on the printed report; the record of the approval itself is in the registry.",
        pd.DataFrame({"role": ROLES, "name": "", "signature": "", "date": ""}),
        kind="form",
    )
