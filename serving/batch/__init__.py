"""A whole book decided for: chunks of customers in processes, or groups of them on Spark, by the service's own code."""

from serving.batch.book import PRICES_FILE, Scored, score_book

__all__ = ["PRICES_FILE", "Scored", "score_book"]
