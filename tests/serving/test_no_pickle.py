"""No pickle is ever loaded: planted where models, settings and snapshots are read, none of them is run."""

from __future__ import annotations

import ast
import pickle
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from features import Book
from features.errors import DuewiseError, ModelError, PolicyError, SchemaError
from features.example import worked_tables
from serving.effects import EffectScorer
from serving.feedback.cause_model import SHIPPED, CauseModel
from serving.policy_settings import read_policy
from serving.registry import load_models
from serving.replay import Archive, ReplayError, archive_of, desk_of
from serving.replay.archive import shipped_causes_digest
from serving.scorer import Scorer
from serving.settings import CONFIGS
from serving.snapshot import Snapshot, write_snapshot
from serving.snapshot.snapshot import _mapped
from serving.timing import Timing

ROOT = Path(__file__).parents[2]
MODULES = sorted([*(ROOT / "serving").rglob("*.py"), *(ROOT / "features").rglob("*.py"), ROOT / "duewise.py"])
FORBIDDEN = {
    "pickle",
    "_pickle",
    "cPickle",
    "cloudpickle",
    "dill",
    "joblib",
    "shelve",
    "marshal",
    "jsonpickle",
    "skops",
}
UNSAFE_CALLS = {"read_pickle", "to_pickle", "unsafe_load", "full_load"}


class Canary:
    """What leaves a file behind where it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return (Path.touch, (self.file,))


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Canary]:
    """Return what must never be unpickled; the test fails where it was."""
    made = Canary(tmp_path / "unpickled")
    yield made
    assert not made.file.exists(), "a planted pickle was loaded"


@pytest.fixture
def no_pickle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a pickle is loaded by anybody but numba, which keeps machine code beside the source as Python does."""

    def watched(load: Any) -> Any:
        def refuse(*args: Any, **kwargs: Any) -> Any:
            asking = sys._getframe(1).f_globals["__name__"]
            if asking.partition(".")[0] != "numba":
                pytest.fail(f"{asking} loads a pickle")
            return load(*args, **kwargs)

        return refuse

    for name in ("load", "loads"):
        monkeypatch.setattr(pickle, name, watched(getattr(pickle, name)))


