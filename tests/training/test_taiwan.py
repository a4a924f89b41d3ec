"""The Taiwan set as a book: what the bank reported can be read back from instalments and payments."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features import Book, SchemaError, build_features, validate
from training.taiwan import BILLS, LABEL, PAID, STATUSES, late_months, read_taiwan, taiwan_book

DATA = Path(os.environ.get("DUEWISE_DATA", Path(__file__).parents[3] / "shared" / "data"))
FILE = DATA / "taiwan_credit_default.csv.gz"
MONTH_ENDS = pd.date_range("2005-04-30", periods=6, freq="ME")
CENT = 0.01


def card(number=1, statuses=(0,) * 6, bills=(10_000,) * 6, paid=(600,) * 6, default=0):
    """Return one row of the set; the months run from April to September."""
    who = {"ID": number, "LIMIT_BAL": 50_000, "SEX": 2, "EDUCATION": 2, "MARRIAGE": 1, "AGE": 30}
    return who | {LABEL: default} | dict(zip([*STATUSES, *BILLS, *PAID], [*statuses, *bills, *paid], strict=True))


def frame_of(*cards):
    return pd.DataFrame(list(cards))


def local_payments(book: Book) -> pd.DataFrame:
    """Return the payments with their customer and their day in Taipei."""
    payments = book.payments.merge(book.loans[["loan_id", "customer_id"]], on="loan_id")
    return payments.assign(day=payments["paid_at"].dt.tz_convert("Asia/Taipei").dt.tz_localize(None))


def levels_in(book: Book) -> np.ndarray:
    """Count, from the book alone, how many months late each customer's oldest unpaid instalment is."""
    payments = local_payments(book)
    levels = []
    for month_end in MONTH_ENDS:
        seen = payments[payments["day"] < month_end + pd.Timedelta(days=1)]
        paid = seen.groupby(["loan_id", "instalment_no"])["amount"].sum().rename("paid").reset_index()
        schedule = book.instalments.merge(book.loans[["loan_id", "customer_id"]], on="loan_id")
        schedule = schedule[schedule["due_date"] <= month_end].merge(paid, how="left").fillna({"paid": 0.0})
        unpaid = schedule[schedule["paid"] < schedule["amount_due"] - CENT / 2]
        oldest = unpaid.groupby("customer_id")["due_date"].min().reindex(book.customers["customer_id"])
        months = (month_end.year - oldest.dt.year) * 12 + month_end.month - oldest.dt.month + 1
        levels.append(months.fillna(0).to_numpy(int))
    return np.column_stack(levels)


def monthly_totals(book: Book) -> np.ndarray:
    payments = local_payments(book).assign(month=lambda rows: rows["day"].dt.month)
    totals = payments.pivot_table(index="customer_id", columns="month", values="amount", aggfunc="sum")
    return totals.reindex(index=book.customers["customer_id"], columns=range(4, 10)).fillna(0.0).to_numpy()


def known_by(book: Book, moment: pd.Timestamp) -> pd.DataFrame:
    return book.payments[book.payments["paid_at"] <= moment].reset_index(drop=True)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        pytest.param((0, -1, -2, 0, 0, 0), (0, 0, 0, 0, 0, 0), id="never late"),
        pytest.param((1, 2, 3, 2, 1, 0), (1, 2, 3, 2, 1, 0), id="rises and is cured"),
        pytest.param((8, 8, 7, 3, -1, 1), (8, 8, 7, 3, 0, 1), id="eight months late in April"),
        pytest.param((2, 2, 2, 2, 2, 2), (2, 2, 2, 2, 2, 2), id="always two behind"),
        pytest.param((0, 2, 0, 0, 0, 2), (1, 2, 0, 0, 1, 2), id="from none to two at once"),
    ],
)
@pytest.mark.parametrize("paid", [0, 1, 600, 90_000])
def test_the_months_late_read_from_the_book_are_those_reported(statuses, expected, paid):
    frame = frame_of(card(statuses=statuses, paid=(paid,) * 6))
    assert levels_in(taiwan_book(frame).book).tolist() == [list(expected)]
    assert late_months(frame).tolist() == [list(expected)]


def test_any_row_of_statuses_bills_and_payments_gives_a_valid_book_true_to_it():
    random = np.random.default_rng(0)
    cards = [
        card(
            number,
            statuses=random.choice([-2, -1, 0, 1, 2, 3, 8], 6),
            bills=random.choice([-500, 0, 30, 4_000, 80_000], 6),
            paid=random.choice([0, 1, 150, 4_000, 90_000], 6),
            default=int(random.integers(2)),
        )
        for number in range(1, 301)
    ]
    frame = frame_of(*cards)
    book = validate(taiwan_book(frame).book)
    np.testing.assert_array_equal(levels_in(book), late_months(frame))
    assert np.abs(monthly_totals(book) - frame[PAID]).to_numpy().max() <= CENT + 1e-9


