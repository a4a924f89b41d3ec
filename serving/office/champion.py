"""Another champion: loaded aside and tried on a few customers, before anybody is answered by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from features.book import Book
from features.errors import ModelError
from features.example import WORKED_AS_OF, worked_tables
from serving.answers import answers
from serving.decide import decide
from serving.desk import Desk
from serving.registry import CHAMPION, Models, load_models
from serving.snapshot.kept import Kept

_TRIED = 8


def tried(desk: Desk) -> Desk:
    """Return the desk once it has decided for a few customers, of its snapshot or worked by hand.

    Raises
    ------
    ModelError
        When its models cannot decide, or give what is no probability.
    """
    book, as_of, names = _few(desk)
    try:
        decisions = decide(book, as_of, desk.models, desk.settings, names, reader=desk.reader, signals=desk.signals)
        answers(decisions, desk.voice)
    except Exception as error:
        raise ModelError(f"{desk.models.version} cannot decide: {type(error).__name__}.") from error
    probability = decisions.scores.default_probability
    if not (np.isfinite(probability).all() and (probability >= 0).all() and (probability <= 1).all()):
        raise ModelError(f"{desk.models.version} gives probabilities that are none.")
    if not np.isfinite(decisions.effects.effect).all():
        raise ModelError(f"{desk.models.version} gives effects that are no numbers.")
    return desk


def with_champion(desk: Desk) -> Desk:
    """Return a desk like ``desk`` with the champion of now, tried.

    Raises
    ------
    ModelError
        When there is none, or it is broken.
    """
    return tried(replace(desk, models=loaded()))


def loaded() -> Models:
    """Return the champion's models.

    Raises
    ------
    ModelError
        When there is none, or a file of it is absent or damaged, whatever its reader raises.
    """
    try:
        return load_models(CHAMPION)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"the champion cannot be loaded: {type(error).__name__}.") from error


def _few(desk: Desk) -> tuple[Book, pd.Timestamp, list[str]]:
    if isinstance(desk.snapshot, Kept) and len(desk.snapshot.snapshot):
        kept = desk.snapshot.snapshot
        names = [str(name) for name in kept.texts["customers"]["customer_id"][:_TRIED].to_pylist()]
        return desk.snapshot.book(names), kept.as_of, names
    book = Book.of(worked_tables())
    return book, WORKED_AS_OF, book.customers["customer_id"].tolist()
