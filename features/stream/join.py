"""The parts in order as one Parquet, their faults as one CSV beside it; each is renamed into place when whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.stream.parts import FAULTS, faults_file, part_file
from features.stream.spill import read_appended

_GROUP = 2**16


def join_parts(work: Path, chunks: Sequence[int], out: Path, progress: Callable[[float], None]) -> int:
    """Write the parts of all chunks into the Parquet file ``out`` and return how many customers it has.

    Its row groups are of one size whatever the chunks, so that the file is the same to the byte.
    ``progress`` is called with the share done, in [0, 1].
    """
    aside, rows = work / "joined.parquet", 0
    schema = read_appended(part_file(work, chunks[0])).schema
    with pq.ParquetWriter(aside, schema) as writer:
        for group in _groups(schema, _parts(work, chunks, progress)):
            writer.write_table(group)
            rows += len(group)
    aside.replace(out)
    return rows


def join_faults(work: Path, chunks: Iterable[int], out: Path) -> int:
    """Write the faults of all chunks into the CSV ``out``, which is removed when there are none.

    Returns
    -------
    int
        How many customers were set aside; their ids in rows of no known customer count too.
    """
    aside, customers = work / "rejected.csv", 0
    with aside.open("w", newline="", encoding="utf-8") as sink:
        sink.write(",".join(FAULTS.names) + "\n")
        for chunk in chunks:
            faults = read_appended(faults_file(work, chunk)).to_pandas()
            faults.to_csv(sink, index=False, header=False)
            customers += faults["customer_id"].nunique()
        is_empty = sink.tell() == len(",".join(FAULTS.names)) + 1
    if is_empty:
        out.unlink(missing_ok=True)
    else:
        aside.replace(out)
    return customers


def _parts(work: Path, chunks: Sequence[int], progress: Callable[[float], None]) -> Iterator[pa.Table]:
    for done, chunk in enumerate(chunks, 1):
        yield read_appended(part_file(work, chunk))
        progress(done / len(chunks))


def _groups(schema: pa.Schema, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    held = schema.empty_table()
    for table in tables:
        held = pa.concat_tables([held, table])
        while len(held) >= _GROUP:
            yield held.slice(0, _GROUP).combine_chunks()
            held = held.slice(_GROUP)
    if len(held):
        yield held.combine_chunks()
