"""What stands before the service's routes: tokens, limits, checks of raw bodies, errors, logs, metrics and health.

``Gate`` is the ASGI middleware; everything else can be used without it.
"""

from serving.access.access import TOKENS, Access
from serving.access.exchange import Exchange, current
from serving.access.gate import Gate
from serving.access.health import Finding, Health
from serving.access.metrics import Labels, Metrics
from serving.access.refusal import Refusal
from serving.access.settings import SERVICE, ServiceSettings, read_service_settings

__all__ = [
    "SERVICE",
    "TOKENS",
    "Access",
    "Exchange",
    "Finding",
    "Gate",
    "Health",
    "Labels",
    "Metrics",
    "Refusal",
    "ServiceSettings",
    "current",
    "read_service_settings",
]
