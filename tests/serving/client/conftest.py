"""A tiny service over real HTTP that answers by a script, and drops connections where the script says so."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

DROP = "drop"
"""In a script: the connection is closed without an answer."""


@dataclass
class Scripted:
    """What the service answers in turn, ``(status, headers, body)`` or ``DROP``, and what it was asked."""

    script: list[Any] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def keys(self) -> list[str | None]:
        return [one["headers"].get("idempotency-key") for one in self.asked]


def handler_of(scripted: Scripted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            scripted.asked.append({"method": self.command, "path": self.path, "headers": headers, "body": body})
            step = scripted.script.pop(0)
            if step == DROP:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            status, given, content = step
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"X-Request-Id": "corr-1234", "Content-Length": str(len(raw)), **given}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    made = Scripted()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler_of(made)) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()
