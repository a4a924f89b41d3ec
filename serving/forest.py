"""Boosted trees as plain arrays: margins and exact contributions of one row in microseconds, and of a book.

A contribution is that of path-dependent TreeSHAP (doi 10.1038/s42256-019-0138-9). A leaf is reached or not by each
feature of its path alone, so what it gives each of them depends on a few bits, and is looked up: a table a leaf, made
when first asked for. Shallow trees have a table a tree besides (tree_tables.py). Deep trees would need large tables;
there are none for those.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import factorial, log, prod
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from features.kernel.compiled import compiled
from serving.tree_tables import TreeTables, looked_up, table_size, tree_tables

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]

LARGEST_TABLES = 1 << 21
"""How many numbers the tables of a forest may hold, 16 MB: beyond, looking up is no faster than computing."""

_MOST_SPLITS = 62
"""The decisions of a tree fit the bits of a whole number."""


class Trees(NamedTuple):
    """Trees as compiled code walks them.

    ``splits`` and ``leaves`` (trees + 1,) are where those of each tree begin. Of each split: the ``feature``, the
    ``threshold`` below which a row goes left, whether it does with a missing value, and where it goes, ``children``
    (splits, 2): left and right, a split, or a leaf as ``~leaf``. A tree without a split begins with its leaf.
    ``values`` of the leaves.
    """

    splits: Ints
    leaves: Ints
    feature: Ints
    threshold: Matrix
    missing_left: npt.NDArray[np.bool_]
    children: Ints
    values: Matrix


class LeafTables(NamedTuple):
    """What leaves give the features of their paths.

    ``steps`` (leaves + 1,) is where the features of each leaf's path begin. Of each: the ``feature``, and the decisions
    of the tree that lead on to the leaf, those of ``mask`` being as in ``want``, a bit a split. A leaf's part of
    ``given`` begins at ``begins``: a row a pattern of which features lead on to it, a column a feature.
    """

    steps: Ints
    feature: Ints
    mask: Ints
    want: Ints
    begins: Ints
    given: Floats


@dataclass(frozen=True)
class Forest:
    """Trees that predict, on the float32 rows of a matrix; ``start`` is the margin without trees."""

    grown: Sequence[_Tree]
    trees: Trees
    start: np.float32

    @classmethod
    def of(cls, booster: xgb.Booster) -> Self | None:
        """Return a booster as plain arrays; None where it splits by categories, which XGBoost then predicts itself."""
        learner = json.loads(bytes(booster.save_raw("json")))["learner"]
        found = learner["gradient_booster"]["model"]["trees"]
        if any(any(tree["split_type"]) for tree in found):
            return None
        grown = [_Tree(tree) for tree in found]
        return cls(grown, _joined(grown), _start(learner))

    @cached_property
    def has_tables(self) -> bool:
        """Tell whether contributions can be looked up; where the trees are deep XGBoost computes them."""
        is_deep = any(tree.splits > _MOST_SPLITS for tree in self.grown)
        return not is_deep and sum(tree.table_size for tree in self.grown) <= LARGEST_TABLES

    @cached_property
    def expected(self) -> float:
        """What start and trees give on average over the rows of the fit."""
        return float(self.start) + sum(path.expected for tree in self.grown for path in tree.paths)

    def margin(self, matrix: Matrix) -> Floats:
        """Return the log-odds of each row, (n,): the sums that XGBoost makes, in its order and precision."""
        return _margins(self.trees, matrix, self.start).astype(np.float64)

    def contributions(self, matrix: Matrix) -> Floats:
        """Return what each feature adds to the log-odds of each row, (n, features); with ``expected`` the margin."""
        return self.explained(matrix)[1]

    def explained(self, matrix: Matrix) -> tuple[Floats, Floats]:
        """Return what ``margin`` and ``contributions`` return, together."""
        if self._whole is None:
            return self.margin(matrix), _contributions(self.trees, self._tables, matrix)
        margins, given = looked_up(self.trees, self._whole, matrix, self.start)
        return margins.astype(np.float64), given

    @cached_property
    def _whole(self) -> TreeTables | None:
        if table_size(self.trees, self._tables) > LARGEST_TABLES:
            return None
        return tree_tables(self.trees, self._tables)

    @cached_property
    def _tables(self) -> LeafTables:
        return _tables([path for tree in self.grown for path in tree.paths])


class _Path(NamedTuple):
    """The way to a leaf: by feature, mask and wanted bits of its decisions, and the share of rows they let by."""

    value: float
    masks: Mapping[int, int]
    wants: Mapping[int, int]
    shares: Mapping[int, float]

    @property
    def expected(self) -> float:
        """What the leaf adds on average."""
        return self.value * prod(self.shares.values())


def shapley(values: Floats, shares: Floats) -> Floats:
    """Return what leaves give the d features of their paths, by pattern of those that lead on, (leaves, 2 ** d, d).

    ``values`` (leaves,) and ``shares`` (leaves, d): in the game a coalition is worth the leaf's value times, of each
    feature, 1 or 0 by whether it leads on where it takes part, else its share. Bit k of a pattern is feature k's.

    >>> shapley(np.array([2.0]), np.array([[0.25]])).tolist()
    [[[-0.5], [1.5]]]
    """
    d = shares.shape[1]
    leads = (np.arange(1 << d)[:, None] >> np.arange(d) & 1).astype(np.float64)
    given = np.zeros((len(values), 1 << d, d))
    for coalition in leads.astype(bool):
        each = np.where(coalition, leads, shares[:, None, :])
        size = int(coalition.sum())
        for k in np.flatnonzero(~coalition):
            weight = factorial(size) * factorial(d - size - 1) / factorial(d)
            given[:, :, k] += weight * (leads[:, k] - shares[:, None, k]) * np.delete(each, k, axis=2).prod(axis=2)
    return values[:, None, None] * given


class _Tree:
    """One tree of XGBoost's JSON, its splits and leaves numbered in the order of its nodes."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self.left, self.right = tree["left_children"], tree["right_children"]
        self.condition = tree["split_conditions"]
        self.feature, self.default_left = tree["split_indices"], tree["default_left"]
        self.cover = tree["sum_hessian"]
        nodes = range(len(self.left))
        self.split_nodes = [node for node in nodes if self.left[node] >= 0]
        self.leaf_nodes = [node for node in nodes if self.left[node] < 0]
        self.number = {node: k for nodes in (self.split_nodes, self.leaf_nodes) for k, node in enumerate(nodes)}
        self.paths = [path for _, path in sorted(self._paths(0, {}, {}, {}))]
        self.splits = len(self.split_nodes)

    @property
    def table_size(self) -> int:
        """How many numbers the tables of the leaves take."""
        return sum(len(path.masks) << len(path.masks) for path in self.paths)

    def children(self, split_from: int, leaf_from: int) -> list[list[int]]:
        """Return where each split leads, splits and leaves numbered from these on."""
        return [
            [
                split_from + self.number[to] if self.left[to] >= 0 else ~(leaf_from + self.number[to])
                for to in (self.left[node], self.right[node])
            ]
            for node in self.split_nodes
        ]

    def _paths(
        self, node: int, masks: dict[int, int], wants: dict[int, int], shares: dict[int, float]
    ) -> Iterator[tuple[int, _Path]]:
        if self.left[node] < 0:
            yield self.number[node], _Path(self.condition[node], masks, wants, shares)
            return
        bit, feature = 1 << self.number[node], self.feature[node]
        for is_left, to in ((1, self.left[node]), (0, self.right[node])):
            share = self.cover[to] / self.cover[node] * shares.get(feature, 1.0)
            yield from self._paths(
                to,
                masks | {feature: masks.get(feature, 0) | bit},
                wants | {feature: wants.get(feature, 0) | bit * is_left},
                shares | {feature: share},
            )


