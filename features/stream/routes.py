"""Which chunk an id belongs to, in twelve bytes an id: a sorted 64-bit hash and the number of a chunk.

Two ids of the map must not share a hash: a second hash notices when they do, and another key is tried. A
stranger that shares one of theirs does no harm; it is as unknown in that chunk as in any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pandas.util import hash_array

from features.kernel.windows import Mask

Hashes = npt.NDArray[np.uint64]
Chunks = npt.NDArray[np.int32]

FIRST = np.int32(0)
"""The chunk of rows that lead to no customer; its screen reports them."""

NULL = np.uint64(0)
"""The hash of an id that is null."""

_CHECK = "duewise: a check"


@dataclass(frozen=True)
class Routes:
    """The chunk of each id, that of the first row with it; make one with ``Routes.of``.

    ``shared`` are the sorted hashes of the ids whose rows lie in several chunks.
    """

    key: str
    hashes: Hashes
    chunks: Chunks
    shared: Hashes

    @classmethod
    def of(cls, rows: Callable[[], Iterable[tuple[pa.ChunkedArray, Chunks]]]) -> Routes:
        """Return the routes of ids; each call of ``rows`` reads all of them, with the chunk of each row."""
        for turn in count():
            key = f"{turn:016d}"
            read = [(*hashes_of(ids, key, _CHECK), chunks) for ids, chunks in rows()]
            hashes, checks, chunks = _sorted(*(np.concatenate(column) for column in zip(*read, strict=True)))
            again = np.flatnonzero(hashes[1:] == hashes[:-1]) + 1
            if (checks[again] == checks[again - 1]).all():
                break
        shared = np.unique(hashes[again[chunks[again] != chunks[again - 1]]])
        return cls(key, np.delete(hashes, again), np.delete(chunks, again), shared)

    def chunk_of(self, ids: pa.ChunkedArray) -> Chunks:
        """Return the chunk of each id, ``FIRST`` where the id is not known."""
        (hashes,) = hashes_of(ids, self.key)
        if not len(self.hashes):
            return np.full(len(hashes), FIRST)
        at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        return np.where(self.hashes[at] == hashes, self.chunks[at], FIRST)

    def is_shared(self, ids: pa.ChunkedArray) -> Mask:
        """Return which ids have rows in several chunks."""
        return np.isin(hashes_of(ids, self.key)[0], self.shared)


def hashes_of(ids: pa.ChunkedArray, *keys: str) -> list[Hashes]:
    """Return a hash of each id by each key of 16 letters; an id that repeats is hashed once."""
    coded = ids.cast(pa.large_string()).combine_chunks().dictionary_encode()
    texts = coded.dictionary.to_numpy(zero_copy_only=False)
    place = coded.indices.fill_null(-1).to_numpy()
    return [np.append(hash_array(texts, hash_key=key, categorize=False), NULL)[place] for key in keys]


def _sorted(hashes: Hashes, checks: Hashes, chunks: Chunks) -> tuple[Hashes, Hashes, Chunks]:
    order = np.argsort(hashes, kind="stable")
    return hashes[order], checks[order], chunks[order]
