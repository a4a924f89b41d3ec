"""How fast are messages written? ``python -m benchmarks.messages [messages]`` (100,000 by default).

Each is about another instalment, with the facts turned into words anew; templates are compiled once.
"""

from __future__ import annotations

import sys
import time
from datetime import date, timedelta

import numpy as np

from benchmarks.machine import machine_line
from features.feature import Language
from features.tables.schema import PRODUCTS
from serving.actions import Action
from serving.messages import Occasion, read_messages
from serving.messages.checks import INTENSITIES, OFFERED
from serving.messages.occasion import TONES

ACTIONS = {
    "sms": [Action("sms", intensity, offer) for intensity in INTENSITIES for offer in (None, *OFFERED)],
    "push": [Action("push", intensity) for intensity in INTENSITIES],
    "email": [Action("email", intensity, offer) for intensity in INTENSITIES for offer in (None, *OFFERED)],
    "call": [Action("call", intensity) for intensity in INTENSITIES],
}


def main(messages: int = 100_000) -> None:
    """Print how long each kind of message takes, segments counted."""
    print(machine_line())
    started = time.perf_counter()
    texts = read_messages()
    print(f"reading the templates and trying every message they can make: {time.perf_counter() - started:.2f} s")
    rng = np.random.default_rng(0)
    cents, days, kinds = (
        rng.integers(1, 10**8, messages),
        rng.integers(-7, 90, messages),
        rng.integers(0, 10**6, messages),
    )
    today = date(2026, 3, 1)
    languages: tuple[Language, ...] = ("zh", "en")
    for channel, actions in ACTIONS.items():
        segments, started = 0, time.perf_counter()
        for cent, day, kind in zip(cents.tolist(), days.tolist(), kinds.tolist(), strict=True):
            occasion = Occasion(
                customer_id="C000042",
                loan_id="L000042",
                instalment_no=7,
                product=PRODUCTS[kind % len(PRODUCTS)],
                account="****4242",
                amount_open=cent / 100,
                due_date=today - timedelta(days=day),
                days_past_due=day,
                language=languages[kind % 2],
                stance=TONES[kind % len(TONES)],
            )
            message = texts.render(actions[kind % len(actions)], occasion)
            segments += message.length.segments if message is not None and message.length is not None else 0
        seconds = time.perf_counter() - started
        told = f", {segments / messages:.2f} segments each" if segments else ""
        print(f"{messages:,} x {channel}: {seconds:.2f} s, {seconds / messages * 1e6:.0f} microseconds each{told}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
