"""The bank's reminder programme: what differs by product and customer group, and what it forbids besides the law."""

from serving.programme.limits import limited
from serving.programme.programmes import STANDARD, PlanFirst, Programme

__all__ = ["STANDARD", "PlanFirst", "Programme", "limited"]
