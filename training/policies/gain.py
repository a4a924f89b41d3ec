"""What is kept of a policy's gain: the names by which evaluation writes it and promotion reads it."""

from __future__ import annotations

LOWER_BOUND = "policy_gain_low"
"""Metric of a run: the lower end of the 95 % interval of the gain, in currency an occasion."""

COMPARED = "policy_compared_with"
"""Tag of a version: over what its gain is, a version or the bank's ladder."""

EVALUATE = "duewise evaluate BOOK"
"""The command that measures it."""