def _start(learner: Mapping[str, Any]) -> np.float32:
    """Return the margin without trees, in XGBoost's precision."""
    base = np.float32(json.loads(learner["learner_model_param"]["base_score"])[0])
    if learner["objective"]["name"] == "binary:logistic":
        return np.float32(-log(np.float32(1.0) / base - np.float32(1.0)))
    return base


def _bounds(sizes: Sequence[int]) -> Ints:
    return np.cumsum([0, *sizes], dtype=np.int64)


def _joined(trees: Sequence[_Tree]) -> Trees:
    splits, leaves = _bounds([tree.splits for tree in trees]), _bounds([len(tree.paths) for tree in trees])
    begins = zip(splits[:-1].tolist(), leaves[:-1].tolist(), strict=True)
    pairs = [tree.children(*at) for tree, at in zip(trees, begins, strict=True)]
    nodes = [(tree, node) for tree in trees for node in tree.split_nodes]
    return Trees(
        splits=splits,
        leaves=leaves,
        feature=np.array([tree.feature[node] for tree, node in nodes], np.int64),
        threshold=np.array([tree.condition[node] for tree, node in nodes], np.float32),
        missing_left=np.array([tree.default_left[node] for tree, node in nodes], np.bool_),
        children=np.array([pair for own in pairs for pair in own], np.int64).reshape(-1, 2),
        values=np.array([path.value for tree in trees for path in tree.paths], np.float32),
    )


