"""What whole trees give, looked up by how all their splits decide: the way of ``Forest`` for shallow trees, and faster.

Rows are taken in blocks, a tree at a time, so that the tree's table stays in the cache. Sums are those of the tables a
leaf, leaf by leaf in the same order, so that a row is told the same by either to the bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from features.kernel.compiled import compiled

if TYPE_CHECKING:
    from serving.forest import LeafTables, Trees

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]

_BLOCK = 256
"""Rows at a time: their columns, places and sums stay in the cache."""


class TreeTables(NamedTuple):
    """What trees give, by pattern: the decisions of a tree's splits, a bit a split, 1 where the row goes left.

    ``groups`` (trees + 1,) is where the features of each tree begin; of each group the ``feature``, and ``ends`` where
    its addends end among those of all trees, one a leaf whose path has the feature, in the order of the leaves.
    ``begins`` (trees + 1,) is where each tree's part of ``given`` begins: a row a pattern, a column an addend.
    ``leaves`` (trees + 1,) is where each tree's part of ``values`` begins, the value of the leaf of each pattern.
    """

    groups: Ints
    feature: Ints
    ends: Ints
    begins: Ints
    given: Floats
    leaves: Ints
    values: Matrix


def table_size(trees: Trees, tables: LeafTables) -> int:
    """Return how many numbers ``tree_tables`` would hold."""
    return int((_patterns(trees) * _addends(trees, tables)).sum())


def tree_tables(trees: Trees, tables: LeafTables) -> TreeTables:
    """Return the tables of whole trees, made of those of their leaves."""
    addends, patterns = _addends(trees, tables), _patterns(trees)
    tree = np.repeat(np.arange(len(addends)), addends)
    step = np.lexsort((tables.feature, tree))
    feature = tables.feature[step]
    last = np.append((np.diff(feature) != 0) | (np.diff(tree) != 0), True) if len(step) else np.zeros(0, np.bool_)
    groups = _bounds(np.bincount(tree[last], minlength=len(addends)))
    begins, leaves = _bounds(patterns * addends), _bounds(patterns)
    leaf = np.repeat(np.arange(len(tables.steps) - 1), np.diff(tables.steps))
    given, values = _filled(trees, tables, step, leaf, _bounds(addends), begins, leaves)
    return TreeTables(groups, feature[last], np.flatnonzero(last) + 1, begins, given, leaves, values)


def _bounds(sizes: Ints) -> Ints:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])


def _patterns(trees: Trees) -> Ints:
    """Return how many patterns each tree has; beyond 2 ** 20, so many."""
    return np.int64(1) << np.minimum(np.diff(trees.splits), 20)


def _addends(trees: Trees, tables: LeafTables) -> Ints:
    return np.diff(tables.steps[trees.leaves])


@compiled
def _leaf_of(trees: Trees, t: int, pattern: int) -> int:
    """Return the leaf that a tree's decisions lead to."""
    node = trees.splits[t] if trees.splits[t] < trees.splits[t + 1] else ~trees.leaves[t]
    while node >= 0:
        node = trees.children[node, 0 if pattern >> (node - trees.splits[t]) & 1 else 1]
    return ~node


@compiled
def _given_by(tables: LeafTables, leaf: int, step: int, pattern: int) -> float:
    """Return what a leaf gives the feature of one of its steps, decisions being so."""
    first, last = tables.steps[leaf], tables.steps[leaf + 1]
    leads = 0
    for each in range(first, last):
        if pattern & tables.mask[each] == tables.want[each]:
            leads |= 1 << (each - first)
    return tables.given[tables.begins[leaf] + leads * (last - first) + step - first]


@compiled
def _filled(
    trees: Trees, tables: LeafTables, step: Ints, leaf: Ints, addends: Ints, begins: Ints, leaves: Ints
) -> tuple[Floats, Matrix]:
    given, values = np.empty(begins[-1]), np.empty(leaves[-1], np.float32)
    for t in range(len(begins) - 1):
        for pattern in range(leaves[t + 1] - leaves[t]):
            values[leaves[t] + pattern] = trees.values[_leaf_of(trees, t, pattern)]
            row = begins[t] + pattern * (addends[t + 1] - addends[t]) - addends[t]
            for k in range(addends[t], addends[t + 1]):
                given[row + k] = _given_by(tables, leaf[step[k]], step[k], pattern)
    return given, values


@compiled
def _decide(trees: Trees, t: int, columns: Matrix, rows: int, pattern: npt.NDArray[np.int32]) -> None:
    """Write the pattern of each row in a tree."""
    pattern[:rows] = 0
    for split in range(trees.splits[t], trees.splits[t + 1]):
        bit = np.int32(1 << (split - trees.splits[t]))
        column, threshold = columns[trees.feature[split]], trees.threshold[split]
        if trees.missing_left[split]:
            for i in range(rows):
                pattern[i] |= np.int32(0) if column[i] >= threshold else bit
        else:
            for i in range(rows):
                pattern[i] |= bit if column[i] < threshold else np.int32(0)


@compiled
def _add(tables: TreeTables, t: int, rows: int, pattern: npt.NDArray[np.int32], sums: Floats) -> None:
    """Add what a tree gives each feature to its sums, (features, rows)."""
    begin = tables.ends[tables.groups[t] - 1] if tables.groups[t] else 0
    step, addends = begin, tables.ends[tables.groups[t + 1] - 1] - begin if tables.groups[t + 1] else 0
    for group in range(tables.groups[t], tables.groups[t + 1]):
        own = sums[tables.feature[group]]
        for i in range(rows):
            total, row = own[i], tables.begins[t] + pattern[i] * addends - begin
            for k in range(step, tables.ends[group]):
                total += tables.given[row + k]
            own[i] = total
        step = tables.ends[group]


@compiled
def looked_up(trees: Trees, tables: TreeTables, matrix: Matrix, start: np.float32) -> tuple[Matrix, Floats]:
    """Return the margin of each row, (n,), and what each feature adds to it, (n, features)."""
    margins, out = np.full(len(matrix), start, np.float32), np.empty(matrix.shape)
    block, width = min(_BLOCK, len(matrix)), matrix.shape[1]
    pattern, columns, sums = np.empty(block, np.int32), np.empty((width, block), np.float32), np.empty((width, block))
    for first in range(0, len(matrix), max(block, 1)):
        rows = min(block, len(matrix) - first)
        columns[:, :rows] = matrix[first : first + rows].T
        sums[:] = 0.0
        for t in range(len(tables.begins) - 1):
            _decide(trees, t, columns, rows, pattern)
            for i in range(rows):
                margins[first + i] += tables.values[tables.leaves[t] + pattern[i]]
            _add(tables, t, rows, pattern, sums)
        out[first : first + rows] = sums[:, :rows].T
    return margins, out
