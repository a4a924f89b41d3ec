"""A field visit or a legal letter: when a person is asked to decide on one, and the evidence they decide by."""
