"""The only reader of MLflow: which models are in service, and the folders that hold them.

A registered model is a folder of JSON and UBJSON files among a run's artefacts; nothing is unpickled.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.errors import ModelError
from serving.addresses import told_address
from serving.effects import EffectScorer
from serving.scorer import Scorer
from serving.timing import Timing

DEFAULT_MODEL = "duewise-default"
RESPONSE_MODEL = "duewise-response"
CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
"""Aliases: in service, asking to be, and in service before the champion."""

_VERSION = re.compile(rf"{DEFAULT_MODEL}/(\d+)(?: {RESPONSE_MODEL}/(\d+))?")
"""How ``Models.version`` is written."""


@dataclass(frozen=True)
class Models:
    """The models in service.

    ``effects`` is None where no reminder log has been learned from yet, ``timing`` where nothing was learned of
    when to send.
    """

    scorer: Scorer
    effects: EffectScorer | None
    version: str
    timing: Timing | None = None


@dataclass(frozen=True)
class Registered:
    """A registered model as it is kept: ``params`` and ``metrics`` of the run that made it.

    ``tags`` are those of the version, where its approval stands; ``model_tags`` those of all versions together.
    """

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


def _registry() -> str:
    return told_address(tracking_uri())


def load_models(alias: str = CHAMPION, threads: int = 1) -> Models:
    """Load the models under an alias.

    Raises
    ------
    ModelError
        When no default model has the alias (the sentence says which command makes one), or a file is damaged.
    """
    default = _version(DEFAULT_MODEL, alias)
    if default is None:
        raise ModelError(f"no default model is registered as {alias} in {_registry()}. `duewise train BOOK` makes one.")
    return _loaded(default, _version(RESPONSE_MODEL, alias), threads)


def load_version(version: str, threads: int = 1) -> Models:
    """Load the models of a ``Models.version``, whichever are in service now.

    Raises
    ------
    ModelError
        When it is no such version, one of its models is no longer in the registry, or a file is damaged.
    """
    named = _VERSION.fullmatch(version)
    if named is None:
        legal = f"{DEFAULT_MODEL}/1, or {DEFAULT_MODEL}/1 {RESPONSE_MODEL}/1"
        raise ModelError(f"a version of models is written {legal}; got {version!r}.")
    default, response = (
        None if number is None else _kept(name, number)
        for name, number in zip((DEFAULT_MODEL, RESPONSE_MODEL), named.groups(), strict=True)
    )
    return _loaded(default, response, threads)


def version_under(alias: str = CHAMPION) -> str | None:
    """Return the version that ``load_models`` would load, without loading it; None where there is no default model.

    Raises
    ------
    ModelError
        When the registry does not answer.
    """
    found = {name: _version(name, alias) for name in (DEFAULT_MODEL, RESPONSE_MODEL)}
    if found[DEFAULT_MODEL] is None:
        return None
    return " ".join(f"{name}/{one.version}" for name, one in found.items() if one is not None)


def find_registered(name: str, alias: str = CHAMPION, version: str | None = None) -> Registered | None:
    """Return what is kept of a version, or of the one under ``alias`` when none is named; None: there is none.

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
    run, model_tags = client.get_run(found.run_id), client.get_registered_model(name).tags
    kept = (run.data.params, run.data.metrics, found.tags, model_tags)
    return Registered(name, str(found.version), tuple(found.aliases), found.run_id, *map(dict, kept))


def registered(name: str = DEFAULT_MODEL, alias: str = CHAMPION, version: str | None = None) -> Registered:
    """Return what is kept of a version as ``find_registered`` does.

    Raises
    ------
    ModelError
        When there is no such version, or the registry does not answer.
    """
    found = find_registered(name, alias, version)
    if found is None:
        wanted = f"with alias {alias}" if version is None else f"version {version}"
        raise ModelError(f"{name} {wanted} is not in {_registry()}. `duewise train BOOK` makes one.")
    return found


def artefacts(model: Registered, folder: str) -> Path:
    """Return where a folder among the artefacts of the run that made a model lies.

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


def _loaded(default: Any, response: Any | None, threads: int) -> Models:
    names = [f"{DEFAULT_MODEL}/{default.version}"]
    effects, timing = None, None
    if response is not None:
        names.append(f"{RESPONSE_MODEL}/{response.version}")
        folder = _folder(response)
        effects, timing = EffectScorer.load(folder, threads=threads), Timing.find(folder)
    return Models(Scorer.load(_folder(default), threads=threads), effects, " ".join(names), timing)


def _kept(name: str, number: str) -> Any:
    found = _version(name, CHAMPION, number)
    if found is None:
        raise ModelError(f"{name} version {number} is not in {_registry()}: it was deleted, or never was there.")
    return found


def _version(name: str, alias: str, version: str | None = None) -> Any | None:
    """Return the version of that number, or the one under the alias when no number is given; None: there is none."""
    if _is_absent_database(tracking_uri()):
        return None
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        client = MlflowClient(tracking_uri(), tracking_uri())  # asks a database already
        number = version or client.get_model_version_by_alias(name, alias).version
        return client.get_model_version(name, number)  # by its alias a version comes without its aliases
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise ModelError(f"the registry at {_registry()} does not answer: {told_address(str(error))}") from error


def _is_absent_database(uri: str) -> bool:
    """Tell whether a SQLite registry was never made: asking it would make an empty one."""
    return uri.startswith("sqlite:///") and not Path(uri.removeprefix("sqlite:///")).exists()


def _folder(version: Any) -> Path:
    return _downloaded(version.source)


def _downloaded(uri: str) -> Path:
    from mlflow.artifacts import download_artifacts

    return Path(download_artifacts(artifact_uri=uri, tracking_uri=tracking_uri()))
