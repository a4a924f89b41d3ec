"""A snapshot in service: the nightly state of every customer, mapped from disk, from which a few are taken as a book.

Nothing is read at opening but headers; processes that open the same folder share its pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from features.errors import SchemaError
from features.kernel.windows import Ints
from serving.snapshot.files import BOUNDS, HASH, HASHES, NAMES, PLACE, PLACES, hash_of, rows_file, texts_file
from serving.snapshot.kept_book import KeptBook
from serving.snapshot.layout import DATED, PACKED
from serving.snapshot.ledgers import PackedLedger, Span
from serving.snapshot.manifest import MANIFEST, Manifest
from serving.snapshot.packing import TEXTS, text_schema
from serving.snapshot.texts import Column, Texts


@dataclass(frozen=True)
class Snapshot:
    """The customers of a snapshot by id; make one with ``Snapshot.open``."""

    manifest: Manifest
    rows: PackedLedger
    texts: dict[str, pa.Table]
    hashes: npt.NDArray[np.uint64]
    places: Ints

    @classmethod
    def open(cls, folder: str | Path, verify: bool = False) -> Snapshot:
        """Open the snapshot in a folder; ``verify`` reads all of it and compares it with what was written.

        Raises
        ------
        SchemaError
            When there is none, it is of another format or of other tables, or a file is absent or damaged; it names
            the file and the reason.
        """
        manifest = Manifest.read(Path(folder))
        if set(manifest.files) != NAMES:
            raise SchemaError(f"{Path(folder) / MANIFEST}: names other files than a snapshot has; make it anew.")
        files, count = manifest.check(Path(folder), verify), manifest.rows
        customers = count["customers"]
        packed = {name: _mapped(files / rows_file(name), dtype, (count[name],)) for name, dtype in PACKED.items()}
        bounds = _mapped(files / BOUNDS, PLACE, (customers + 1, len(DATED)))
        return cls(
            manifest=manifest,
            rows=PackedLedger(manifest.zones, packed.pop("customers"), bounds, packed),
            texts={name: _texts(files / texts_file(name), name, count[name]) for name in TEXTS},
            hashes=_mapped(files / HASHES, HASH, (customers,)),
            places=_mapped(files / PLACES, PLACE, (customers,)),
        )

    @cached_property
    def as_of(self) -> pd.Timestamp:
        """The moment of the cut: what came later is not in the snapshot."""
        return pd.Timestamp(self.manifest.as_of)

    @cached_property
    def at(self) -> int:
        """``as_of`` in seconds since 1970 UTC."""
        return int(self.as_of.timestamp())

    @property
    def version(self) -> str:
        """The digest of what the snapshot holds."""
        return self.manifest.content

    def __len__(self) -> int:
        return len(self.hashes)

    def __contains__(self, customer_id: object) -> bool:
        return isinstance(customer_id, str) and self.find(customer_id) is not None

    def position(self, customer_id: str) -> int:
        """Return the place of a customer.

        Raises
        ------
        SchemaError
            When there is no such customer.
        """
        place = self.find(customer_id)
        if place is None:
            raise SchemaError(f"customers.customer_id: {customer_id!r} is not in the snapshot.")
        return place

    def find(self, customer_id: str) -> int | None:
        """Return the place of a customer, None when there is no such."""
        wanted = np.uint64(hash_of(customer_id))
        slot = int(self.hashes.searchsorted(wanted))
        names = self.texts["customers"]["customer_id"]
        while slot < len(self.hashes) and self.hashes[slot] == wanted:  # ids may share a hash
            place = int(self.places[slot])
            if names[place].as_py() == customer_id:
                return place
            slot += 1
        return None

    def ids(self) -> list[str]:
        """Return the ids of all customers, by position."""
        names: list[str] = self.texts["customers"]["customer_id"].to_pylist()
        return names

    def book(self, customers: Sequence[str]) -> KeptBook:
        """Return the book of some customers alone, in this order; each once.

        Raises
        ------
        SchemaError
            When one is not in the snapshot.
        """
        names = tuple(dict.fromkeys(customers))
        positions = np.array([self.position(name) for name in names], np.int64)
        span = self.rows.span(positions)
        return KeptBook.holding(self.rows.ledger(names, positions, span), self._words(positions, span))

    def loan_ids(self, position: int) -> Column:
        """Return the ids of a customer's loans, in the order of the ledger."""
        return self._own(position, "loans", "loan_id")

    def reminder_ids(self, position: int) -> Column:
        """Return the ids of the reminders a customer was sent."""
        return self._own(position, "reminders", "reminder_id")

    def has_instalment(self, position: int, loan_id: str, instalment_no: int) -> bool:
        """Tell whether an instalment is one of a customer's."""
        loans = self.loan_ids(position)
        if loan_id not in loans:
            return False
        own = self.rows.tables["instalments"][self.rows.place(position, "instalments")]
        return bool(((own["loan"] == loans.index(loan_id)) & (own["instalment_no"] == instalment_no)).any())

    def _own(self, position: int, table: str, name: str) -> Column:
        return _told(self.texts[table][name], self.rows.place(position, table))

    def _words(self, positions: Ints, span: Span) -> Texts:
        def read(table: str, name: str) -> Column:
            if table != "customers":
                return _told(self.texts[table][name], span.index(DATED.index(table)))
            first = int(positions[0]) if len(positions) else 0
            return _told(self.texts[table][name], slice(first, first + 1) if len(positions) == 1 else positions)

        return Texts(read)


def _told(column: pa.ChunkedArray, rows: slice | Ints) -> Column:
    part = column.slice(rows.start, rows.stop - rows.start) if isinstance(rows, slice) else column.take(pa.array(rows))
    told: list[str | None] = part.to_pylist()
    return told


def _mapped(file: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    try:
        found = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SchemaError(f"{file}: cannot be read: {error}.") from error
    if found.dtype != dtype or found.shape != shape:
        raise SchemaError(f"{file}: {found.shape} rows of {found.dtype}, expected {shape} of {dtype}.")
    return found.view(np.ndarray)


def _texts(file: Path, table: str, rows: int) -> pa.Table:
    try:
        found = pa.ipc.open_file(pa.memory_map(str(file))).read_all()
    except (OSError, pa.ArrowInvalid) as error:
        raise SchemaError(f"{file}: cannot be read: {error}.") from error
    if found.schema != text_schema(table) or len(found) != rows:
        raise SchemaError(f"{file}: {len(found)} rows of {found.schema.names}, expected {rows} of {TEXTS[table]}.")
    return found
