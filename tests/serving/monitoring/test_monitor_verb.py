"""``duewise monitor``: what it writes, how it leaves, what it posts, and the history that it keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

import duewise
from serving.monitoring import webhook
from serving.settings import CONFIGS

RUN = CliRunner()


def monitor(bank: Any, world: Any, out: Path, *options: str) -> Any:
    return RUN.invoke(
        duewise.app, ["monitor", str(world.folder), "--journal", bank.url, "--out", str(out), "--no-drift", *options]
    )


@pytest.fixture
def quiet_config(tmp_path: Path) -> Path:
    """Return settings under which nothing is ever raised."""
    text = (CONFIGS / "monitoring.yaml").read_text(encoding="utf-8")
    file = tmp_path / "monitoring.yaml"
    lines = [
        "    {warning: null, alarm: null, " + line.split(", ", 2)[2] if "{warning:" in line else line
        for line in text.splitlines()
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.fixture
def hook() -> Iterator[tuple[str, list[Any]]]:
    """Return an address that takes what is posted, and what it took."""
    took: list[Any] = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            took.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if self.path == "/broken" else 204)
            self.end_headers()

        def log_message(self, *told: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Taker) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", took
        server.shutdown()


def test_a_quiet_window_leaves_with_zero_and_writes_page_and_numbers(
    bank: Any, world: Any, tmp_path: Path, quiet_config: Path
) -> None:
    done = monitor(bank, world, tmp_path / "out", "--config", str(quiet_config), "--no-log")
    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "out" / "monitoring.json").read_text(encoding="utf-8"))
    assert told["alarms"]["raised"] == []
    assert (tmp_path / "out" / "index.html").read_text(encoding="utf-8").count("<h2>") > 10
    assert "decisions until 2025-06-30" in done.output


def test_an_alarm_leaves_with_two_is_told_posted_and_kept(
    bank: Any, world: Any, tmp_path: Path, hook: tuple[str, list[Any]]
) -> None:
    from mlflow import MlflowClient

    text = (CONFIGS / "monitoring.yaml").read_text(encoding="utf-8")
    file = tmp_path / "strict.yaml"
    file.write_text(text.replace("payments: 4", "payments: 0.00001"), encoding="utf-8")
    address, took = hook
    done = monitor(bank, world, tmp_path / "out", "--config", str(file), "--webhook", f"{address}/secret")
    assert done.exit_code == 2, done.output
    assert "alarm: stale_feed, payments" in done.stderr
    assert "secret" not in done.output
    (posted,) = took
    assert posted["exit_code"] == 2
    raised = next(one for one in posted["raised"] if one["rule"] == "stale_feed")
    assert raised["to_do"].startswith("Have the delivery of this table started again")
    client = MlflowClient(world.tracking_uri, world.tracking_uri)
    experiment = client.get_experiment_by_name("duewise-monitoring")
    run = client.search_runs([experiment.experiment_id])[0]
    told = json.loads((tmp_path / "out" / "monitoring.json").read_text(encoding="utf-8"))
    assert run.data.metrics["decisions"] == told["volume"]["decisions"]
    assert run.data.metrics["score_psi"] == told["drift"]["score"]["psi"]
    assert "stale_feed" in run.data.tags["alarm"]
    assert {one.path for one in client.list_artifacts(run.info.run_id)} >= {"index.html", "monitoring.json"}
    (kept,) = client.get_metric_history(run.info.run_id, "alarms")
    assert kept.timestamp == pytest.approx(bank.as_of.timestamp() * 1000, abs=1000)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--journal", "sqlite:////nowhere/at/all.db"], "nowhere"),
        (["--config", "nowhere.yaml"], "nowhere.yaml cannot be read"),
        (["--webhook", "http://bank:s3cret@host/x"], "DUEWISE_WEBHOOK takes it"),
        (["--webhook", "ftp://host/x"], "must be an address that begins with http"),
    ],
    ids=["no journal", "no settings", "a password on the command line", "no HTTP"],
)
def test_what_cannot_be_done_leaves_with_three(
    options: list[str], said: str, bank: Any, world: Any, tmp_path: Path
) -> None:
    text = (CONFIGS / "monitoring.yaml").read_text(encoding="utf-8")
    file = tmp_path / "strict.yaml"
    file.write_text(text.replace("payments: 4", "payments: 0.00001"), encoding="utf-8")
    done = monitor(bank, world, tmp_path, "--no-log", "--config", str(file), *options)
    assert done.exit_code == 3, done.output
    assert said in done.stderr.replace("\n", "")
    assert "s3cret" not in done.output


def test_a_webhook_that_does_not_take_it_is_told_by_its_host_alone(bank: Any, hook: tuple[str, list[Any]]) -> None:
    address, _ = hook
    with pytest.raises(webhook.PolicyError, match=r"the webhook at 127\.0\.0\.1 did not take what was raised: 500"):
        webhook.announce(f"{address}/broken", bank.watched())


def test_a_book_with_a_faulty_customer_is_watched_without_them(bank: Any, world: Any, tmp_path: Path) -> None:
    from features import Book

    payments = world.book.payments.copy()
    payments.loc[payments.index[0], "amount"] = -1.0
    Book.of(dict(world.book.tables()) | {"payments": payments}).write(tmp_path / "book")
    done = RUN.invoke(
        duewise.app,
        ["monitor", str(tmp_path / "book"), "--journal", bank.url, "--out", str(tmp_path), "--no-drift", "--no-log"],
    )
    assert done.exit_code in (0, 1, 2), done.output
    told = json.loads((tmp_path / "monitoring.json").read_text(encoding="utf-8"))
    assert told["sources"]["set_aside"] == 1
    assert told["volume"]["unknown_customers"] == 1
