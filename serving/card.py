"""The card of a saved model: one JSON file beside the trees, whose format number refuses what it does not know.

It holds the digest of itself and of the files beside it, which are checked before XGBoost reads them: of damaged trees
it may make other probabilities, or end the process.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import xgboost as xgb

from features.errors import ModelError

_FORMAT = 1
_DIGEST, _FILES = "digest", "files"


def write_card(file: Path, content: Mapping[str, Any], beside: Sequence[str] = ()) -> None:
    """Write ``content``, the format number and digests as JSON, making the folder where it is absent.

    Parameters
    ----------
    beside
        Names of files of the folder, written before, for which the card vouches.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    card = {"format": _FORMAT, **content, _FILES: {name: _digest_of(file.parent / name) for name in beside}}
    told = json.dumps(card | {_DIGEST: _digest(json.loads(json.dumps(card)))}, indent=1, ensure_ascii=False)
    file.write_text(told, encoding="utf-8")


def read_card(file: Path) -> dict[str, Any]:
    """Return what ``write_card`` wrote.

    Raises
    ------
    ModelError
        When another format wrote it, or it or a file for which it vouches is not as it was written. A card of an
        earlier Duewise vouches for nothing.
    """
    card: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if card["format"] != _FORMAT:
        raise ModelError(f"{file} has format {card['format']}, this version reads {_FORMAT}.")
    if card.pop(_DIGEST, None) not in (None, _digest(card)):
        raise ModelError(f"{file} cannot be read: it is not as it was written.")
    for name, digest in card.pop(_FILES, {}).items():
        if _digest_of(file.parent / name) != digest:
            raise ModelError(f"{file.parent / name} cannot be read: it is not as it was written.")
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


def _digest(card: Mapping[str, Any]) -> str:
    return sha256(json.dumps(card, sort_keys=True).encode()).hexdigest()


def _digest_of(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
