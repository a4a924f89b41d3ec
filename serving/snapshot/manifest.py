"""The manifest of a snapshot: what it holds, of when, and which files belong to it.

It is replaced in one step when a new snapshot is whole, and names the folder of that one's files: so a folder holds
the former snapshot or the new one, never a part.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b, file_digest
from pathlib import Path

import msgspec

from features.errors import SchemaError
from serving.snapshot.layout import FORMAT, schema_digest

MANIFEST = "manifest.json"


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a snapshot: how long it is, and its digest."""

    bytes: int
    blake2b: str

    @classmethod
    def of(cls, path: Path) -> File:
        """Return the length and digest of a file."""
        with path.open("rb") as source:
            return cls(path.stat().st_size, file_digest(source, lambda: blake2b(digest_size=16)).hexdigest())


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a snapshot is.

    ``as_of`` is the moment of its cut: of what came later it knows nothing. ``content`` is the digest of all that it
    holds, and the name of the folder of its ``files``. ``rows`` are counted by table, ``set_aside`` are customers with
    a fault. ``zones`` are those that the rows count.
    """

    format: int
    schema: str
    as_of: datetime
    content: str
    rows: Mapping[str, int]
    set_aside: int
    zones: tuple[str, ...]
    files: Mapping[str, File]
    duewise: str
    features: str

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest of a snapshot's folder.

        Raises
        ------
        SchemaError
            When there is none, it cannot be read, or the snapshot is of another format or other tables.
        """
        file = folder / MANIFEST
        try:
            text = file.read_bytes()
        except OSError as error:
            raise SchemaError(
                f"{file}: there is no snapshot here ({error.strerror}); make one with duewise snapshot."
            ) from error
        try:
            form = msgspec.json.decode(text, type=_Form)
            _require_form(file, form)
            manifest = msgspec.json.decode(text, type=cls)
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
            raise SchemaError(f"{file}: this is no manifest of a snapshot: {error}.") from error
        if manifest.content != content_of(manifest.as_of, manifest.zones, manifest.files):
            raise SchemaError(f"{file}: the content is not what was written; the file is damaged.")
        return manifest

    @classmethod
    def folder_named_in(cls, folder: Path) -> str | None:
        """Return the name of the folder that a manifest names, whatever its format; None where there is none."""
        try:
            return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=_Named).content
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def write(self, folder: Path) -> None:
        """Put the manifest into place in one step."""
        aside = folder / f".{MANIFEST}.{os.getpid()}"
        with aside.open("wb") as sink:
            sink.write(msgspec.json.format(msgspec.json.encode(self), indent=1))
            sink.flush()
            os.fsync(sink.fileno())
        aside.replace(folder / MANIFEST)

    def check(self, folder: Path, verify: bool) -> Path:
        """Return the folder of the files, each there and as long as it was written; ``verify``: and the same.

        Raises
        ------
        SchemaError
            Naming the first file that is absent, of another length or of other content.
        """
        files = folder / self.content
        for name, file in self.files.items():
            path = files / name
            if not path.is_file():
                raise SchemaError(f"{path}: the file is absent; make the snapshot anew with duewise snapshot.")
            length = path.stat().st_size
            if length != file.bytes:
                raise SchemaError(f"{path}: {length:,} bytes, expected {file.bytes:,}; the file is damaged.")
            if verify and File.of(path) != file:
                raise SchemaError(f"{path}: the content is not what was written; the file is damaged.")
        return files


class _Form(msgspec.Struct):
    """The part of a manifest that every format has."""

    format: int
    schema: str


class _Named(msgspec.Struct):
    """The name of the folder of the files."""

    content: str


def _require_form(file: Path, form: _Form) -> None:
    if form.format != FORMAT:
        raise SchemaError(f"{file}: format {form.format}, this Duewise reads {FORMAT}; make the snapshot anew.")
    if form.schema != schema_digest():
        raise SchemaError(
            f"{file}: made of tables declared otherwise (schema {form.schema}, here {schema_digest()}); "
            "make the snapshot anew."
        )


def content_of(as_of: datetime, zones: tuple[str, ...], files: Mapping[str, File]) -> str:
    """Return the digest of what a snapshot holds."""
    told = (schema_digest(), as_of.isoformat(), zones, sorted((name, file.blake2b) for name, file in files.items()))
    return blake2b(repr(told).encode(), digest_size=12).hexdigest()
