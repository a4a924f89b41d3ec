"""What each row says: the columns that timelines sweep, a module a kind of row.

A fact is a number, 1 or 0 for yes or no, and NaN in a row it does not concern or where it is not known yet.
"""
