"""One customer over HTTP, in a batch and in the training matrix: the same numbers, to the bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features import build_features
from serving.batch import score_book
from serving.policy_settings import read_policy
from serving.registry import load_models


def records_of(world: Any, customer: str) -> dict[str, list[dict[str, Any]]]:
    """Return a customer's rows of the seven tables as JSON would carry them."""
    loans = world.book.loans.loc[world.book.loans["customer_id"] == customer, "loan_id"]
    records = {}
    for name, frame in world.book.tables():
        rows = (
            frame[frame["customer_id"] == customer] if "customer_id" in frame else frame[frame["loan_id"].isin(loans)]
        )
        days = rows.columns[rows.dtypes == "datetime64[us]"]
        text = rows.assign(**{day: rows[day].dt.strftime("%Y-%m-%d") for day in days})
        records[name] = json.loads(
            text.to_json(orient="records", date_format="iso", date_unit="us", double_precision=15)
        )
    return records


def told_by(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        tuple(reason[key] for key in ("reason", "contribution", "feature", "value")) for reason in answer["reasons"]
    ]


def written_in(row: pd.Series) -> list[tuple[Any, ...]]:
    """Return the reasons of a row of the batch as the wire tells them."""
    cells = [[row[f"reason_{k}{end}"] for end in ("", "_contribution", "_feature", "_value")] for k in (1, 2, 3, 4)]
    return [tuple(None if pd.isna(cell) else cell for cell in four) for four in cells if not pd.isna(four[0])]


def none_of(cell: Any) -> Any:
    return None if pd.isna(cell) else cell


@pytest.fixture(scope="module")
def batch(world: Any, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    out = tmp_path_factory.mktemp("batch") / "decisions.parquet"
    score_book(world.folder, world.as_of, load_models(), read_policy(), out, chunk=300)
    assert [file.name for file in out.parent.iterdir()] == ["decisions.parquet"]
    return pd.read_parquet(out).set_index("customer_id")


@pytest.fixture(scope="module")
def some(batch: pd.DataFrame) -> list[str]:
    return list(batch.groupby(["action", "tier"]).head(2).index)[:25]


def test_the_matrix_of_training_scores_as_the_batch_does(world: Any, batch: pd.DataFrame) -> None:
    X = build_features(world.book, world.as_of)
    scores = load_models().scorer.score(X)
    assert (batch.loc[X.index, "default_probability"].to_numpy() == scores.default_probability).all()


def test_a_reason_is_made_of_the_models_columns_with_the_customers_own_values(
    world: Any, some: list[str], ask: Any
) -> None:
    X, scorer = build_features(world.book, world.as_of, some), load_models().scorer
    assert len(scorer.encoding.columns) < X.shape[1]  # selection left some out
    contributions = pd.DataFrame(scorer.score(X, explain=True).contributions, X.index, scorer.encoding.columns)
    _, body = ask({"as_of": world.as_of.isoformat(), "customers": [{"customer_id": name} for name in some]})
    for name, answer in zip(some, body["results"], strict=True):
        for share in (share for reason in answer["reasons"] for share in reason["features"]):
            value = X.loc[name, share["feature"]]
            assert share["value"] == (None if pd.isna(value) else value)
            assert share["contribution"] == contributions.loc[name, share["feature"]]


@pytest.mark.parametrize("with_records", [False, True], ids=["from the snapshot", "with records"])
def test_http_answers_as_the_batch_decided(
    world: Any, service: str, batch: pd.DataFrame, some: list[str], ask: Any, with_records: bool
) -> None:
    asked = [{"customer_id": n} | ({"records": records_of(world, n)} if with_records else {}) for n in some]
    status, body = ask({"as_of": world.as_of.isoformat(), "customers": asked})
    assert status == 200
    assert [answer["customer_id"] for answer in body["results"]] == some
    for answer in body["results"]:
        row, chosen = batch.loc[answer["customer_id"]], answer["recommendation"]
        assert answer["default_probability"] == row["default_probability"]
        assert answer["decision_id"] == row["decision_id"]
        assert (answer["tier"], answer["stance"]) == (row["tier"], row["stance"])
        assert chosen["action"] == row["action"]
        assert chosen["propensity"] == row["propensity"]
        assert chosen["expected_effect"]["effect"] == row["expected_effect"]
        assert chosen["expected_value"] == row["expected_value"]
        assert (chosen["daypart"], chosen["daypart_adds"]) == (none_of(row["daypart"]), row["daypart_adds"])
        window = chosen["send_at"] or dict.fromkeys(("earliest", "latest"))
        for end, column in (("earliest", "send_from"), ("latest", "send_until")):
            assert pd.Timestamp(window[end]) == row[column] or (window[end] is None and pd.isna(row[column]))
        assert told_by(answer) == written_in(row)


def test_what_would_change_is_the_same_from_the_snapshot_and_with_records(
    world: Any, batch: pd.DataFrame, ask: Any
) -> None:
    names = list(batch.groupby("tier").head(2).index)
    body = {"as_of": world.as_of.isoformat(), "counterfactual": True}
    known = [{"customer_id": name} for name in names]
    sent = [{"customer_id": name, "records": records_of(world, name)} for name in names]
    answers = [ask(body | {"customers": customers})[1]["results"] for customers in (known, sent)]
    first, second = ([answer["would_change"] for answer in asked] for asked in answers)
    assert first == second
    assert any(told["better"] for told in first)


def test_the_chunk_size_of_a_batch_changes_nothing(world: Any, batch: pd.DataFrame, tmp_path: Path) -> None:
    score_book(world.folder, world.as_of, load_models(), read_policy(), tmp_path / "whole.parquet")
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "whole.parquet").set_index("customer_id"), batch, check_exact=True
    )
