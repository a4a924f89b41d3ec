"""Samples to learn from: cohorts of customers by month, and reminders with what followed them.

Three windows, apart in time and in customers: fit (the trees), tune (the calibration), judge (the verdict,
the newest cohorts). A customer is in one window only, wherever and whenever they appear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.book import Book
from features.errors import ModelError
from features.history import History
from features.labels import RESPONSE_DAYS, default_labels, response_labels
from features.matrix import build_features, features_of
from features.pressing import reminded_instalments
from serving.actions import action_id
from serving.policy import draws
from training.settings import TrainSettings

Window = Literal["fit", "tune", "judge"]
WINDOWS: tuple[Window, ...] = ("fit", "tune", "judge")


@dataclass(frozen=True)
class Sample:
    """Rows to learn from or to judge on, aligned by position.

    ``X`` features indexed by customer_id; ``outcome`` (n,) 0/1; ``at`` (n,) the moment of each row's cut.
    """

    X: pd.DataFrame
    outcome: npt.NDArray[np.float64]
    at: pd.DatetimeIndex

    def __len__(self) -> int:
        return len(self.X)


@dataclass(frozen=True)
class ResponseSample(Sample):
    """Reminders: besides, the ``action`` taken, its logged ``propensity`` (NaN: not known), the ``reminder_id``.

    ``row`` is the row of each in the ledger's reminders.
    """

    action: npt.NDArray[np.object_]
    propensity: npt.NDArray[np.float64]
    reminder_id: npt.NDArray[np.object_]
    row: npt.NDArray[np.int64]

    def within(self, rows: npt.NDArray[np.int64]) -> Self:
        """Return these rows, in this order."""
        taken = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "X"}
        return replace(self, X=self.X.iloc[rows], **taken)


def cohort_moments(book: Book, settings: TrainSettings) -> list[pd.Timestamp]:
    """Return the month starts with enough history before and a whole horizon after them, in the book's time zone.

    A book too short for a month start gets the last moment that has a whole horizon after it.

    Raises
    ------
    ModelError
        When the book is shorter than the horizon.
    """
    zone = book.customers["timezone"].mode().iloc[0]
    begins, ends = _span(book, zone)
    latest = ends - pd.Timedelta(days=settings.horizon_days)
    if latest <= begins:
        raise ModelError(
            f"the book runs from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}; a default within "
            f"{settings.horizon_days} days cannot be seen in it."
        )
    earliest = begins + pd.DateOffset(months=settings.history_months)
    starts = pd.date_range(earliest.normalize(), latest, freq="MS")
    return list(starts) or [latest]


def default_samples(book: Book, settings: TrainSettings, moments: Sequence[pd.Timestamp] = ()) -> dict[Window, Sample]:
    """Return the cohorts of each window: features as of each moment, and who defaulted after it.

    ``moments`` are ``cohort_moments`` unless given; whoever gives them knows that the book holds a whole
    horizon after each.
    """
    chosen = sorted(moments) or cohort_moments(book, settings)
    by_window = _moments_by_window(chosen, settings)
    window_of = customer_windows(book.customers["customer_id"], settings)
    samples: dict[Window, Sample] = {}
    for window in WINDOWS:
        parts = [_cohort(book, at, window_of == window, settings) for at in by_window[window]]
        samples[window] = _thinned(_joined(parts), settings.most_default_rows, settings.seed)
    return samples


def response_samples(book: Book, settings: TrainSettings) -> dict[Window, ResponseSample]:
    """Return the reminders of each window with the features known just before, and whether payment followed.

    Where there are more than the settings allow, those with a known propensity stay and the others are thinned.
    """
    rows = _reminder_rows(book, settings)
    paid, most = response_labels(book).to_numpy(), settings.most_response_rows
    return {window: _reminded(book, _drawn_first(book, rows[window], most, settings.seed), paid) for window in WINDOWS}


@dataclass(frozen=True)
class HeldOut:
    """Reminders of customers whom no response model of the settings learned from.

    ``sample``: those with a known propensity first, then others up to a number. ``reminders``: how many there were
    before thinning, to ``customers`` people, over ``days``.
    """

    sample: ResponseSample
    reminders: int
    customers: int
    days: float

    @property
    def kept(self) -> float:
        """The share of the reminders that the sample holds."""
        return len(self.sample) / self.reminders


def held_out_responses(book: Book, settings: TrainSettings, most: int) -> HeldOut:
    """Return the reminders of the windows tune and judge, at most ``most`` of them, in the order of time.

    Raises
    ------
    ModelError
        When there are none whose outcome is known.
    """
    by_window = _reminder_rows(book, settings)
    rows = np.sort(np.concatenate([by_window["tune"], by_window["judge"]]))
    if not len(rows):
        raise ModelError("the book has no reminders, with a known outcome, to customers that were not learned from.")
    kept = _drawn_first(book, rows, most, settings.seed)
    at = book.ledger.reminders.at[rows]
    return HeldOut(
        sample=_reminded(book, kept, response_labels(book).to_numpy()),
        reminders=len(rows),
        customers=int((customer_windows(book.customers["customer_id"], settings) != "fit").sum()),
        days=max(1.0, float(at.max() - at.min()) / 86_400),
    )


def customer_windows(
    customers: Sequence[str] | pd.Series[Any] | pd.Index[Any], settings: TrainSettings
) -> pd.Series[Any]:
    """Return the window each customer belongs to, always the same for one id and seed."""
    shares = settings.customer_shares
    draw = draws([f"{customer}|window|{settings.seed}" for customer in customers])
    side = np.searchsorted([shares.fit, shares.fit + shares.tune], draw, side="right")
    return pd.Series(np.array(WINDOWS, dtype=object)[side], index=pd.Index(customers))


def windows_table(samples: Mapping[Window, Sample]) -> pd.DataFrame:
    """Return rows, customers, first and last moment and rate of outcomes of each window."""
    rows = {
        window: {
            "rows": len(sample),
            "customers": sample.X.index.nunique(),
            "first": sample.at.min(),
            "last": sample.at.max(),
            "outcome_rate": float(sample.outcome.mean()),
        }
        for window, sample in samples.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("window")


def _span(book: Book, zone: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first due date of the book and the last moment it has seen anything."""
    if book.instalments.empty or book.payments.empty:
        raise ModelError("the book has no instalments or no payments; there is nothing to learn from.")
    last = max(m for m in (book.payments["paid_at"].max(), book.reminders["sent_at"].max()) if m is not pd.NaT)
    return pd.Timestamp(book.instalments["due_date"].min()).tz_localize(zone), last.tz_convert(zone)


