"""Several boosters as one, whose margin is their weighted mean: contributions stay exact, a saved model one file.

Trees are copied and their leaves scaled, by way of XGBoost's JSON; nothing is learned here.
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


def _scaled(tree: dict[str, Any], weight: float) -> dict[str, Any]:
    """Return a tree whose leaves are ``weight`` times as large; a leaf keeps its value where others keep a split."""
    is_leaf = [left == -1 for left in tree["left_children"]]
    places = zip(tree["split_conditions"], is_leaf, strict=True)
    return tree | {
        "split_conditions": [value * weight if leaf else value for value, leaf in places],
        "base_weights": [value * weight for value in tree["base_weights"]],
    }


def _forest(model: dict[str, Any], trees: list[dict[str, Any]]) -> dict[str, Any]:
    params = model["learner"]["gradient_booster"]["model"]["gbtree_model_param"]
    return {
        "trees": [tree | {"id": number} for number, tree in enumerate(trees)],
        "tree_info": [0] * len(trees),
        "iteration_indptr": list(range(len(trees) + 1)),
        "gbtree_model_param": params | {"num_trees": str(len(trees))},
    }