def planted(folder: Path, canary: Canary) -> None:
    """Lay pickles of every name that some reader looks for into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("model.pkl", "model.pickle", "model.joblib", "python_model.pkl", "card.pkl", "policy.pkl"):
        (folder / name).write_bytes(pickle.dumps(canary))
    np.save(folder / "planted.npy", np.array([canary], dtype=object), allow_pickle=True)


def in_place_of(file: Path, canary: Canary) -> None:
    """Put a pickle where a file is read from: as an array of objects where arrays are read."""
    objects = np.array([canary], dtype=object)
    if file.suffix == ".npy":
        np.save(file, objects, allow_pickle=True)
    elif file.suffix == ".npz":
        names = np.load(file, allow_pickle=False).files
        np.savez(file, allow_pickle=True, **dict.fromkeys(names, objects))
    else:
        file.write_bytes(pickle.dumps(canary))


def test_the_canary_sings_when_it_is_unpickled(tmp_path: Path) -> None:
    planted(tmp_path, Canary(tmp_path / "unpickled"))
    pickle.loads((tmp_path / "model.pkl").read_bytes())
    assert (tmp_path / "unpickled").exists()


LOADERS = {"trees.ubj": Scorer.load, "base.ubj": EffectScorer.load}
"""What reads a model, by a file that each has."""


def copies_of_models(world: Any, tmp_path: Path) -> dict[str, Path]:
    """Return a folder of its own for each kind of model, by the file that it has."""
    found = {}
    for name in LOADERS:
        source = next(file.parent for file in world.folder.parent.rglob(name))
        found[name] = Path(shutil.copytree(source, tmp_path / name))
    return found


def test_who_loads_a_pickle_is_found(no_pickle: None) -> None:
    with pytest.raises(pytest.fail.Exception, match="loads a pickle"):
        pickle.loads(pickle.dumps(1))


def test_pickles_beside_models_settings_and_snapshots_are_not_looked_at(
    world: Any, tmp_path: Path, canary: Canary, no_pickle: None
) -> None:
    for name, folder in copies_of_models(world, tmp_path).items():
        planted(folder, canary)
        assert LOADERS[name](folder) is not None
        Timing.find(folder)
    causes = Path(shutil.copytree(SHIPPED, tmp_path / "causes"))
    planted(causes, canary)
    assert CauseModel.load(causes).told("") == ()
    configs = Path(shutil.copytree(CONFIGS, tmp_path / "configs"))
    planted(configs, canary)
    planted(configs / "rules", canary)
    assert archive_of(configs).packed == archive_of(CONFIGS).packed
    Book.of(worked_tables()).write(tmp_path / "book")
    write_snapshot(tmp_path / "book", tmp_path / "snapshot")
    planted(tmp_path / "snapshot", canary)
    planted(tmp_path / "book", canary)
    assert len(Snapshot.open(tmp_path / "snapshot")) == len(Book.read(tmp_path / "book").customers)


def test_a_registered_model_with_pickles_among_its_files_is_loaded_without_them(
    world: Any, tmp_path: Path, canary: Canary, no_pickle: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = copies_of_models(world, tmp_path)
    for folder in copies.values():
        planted(folder, canary)
    folders = iter([copies["base.ubj"], copies["trees.ubj"]])
    monkeypatch.setattr("serving.registry._folder", lambda version: next(folders))
    assert load_models().effects is not None


@pytest.mark.parametrize(
    ("name", "file", "load"),
    [
        ("trees.ubj", "trees.ubj", Scorer.load),
        ("trees.ubj", "scorer.json", Scorer.load),
        ("base.ubj", "base.ubj", EffectScorer.load),
        ("base.ubj", "effects.json", EffectScorer.load),
        ("base.ubj", "timing.json", Timing.load),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_pickle_in_place_of_any_file_of_a_model_is_refused(
    world: Any, tmp_path: Path, canary: Canary, no_pickle: None, name: str, file: str, load: Any
) -> None:
    folder = copies_of_models(world, tmp_path)[name]
    load(folder)
    in_place_of(folder / file, canary)
    with pytest.raises(ModelError, match="cannot be read"):
        load(folder)


def test_arrays_of_objects_in_place_of_weights_are_refused(tmp_path: Path, canary: Canary, no_pickle: None) -> None:
    causes = Path(shutil.copytree(SHIPPED, tmp_path / "causes"))
    in_place_of(causes / "weights.npz", canary)
    with pytest.raises(ModelError, match="cannot be read: Object arrays cannot be loaded when allow_pickle=False"):
        CauseModel.load(causes)


def test_a_pickle_in_place_of_any_file_of_a_snapshot_is_refused(
    tmp_path: Path, canary: Canary, no_pickle: None
) -> None:
    Book.of(worked_tables()).write(tmp_path / "book")
    write_snapshot(tmp_path / "book", tmp_path / "snapshot")
    for file in sorted(file for file in (tmp_path / "snapshot").rglob("*") if file.is_file()):
        content = file.read_bytes()
        in_place_of(file, canary)
        with pytest.raises(DuewiseError):
            Snapshot.open(tmp_path / "snapshot")
        if file.suffix == ".npy":
            with pytest.raises(SchemaError, match="cannot be read"):
                _mapped(file, np.dtype("<i8"), (1,))
        file.write_bytes(content)
    assert len(Snapshot.open(tmp_path / "snapshot"))


def test_a_pickle_is_no_archive_and_none_comes_out_of_one(tmp_path: Path, canary: Canary, no_pickle: None) -> None:
    stored = pickle.dumps(canary)
    with pytest.raises(ReplayError, match="these bytes are no archive of settings"):
        desk_of(Archive(stored), None)  # type: ignore[arg-type]
    for name in ("policy.pkl", "model.joblib", "weights.npy"):
        with pytest.raises(ReplayError, match=r"an archive holds .*; expected a"):
            Archive(msgspec.msgpack.encode([1, "", {name: stored}])).unpacked(tmp_path / "out")
    files = dict(archive_of(CONFIGS).files)
    for name in ("policy.yaml", "messages.yaml", "messages/en/sms.j2", "rules/cn.yaml"):
        archive = Archive(msgspec.msgpack.encode([1, shipped_causes_digest(), files | {name: stored}]))
        with pytest.raises((DuewiseError, UnicodeDecodeError)):
            desk_of(archive, None)  # type: ignore[arg-type]


def test_yaml_that_asks_for_an_object_is_refused(tmp_path: Path, canary: Canary) -> None:
    (tmp_path / "policy.yaml").write_text(f"!!python/object/apply:pathlib.Path.touch ['{canary.file}']")
    with pytest.raises(PolicyError, match="is not YAML"):
        read_policy(tmp_path / "policy.yaml")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_can_load_a_pickle(module: Path) -> None:
    assert unsafe_in(module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import pickle", ["pickle"]),
        ("from joblib import load", ["joblib"]),
        ("import dill as d", ["dill"]),
        ("import cloudpickle.compat", ["cloudpickle"]),
        ("__import__('pickle')", ["pickle"]),
        ("importlib.import_module('joblib.x')", ["joblib"]),
        ("np.load(f)", ["np.load"]),
        ("np.load(f, allow_pickle=True)", ["np.load"]),
        ("numpy.load(f, allow_pickle=x)", ["np.load"]),
        ("pd.read_pickle(f)", ["read_pickle"]),
        ("yaml.load(f, Loader)", ["yaml.load"]),
        ("np.load(f, allow_pickle=False)", []),
        ("json.load(f); yaml.safe_load(f)", []),
    ],
)
def test_what_could_load_a_pickle_is_found(source: str, found: list[str]) -> None:
    assert unsafe_in(source) == found


def unsafe_in(source: str) -> list[str]:
    """Return what in a module's source could load a pickle."""
    return [what for node in ast.walk(ast.parse(source)) for what in (*imported(node), *called(node))]


def imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            names = [alias.name for alias in node.names]
        case ast.ImportFrom():
            names = [node.module or ""]
        case ast.Call(args=[ast.Constant(value=str(name)), *_]):
            spoken = ast.unparse(node.func).rpartition(".")[2]
            names = [name] if spoken in ("__import__", "import_module") else []
        case _:
            names = []
    return [name.partition(".")[0] for name in names if name.partition(".")[0] in FORBIDDEN]


def called(node: ast.AST) -> list[str]:
    if not isinstance(node, ast.Call):
        return []
    name = ast.unparse(node.func)
    if name.rpartition(".")[2] in UNSAFE_CALLS:
        return [name.rpartition(".")[2]]
    if name in ("np.load", "numpy.load"):
        safe = any(k.arg == "allow_pickle" and ast.unparse(k.value) == "False" for k in node.keywords)
        return [] if safe else ["np.load"]
    return ["yaml.load"] if name == "yaml.load" else []
