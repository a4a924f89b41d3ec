"""What is the model for? Its use and its limits, what it is made of, and how it is to be watched.

The words are the product's and fixed; what depends on the training is read from its record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from serving.registry import Registered
from training.reports.section import Section, Table
from training.review.material import Material

_USE = (
    (
        "users",
        "Collections and customer-care officers, through the service, the batch file of decisions or the bank's own "
        "reminder system; model-risk reviewers, through this report.",
    ),
    (
        "decisions it feeds",
        "The tier (its bounds are below); by the tier, the strongest intensity of a reminder at each stage and what "
        "annoying the customer is held to cost; the reasons shown to an officer. Which reminder is worth sending is "
        "the response model's part, which is not reviewed here.",
    ),
    (
        "not to be used for",
        "Granting, pricing or limiting credit; provisions or capital (it is no through-the-cycle PD, no lifetime PD, "
        "and 30 days past due is not the 90 of the regulation unless so set); any step of enforcement; employment, "
        "insurance or anything else outside reminders.",
    ),
    (
        "population",
        "Customers with an instalment that could reach the default within the horizon and who are not in default at "
        "the moment. For anyone else the number is an extrapolation.",
    ),
)


_LIMITS = (
    (
        "nobody in default is in the sample",
        "Customers who have an instalment past the default mark at the moment are left out: the model says who will "
        "default, not who will recover.",
    ),
    (
        "default is seen, not caused",
        "The outcome happened under the reminders of the time. If reminders change, so does what the model foretells.",
    ),
    (
        "tables without dates are as of today",
        "The customer table (consents, stop flag, region, dates of birth and of the first credit) has no history: at "
        "an earlier moment it is taken to have been as it is now. The schedule of a loan is known from its opening; "
        "a changed schedule is not seen as changed.",
    ),
    (
        "the book must run to the end of the horizon",
        "A default that the book has not seen yet counts as none. The moments are chosen so that a whole horizon "
        "follows each; moments given by hand are taken on trust.",
    ),
    (
        "moments overlap",
        "A customer may be looked at in several months, and the horizon is longer than a month: a customer's cases "
        "are not independent. Customers never cross windows, and intervals are drawn by customer where a section says "
        "so.",
    ),
    (
        "one currency, one bank",
        "Amounts are in the book's one currency and are not deflated. What was learned holds for this book.",
    ),
    (
        "missing is a value",
        "The trees see that something is not known. A feed that stops looks to them like a customer without history; "
        "the section on what breaks the model shows what follows.",
    ),
    (
        "no macroeconomic variable",
        "The model knows no unemployment, rates or season beyond what the customer's own rows show.",
    ),
)


_MONITORING = (
    (
        "input",
        "each month",
        "stability index (PSI) of each column and its share of missing values against the fit window",
    ),
    ("score", "each month", "stability index of the probability, share of customers by tier"),
    (
        "calibration",
        "each month, when a horizon has passed",
        "expected against observed default rate, in all and by tier",
    ),
    ("ranking", "each month, when a horizon has passed", "AUC with its interval against the judge window's"),
    ("fairness", "each quarter", "the ratios of the fairness section on the newest cohorts"),
    ("use", "each month", "share of decisions overridden or blocked, complaints"),
    ("review", "each year, or when a column, a feed, the policy or the population changes", "this report again"),
)


def _facts(material: Material, model: Registered) -> dict[str, Any]:
    settings = material.facts["settings"]
    return {
        "default_dpd": settings["default_dpd"],
        "horizon_days": settings["horizon_days"],
        "version": model.version,
        "run_id": model.run_id,
        "book_hash": material.facts["book"]["hash"],
        "trained_at": material.facts["trained_at"],
    }


def _answer(facts: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"It gives the probability that a customer who is not in default has an instalment {facts['default_dpd']} days "
        f"past due within {facts['horizon_days']} days, so that a bank can choose how, and whether, to remind them.",
        "The probability places the customer in a tier, and the tier bounds how strong a reminder may be. It stands "
        "with reasons in words, and rules on consent, stop flags and hours are above it.",
    )


def _use_table(facts: Mapping[str, Any]) -> Table:
    default = (
        f"An instalment of the customer, open at the moment or due later, reaches {facts['default_dpd']} days past due "
        f"within {facts['horizon_days']} days after the moment, counted in the customer's own days."
    )
    rows = (*_USE[:3], ("definition of default", default), _USE[3])
    return Table(
        "use",
        "Use",
        "What the model is meant for, and what it is not.",
        pd.DataFrame(rows, columns=["what", "statement"]),
        kind="prose",
    )


def _limit_table(material: Material) -> Table:
    rows = list(_LIMITS)
    if "age_years" in material.facts["model"]["columns"]:
        rows.append(
            (
                "age is a feature",
                "The age in years is among the columns (age_years). Gender and region are not: they are kept for "
                "audits only. Whether age may be used is for the bank's counsel; the section on fairness shows groups.",
            )
        )
    return Table(
        "limits",
        "Assumptions and limits",
        "What has to be true for the numbers to mean what they say.",
        pd.DataFrame(rows, columns=["assumption", "what it means"]),
        kind="prose",
    )


def _model_table(material: Material) -> Table:
    told = material.facts["model"]
    line = told["calibration"]
    search = (told["search"] or {}).get("trials", 0)
    rows = [
        ("kind", "gradient-boosted trees for a binary outcome (XGBoost), probability by a calibrated straight line"),
        ("columns", len(told["columns"])),
        ("columns held to a sign", len(told["held"])),
        ("trees", told["rounds"]),
        ("trials of the search for settings", search),
        ("calibration: slope of the margin", line["slope"]),
        ("calibration: intercept (log-odds)", line["intercept"]),
        *((f"settings '{name}'", _member(one)) for name, one in told["committee"].items()),
    ]
    return Table(
        "model",
        "What the model is",
        "Log-odds of default are slope x margin of the trees + intercept, so the order of customers is the trees'. "
        "Settings that the folds did not prove worse than the best have an equal say.",
        pd.DataFrame(rows, columns=["what", "value"]).astype(object),
        {"value": "text"},
        folded=True,
    )


def _member(settings: Mapping[str, Any]) -> str:
    """Return what settings were tried, how well they did out of fold, and what say they have."""
    known = {name: value for name, value in settings.items() if name not in ("weight", "log_loss", "rounds")}
    told = ", ".join(f"{name} {value:g}" for name, value in known.items() if value is not None)
    return f"say {settings['weight']:.0%}; log loss out of fold {settings['log_loss']:.4f}; {told}"


def _tier_table(material: Material) -> Table:
    judge = material.window("judge")
    bounds = material.facts["model"]["tiers"]
    rows = [_tier(judge[judge["tier"] == name], name, bound, len(judge)) for name, bound in bounds.items()]
    return Table(
        "tiers",
        "Tiers",
        "A customer is in the first tier whose bound is above their probability; shares and rates: judge window.",
        pd.DataFrame(rows),
        {
            "below": "share",
            "cases": "count",
            "share": "share",
            "mean_probability": "share",
            "default_rate": "share",
        },
    )


def _tier(cases: pd.DataFrame, name: str, bound: float, of: int) -> dict[str, Any]:
    return {
        "tier": name,
        "below": bound,
        "cases": len(cases),
        "share": len(cases) / of,
        "mean_probability": cases["default_probability"].mean(),
        "default_rate": cases["outcome"].mean(),
    }


def _version_table(material: Material, facts: Mapping[str, Any]) -> Table:
    told = material.facts["versions"]
    packages = told.get("packages", {})
    rows = [
        ("model version", facts["version"]),
        ("run", facts["run_id"]),
        ("trained at", facts["trained_at"]),
        ("hash of the book", facts["book_hash"]),
        *((name, value) for name, value in told.items() if name != "packages"),
        *packages.items(),
    ]
    return Table(
        "versions",
        "Versions",
        "With these, the same book and the same settings the training can be done again.",
        pd.DataFrame(rows, columns=["what", "version"]).astype(str),
        folded=True,
    )


def _monitoring_table() -> Table:
    return Table(
        "monitoring",
        "Ongoing monitoring, as foreseen",
        "A plan for the bank that runs the model: this version records what is needed and does not watch by itself.",
        pd.DataFrame(_MONITORING, columns=["what", "how_often", "what_is_looked_at"]),
        kind="prose",
    )


def section(material: Material, model: Registered) -> Section:
    """Return the chapter."""
    facts = _facts(material, model)
    tables = (
        _use_table(facts),
        _tier_table(material),
        _limit_table(material),
        _monitoring_table(),
        _model_table(material),
        _version_table(material, facts),
    )
    return Section("purpose", "What is it for?", _answer(facts), tables, (), "told", facts)
