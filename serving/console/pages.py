"""The files of the page: they hold nothing of the bank, so anybody may read them; what they show is asked for apart.

No file has a script inside it or loads one from elsewhere, and the headers hold the browser to that. Reports and packs,
whose style is inside them, are shown in ``reader.html``, and those that draw themselves in ``player.html``: frames
without an origin and without a network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from serving.office.routes import Endpoint

_STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_READER = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts allow-modals"
)
_PLAYER = _READER.replace("script-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'").replace(
    "img-src data:", "img-src data: blob:; font-src data:"
)
_POLICIES: Mapping[str, str] = MappingProxyType({"/page/reader.html": _READER, "/page/player.html": _PLAYER})
"""What the browser allows a file, where it is not ``_STRICT``."""

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "html": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    }
)


@dataclass(frozen=True)
class Page:
    """A file as it is answered; ``etag`` changes with its content."""

    content: bytes
    etag: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, path: str, content: bytes) -> Page:
        """Return a file of a path."""
        etag = f'"{blake2b(content, digest_size=12).hexdigest()}"'
        headers = {
            "Content-Type": _KINDS[path.rpartition(".")[2]],
            "ETag": etag,
            "Cache-Control": "no-cache",
            "Content-Security-Policy": _POLICIES.get(path, _STRICT),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
        }
        return cls(content, etag, headers)

    async def answer(self, request: Request) -> Response:
        """Answer a request for the file: 304 where the browser has it."""
        if request.headers.get("if-none-match") == self.etag:
            return Response(status_code=304, headers=dict(self.headers))
        return Response(self.content, headers=dict(self.headers))


@cache
def pages() -> Mapping[str, Page]:
    """Return every file of the page by the path it is at; ``/`` is the page itself."""
    found = dict(_files(files(__package__).joinpath("static"), "/page"))
    return MappingProxyType({"/": found["/page/index.html"], **found})


def page_endpoints() -> dict[str, tuple[str, Endpoint]]:
    """Return what answers each path of a file."""
    return {path: ("GET", page.answer) for path, page in pages().items()}


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, Page]]:
    for file in folder.iterdir():
        below = f"{path}/{file.name}"
        if file.is_dir():
            yield from _files(file, below)
        elif file.name.rpartition(".")[2] in _KINDS:
            yield below, Page.of(below, file.read_bytes())
