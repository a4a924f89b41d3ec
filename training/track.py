"""The one writer to MLflow: what a training did, on what, how well, and the model it made.

A model is registered as its folder among the run's artefacts; an alias says which one is in service.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from features.errors import ModelError
from serving.registry import CHALLENGER, CHAMPION, PREVIOUS, tracking_uri

EXPERIMENT, WATCHES = "duewise", "duewise-monitoring"
MOVED_AT = "champion_moved_at"
"""Tag of a registered model: when its champion was approved, the same for models that moved together; else empty."""


class Saved(Protocol):
    """Whatever writes itself into a folder."""

    def save(self, folder: Path) -> None:
        """Write the files."""


@dataclass(frozen=True)
class Record:
    """One training as it is kept.

    ``params`` and ``metrics`` by name; ``tables`` are written as CSV, ``figures`` (matplotlib) as PNG, both by
    file stem; ``model`` has a ``save(folder)``, and so have ``folders``, by the name each is written under.
    """

    name: str
    model: Any
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    folders: Mapping[str, Saved] = field(default_factory=dict)


def register(record: Record, alias: str | None = None) -> tuple[str, str]:
    """Write a record as an MLflow run and register its model; return the version and the alias it got.

    ``alias`` None makes the first version of a name the champion and every later one the challenger.
    """
    client = _client()
    run = client.create_run(_experiment(client), run_name=record.name)
    for name, value in record.params.items():
        client.log_param(run.info.run_id, name, value)
    for name, value in record.metrics.items():
        client.log_metric(run.info.run_id, name, value)
    with tempfile.TemporaryDirectory() as folder:
        _write_artefacts(record, Path(folder))
        client.log_artifacts(run.info.run_id, folder)
    client.set_terminated(run.info.run_id)
    if not client.search_registered_models(f"name = '{record.name}'"):
        client.create_registered_model(record.name)
    aliases = client.get_registered_model(record.name).aliases
    version = client.create_model_version(record.name, f"{run.info.artifact_uri}/model", run.info.run_id).version
    given = alias or (CHALLENGER if CHAMPION in aliases else CHAMPION)
    if given == CHAMPION:
        _move_champion(client, record.name, str(version), moved_at="")
    else:
        client.set_registered_model_alias(record.name, given, version)
    return str(version), given


def keep_folder(run_id: str, folder: str | Path, name: str) -> None:
    """Write a folder among the artefacts of a run as ``name``."""
    _client().log_artifacts(run_id, str(folder), name)


def keep_evaluation(
    name: str, version: str, run_id: str, metrics: Mapping[str, float], tags: Mapping[str, str]
) -> None:
    """Write to the run of a version what an evaluation of it measured, and ``tags`` to the version.

    A metric of NaN takes the place of an older number that no longer holds.
    """
    client = _client()
    for metric, value in metrics.items():
        client.log_metric(run_id, metric, value)
    for tag, text in tags.items():
        client.set_model_version_tag(name, version, tag, text)


def keep_watch(
    model: str, version: str, until: str, metrics: Mapping[str, float], tags: Mapping[str, str], folder: str | Path
) -> str:
    """Write what monitoring found in the window that ends at ``until`` as a run of its own; return the run's id.

    Its metrics are told with the window's end as their time, so that their history reads in the order of the windows;
    the folder's files are its artefacts, and ``tags`` name besides what was raised.
    """
    client = _client()
    run = client.create_run(_experiment(client, WATCHES), run_name=f"{model} {version} until {until[:10]}")
    at = int(pd.Timestamp(until).timestamp() * 1000)
    for name, value in metrics.items():
        client.log_metric(run.info.run_id, name, value, timestamp=at)
    for name, text in {"model": model, "version": version, "until": until, **tags}.items():
        client.set_tag(run.info.run_id, name, text)
    client.log_artifacts(run.info.run_id, str(folder))
    client.set_terminated(run.info.run_id)
    return str(run.info.run_id)


def study_storage() -> str:
    """Return the URL of the database of searches: beside MLflow's where that is SQLite, else in ./mlruns."""
    uri = tracking_uri()
    beside = Path(uri.removeprefix("sqlite:///")).parent if uri.startswith("sqlite:///") else Path("mlruns")
    beside.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{beside.resolve() / 'studies.db'}"


def make_champion(name: str, version: str, approval: Mapping[str, str]) -> str | None:
    """Make a version the champion and write ``approval``, ``approved_at`` among it, to its tags.

    Return the version that was champion before, which is now the previous one, or None.
    """
    client = _client()
    for tag, value in approval.items():
        client.set_model_version_tag(name, version, tag, value)
    return _move_champion(client, name, version, approval["approved_at"])


def swap_champion(name: str) -> tuple[str, str]:
    """Make the previous version the champion and the champion the previous one; return both, the champion first.

    Raises
    ------
    ModelError
        When there is no previous version.
    """
    client = _client()
    aliases = _aliases(client, name)
    if not {CHAMPION, PREVIOUS} <= set(aliases):
        raise ModelError(f"{name} has no former champion to go back to.")
    client.set_registered_model_alias(name, CHAMPION, aliases[PREVIOUS])
    client.set_registered_model_alias(name, PREVIOUS, aliases[CHAMPION])
    return aliases[PREVIOUS], aliases[CHAMPION]


def _move_champion(client: Any, name: str, version: str, moved_at: str) -> str | None:
    former = _aliases(client, name).get(CHAMPION)
    if former is not None and former != version:
        client.set_registered_model_alias(name, PREVIOUS, former)
    client.set_registered_model_alias(name, CHAMPION, version)
    client.set_registered_model_tag(name, MOVED_AT, moved_at)
    return former


def _aliases(client: Any, name: str) -> dict[str, str]:
    """Return the version under each alias; of a model that is not registered, none."""
    found = client.search_registered_models(f"name = '{name}'")
    return {alias: str(version) for model in found for alias, version in model.aliases.items()}


def _write_artefacts(record: Record, folder: Path) -> None:
    record.model.save(folder / "model")
    for name, saved in record.folders.items():
        saved.save(folder / name)
    for name, table in record.tables.items():
        table.to_csv(folder / f"{name}.csv")
    for name, figure in record.figures.items():
        figure.savefig(folder / f"{name}.png", dpi=120, bbox_inches="tight")


def _client() -> Any:
    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    from mlflow import MlflowClient

    uri = tracking_uri()
    if uri.startswith("sqlite:///"):
        Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    return MlflowClient(uri, uri)


def _experiment(client: Any, name: str = EXPERIMENT) -> str:
    """Return an experiment's id; its artefacts lie beside a SQLite database, elsewhere where the server says."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    uri = tracking_uri()
    beside = Path(uri.removeprefix("sqlite:///")).resolve().parent / "artifacts"
    location = beside.as_uri() if uri.startswith("sqlite:///") else None
    return str(client.create_experiment(name, artifact_location=location))
