"""The verbs of the command line that make, judge and report on models."""
