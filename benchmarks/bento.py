"""Does the Bento serve with the base install only? ``python -m benchmarks.bento PYTHON``; ``make bento`` calls it.

PYTHON is the interpreter of an environment that has requirements.txt and nothing else. It builds the Bento and serves
it from the Bento's own folder; a champion that was trained here and a nightly snapshot are given to it, and what it
answers must be what this process answers, to the bit. The first start in an environment compiles the kernels.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec
import pandas as pd

from benchmarks.service import free_port, records_of
from benchmarks.snapshot import train_models
from serving.contract import read_request
from serving.journal import JOURNAL
from serving.launch import serve_command
from serving.registry import load_models
from serving.replay import archive_of, desk_from
from serving.settings import CONFIGS
from serving.snapshot import Events, Snapshot, write_snapshot
from serving.snapshot.kept import Kept
from training import simulate_bank

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 300.0
TRAINING = ("shap", "optuna", "fairlearn", "feature_engine", "pytest", "duewise")
"""What the base install must not have, or the proof is none."""


def require_bare(python: str) -> None:
    """Raise RuntimeError where an environment has more than the base install."""
    asked = f"import importlib.util as u; print(*[n for n in {TRAINING!r} if u.find_spec(n)])"
    found = subprocess.run([python, "-c", asked], cwd="/", check=True, capture_output=True, text=True).stdout.split()
    if found:
        raise RuntimeError(f"{python} has {', '.join(found)}, which are not of the base install.")


def built(python: str, home: Path) -> Path:
    """Build the Bento and return its folder."""
    environment = os.environ | {"BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True"}
    command = [python, "-m", "bentoml", "build", "--output", "tag"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return next(file.parent for file in (home / "bentos" / "duewise").rglob("bento.yaml"))


@contextmanager
def served(python: str, bento: Path, home: Path, snapshot: Path) -> Iterator[str]:
    """Serve a Bento while the block lasts and give its address, once it is ready."""
    command, environment = serve_command(free_port(), snapshot)
    command[0], command[command.index("serving.service:Duewise")] = python, str(bento)
    environment |= {"BENTOML_HOME": str(home), JOURNAL: f"sqlite:///{home / 'journal.db'}"}
    environment.pop("PYTHONPATH", None)
    url, log = f"http://127.0.0.1:{command[-1]}", home / "log.txt"
    with log.open("wb") as out, subprocess.Popen(command, cwd=home, env=environment, stdout=out, stderr=out) as process:
        try:
            await_ready(url, process, log)
            yield url
        finally:
            process.terminate()


def await_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the service is ready; RuntimeError with the end of its log when it is not in time."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{url}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"the Bento did not become ready: {log.read_text(errors='replace')[-3000:]}")


def asked(url: str, body: bytes | None = None) -> Any:
    """Return what a route answers."""
    with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=60) as response:
        return json.load(response)


def told_here(snapshot: Path, body: bytes) -> Any:
    """Return what a desk of this process answers."""
    opened = Snapshot.open(snapshot)
    kept = Kept(opened, Events(opened))
    desk = desk_from(CONFIGS, load_models(), archive_of(CONFIGS).digest, snapshot=kept)
    return json.loads(msgspec.json.encode(desk.score(read_request(body))))


def night_of(folder: Path) -> tuple[Path, bytes]:
    """Return a nightly snapshot of a simulated book, and a request about two of its customers, one with records."""
    book, taken = simulate_bank(200, 12, seed=5).book, pd.Timestamp.now("UTC").floor("s")
    book.write(folder / "book")
    known, sent = book.customers["customer_id"].astype(str)[:2]
    customers = [{"customer_id": known}, {"customer_id": sent, "records": records_of(book, sent)}]
    body = {"as_of": taken.isoformat(), "customers": customers, "counterfactual": True}
    return write_snapshot(folder / "book", folder / "snapshot", taken).folder, json.dumps(body).encode()


def main(python: str) -> None:
    """Build, serve, ask, compare, and print what was done."""
    python = str(Path(python).absolute())  # not resolved: the link is what makes it the environment's
    require_bare(python)
    with tempfile.TemporaryDirectory() as aside:
        home = Path(aside)
        train_models(home)
        night, body = night_of(home)
        bento = built(python, home)
        size = sum(file.stat().st_size for file in bento.rglob("*") if file.is_file())
        print(f"duewise:{bento.name} of {size / 1e6:.1f} MB, built and served by {python}", flush=True)
        began = time.monotonic()
        with served(python, bento, home, night) as url:
            print(f"ready after {time.monotonic() - began:.1f} s", flush=True)
            answer, about = asked(f"{url}/score", body), asked(f"{url}/about")
            described = asked(f"{url}/docs.json")
        if answer != told_here(night, body):
            raise RuntimeError("the Bento answers something else than a desk of this process.")
        if "/score" not in described["paths"]:
            raise RuntimeError("the Bento does not describe its routes.")
    risks = ", ".join(f"{one['customer_id']} {one['default_probability']:.6f}" for one in answer["results"])
    print(f"duewise {about['duewise']}, {about['model']}: {risks}; as a desk of this process answers, to the bit")


if __name__ == "__main__":
    main(*sys.argv[1:])
