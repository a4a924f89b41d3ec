"""The features of a book larger than memory: split by customer on disk, computed chunk by chunk, joined again.

The matrix is that of ``build_features`` on the screened book, to the bit, whatever the chunks and processes.
"""

from features.stream.job import CHUNK, Stage, Written, write_features
from features.stream.zone import last_seen, usual_zone

__all__ = ["CHUNK", "Stage", "Written", "last_seen", "usual_zone", "write_features"]