def test_money_is_booked_in_its_month_to_the_cent():
    frame = frame_of(card(statuses=(2, 2, 0, 0, -1, 1), paid=(0, 700, 3, 25_000, 12_345, 60)))
    np.testing.assert_allclose(monthly_totals(taiwan_book(frame).book), frame[PAID])


def test_one_cent_stands_for_a_settlement_without_money():
    frame = frame_of(card(statuses=(1, 1, 0, 0, 0, 0), paid=(500, 0, 0, 600, 600, 600)))
    totals = monthly_totals(taiwan_book(frame).book)
    np.testing.assert_allclose(totals, [[500, CENT, CENT, 600, 600, 600]])


def test_an_instalment_is_the_minimum_payment_of_the_statement_before_or_what_settled_it():
    frame = frame_of(card(bills=(10_000, 900, 0, 10_000, 10_000, 40_000), paid=(600, 600, 600, 0, 300, 600)))
    schedule = taiwan_book(frame).book.instalments
    months = schedule["due_date"].dt.month
    assert dict(zip(months, schedule["amount_due"], strict=True)) == {
        4: 500.0,
        5: 500.0,
        6: 100.0,
        8: 300.0,
        9: 500.0,
        10: 2_000.0,
    }


def test_a_month_with_nothing_billed_and_nothing_paid_has_no_instalment():
    book = taiwan_book(frame_of(card(statuses=(-2,) * 6, bills=(0,) * 6, paid=(0,) * 6))).book
    assert book.instalments["due_date"].tolist() == [pd.Timestamp("2005-10-15")]
    assert len(known_by(book, pd.Timestamp("2005-10-01", tz="Asia/Taipei"))) == 0


def test_money_in_a_month_with_nothing_billed_has_an_instalment_of_its_own():
    book = taiwan_book(frame_of(card(statuses=(-2,) * 6, bills=(0,) * 6, paid=(0, 0, 70, 0, 0, 0)))).book
    first = book.instalments.iloc[0]
    assert (first["due_date"], first["amount_due"]) == (pd.Timestamp("2005-06-15"), 70.0)


def test_the_label_changes_nothing_before_the_cut_and_only_payments_after_it():
    statuses = [(0,) * 6, (0, 0, 0, 0, 1, 2), (-2,) * 6, (2,) * 6]
    good, bad = (
        taiwan_book(frame_of(*(card(k, s, default=label) for k, s in enumerate(statuses, 1)))) for label in (0, 1)
    )
    for name, table in good.book.tables():
        if name != "payments":
            pd.testing.assert_frame_equal(table, getattr(bad.book, name))
    pd.testing.assert_frame_equal(known_by(good.book, good.as_of), known_by(bad.book, bad.as_of))
    pd.testing.assert_frame_equal(build_features(good.book, good.as_of), build_features(bad.book, bad.as_of))
    assert len(known_by(bad.book, bad.as_of)) == len(bad.book.payments)


def test_who_did_not_default_settles_all_that_is_open_in_october_and_who_did_pays_nothing():
    late = (0, 0, 0, 0, 1, 2)
    made = taiwan_book(frame_of(card(1, late, default=0), card(2, late, default=1)))
    paid = made.book.payments.groupby(["loan_id", "instalment_no"])["amount"].sum().rename("paid")
    schedule = made.book.instalments.merge(paid.reset_index(), how="left").fillna({"paid": 0.0})
    open_loans = schedule.loc[schedule["paid"] < schedule["amount_due"] - CENT / 2, "loan_id"]
    assert set(open_loans) == {"card-00002"}
    assert made.default.to_dict() == {"tw-00001": 0, "tw-00002": 1}
    after = local_payments(made.book).query("paid_at > @made.as_of")["day"].dt
    assert set(after.month) == {10}


def test_credit_holds_limit_and_statement_at_each_month_end_up_to_the_cut():
    made = taiwan_book(frame_of(card(bills=(1, 2, 3, 4, 5, -6))))
    assert made.book.credit["observed_on"].tolist() == MONTH_ENDS.tolist()
    assert made.book.credit["balance"].tolist() == [1, 2, 3, 4, 5, -6]
    assert set(made.book.credit["credit_limit"]) == {50_000}
    assert made.as_of == pd.Timestamp("2005-09-30T23:59:59+08:00")


