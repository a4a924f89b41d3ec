"""Figures: each shows one table, with a title that says what to see. Nothing is computed here."""
