"""What is installed and what is packed: pinned to the version, and complete."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import metadata
from pathlib import Path

import pytest
import yaml

from features.version import VERSION

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OURS_TO_USE = (
    "MIT", "BSD", "Apache", "Python Software Foundation", "PSF", "ISC", "0BSD", "Mozilla Public License 2.0", "MPL-2.0",
)  # fmt: skip
"""Words of licences that ask for their text to be kept, and no more of code that only uses the package."""

BY_HAND = {
    "huey": "MIT, which its metadata leave out",
    "skops": "MIT, of which its metadata say 'OSI Approved'",
    "nvidia-nccl-cu13": "NVIDIA's own; xgboost asks for it, and nothing here loads it without a GPU",
}
"""What a person looked up."""

PIN = re.compile(r"([A-Za-z0-9._-]+)==([0-9][A-Za-z0-9.+!-]*)")


def pins(file: str) -> dict[str, str]:
    """Return versions by normal name; a line that is no exact pin fails."""
    found = {}
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        pinned = PIN.fullmatch(line)
        assert pinned is not None, f"{file}: {line!r} is no exact version"
        found[normal(pinned[1])] = pinned[2]
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_for(requirements: list[str]) -> set[str]:
    """Return the names of requirements, without extras and bounds."""
    return {normal(re.split(r"[\[<>=~! ]", one)[0]) for one in requirements} - {"duewise"}


def tracked(*folders: str) -> list[str]:
    done = subprocess.run(["git", "ls-files", "--", *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("file", ["constraints.txt", "requirements.txt"])
def test_every_line_pins_one_exact_version(file: str) -> None:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    assert len(pins(file)) == len(lines) > 100


def test_whatever_the_project_asks_for_is_pinned() -> None:
    extras = [one for extra in PROJECT["optional-dependencies"].values() for one in extra]
    assert asked_for([*PROJECT["dependencies"], *extras]) <= pins("constraints.txt").keys()
    assert asked_for(PROJECT["dependencies"]) <= pins("requirements.txt").keys()


def test_the_base_install_has_the_same_versions_and_nothing_of_training_or_development() -> None:
    base, whole = pins("requirements.txt"), pins("constraints.txt")
    assert base.items() <= whole.items()
    strangers = {
        "shap",
        "optuna",
        "fairlearn",
        "feature-engine",
        "evidently",
        "lifelines",
        "pytest",
        "ruff",
        "mypy",
        "hypothesis",
        "duckdb",
        "pyspark",
    }
    assert base.keys().isdisjoint(strangers)


def test_the_bento_holds_all_that_the_service_reads() -> None:
    told = yaml.safe_load((ROOT / "bentofile.yaml").read_text(encoding="utf-8"))
    assert told["service"] == "serving.service:Duewise"
    assert {"features/", "serving/", "configs/"} <= set(told["include"])
    packed = tracked(*told["include"])
    assert {"serving/escalation/page.css", "serving/feedback/model/weights.npz", "configs/messages/zh/sms.j2"} <= set(
        packed
    )
    assert not [name for name in packed if name.startswith(("training/", "tests/"))]
    assert told["python"] == {"requirements_txt": "requirements.txt", "lock_packages": False}


def test_the_sources_tell_their_version() -> None:
    assert PROJECT["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)


def test_continuous_integration_serves_the_bento_in_an_empty_environment() -> None:
    assert "make bento" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_base_install_is_under_licences_that_ask_nothing_of_a_bank_s_own_code() -> None:
    told = {name: licence_of(name) for name in pins("requirements.txt")}
    odd = {name for name, says in told.items() if not any(word in says for word in OURS_TO_USE) or "GPL" in says}
    assert odd == BY_HAND.keys()


def licence_of(name: str) -> str:
    """Return what a distribution says of its licence, in the first place that says anything."""
    told = metadata(name)
    classes = [one.split(" :: ")[-1] for one in told.get_all("Classifier", []) if one.startswith("License ::")]
    return told.get("License-Expression") or " / ".join(classes) or (told.get("License") or "").partition("\n")[0]
