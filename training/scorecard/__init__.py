"""The challenger: weights of evidence and points, from bins to a card that people can add up."""

from training.scorecard.scorecard import Scorecard

__all__ = ["Scorecard"]
