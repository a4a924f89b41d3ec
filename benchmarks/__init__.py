"""Measurements side by side: each prints its peers, its ratios and the machine."""
