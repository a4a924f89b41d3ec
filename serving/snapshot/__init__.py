"""The nightly state of every customer, mapped from disk, and what was posted since."""
