"""Tables of whole trees say what tables of their leaves say, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
import xgboost as xgb

from serving.forest import Forest
from serving.tree_tables import table_size

COLUMNS, ROWS = 6, 700


def rows(seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(ROWS, COLUMNS)).round(1).astype(np.float32)
    matrix[rng.random(matrix.shape) < 0.2] = np.nan
    return matrix


def forest(depth: int, rounds: int = 60, least: float = 1.0) -> Forest:
    matrix = rows(0)
    outcome = (np.nan_to_num(matrix)[:, :3].prod(axis=1) + np.isnan(matrix[:, 3]) > 0).astype(np.float32)
    how = {"objective": "binary:logistic", "max_depth": depth, "eta": 0.3, "nthread": 1, "min_child_weight": least}
    made = Forest.of(xgb.train(how, xgb.DMatrix(matrix, outcome), rounds))
    assert made is not None
    return made


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_what_whole_trees_give_is_what_their_leaves_give_to_the_bit(
    depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, by_leaf, matrix = forest(depth), forest(depth), rows(1)
    given = whole.explained(matrix)
    monkeypatch.setattr("serving.forest.LARGEST_TABLES", 0)
    expected = by_leaf.explained(matrix)
    assert whole._whole is not None
    assert by_leaf._whole is None
    assert [part.tobytes() for part in given] == [part.tobytes() for part in expected]


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257])
def test_a_block_of_rows_is_told_as_each_row_alone(count: int) -> None:
    trees, matrix = forest(3), rows(2)[:count]
    margins, given = trees.explained(matrix)
    alone = [trees.explained(matrix[k : k + 1]) for k in range(count)]
    assert margins.tolist() == [float(margin[0]) for margin, _ in alone]
    assert given.tobytes() == b"".join(part.tobytes() for _, part in alone)


def test_trees_that_never_split_give_nothing() -> None:
    never = forest(3, rounds=5, least=1e9)
    margins, given = never.explained(rows(3))
    assert not given.any()
    assert np.unique(margins).size == 1


def test_deep_trees_have_no_table_of_their_own() -> None:
    deep = forest(5, least=0.0)
    assert table_size(deep.trees, deep._tables) > 1 << 21
    assert deep._whole is None
