from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from features import ModelError
from serving.launch import serve_command
from serving.registry import load_models


def test_no_model_is_a_sentence_with_the_command_that_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    with pytest.raises(
        ModelError, match=r"no default model is registered as champion .*`duewise train BOOK` makes one"
    ):
        load_models()
    assert not list(tmp_path.iterdir())


def test_an_alias_that_nobody_has_is_no_model(world: Any) -> None:
    with pytest.raises(ModelError, match="registered as challenger"):
        load_models("challenger")


def test_a_service_without_a_model_answers_424_with_that_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unused_port: int
) -> None:
    import subprocess
    import time

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.delenv("DUEWISE_JOURNAL", raising=False)
    command, environment = serve_command(unused_port, journal=f"sqlite:///{tmp_path / 'journal.db'}")
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            status, body = 0, {}
            for _ in range(150):
                try:
                    content = json.dumps({"customers": []}).encode()
                    urlopen(
                        Request(f"http://127.0.0.1:{unused_port}/score", content, {"Content-Type": "application/json"})
                    )
                except HTTPError as error:
                    with error:
                        status, body = error.code, json.load(error)
                    break
                except OSError:
                    time.sleep(0.2)
        finally:
            process.terminate()
    assert status == 424
    assert "`duewise train BOOK` makes one" in body["error"]["message"]
