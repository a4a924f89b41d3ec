"""A service under load for the tests to kill: ``python crashing.py URL NAME THREADS`` prints each acknowledged key.

It never ends by itself. What could not be confirmed is sent again under the same key, as a service's client would.
"""

from __future__ import annotations

import os
import sys
import threading
from datetime import UTC, datetime

from serving.journal import BusyError, CommitSettings, Entry, Journal, UnavailableError

PATIENT = CommitSettings(patience_s=2, pause_ms=5, longest_pause_ms=50)


def main(url: str, name: str, threads: int) -> None:
    committer = Journal.open(url).committer(PATIENT)

    def work(place: int) -> None:
        n = 0
        while True:
            key = f"{name}-{place}-{n}"
            entry = Entry("decision", key, datetime.now(UTC), f"C{n}", payload=key.encode() * 50)
            try:
                committer.append([entry])
            except (UnavailableError, BusyError):
                continue
            os.write(1, f"{key}\n".encode())
            n += 1

    for place in range(threads):
        threading.Thread(target=work, args=(place,)).start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
