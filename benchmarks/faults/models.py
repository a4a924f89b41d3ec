"""Faults of models: another champion that is broken, and the files of the one in service damaged before a restart."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts

from benchmarks.faults.breaking import HEADWAY
from benchmarks.faults.site import Status
from benchmarks.faults.stage import Row, Stage
from serving.registry import CHAMPION, DEFAULT_MODEL, tracking_uri

TREES, CARD = "trees.ubj", "scorer.json"


def _cut_short(folder: Path) -> None:
    file = folder / TREES
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _flipped(folder: Path) -> None:
    """Turn over one bit of each byte in the middle of the trees, where the leaves' values and the splits are."""
    file = folder / TREES
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle] ^= 1
    file.write_bytes(bytes(content))


def _zeroed(folder: Path) -> None:
    file = folder / CARD
    file.write_bytes(bytes(file.stat().st_size))


def _gone(folder: Path) -> None:
    (folder / TREES).unlink()


DAMAGES: Mapping[str, Callable[[Path], None]] = {
    "trees cut short": _cut_short,
    "one bit of the trees turned over": _flipped,
    "card overwritten with zeros": _zeroed,
    "no trees": _gone,
}
"""What may befall the files of a model."""


@dataclass(frozen=True)
class Champions:
    """The default model's versions in the registry that the environment names."""

    client: MlflowClient

    @classmethod
    def here(cls) -> Champions:
        """Return those of MLFLOW_TRACKING_URI."""
        return cls(MlflowClient(tracking_uri(), tracking_uri()))

    @property
    def now(self) -> Any:
        """The version that is champion."""
        return self.client.get_model_version_by_alias(DEFAULT_MODEL, CHAMPION)

    @property
    def files(self) -> Path:
        """The folder of the champion's files, where they lie."""
        return Path(download_artifacts(artifact_uri=self.now.source, tracking_uri=tracking_uri()))

    def copied(self, folder: Path) -> str:
        """Register a copy of the champion, whose files are in a folder, and return its version."""
        shutil.copytree(self.files, folder)
        return str(self.client.create_model_version(DEFAULT_MODEL, folder.as_uri(), self.now.run_id).version)

    @contextmanager
    def moved(self, version: str) -> Iterator[None]:
        """Have another version as champion while the block lasts."""
        before = self.now.version
        self.client.set_registered_model_alias(DEFAULT_MODEL, CHAMPION, version)
        try:
            yield
        finally:
            self.client.set_registered_model_alias(DEFAULT_MODEL, CHAMPION, before)


@contextmanager
def damaged(folder: Path, damage: str, aside: Path) -> Iterator[None]:
    """Damage a model's files while the block lasts; ``aside`` is a folder that is not there yet."""
    shutil.copytree(folder, aside)
    try:
        DAMAGES[damage](folder)
        yield
    finally:
        shutil.rmtree(folder)
        shutil.move(aside, folder)


def champion_broken(stage: Stage, damages: tuple[str, ...] = tuple(DAMAGES)) -> Row:
    """Make a broken version champion: it must be refused, the old one stay, and the mended one come by itself."""
    champions, service, folder = Champions.here(), stage.service, stage.site.folder
    old = champions.now.version
    with stage.load:
        for turn, damage in enumerate(damages):
            place = folder / f"version-{turn}"
            version = champions.copied(place)
            with champions.moved(version):
                with damaged(place, damage, folder / "aside"):
                    champions.client.set_registered_model_alias(DEFAULT_MODEL, CHAMPION, version)
                    service.await_that(partial(_refuses, version))
                    stage.load.await_more(HEADWAY)
                    _require(service.ask("/about"), old)
                moment = time.monotonic()
                service.await_that(partial(_serves, version), "/about")
                stage.back.append(time.monotonic() - moment)
            service.await_that(partial(_serves, old), "/about")
            service.await_that(lambda _, told: told["checks"]["champion"]["ok"])
    return stage.row("champion moved to damaged files", "refused, the old one stayed; back: from the mending")


def own_files_damaged(stage: Stage, damages: tuple[str, ...] = tuple(DAMAGES)) -> Row:
    """Damage the files of the version in service and kill it: it must say 424 until they are mended, then be ready."""
    champions, service = Champions.here(), stage.service
    for damage in damages:
        with stage.load:
            stage.load.await_more(HEADWAY)
            with damaged(champions.files, damage, stage.site.folder / "aside"):
                service.kill()
                service.start()
                service.await_that(lambda status, told: status == 503 and not told["checks"]["model"]["ok"])
                service.await_that(lambda status, _: status == 424, "/score", {"customers": []})
            stage.recovered(time.monotonic())
            service.await_ready()
    return stage.row("files of the champion damaged, restart", "not ready and 424 until mended")


def _refuses(version: str, _: int, told: Any) -> bool:
    champion = told["checks"]["champion"]
    return not champion["ok"] and f"{DEFAULT_MODEL}/{version} " in f"{champion['why']} "


def _serves(version: str, status: int, told: Any) -> bool:
    return status == 200 and f"{DEFAULT_MODEL}/{version} " in f"{told['model']} "


def _require(answer: Status, version: str) -> None:
    if not _serves(version, *answer):
        raise RuntimeError(f"{answer[1]} is in service; expected version {version}")
