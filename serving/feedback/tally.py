"""How often replies tell each cause: by product, by tier or stage, and by month."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from features.book import Book
from serving.feedback.causes import CAUSES, UNCLEAR
from serving.policy_settings import PolicySettings

By = Literal["all", "product", "tier", "stage", "month"]


def described(told: pd.DataFrame, book: Book, policy: PolicySettings, tiers: pd.Series[str] | None) -> pd.DataFrame:
    """Return the rows of ``heard`` with ``product``, ``month`` (YYYY-MM of the customer's calendar), and one more.

    It is ``tier`` where ``tiers`` gives one by customer_id ("not decided" for who has none), else ``stage``, by days
    past due when the reminder was sent.
    """
    rows = told.assign(
        product=told["loan_id"].map(book.loans.set_index("loan_id")["product"]),
        month=told["told_on"].dt.strftime("%Y-%m"),
    )
    if tiers is not None:
        return rows.assign(tier=rows["customer_id"].map(tiers).fillna("not decided"))
    key = ["loan_id", "instalment_no"]
    due = book.instalments.set_index(key)["due_date"].reindex(pd.MultiIndex.from_frame(rows[key]))
    days = (rows["told_on"] - pd.to_datetime(pd.Series(due.to_numpy(), rows.index))).dt.days
    names = list(policy.stages)
    return rows.assign(stage=[names[k] for k in policy.stage_of(np.asarray(days, np.float64))])


def tally(rows: pd.DataFrame, by: By, order: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return a row a cause and group, in the order of ``CAUSES`` and then of ``order`` (else of the alphabet).

    ``replies`` tell the cause; ``share`` is of all replies of the group. A reply of two causes counts in both, so
    shares add up to more than 1.
    """
    all_replies = rows.groupby(by)["reminder_id"].nunique()
    counts = rows.groupby(["cause", by])["reminder_id"].nunique().rename("replies").reset_index()
    places = {name: k for k, name in enumerate((*CAUSES, UNCLEAR))}
    groups = {name: k for k, name in enumerate(order or sorted(all_replies.index))}
    counts = counts.assign(share=counts["replies"] / counts[by].map(all_replies), by=by).rename(columns={by: "group"})
    ordered = counts.assign(c=counts["cause"].map(places), g=counts["group"].map(groups)).sort_values(["c", "g"])
    return ordered[["by", "group", "cause", "replies", "share"]].reset_index(drop=True)
