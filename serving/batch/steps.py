"""What a batch does to a chunk of customers, in whichever process: decide, or weigh it for a plan and choose by it.

A chunk is screened, and its features are computed, once: what was weighed lies aside until the plan has its prices.
Each file exists only when whole, so that its being there says the chunk is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from features.stream.parts import fit_chunk, part_file, publish
from features.stream.spill import read_appended
from serving.allocation.plan import Offers
from serving.batch.deciding import Deciding, kept

_DRAWS = ("draw", "tie_draw")
_VALUE = "value of "


def write_decisions(work: Path, chunk: int, deciding: Deciding) -> None:
    """Decide for a chunk's fit customers and write ``part_file`` and the faults; of those weighed only choose."""
    aside, by = weighed_file(work, chunk), kept(deciding)
    if aside.exists() and by.prices is not None:
        publish(by.chosen(read_appended(aside), offers_of(work, [chunk]), by.prices), part_file(work, chunk))
        aside.unlink()
    else:
        publish(by.table(fit_chunk(work, chunk)), part_file(work, chunk))


def write_offers(work: Path, chunk: int, deciding: Deciding) -> None:
    """Write what a plan is made of for a chunk's fit customers to ``offers_file``, what it chooses among aside."""
    weighed, offers = kept(deciding).weighed(fit_chunk(work, chunk))
    publish(weighed, weighed_file(work, chunk))
    columns = {name: pa.array(column.astype(object)) for name, column in offers.traits.items()}
    columns |= {name: pa.array(getattr(offers, name)) for name in _DRAWS}
    values = zip(deciding.settings.action_ids, offers.value.T, strict=True)
    columns |= {f"{_VALUE}{action}": pa.array(value.copy()) for action, value in values}
    publish(pa.table(columns), offers_file(work, chunk))


def weighed_file(work: Path, chunk: int) -> Path:
    """Return where lies what a chunk's decisions are chosen among until they are."""
    return work / f"weighed-{chunk:06d}.arrow"


def offers_file(work: Path, chunk: int) -> Path:
    """Return where a chunk's offers are."""
    return work / f"offers-{chunk:06d}.arrow"


def offers_of(work: Path, chunks: Sequence[int]) -> Offers:
    """Return the offers of all chunks together."""
    whole = pa.concat_tables([read_appended(offers_file(work, chunk)) for chunk in chunks])
    values = [name for name in whole.column_names if name.startswith(_VALUE)]
    traits = [name for name in whole.column_names if name not in (*_DRAWS, *values)]
    draw, tie_draw = (whole[name].to_numpy() for name in _DRAWS)
    return Offers(
        value=np.column_stack([whole[name].to_numpy() for name in values]),
        traits=pd.DataFrame({name: whole[name].to_numpy() for name in traits}),
        draw=draw,
        tie_draw=tie_draw,
    )
