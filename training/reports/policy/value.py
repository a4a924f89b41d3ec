"""Is the learned policy better than what runs: its worth and its rivals', and the gain over each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from training.policies import rivals
from training.policies.judgement import Finding, Judgement
from training.reports.figures.dots import interval_figure
from training.reports.section import Format, Picture, Section, Table
from training.reports.words import rows_of, span
from training.review.limits import Verdict

QUESTION = "Is the learned policy better than what runs?"

VERDICTS: dict[Finding, Verdict] = {
    "better": "pass",
    "not proven": "watch",
    "worse": "fail",
    "cannot be judged": "fail",
}
_WORTH: dict[str, Format] = {
    **dict.fromkeys(("per_100", "low", "high"), "points"),
    **dict.fromkeys(("per_customer_month", "cost"), "number"),
    **dict.fromkeys(("contacts", "calls", "grievances"), "number"),
}
_GAIN: dict[str, Format] = dict.fromkeys(("per_100", "low", "high"), "points")


def per_100(table: pd.DataFrame) -> pd.DataFrame:
    """Return gain, low and high as ``per_100``, ``low`` and ``high``: currency on 100 occasions."""
    scaled = table.assign(per_100=100 * table["gain"], low=100 * table["low"], high=100 * table["high"])
    return scaled.drop(columns="gain")


def worth_table(judgement: Judgement) -> pd.DataFrame:
    """Return the one table of an evaluation, a row a policy: worth over doing nothing, and conduct."""
    table = per_100(judgement.tables["worth"])
    table["per_customer_month"] = table["per_100"] / 100 * judgement.facts["occasions_per_customer_month"]
    names = ["policy", "per_100", "low", "high", "per_customer_month", "contacts", "calls", "cost", "grievances"]
    return table[names]


def section(judgement: Judgement) -> Section:
    """Return the section; where the log cannot tell, its answer is why."""
    verdict = VERDICTS[judgement.finding]
    if judgement.finding == "cannot be judged":
        first = "It cannot be judged: the log does not show enough of what the policies would do."
        why = f"{judgement.why[0].upper()}{judgement.why[1:]}"
        way = (
            "Let the bank draw a larger share of its reminders at random, with the chance written down, and ask again."
        )
        return Section("value", QUESTION, (first, why, way), verdict=verdict, facts=judgement.facts)
    gains = per_100(judgement.tables["gains"])[["over", "per_100", "low", "high", "ess"]]
    answer = (_verdict(judgement, gains), _others(judgement, gains), _measured(judgement))
    return Section("value", QUESTION, answer, _tables(judgement, gains), _pictures(gains), verdict, judgement.facts)


def _verdict(judgement: Judgement, gains: pd.DataFrame) -> str:
    row = next(row for row in rows_of(gains) if row["over"] == judgement.compared)
    told = f"{_span(row)} in currency on 100 occasions over {the(judgement.compared)}"
    if judgement.finding == "better":
        return f"Yes: the learned policy gains {told}; the whole 95 % interval is above zero."
    if judgement.finding == "worse":
        return f"No: it loses. Its gain is {told}; the whole 95 % interval is below zero."
    if row["low"] == row["high"] == 0:
        return f"No: it decides as {the(judgement.compared)} does wherever the log can tell, and gains nothing over it."
    return f"Not proven: the learned policy's gain is {told}; the 95 % interval holds zero, so it may be chance."


def _others(judgement: Judgement, gains: pd.DataFrame) -> str:
    said = []
    for row in rows_of(gains):
        if row["over"] in (judgement.compared, rivals.ORACLE) or not np.isfinite(row["per_100"]):
            continue
        better = "surely more" if row["low"] > 0 else "surely less" if row["high"] < 0 else "not surely other"
        said.append(f"{the(row['over'])} {_span(row)} ({better})")
    single = (
        f"The best single action is {judgement.facts['best_single']}: the best of all actions by this very measure, "
        "which "
        "favours that rival."
    )
    return f"Over the others, paired on the same occasions: {'; '.join(said)}. {single}"


def _measured(judgement: Judgement) -> str:
    facts = judgement.facts
    return (
        f"Measured doubly robustly on the {facts['randomised']:,} of {facts['occasions']:,} decisions whose chance was "
        f"written down, about {facts['customers']:,} customers whom the model did not learn from, from "
        f"{facts['first']:%Y-%m-%d} to {facts['last']:%Y-%m-%d}; intervals draw customers whole. {facts['capacity']}"
    )


def the(policy: str) -> str:
    """Return the name of a policy as a sentence says it."""
    return policy if policy.startswith("the ") or policy in (rivals.NOTHING, rivals.RISK) else f"the {policy}"


def _span(row: dict[str, Any]) -> str:
    return span(row["per_100"], row["low"], row["high"], 0)


def _tables(judgement: Judgement, gains: pd.DataFrame) -> tuple[Table, ...]:
    tables = [
        Table(
            "worth",
            "What each policy is worth and does",
            "Currency gained over doing nothing on 100 occasions, with its 95 % interval, and a customer and month; "
            "then "
            "contacts, calls, their cost in currency and the opt-outs and disputes to expect, on 100 occasions.",
            worth_table(judgement),
            _WORTH,
        ),
        Table(
            "gains",
            "The learned policy over each rival",
            "Currency on 100 occasions, paired on the same occasions; ess: rows that count in effect.",
            gains,
            {**_GAIN, "ess": "count"},
        ),
    ]
    if "truth" in judgement.tables:
        names = ["policy", "per_100", "low", "high", "contacts", "calls", "cost", "grievances"]
        truly = per_100(judgement.tables["truth"])[names]
        learned = float(truly.set_index("policy")["per_100"][rivals.LEARNED])
        tables += [
            Table(
                "truth",
                "The same by the simulation's truth",
                "Only a simulation knows this. learned over it: the learned policy's worth as a share of the row's.",
                truly.assign(learned_over_it=learned / truly["per_100"].where(truly["per_100"] != 0)),
                {**_WORTH, "learned_over_it": "share"},
            ),
            Table(
                "gains_by_truth",
                "The learned policy over each, by truth",
                "Currency on 100 occasions, paired on the same occasions.",
                per_100(judgement.tables["gains_by_truth"])[["over", "per_100", "low", "high"]],
                _GAIN,
            ),
        ]
    singles = per_100(judgement.tables["singles"])[["action", "per_100", "low", "high", "ess"]]
    says = "Each action for all who may have it while calls last; currency over doing nothing on 100 occasions."
    tables.append(Table("singles", "Single actions", says, singles, {**_GAIN, "ess": "count"}, folded=True))
    return tuple(tables)


def _pictures(gains: pd.DataFrame) -> tuple[Picture, ...]:
    title = "What the learned policy gains over each rival"
    says = "Each dot is the gain over a rival with its 95 % interval; right of zero the learned policy is better."
    x = "currency on 100 occasions, 95 % interval"
    return (Picture("gains", says, "gains", lambda: gain_figure(gains, x, title)),)


def gain_figure(gains: pd.DataFrame, x: str, title: str) -> Any:
    """Draw gains with their intervals and a line at zero."""
    figure = interval_figure(gains, "over", "per_100", x, title)
    figure.axes[0].axvline(0, color="#1f2933", lw=1, ls="--")
    return figure
