"""No pickle is ever loaded: planted wherever a file is read, none of them is run, and each is refused by name.

Accepted, since they never leave the machine nor outlive the job: multiprocessing and Spark hand functions and their
arguments to their own workers as pickles, and numba keeps machine code beside the sources as Python does. Whoever may
write there may as well change the sources.
"""

from __future__ import annotations

import ast
import pickle
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from features import Book
from features.errors import DuewiseError, ModelError, PolicyError, SchemaError
from features.example import worked_tables
from features.tables.schema import TABLES
from serving.access.settings import read_service_settings
from serving.access.token_file import read_token_file
from serving.allocation.prices import read_prices
from serving.effects import EffectScorer
from serving.feedback.cause_model import SHIPPED, CauseModel
from serving.journal import Entry, Journal, JournalError, Payload, read_commit_settings
from serving.office.shelf import POSTED, Shelf
from serving.policy_settings import read_policy
from serving.registry import load_models
from serving.replay import Archive, ReplayError, archive_of, desk_of
from serving.replay.archive import shipped_causes_digest
from serving.scorer import Scorer
from serving.settings import CONFIGS
from serving.snapshot import Event, Snapshot, write_snapshot
from serving.snapshot.snapshot import _mapped
from serving.timing import Timing

ROOT = Path(__file__).parents[2]
FOLDERS = ("serving", "features", "training", "benchmarks")
MODULES = sorted([*(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")), ROOT / "duewise.py"])
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
UNSAFE_CALLS = {"read_pickle", "to_pickle", "unsafe_load", "full_load", "read_hdf", "torch.load"}


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


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
@pytest.mark.parametrize("table", TABLES)
def test_a_pickle_in_place_of_a_table_of_a_book_is_refused(
    tmp_path: Path, canary: Canary, no_pickle: None, table: str, suffix: str
) -> None:
    Book.of(worked_tables()).write(tmp_path / "book")
    planted(tmp_path / "book", canary)
    file = tmp_path / "book" / f"{table}.parquet"
    file.unlink()
    file.with_suffix(f".{suffix}").write_bytes(pickle.dumps(canary))
    for read in (Book.read, lambda folder: write_snapshot(folder, tmp_path / "snapshot")):
        with pytest.raises(SchemaError, match=rf"{table}"):
            read(tmp_path / "book")


def test_a_column_that_says_it_is_of_a_pickled_kind_is_read_as_what_it_holds(
    tmp_path: Path, canary: Canary, no_pickle: None
) -> None:
    """pyarrow once made such a column's type by unpickling it (CVE-2023-47248)."""
    book = Book.of(worked_tables())
    book.write(tmp_path / "book")
    table = pq.read_table(tmp_path / "book" / "customers.parquet")
    said = {"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": pickle.dumps(canary)}
    marked = table.schema.set(0, table.schema.field(0).with_metadata(said))
    pq.write_table(table.cast(marked), tmp_path / "book" / "customers.parquet")
    assert list(Book.read(tmp_path / "book").customers["customer_id"]) == list(book.customers["customer_id"])


def test_a_pickle_is_no_file_of_prices_and_none_of_tokens(tmp_path: Path, canary: Canary, no_pickle: None) -> None:
    for name in ("prices.json", "tokens.json"):
        (tmp_path / name).write_bytes(pickle.dumps(canary))
    with pytest.raises(PolicyError, match=r"prices\.json is not JSON"):
        read_prices(tmp_path / "prices.json", read_policy())
    with pytest.raises(PolicyError, match=r"tokens\.json: the whole file: Invalid JSON"):
        read_token_file(tmp_path / "tokens.json")


@pytest.mark.parametrize("name", ["service.yaml", "policy.yaml", "journal.yaml"])
def test_a_pickle_in_place_of_settings_is_refused(tmp_path: Path, canary: Canary, no_pickle: None, name: str) -> None:
    (tmp_path / name).write_bytes(pickle.dumps(canary, protocol=0))
    with pytest.raises(PolicyError, match=re.escape(name)):
        {"service.yaml": read_service_settings, "policy.yaml": read_policy, "journal.yaml": read_commit_settings}[name](
            tmp_path / name
        )


def test_a_pickle_in_the_journal_is_refused_and_the_rest_is_held(
    tmp_path: Path, canary: Canary, no_pickle: None
) -> None:
    Book.of(worked_tables()).write(tmp_path / "book")
    taken, stored = datetime(2026, 1, 20, tzinfo=UTC), pickle.dumps(canary)
    night = write_snapshot(tmp_path / "book", tmp_path / "snapshot", pd.Timestamp(taken)).folder
    customer = worked_tables()["customers"]["customer_id"].iloc[0]
    later = taken + timedelta(hours=1)
    good = Event("good", "right", customer, {"consent_sms": False}, later.isoformat())
    with Journal.open(f"sqlite:///{tmp_path / 'journal.db'}") as journal:
        told = {"bad": stored, "good": msgspec.json.encode(good.told())}
        journal.append([Entry("event", POSTED + key, later, customer, payload=told[key]) for key in told])
        journal.append([Entry("decision", "d", later, customer, "d", payload=stored)])
        shelf = Shelf(night)
        shelf.open()
        shelf.rebuild(journal)
        assert shelf.kept is not None
        assert not shelf.kept.book([customer]).customers["consent_sms"].any()
        assert "is no JSON" in shelf.kept.events.set_aside["bad"]
        record = journal.decision("d")
        assert record is not None
        with pytest.raises(JournalError, match="no decision's payload"):
            Payload.from_bytes(record.entry.payload)


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
        ("torch.load(f)", ["torch.load"]),
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
    for unsafe in (name, name.rpartition(".")[2]):
        if unsafe in UNSAFE_CALLS:
            return [unsafe]
    if name in ("np.load", "numpy.load"):
        safe = any(k.arg == "allow_pickle" and ast.unparse(k.value) == "False" for k in node.keywords)
        return [] if safe else ["np.load"]
    return ["yaml.load"] if name == "yaml.load" else []
