"""Several boosters as one: their weighted mean, or the sum of boosters that grew on some of the columns each.

Contributions stay exact and a saved model is one file. Trees are copied by way of XGBoost's JSON, their leaves
scaled or their columns renumbered; nothing is learned here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import xgboost as xgb

from features.errors import ModelError


def blend(boosters: Sequence[xgb.Booster], weights: Sequence[float]) -> xgb.Booster:
    """Return one booster with margin = sum of ``weights`` x margin of ``boosters``; weights add up to 1.

    The boosters have learned from the same rows: columns and base score are the same.

    Raises
    ------
    ModelError
        When the base scores differ.
    """
    if len(boosters) == 1:
        return boosters[0]
    models = [json.loads(booster.save_raw("json")) for booster in boosters]
    starts = {model["learner"]["learner_model_param"]["base_score"] for model in models}
    if len(starts) > 1:
        raise ModelError(f"boosters to blend must start from one base score, got {sorted(starts)}.")
    trees = [
        _scaled(tree, weight)
        for model, weight in zip(models, weights, strict=True)
        for tree in model["learner"]["gradient_booster"]["model"]["trees"]
    ]
    whole = models[0]
    whole["learner"]["gradient_booster"]["model"] |= _forest(models[0], trees)
    return xgb.Booster(model_file=bytearray(json.dumps(whole).encode()))


def chain(links: Sequence[tuple[xgb.Booster, Sequence[int]]], feature_types: Sequence[str]) -> xgb.Booster:
    """Return one booster with margin = sum of those of ``links``, each of which starts from 0.

    A link is a booster and the columns, of all those that ``feature_types`` names, that it was grown on, in its order.
    """
    width = str(len(feature_types))
    models = [json.loads(booster.save_raw("json")) for booster, _ in links]
    trees = [
        _renumbered(tree, columns, width)
        for model, (_, columns) in zip(models, links, strict=True)
        for tree in model["learner"]["gradient_booster"]["model"]["trees"]
    ]
    learner = models[0]["learner"]
    learner["gradient_booster"]["model"] |= _forest(models[0], trees)
    learner["learner_model_param"]["num_feature"] = width
    learner["feature_types"] = list(feature_types)
    return xgb.Booster(model_file=bytearray(json.dumps(models[0]).encode()))


def _renumbered(tree: dict[str, Any], columns: Sequence[int], width: str) -> dict[str, Any]:
    indices = [int(columns[place]) for place in tree["split_indices"]]
    return tree | {"split_indices": indices, "tree_param": tree["tree_param"] | {"num_feature": width}}


def _scaled(tree: dict[str, Any], weight: float) -> dict[str, Any]:
    """Return a tree whose leaves are ``weight`` times as large.

    A leaf of one number keeps it where others keep a split; leaves of several have a list of their own.
    """
    scaled = {"base_weights": [value * weight for value in tree["base_weights"]]}
    if "leaf_weights" in tree:
        return tree | scaled | {"leaf_weights": [value * weight for value in tree["leaf_weights"]]}
    is_leaf = [left == -1 for left in tree["left_children"]]
    places = zip(tree["split_conditions"], is_leaf, strict=True)
    return tree | scaled | {"split_conditions": [value * weight if leaf else value for value, leaf in places]}


def _forest(model: dict[str, Any], trees: list[dict[str, Any]]) -> dict[str, Any]:
    params = model["learner"]["gradient_booster"]["model"]["gbtree_model_param"]
    return {
        "trees": [tree | {"id": number} for number, tree in enumerate(trees)],
        "tree_info": [0] * len(trees),
        "iteration_indptr": list(range(len(trees) + 1)),
        "gbtree_model_param": params | {"num_trees": str(len(trees))},
    }
