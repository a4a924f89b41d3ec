"""The best use of what a day holds: actions under bounds, the price of each bound, and the plan of a morning."""

from serving.allocation.assignment import Allocation, ShadowPrices, allocate, frontier, shadow_prices
from serving.allocation.lagrangian import Bound

__all__ = ["Allocation", "Bound", "ShadowPrices", "allocate", "frontier", "shadow_prices"]
