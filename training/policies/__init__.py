"""Policies judged against each other on the same logged occasions: who would get which reminder, and what it brings."""
