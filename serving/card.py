"""The card of a saved model: one JSON file beside the trees, whose format number refuses what it does not know."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xgboost as xgb

from features.errors import ModelError

_FORMAT = 1


def write_card(file: Path, content: Mapping[str, Any]) -> None:
    """Write ``content`` and the format number as JSON, making the folder where it is absent."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"format": _FORMAT, **content}, indent=1, ensure_ascii=False), encoding="utf-8")


def read_card(file: Path) -> dict[str, Any]:
    """Return what ``write_card`` wrote.

    Raises
    ------
    ModelError
        When another format wrote it.
    """
    card: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if card["format"] != _FORMAT:
        raise ModelError(f"{file} has format {card['format']}, this version reads {_FORMAT}.")
    return card


def read_trees(file: Path, threads: int) -> xgb.Booster:
    """Read trees from XGBoost's UBJSON; ``threads`` are used for each prediction."""
    return xgb.Booster(params={"nthread": threads}, model_file=file)


@contextmanager
def readable(what: str, folder: Path) -> Iterator[None]:
    """Turn whatever reading a missing or damaged file raises into a ModelError that names the folder."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, xgb.core.XGBoostError) as error:
        raise ModelError(f"the {what} in {folder} cannot be read: {str(error).splitlines()[0]}") from error
