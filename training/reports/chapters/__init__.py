"""The chapters of a model's review: a module a section, each a question answered from the material alone."""
