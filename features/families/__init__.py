"""The features, a module a family; catalogue.py gathers them."""
