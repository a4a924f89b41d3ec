"""A small typed client of the service, on the standard library's HTTP alone."""

from serving.client.client import Client
from serving.client.errors import ClientError, ConnectionLostError, ForeignAnswerError, ServiceError
from serving.client.transport import Patience

__all__ = ["Client", "ClientError", "ConnectionLostError", "ForeignAnswerError", "Patience", "ServiceError"]
