from datetime import date

import numpy as np
import pandas as pd
import pytest

from features import Book, validate
from training.simulation import Simulation, simulate_bank
from training.simulation.credit import worst_days
from training.simulation.standing import NEVER

END = pd.Timestamp("2025-07-01", tz="UTC")


def test_the_same_seed_gives_identical_tables():
    first, again = (simulate_bank(300, 6, seed=3) for _ in range(2))
    for (name, table), (_, other) in zip(first.book.tables(), again.book.tables(), strict=True):
        pd.testing.assert_frame_equal(table, other, obj=name)
    pd.testing.assert_frame_equal(first.truth.logged(), again.truth.logged())
    pd.testing.assert_frame_equal(first.truth.probability(), again.truth.probability())


def test_another_seed_gives_another_bank():
    first, other = (simulate_bank(300, 3, seed=seed).book.payments for seed in (3, 4))
    assert not first.equals(other)


def test_the_book_is_valid(simulation: Simulation):
    validate(simulation.book)


def test_nothing_but_the_schedule_is_dated_after_the_end(simulation: Simulation):
    book = simulation.book
    for moments in (book.payments["paid_at"], book.reminders["sent_at"]):
        assert moments.max() < END
    for days in (book.incomes["received_on"], book.credit["observed_on"], book.loans["opened_on"]):
        assert days.max() < END.tz_localize(None)
    assert book.instalments["due_date"].max() > END.tz_localize(None) + pd.Timedelta(days=80)


def test_no_instalment_is_paid_beyond_what_is_due(simulation: Simulation):
    keys = ["loan_id", "instalment_no"]
    paid = simulation.book.payments.groupby(keys)["amount"].sum()
    due = simulation.book.instalments.set_index(keys)["amount_due"]
    assert (paid <= due.loc[paid.index] + 0.005).all()


def test_every_customer_owes_and_every_loan_follows_the_first_credit(simulation: Simulation):
    customers, loans = simulation.book.customers, simulation.book.loans
    assert set(customers["customer_id"]) == set(loans["customer_id"])
    joined = loans.merge(customers, on="customer_id").dropna(subset="first_credit_on")
    assert (joined["first_credit_on"] <= joined["opened_on"]).all()


def test_a_lost_income_shows_as_a_gap(simulation: Simulation):
    people, lost = simulation.truth.bank.people, simulation.truth.bank.traits.income_lost
    salaried = people.sources == 0
    incomes = simulation.book.incomes
    salaries = incomes[incomes["source"] == "salary"]
    seen = salaries["customer_id"].value_counts()
    ids = simulation.book.customers["customer_id"]
    out = lost[:, :12].sum(axis=1)
    assert (seen.reindex(ids[salaried & (out == 12)], fill_value=0) == 0).all()
    assert (seen.reindex(ids[salaried & (out == 0)], fill_value=0) >= 11).all()


def test_credit_rows_tell_only_of_delinquency_that_had_happened(simulation: Simulation):
    bank, settled = simulation.truth.bank, simulation.truth.run.standing.settled
    day = np.full(len(bank.people), 200)
    worst = worst_days(bank, settled, day)
    unknown_then = np.where(settled > 200, NEVER, settled)
    np.testing.assert_array_equal(worst, worst_days(bank, unknown_then, day))
    assert 30 < worst.max() <= 200


def test_credit_rows_tell_of_all_delinquency_on_the_book(simulation: Simulation):
    bank, settled = simulation.truth.bank, simulation.truth.run.standing.settled
    credit = simulation.book.credit.dropna(subset="worst_dpd_12m")
    on = credit[credit["observed_on"] == "2025-03-11"]
    who = bank_rows(on["customer_id"])
    day = np.full(len(bank.people), (pd.Timestamp("2025-03-11") - pd.Timestamp("2024-07-01")).days)
    assert len(on) > 30
    assert (on["worst_dpd_12m"].to_numpy() >= worst_days(bank, settled, day)[who]).all()


def bank_rows(customer_ids: pd.Series) -> np.ndarray:
    return customer_ids.str[1:].astype(int).to_numpy()


def test_two_to_eight_per_cent_default_within_ninety_days(simulation: Simulation):
    months = pd.date_range("2024-09-01", "2025-04-01", freq="MS")
    assert 0.02 < np.mean([default_rate(simulation.book, month) for month in months]) < 0.08


def default_rate(book: Book, as_of: pd.Timestamp) -> float:
    """Of customers not in default on ``as_of``, the share with an instalment reaching 30 DPD in 90 days."""
    keys = ["loan_id", "instalment_no"]
    due = book.instalments.merge(book.loans[["loan_id", "customer_id"]], on="loan_id")
    paid = book.payments.groupby(keys).agg(amount=("amount", "sum"), on=("paid_at", "max")).reset_index()
    joined = due.merge(paid, on=keys, how="left")
    whole = joined["amount"].fillna(0) >= joined["amount_due"] - 0.005
    settled = joined["on"].dt.tz_localize(None).where(whole, pd.Timestamp("2100-01-01"))
    reaches = joined["due_date"] + pd.Timedelta(days=30)
    open_then = settled > np.maximum(reaches, as_of)
    before = set(joined.loc[open_then & (reaches <= as_of), "customer_id"])
    soon = open_then & (reaches > as_of) & (reaches <= as_of + pd.Timedelta(days=90))
    after = set(joined.loc[soon, "customer_id"]) - before
    return len(after) / (len(book.customers) - len(before))


def test_a_start_and_progress_are_followed():
    calls: list[tuple[int, int]] = []
    start = date(2023, 1, 15)
    book = simulate_bank(60, 3, seed=1, start=start, progress=lambda *done: calls.append(done)).book
    assert calls == [(1, 3), (2, 3), (3, 3)]
    assert book.instalments["due_date"].min() >= pd.Timestamp("2023-01-15")
    assert book.payments["paid_at"].max() < pd.Timestamp("2023-04-15", tz="UTC")


@pytest.mark.parametrize(("customers", "months"), [(1, 1), (2, 40)], ids=["smallest", "long"])
def test_a_bank_of_any_size_runs(customers: int, months: int):
    validate(simulate_bank(customers, months, seed=0).book)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"customers": 0, "months": 3}, "got 0 and 3"),
        ({"customers": 3, "months": 0}, "got 3 and 0"),
        ({"customers": 3, "months": 3, "randomised": 1.5}, r"in \[0, 1\], got 1.5"),
    ],
    ids=["no customers", "no months", "share above one"],
)
def test_impossible_arguments_are_refused(arguments: dict[str, float], words: str):
    with pytest.raises(ValueError, match=words):
        simulate_bank(seed=0, **arguments)
