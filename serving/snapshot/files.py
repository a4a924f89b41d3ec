"""The files of a snapshot in a folder that is being made: packed rows, texts, and where each id is found."""

from __future__ import annotations

from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from serving.snapshot.layout import DATED, PACKED
from serving.snapshot.packing import TEXTS, PackedBook, text_schema
from serving.snapshot.sinks import RowsSink, TextsSink

BOUNDS, HASHES, PLACES = "bounds.npy", "id_hashes.npy", "id_places.npy"
"""Where each customer's rows begin; the hashes of the customers' ids, sorted; and whose each of them is."""

HASH = np.dtype("<u8")
PLACE = np.dtype("<i8")


def rows_file(table: str) -> str:
    """Return the name of the file of a table's packed rows."""
    return f"{table}.npy"


def texts_file(table: str) -> str:
    """Return the name of the file of a table's texts."""
    return f"{table}.arrow"


NAMES = frozenset([*map(rows_file, PACKED), *map(texts_file, TEXTS), BOUNDS, HASHES, PLACES])
"""The files of a snapshot."""


def hash_of(customer_id: str) -> int:
    """Return the hash by which an id is found.

    >>> hash_of("C1") == hash_of("C1") != hash_of("C2")
    True
    """
    return int.from_bytes(blake2b(customer_id.encode(), digest_size=8).digest(), "little")


class SnapshotFiles:
    """The open files of a snapshot, to be used in ``with``; chunks of customers are appended one after another."""

    def __init__(self, folder: Path) -> None:
        self._open = ExitStack()
        self._rows = {name: self._array(folder / rows_file(name), dtype) for name, dtype in PACKED.items()}
        self._texts = {name: TextsSink(folder / texts_file(name), text_schema(name)) for name in TEXTS}
        for texts in self._texts.values():
            self._open.callback(texts.close)
        self._bounds = self._array(folder / BOUNDS, PLACE, len(DATED))
        self._index = [self._array(folder / HASHES, HASH), self._array(folder / PLACES, PLACE)]
        self._hashes: list[npt.NDArray[np.uint64]] = []
        self._ends = np.zeros((1, len(DATED)), np.int64)
        self._bounds.append(self._ends)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def append(self, book: PackedBook) -> None:
        """Write the rows of more customers."""
        for name, rows in book.rows.items():
            self._rows[name].append(rows)
        for name, texts in book.texts.items():
            self._texts[name].append(texts)
        ends = self._ends + np.cumsum(book.counts, axis=0)
        self._bounds.append(ends)
        self._ends = ends[-1:] if len(ends) else self._ends
        ids = book.texts["customers"]["customer_id"].to_pylist()
        self._hashes.append(np.array([hash_of(name) for name in ids], HASH))

    def finish(self) -> dict[str, int]:
        """Write how ids are found, end all files, and return the number of rows by table."""
        hashes = np.concatenate([np.empty(0, HASH), *self._hashes])
        order = np.argsort(hashes, kind="stable")
        for sink, column in zip(self._index, (hashes[order], order), strict=True):
            sink.append(column)
        for rows in (*self._index, self._bounds, *self._rows.values()):
            rows.finish()
        for texts in self._texts.values():
            texts.finish()
        return {name: sink.rows for name, sink in self._rows.items()}

    def _array(self, path: Path, dtype: np.dtype[Any], width: int | None = None) -> RowsSink:
        sink = RowsSink(path, dtype, width)
        self._open.callback(sink.close)
        return sink
