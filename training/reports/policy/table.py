"""The one table of an evaluation, as it is printed: a row a policy."""

from __future__ import annotations

import numpy as np
from rich.table import Table

from training.evaluation import Evaluation
from training.policies import rivals
from training.reports.policy.value import per_100, worth_table
from training.reports.words import rows_of, span


def policies_table(evaluation: Evaluation) -> Table:
    """Return worth and conduct of each policy on 100 occasions, and the learned policy's gain over it."""
    judgement = evaluation.judgement
    gains = {row["over"]: row for row in rows_of(per_100(judgement.tables["gains"]))}
    title = f"{evaluation.candidate}: currency, contacts and grievances on 100 occasions, 95 % intervals"
    table = Table("policy", "worth over nothing", title=title, title_justify="left")
    for name in ("a customer\nand month", "learned over it", "contacts", "calls", "cost", "grievances"):
        table.add_column(name, justify="right")
    for row in rows_of(worth_table(judgement)):
        name = row["policy"]
        over = gains.get(name)
        label = f"{name} ({judgement.facts['best_single']})" if name == rivals.SINGLE else name
        table.add_row(
            label,
            _span(row),
            f"{row['per_customer_month']:.2f}",
            "" if over is None else _span(over),
            *(f"{row[column]:,.1f}" for column in ("contacts", "calls", "cost")),
            f"{row['grievances']:.2f}",
        )
    return table


def _span(row: dict[str, float]) -> str:
    return span(row["per_100"], row["low"], row["high"], 0) if np.isfinite(row["per_100"]) else "cannot be told"
