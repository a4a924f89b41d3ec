"""Files of a snapshot that grow by appending: rows as a plain ``.npy``, texts as an Arrow file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


class RowsSink:
    """An array on disk to whose end rows are written; its length is set in its header when it is finished.

    Parameters
    ----------
    path
        The file, ``.npy``; it must not exist.
    dtype
        Of a row.
    width
        How many numbers a row has; None: the array has one dimension.
    """

    def __init__(self, path: Path, dtype: np.dtype[Any], width: int | None = None) -> None:
        self.rows = 0
        self._dtype = dtype
        self._width = () if width is None else (width,)
        self._file = path.open("x+b")
        self._write_header()

    def append(self, rows: npt.NDArray[Any]) -> None:
        """Write rows to the end."""
        np.ascontiguousarray(rows, self._dtype).tofile(self._file)
        self.rows += len(rows)

    def finish(self) -> None:
        """Set the length and bring the file to the disk."""
        self._file.seek(0)
        self._write_header()
        _sync(self._file)

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._file.close()

    def _write_header(self) -> None:
        """Write the header; numpy leaves room in it for the number of rows to grow."""
        header = {
            "descr": np.lib.format.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (self.rows, *self._width),
        }
        np.lib.format.write_array_header_1_0(self._file, header)
        self._file.flush()


class TextsSink:
    """An Arrow file to whose end texts are written, a batch at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = path.open("xb")
        self._writer = pa.ipc.new_file(self._file, schema)

    def append(self, rows: pa.Table) -> None:
        """Write rows to the end."""
        self._writer.write_table(rows)

    def finish(self) -> None:
        """End the file and bring it to the disk."""
        self._writer.close()
        _sync(self._file)

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._file.close()


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
