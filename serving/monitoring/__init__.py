"""Monitoring: is what was learned still so, and is what is done still fair, from the journal and what came of it."""
