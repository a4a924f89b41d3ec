"""The routes of the page, all behind the gate and for reviewers: what is asked comes in bodies, ids in no address."""

from __future__ import annotations

from collections.abc import Callable

from serving.console.console import Console
from serving.console.customer import customer
from serving.console.customers import customers
from serving.console.evidence import evidence
from serving.console.explained import explained
from serving.console.portfolio import portfolio
from serving.console.reports import report, reports
from serving.console.review import review, verdict
from serving.console.weeks import weeks
from serving.console.wire import (
    CustomerRequest,
    CustomersRequest,
    DecisionRequest,
    EvidenceRequest,
    PortfolioRequest,
    ReportRequest,
    ReportsRequest,
    ReviewRequest,
    VerdictRequest,
    WeeksRequest,
)
from serving.office.routes import Endpoint, told

type Given = Callable[[], Console]
"""Gives the console of the running service."""


def console_endpoints(console: Given) -> dict[str, tuple[str, Endpoint]]:
    """Return what answers each path of the page's numbers; ``console`` is asked at every request."""
    return {
        "/console/portfolio": ("POST", told(console, PortfolioRequest, portfolio)),
        "/console/customers": ("POST", told(console, CustomersRequest, customers)),
        "/console/customer": ("POST", told(console, CustomerRequest, customer)),
        "/console/explained": ("POST", told(console, DecisionRequest, explained)),
        "/console/weeks": ("POST", told(console, WeeksRequest, weeks)),
        "/console/evidence": ("POST", told(console, EvidenceRequest, evidence)),
        "/console/review": ("POST", told(console, ReviewRequest, review)),
        "/console/verdict": ("POST", told(console, VerdictRequest, verdict)),
        "/console/reports": ("POST", told(console, ReportsRequest, reports)),
        "/console/report": ("POST", told(console, ReportRequest, report)),
    }
