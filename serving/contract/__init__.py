"""The wire: what ``POST /score`` takes and answers, version 1."""

from serving.contract.decision import (
    Blocked,
    Candidate,
    CustomerDecision,
    CustomerError,
    Due,
    Fault,
    Recommendation,
    Result,
    ScoreResponse,
    Versions,
    Window,
    WireEffect,
    WireError,
)
from serving.contract.message import WireAccount, WireInstalment, WireMessage, WirePayload, WireSmsLength
from serving.contract.reasons import WireOutcome, WireReason, WireShare, WouldChange
from serving.contract.request import (
    CustomerRequest,
    PlainCustomer,
    Records,
    RejectedCustomer,
    ScoreRequest,
    read_request,
)
from serving.contract.situation import WireEscalation, WireExplanation, WirePlan, WireSignal
from serving.contract.wire import VERSION, Words

__all__ = [
    "VERSION",
    "Blocked",
    "Candidate",
    "CustomerDecision",
    "CustomerError",
    "CustomerRequest",
    "Due",
    "Fault",
    "PlainCustomer",
    "Recommendation",
    "Records",
    "RejectedCustomer",
    "Result",
    "ScoreRequest",
    "ScoreResponse",
    "Versions",
    "Window",
    "WireAccount",
    "WireEffect",
    "WireError",
    "WireEscalation",
    "WireExplanation",
    "WireInstalment",
    "WireMessage",
    "WireOutcome",
    "WirePayload",
    "WirePlan",
    "WireReason",
    "WireShare",
    "WireSignal",
    "WireSmsLength",
    "Words",
    "WouldChange",
    "read_request",
]
