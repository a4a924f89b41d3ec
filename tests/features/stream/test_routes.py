from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.stream import routes
from features.stream.routes import Routes


def routes_of(ids: list[Any], chunks: list[int]) -> Routes:
    return Routes.of(lambda: [(pa.chunked_array([ids], pa.string()), np.array(chunks, np.int32))])


def texts(*ids: Any) -> pa.ChunkedArray:
    return pa.chunked_array([list(ids)], pa.string())


def test_an_id_leads_to_the_chunk_of_its_first_row_and_a_stranger_to_the_first() -> None:
    made = routes_of(["a", "b", "a", None], [1, 2, 3, 4])
    assert made.chunk_of(texts("b", "a", None, "None", "z")).tolist() == [2, 1, 4, 0, 0]


def test_an_id_with_rows_in_several_chunks_is_shared() -> None:
    made = routes_of(["a", "b", "a", "c", "c"], [1, 2, 3, 4, 4])
    assert made.is_shared(texts("a", "b", "c", "z")).tolist() == [True, False, False, False]


def test_without_ids_everyone_is_a_stranger() -> None:
    assert routes_of([], []).chunk_of(texts("a")).tolist() == [0]


def test_two_ids_with_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = routes.hash_array

    def weak(ids: Any, hash_key: str, categorize: bool) -> Any:
        hashes = honest(ids, hash_key=hash_key, categorize=categorize)
        return hashes % np.uint64(2) + np.uint64(1) if hash_key == f"{0:016d}" else hashes

    monkeypatch.setattr(routes, "hash_array", weak)
    made = routes_of(["a", "b", "c"], [1, 2, 3])
    assert made.chunk_of(texts("c", "b", "a")).tolist() == [3, 2, 1]
    assert not len(made.shared)
