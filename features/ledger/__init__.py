"""A book's rows as sorted numpy columns: from DataFrames, posted, with days, offsets and what replies tell of."""
