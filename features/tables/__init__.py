"""The seven tables of a book: declared, read from files, brought to their dtypes, checked."""
