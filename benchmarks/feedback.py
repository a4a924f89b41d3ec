"""What does it cost to know what customers' replies mean? ``python -m benchmarks.feedback [--customers N]``.

Microseconds a customer of ``held``, for a batch of which three in ten have replied and for one customer at a time.
The texts are those of the training corpus, read anew and remembered.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

from benchmarks.machine import machine_line
from features import Book
from serving.feedback.holding import held
from serving.feedback.reader import ReplyReader
from training.feedback.corpus import read_replies

AS_OF = pd.Timestamp("2026-02-20T12:00:00+08:00")
REPLYING = 0.3
REMINDERS = 8
DAYS = 60
ALONE = 2_000


def book_of(customers: int, seed: int = 0) -> Book:
    """Return a book in which each customer got ``REMINDERS`` and ``REPLYING`` of them answered one to three."""
    rng = np.random.default_rng(seed)
    names = np.array([f"c{k}" for k in range(customers)])
    of = np.repeat(np.arange(customers), REMINDERS)
    answered = np.tile(np.arange(REMINDERS), customers) < np.repeat(rng.integers(1, 4, customers), REMINDERS)
    said = answered & np.repeat(rng.random(customers) < REPLYING, REMINDERS)
    texts = rng.choice(np.array(read_replies("train").texts, dtype=object), len(of))
    texts[~said] = None
    ago = pd.to_timedelta(rng.integers(0, DAYS * 86_400, len(of)), unit="s")
    consents = dict.fromkeys(("consent_sms", "consent_call", "consent_email", "consent_push"), True)
    return Book.of(
        {
            "customers": pd.DataFrame(
                {"customer_id": names, "timezone": rng.choice(["Asia/Shanghai", "Asia/Urumqi"], customers)}
            ).assign(language="zh", vulnerable=False, **consents),
            "loans": pd.DataFrame({"loan_id": names, "customer_id": names}).assign(
                product="consumer", opened_on="2025-01-01", principal=9_000.0, annual_rate=0.1
            ),
            "instalments": pd.DataFrame({"loan_id": names}).assign(
                instalment_no=1, due_date="2026-02-01", amount_due=500.0
            ),
            "payments": pd.DataFrame(columns=["loan_id", "instalment_no", "paid_at", "amount"]),
            "incomes": pd.DataFrame(columns=["customer_id", "received_on", "amount", "source"]),
            "credit": pd.DataFrame(columns=["customer_id", "observed_on"]),
            "reminders": pd.DataFrame(
                {
                    "reminder_id": np.arange(len(of)).astype(str),
                    "customer_id": names[of],
                    "loan_id": names[of],
                    "sent_at": AS_OF - ago,
                    "channel": rng.choice(["sms", "push", "email", "call"], len(of)),
                    "replied": said,
                    "reply_text": texts,
                }
            ).assign(instalment_no=1, delivered=True, read=True, conversation=False, cost=0.0),
        }
    )


def microseconds(book: Book, customer: np.ndarray, at: int, reader: ReplyReader) -> float:
    """Return how long all of these customers together take, by customer."""
    started = time.perf_counter()
    held(book, customer, np.full(len(customer), at), reader)
    return (time.perf_counter() - started) / len(customer) * 1e6


def costs(customers: int) -> pd.Series[float]:
    """Return the microseconds a customer, by how they are asked about."""
    book, reader, at = book_of(customers), ReplyReader.shipped(), int(AS_OF.timestamp())
    everyone, sent = book.ledger.everyone, book.ledger.reminders
    replied = np.isin(everyone, sent.customer[sent["said"]])
    microseconds(book, everyone[:100], at, ReplyReader.shipped())  # compiles
    found = {
        f"batch of {customers:,}, {replied.mean():.0%} replied, texts read anew": microseconds(
            book, everyone, at, reader
        ),
        "the same, texts remembered": microseconds(book, everyone, at, reader),
    }
    for name, who in (("no reply", everyone[~replied]), ("replies, texts remembered", everyone[replied])):
        alone = [microseconds(book, who[k : k + 1], at, reader) for k in range(min(ALONE, len(who)))]
        found[f"one customer, {name}"] = float(np.median(alone))
    return pd.Series(found)


def main() -> None:
    """Print the costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    print(costs(parser.parse_args().customers).round(2).to_string())
    print(machine_line())


if __name__ == "__main__":
    main()
