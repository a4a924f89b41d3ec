"""The capacity of a day as a table to print: what there is, what is used, and the price of one more."""

from __future__ import annotations

from rich.table import Table

from serving.allocation.prices import Prices


def capacity_table(prices: Prices) -> Table:
    """Return what each bound allows, what is used of it on average and by the day's draws, and its price."""
    title = f"capacity of the day: {prices.gap:.2%} below the most that any choice could bring"
    table = Table("capacity", "at most", "used", "price", title=title, title_justify="left")
    for one in prices.priced:
        below = one.claim.limit < 0  # a minimum is the maximum of the opposite
        sign = -1 if below else 1
        limit = f"{'at least ' if below else ''}{sign * one.claim.limit:,.6g}"
        table.add_row(
            one.claim.name, limit, f"{sign * one.expected:,.6g} ({sign * one.drawn:,.6g} as drawn)", f"{one.price:,.4g}"
        )
    return table