def _tables(paths: Sequence[_Path]) -> LeafTables:
    given = _given(paths)
    return LeafTables(
        steps=_bounds([len(path.masks) for path in paths]),
        feature=np.array([feature for path in paths for feature in path.masks], np.int64),
        mask=np.array([mask for path in paths for mask in path.masks.values()], np.int64),
        want=np.array([want for path in paths for want in path.wants.values()], np.int64),
        begins=_bounds([len(own) for own in given]),
        given=np.concatenate([np.empty(0), *given]),
    )


def _given(paths: Sequence[_Path]) -> list[Floats]:
    """Return the table of each leaf, those of paths with as many features made together."""
    given = [np.empty(0)] * len(paths)
    for d in {len(path.masks) for path in paths}:
        places = [k for k, path in enumerate(paths) if len(path.masks) == d]
        shares = np.array([list(paths[k].shares.values()) for k in places]).reshape(len(places), d)
        tables = shapley(np.array([paths[k].value for k in places]), shares)
        for k, table in zip(places, tables, strict=True):
            given[k] = table.ravel()
    return given


@compiled
def _goes_left(trees: Trees, split: int, row: Matrix) -> bool:
    value = row[trees.feature[split]]
    return trees.missing_left[split] if np.isnan(value) else value < trees.threshold[split]


@compiled
def _margins(trees: Trees, matrix: Matrix, start: np.float32) -> Matrix:
    margins = np.full(len(matrix), start, np.float32)
    for i in range(len(matrix)):
        row = matrix[i]
        for t in range(len(trees.splits) - 1):
            node = trees.splits[t] if trees.splits[t] < trees.splits[t + 1] else ~trees.leaves[t]
            while node >= 0:
                node = trees.children[node, 0 if _goes_left(trees, node, row) else 1]
            margins[i] += trees.values[~node]
    return margins


@compiled
def _decided(trees: Trees, t: int, row: Matrix) -> int:
    """Return the decisions of a tree's splits, a bit each: 1 where the row goes left."""
    decided = 0
    for split in range(trees.splits[t], trees.splits[t + 1]):
        if _goes_left(trees, split, row):
            decided |= 1 << (split - trees.splits[t])
    return decided


@compiled
def _contributions(trees: Trees, tables: LeafTables, matrix: Matrix) -> Floats:
    out = np.zeros(matrix.shape)
    for i in range(len(matrix)):
        row, own = matrix[i], out[i]
        for t in range(len(trees.splits) - 1):
            decided = _decided(trees, t, row)
            for leaf in range(trees.leaves[t], trees.leaves[t + 1]):
                first, last = tables.steps[leaf], tables.steps[leaf + 1]
                pattern = 0
                for step in range(first, last):
                    if decided & tables.mask[step] == tables.want[step]:
                        pattern |= 1 << (step - first)
                place = tables.begins[leaf] + pattern * (last - first)
                for step in range(first, last):
                    own[tables.feature[step]] += tables.given[place + step - first]
    return out
