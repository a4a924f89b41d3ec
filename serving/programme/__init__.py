"""The bank's reminder programme: what differs by product and customer group, and what it forbids besides the law."""

from serving.programme.limits import limited
from serving.programme.programmes import STANDARD, FirmWith, PlanFirst, Programme

__all__ = ["STANDARD", "FirmWith", "PlanFirst", "Programme", "limited"]
