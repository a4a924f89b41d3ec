"""What the service holds while it runs, and its routes: the desk, the journal, and what was posted."""

from serving.office.office import Office
from serving.office.routes import Routes, endpoints

__all__ = ["Office", "Routes", "endpoints"]
