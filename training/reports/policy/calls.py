"""What would more calls bring: the policy's worth by calls a day, and the price of one more."""

from __future__ import annotations

import pandas as pd

from training.policies.judgement import Judgement
from training.reports.figures.frontier import frontier_figure
from training.reports.policy.value import per_100
from training.reports.section import Picture, Section, Table
from training.reports.words import rows_of, span

QUESTION = "What would more or fewer calls bring?"


def section(judgement: Judgement) -> Section:
    """Return the section."""
    table = per_100(judgement.tables["frontier"]).assign(believed=100 * judgement.tables["frontier"]["believed"])
    columns = ["calls_a_day", "calls", "per_100", "low", "high", "believed", "price", "now"]
    shown = table[columns]
    picture = Picture(
        "frontier",
        "The dashed line is what the model believes, the dots what the log tells of the policy at each limit.",
        "frontier",
        lambda: frontier_figure(shown),
    )
    says = (
        "A row a limit for the whole book. calls: made on 100 occasions. per 100: currency over doing nothing by "
        "the log, "
        "with its 95 % interval; believed: the best use by the model's own effects; price: currency for one more call."
    )
    told = Table("frontier", "Worth by calls a day", says, shown, dict.fromkeys(columns[:-1], "number"))
    return Section("calls", QUESTION, _answer(shown), (told,), (picture,))


def _answer(table: pd.DataFrame) -> tuple[str, ...]:
    rows = rows_of(table)
    free = [row for row in rows if row["price"] <= 0]
    now = next((row for row in rows if row["now"]), rows[-1])
    if free:
        enough = f"{free[0]['calls_a_day']:,.1f} calls a day for the whole book"
        first = f"By the model {enough} are enough: more bring nothing."
    else:
        first = (
            f"Even {rows[-1]['calls_a_day']:,.1f} calls a day for the whole book are fewer than would pay by the model."
        )
    at = (
        f"With the {now['calls_a_day']:,.1f} there are, the policy makes {now['calls']:.1f} calls on 100 occasions, "
        "is worth "
        f"{span(now['per_100'], now['low'], now['high'], 0)} by the log ({now['believed']:.0f} as believed), and "
        "one more "
        f"call would be worth {now['price']:.2f} in currency."
    )
    none = rows[0]
    without = f"Without any call it would be worth {span(none['per_100'], none['low'], none['high'], 0)}."
    return first, f"{at} {without}"
