"""Which entries an erasure took: ranges of ``seq`` in the content of the entry that records it.

It names nobody: not whose the entries were, nor any of their keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

type Ranges = Sequence[tuple[int, int]]
"""First and last of each range, both included, ascending."""


class Erasure(msgspec.Struct, frozen=True):
    """What was erased, and why: ``request`` of a person, or ``retention``."""

    because: str
    seqs: list[tuple[int, int]]

    def to_bytes(self) -> bytes:
        """Return the content of the erasure's entry."""
        return msgspec.json.encode(self)

    @classmethod
    def from_bytes(cls, content: bytes) -> Erasure:
        """Read what ``to_bytes`` wrote; msgspec.MsgspecError when it is something else."""
        return msgspec.json.decode(content, type=cls)


def ranges_of(seqs: Iterable[int]) -> list[tuple[int, int]]:
    """Return numbers as ranges.

    >>> ranges_of([7, 1, 2, 3])
    [(1, 3), (7, 7)]
    """
    ranges: list[tuple[int, int]] = []
    for seq in sorted(seqs):
        if ranges and seq == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], seq)
        else:
            ranges.append((seq, seq))
    return ranges


def without(ranges: Ranges, covers: Ranges) -> list[tuple[int, int]]:
    """Return what of ranges lies in none of ``covers``.

    >>> without([(1, 9)], [(2, 3), (5, 12)])
    [(1, 1), (4, 4)]
    """
    left: list[tuple[int, int]] = []
    for first, last in ranges:
        for begins, ends in sorted(covers):
            if ends < first or begins > last:
                continue
            if begins > first:
                left.append((first, begins - 1))
            first = ends + 1
        if first <= last:
            left.append((first, last))
    return left
