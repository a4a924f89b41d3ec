"""What is known of a customer at a moment, as numbers."""

from features.book import Book
from features.catalogue import CATALOGUE
from features.errors import DuewiseError, ModelError, PolicyError, SchemaError
from features.matrix import build_features
from features.tables.screening import Screened, screen, validate

__all__ = [
    "CATALOGUE",
    "Book",
    "DuewiseError",
    "ModelError",
    "PolicyError",
    "SchemaError",
    "Screened",
    "build_features",
    "screen",
    "validate",
]