def _moments_by_window(moments: list[pd.Timestamp], settings: TrainSettings) -> dict[Window, list[pd.Timestamp]]:
    """Give the newest moments to judge and those before to tune; with fewer than three, all to each window."""
    if len(moments) < 3:
        return dict.fromkeys(WINDOWS, moments)
    judge = min(settings.judge_months, len(moments) // 3)
    tune = min(settings.tune_months, len(moments) // 3)
    return {
        "fit": moments[: -judge - tune],
        "tune": moments[-judge - tune : -judge],
        "judge": moments[-judge:],
    }


def _cohort(book: Book, at: pd.Timestamp, chosen: pd.Series[Any], settings: TrainSettings) -> Sample:
    names = chosen.index[chosen.to_numpy()]
    labels = default_labels(book, at, settings.default_dpd, settings.horizon_days, list(names))
    X = build_features(book, at, list(labels.index))
    return Sample(X, labels.to_numpy(), pd.DatetimeIndex([at] * len(labels)))


def _joined(parts: list[Sample]) -> Sample:
    return Sample(
        X=pd.concat([part.X for part in parts]),
        outcome=np.concatenate([part.outcome for part in parts]),
        at=pd.DatetimeIndex(parts[0].at.append([part.at for part in parts[1:]])),
    )


def _thinned(sample: Sample, most: int, seed: int) -> Sample:
    rows = _at_most(np.arange(len(sample)), most, seed)
    return Sample(sample.X.iloc[rows], sample.outcome[rows], sample.at[rows])


def _at_most(rows: npt.NDArray[np.int64], most: int, seed: int) -> npt.NDArray[np.int64]:
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def _reminder_rows(book: Book, settings: TrainSettings) -> dict[Window, npt.NDArray[np.int64]]:
    """Return the rows of the ledger's reminders of each window, of those with history before and an outcome after."""
    reminders = book.ledger.reminders
    begins, ends = _span(book, book.customers["timezone"].mode().iloc[0])
    first = begins + pd.DateOffset(months=min(settings.history_months, 3))
    last = ends - pd.Timedelta(days=RESPONSE_DAYS)
    known = (reminders.at >= first.timestamp()) & (reminders.at <= last.timestamp())
    window_of = customer_windows(book.ledger.position, settings).to_numpy()[reminders.customer]
    return {window: np.flatnonzero(known & (window_of == window)) for window in WINDOWS}


def _drawn_first(book: Book, rows: npt.NDArray[np.int64], most: int, seed: int) -> npt.NDArray[np.int64]:
    """Return at most ``most`` of the rows: those with a known propensity, then others, thinned at random."""
    drawn = book.reminders["propensity"].notna().to_numpy()[book.ledger.reminders["row"][rows]]
    certain = _at_most(rows[drawn], most, seed)
    return np.sort(np.concatenate([certain, _at_most(rows[~drawn], most - len(certain), seed)]))


def _reminded(book: Book, rows: npt.NDArray[np.int64], paid: npt.NDArray[np.float64]) -> ResponseSample:
    """Return the reminders at ``rows`` of the ledger, looked at from a second before each was sent."""
    reminders = book.ledger.reminders
    history = History(book.ledger, reminders.customer[rows], reminders.at[rows] - 1)
    X = features_of(history)
    context = reminded_instalments(history, reminders["instalment"][rows]).context(X.index)
    logged = book.reminders.iloc[reminders["row"][rows]]
    parts = logged[["channel", "intensity", "offer"]].astype(object).where(lambda cells: cells.notna(), None)
    return ResponseSample(
        X=pd.concat([X, context], axis=1),
        outcome=paid[reminders["row"][rows]],
        at=pd.DatetimeIndex(logged["sent_at"]),
        action=np.array([action_id(*part) for part in parts.itertuples(index=False)], dtype=object),
        propensity=logged["propensity"].to_numpy(np.float64),
        reminder_id=logged["reminder_id"].to_numpy(dtype=object),
        row=rows,
    )
