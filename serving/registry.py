"""The only reader of MLflow: which models are in service, and the folders that hold them.

A registered model is a folder of JSON and UBJSON files among a run's artefacts; nothing is unpickled.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.errors import ModelError
from serving.effects import EffectScorer
from serving.scorer import Scorer

DEFAULT_MODEL = "duewise-default"
RESPONSE_MODEL = "duewise-response"
CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
"""Aliases: in service, asking to be, and in service before the champion."""


@dataclass(frozen=True)
class Models:
    """The models in service. ``effects`` is None where no reminder log has been learned from yet."""

    scorer: Scorer
    effects: EffectScorer | None
    version: str


@dataclass(frozen=True)
class Version:
    """A registered version: the run that made it and its measures, what its approval left on it and on its model."""

    name: str
    version: str
    aliases: tuple[str, ...]
    run_id: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    model_tags: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.name} version {self.version}"


def tracking_uri() -> str:
    """Return MLFLOW_TRACKING_URI, or the database in ./mlruns."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{Path('mlruns').resolve() / 'mlflow.db'}"


def load_models(alias: str = CHAMPION, threads: int = 1) -> Models:
    """Load the models under an alias.

    Raises
    ------
    ModelError
        When no default model has the alias (the sentence says which command makes one), or a file is damaged.
    """
    default = _version(DEFAULT_MODEL, alias)
    if default is None:
        raise ModelError(
            f"no default model is registered as {alias} in {tracking_uri()}. `duewise train BOOK` makes one."
        )
    response = _version(RESPONSE_MODEL, alias)
    names = [f"{DEFAULT_MODEL}/{default.version}"]
    effects = None
    if response is not None:
        names.append(f"{RESPONSE_MODEL}/{response.version}")
        effects = EffectScorer.load(_folder(response), threads=threads)
    return Models(Scorer.load(_folder(default), threads=threads), effects, " ".join(names))


def find_version(name: str, alias: str = CHAMPION, version: str | None = None) -> Version | None:
    """Return the version with a number or, without a number, the one under an alias; None where there is none.

    Raises
    ------
    ModelError
        When the registry does not answer.
    """
    found = _version(name, alias, version)
    if found is None:
        return None
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri(), tracking_uri())
    model, run = client.get_registered_model(name), client.get_run(found.run_id).data
    aliases = tuple(its for its, number in model.aliases.items() if str(number) == str(found.version))
    told = (run.params, run.metrics, found.tags, model.tags)
    return Version(name, str(found.version), aliases, found.run_id, *map(dict, told))


def registered(name: str = DEFAULT_MODEL, alias: str = CHAMPION, version: str | None = None) -> Version:
    """Return ``find_version``'s, which must exist.

    Raises
    ------
    ModelError
        When there is no such version.
    """
    found = find_version(name, alias, version)
    if found is None:
        wanted = f"with alias {alias}" if version is None else f"version {version}"
        raise ModelError(f"{name} {wanted} is not in {tracking_uri()}. `duewise train BOOK` makes one.")
    return found


def artefacts(model: Version, folder: str) -> Path:
    """Return where a folder among the artefacts of the run that made a version lies.

    Raises
    ------
    ModelError
        When the run has no such folder.
    """
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri(), tracking_uri())
    if not client.list_artifacts(model.run_id, folder):
        raise ModelError(f"the run of {model} has no {folder} among its artefacts.")
    return _downloaded(f"{client.get_run(model.run_id).info.artifact_uri}/{folder}")


def _version(name: str, alias: str, version: str | None = None) -> Any | None:
    if _is_absent_database(tracking_uri()):
        return None
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    client = MlflowClient(tracking_uri(), tracking_uri())
    try:
        if version is not None:
            return client.get_model_version(name, version)
        return client.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise ModelError(f"the registry at {tracking_uri()} does not answer: {error}") from error


def _is_absent_database(uri: str) -> bool:
    """Tell whether a SQLite registry was never made: asking it would make an empty one."""
    return uri.startswith("sqlite:///") and not Path(uri.removeprefix("sqlite:///")).exists()


def _folder(version: Any) -> Path:
    return _downloaded(version.source)


def _downloaded(uri: str) -> Path:
    from mlflow.artifacts import download_artifacts

    return Path(download_artifacts(artifact_uri=uri, tracking_uri=tracking_uri()))