def test_a_customer_has_the_age_of_the_set_and_education_as_occupation():
    made = taiwan_book(frame_of(card()))
    customer = made.book.customers.iloc[0]
    assert int((made.as_of.tz_localize(None) - customer["birth_date"]).days / 365.25) == 30
    assert (customer["gender"], customer["occupation"], customer["language"]) == ("F", "education:2", "zh")
    assert pd.isna(customer["region"])


def test_a_customer_s_rows_do_not_depend_on_who_else_is_in_the_set():
    frame = frame_of(*(card(k + 1, (0, 0, 0, 0, 0, k), paid=(k * 200,) * 6) for k in range(4)))
    alone = taiwan_book(frame.iloc[[2]]).book
    among = taiwan_book(frame.iloc[::-1]).book
    for name, table in alone.tables():
        key = "loan_id" if "loan_id" in table else "customer_id"
        theirs = getattr(among, name)
        pd.testing.assert_frame_equal(table, theirs[theirs[key].isin(table[key])].reset_index(drop=True))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        pytest.param(lambda f: f.drop(columns="PAY_0"), r"missing \['PAY_0'\]", id="column"),
        pytest.param(lambda f: f.assign(PAY_3=9), r"PAY_3 must be .* in \[-2, 8\], got 9", id="range"),
        pytest.param(lambda f: f.assign(AGE="old"), "AGE must be .* got old in row 1", id="text"),
        pytest.param(lambda f: f.assign(PAY_AMT1=0.5), "PAY_AMT1 must be .* got 0.5", id="not whole"),
        pytest.param(lambda f: f.assign(BILL_AMT1=np.inf), "BILL_AMT1 must be .* got inf", id="infinite"),
        pytest.param(lambda f: f.assign(LIMIT_BAL=None), "LIMIT_BAL must be .* got ", id="null"),
        pytest.param(lambda f: pd.concat([f, f]), "ID must be unique, got 1 more than once", id="twice"),
    ],
)
def test_a_set_that_is_off_is_refused_by_file_and_column(tmp_path, change, match):
    file = tmp_path / "set.csv.gz"
    change(frame_of(card())).to_csv(file, index=False)
    with pytest.raises(SchemaError, match=f"(?s)set.csv.gz.*{match}"):
        read_taiwan(file)
    with pytest.raises(SchemaError, match=match):
        taiwan_book(change(frame_of(card())))


def test_a_file_that_is_absent_or_not_gzipped_is_refused_by_name(tmp_path):
    broken = tmp_path / "broken.csv.gz"
    broken.write_text("ID")
    for file in (tmp_path / "absent.csv.gz", broken):
        with pytest.raises(SchemaError, match=f"{file.name} cannot be read as CSV"):
            read_taiwan(file)


def test_the_set_reads_back_as_it_was_written(tmp_path):
    frame = frame_of(card(1), card(2, statuses=(2,) * 6))
    frame.to_csv(tmp_path / "set.csv.gz", index=False)
    pd.testing.assert_frame_equal(read_taiwan(tmp_path / "set.csv.gz"), frame, check_like=True)


@pytest.fixture(scope="module")
def taiwan():
    if not FILE.exists():
        pytest.skip(f"the real data set {FILE} is absent; set DUEWISE_DATA to its folder")
    return read_taiwan(FILE)


@pytest.mark.realdata
def test_all_thirty_thousand_cards_make_a_valid_book(taiwan):
    made = taiwan_book(taiwan)
    validate(made.book)
    assert len(made.book.loans) == len(made.default) == 30_000
    assert made.default.mean() == pytest.approx(0.2212)


@pytest.mark.realdata
def test_nineteen_reported_levels_in_twenty_are_read_back_and_all_of_september(taiwan):
    levels = levels_in(taiwan_book(taiwan).book)
    reported = np.maximum(taiwan[STATUSES].to_numpy(), 0)
    np.testing.assert_array_equal(levels, late_months(taiwan))
    np.testing.assert_array_equal(levels[:, -1], reported[:, -1])
    assert (levels == reported).mean() > 0.965
    assert (np.abs(levels - reported) <= 1).mean() > 0.999


@pytest.mark.realdata
def test_the_money_of_every_month_is_in_the_book_to_the_cent(taiwan):
    off = np.abs(monthly_totals(taiwan_book(taiwan).book) - taiwan[PAID].to_numpy())
    assert off.max() <= CENT + 1e-6
    assert (off > CENT / 2).mean() < 0.05
