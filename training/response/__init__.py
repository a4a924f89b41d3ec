"""What a reminder causes, and at which part of the day: learned from a log that did not choose at random."""

from training.response.model import ResponseModel

__all__ = ["ResponseModel"]
