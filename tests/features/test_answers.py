from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features import Book
from features.answers import answers_by_part, part_of
from features.matrix import history_of

HOURS = [(9, 12), (12, 17), (17, 20)]


def test_the_counts_are_those_of_the_rows_by_the_customers_own_clock(
    world_book: Book, world_moment: pd.Timestamp
) -> None:
    told = answers_by_part(history_of(world_book, world_moment), HOURS)
    rows = world_book.reminders
    age = world_moment.tz_convert("UTC") - rows["sent_at"]
    rows = rows[(rows["channel"] != "none") & (age >= pd.Timedelta(days=1)) & (age < pd.Timedelta(days=360))]
    zone = rows["customer_id"].map(world_book.customers.set_index("customer_id")["timezone"])
    assert zone.nunique() > 1
    hour = pd.Series([at.tz_convert(own).hour for at, own in zip(rows["sent_at"], zone, strict=True)], rows.index)
    answered = rows["read"] | rows["conversation"] | rows["replied"]
    for part, (begins, ends) in enumerate(HOURS):
        taken = (hour >= begins) & (hour < ends)
        expected = rows[taken].groupby("customer_id").size().reindex(world_book.customers["customer_id"], fill_value=0)
        assert (told.reminded[:, part] == expected.to_numpy()).all()
        assert told.answered[:, part].sum() == answered[taken].sum()
    assert told.answered.sum() > 1_000


def test_what_became_of_a_reminder_counts_from_a_day_after(world_book: Book, world_moment: pd.Timestamp) -> None:
    rows = world_book.reminders
    young = rows["sent_at"] > world_moment.tz_convert("UTC") - pd.Timedelta(days=1)
    assert (young & (rows["sent_at"] <= world_moment)).any()
    changed = rows.assign(read=rows["read"] | young, replied=rows["replied"] & ~young)
    later = Book.of(dict(world_book.tables()) | {"reminders": changed})
    for name in ("reminded", "answered"):
        first, second = (
            getattr(answers_by_part(history_of(book, world_moment), HOURS), name) for book in (world_book, later)
        )
        assert (first == second).all()


def test_a_customers_counts_do_not_depend_on_who_else_is_asked_about(
    world_book: Book, world_moment: pd.Timestamp
) -> None:
    names = world_book.customers["customer_id"].tolist()
    everyone = answers_by_part(history_of(world_book, world_moment), HOURS)
    few = answers_by_part(history_of(world_book, world_moment, [names[40], names[7]]), HOURS)
    assert (few.answered == everyone.answered[[40, 7]]).all()


@pytest.mark.parametrize(("hour", "part"), [(0, -1), (8, -1), (9, 0), (11, 0), (12, 1), (19, 2), (20, -1), (23, -1)])
def test_an_hour_lies_in_the_part_that_has_begun(hour: int, part: int) -> None:
    assert part_of(np.array([hour]), HOURS)[0] == part
