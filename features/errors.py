"""The three families of error, by whose mistake it is; only the edge turns them into statuses."""


class DuewiseError(Exception):
    """Any refusal of Duewise; its text is a sentence that says what was received and what was expected."""


class SchemaError(DuewiseError):
    """The bank's tables are at fault: it names the table, the column, the value and what was expected."""


class ModelError(DuewiseError):
    """A model is missing, damaged or cannot be fitted on what it was given."""


class PolicyError(DuewiseError):
    """A policy, its configuration or the logs it is judged on cannot support the answer asked for."""
