"""The scoring service on BentoML: parse, decide, answer; errors become statuses here and nowhere else.

``POST /score`` takes the contract's ScoreRequest. Without a model the service runs, says that it is not
ready, and answers with the command that makes one.
"""

from __future__ import annotations

import os
from http import HTTPStatus

import bentoml
from bentoml.exceptions import BentoMLException

from features.book import Book
from features.errors import DuewiseError
from serving.allocation.prices import read_prices
from serving.contract import ScoreRequest, ScoreResponse
from serving.desk import Desk
from serving.launch import PRICES, SNAPSHOT
from serving.policy_settings import read_policy
from serving.registry import load_models


class NoModelError(BentoMLException):  # type: ignore[misc]
    """The service has nothing to answer with; 424, since BentoML hides the text of every error above 500."""

    error_code = HTTPStatus.FAILED_DEPENDENCY


def open_desk() -> Desk:
    """Load the champion models, and the snapshot and the prices named in the environment.

    Raises
    ------
    DuewiseError
        When there is no champion, or the snapshot or the prices cannot be read.
    """
    folder, file = os.environ.get(SNAPSHOT), os.environ.get(PRICES)
    settings = read_policy()
    prices = read_prices(file, settings) if file else None
    return Desk(load_models(), settings, snapshot=Book.read(folder) if folder else None, prices=prices)


@bentoml.service(name="duewise", traffic={"timeout": 60})
class Duewise:
    """Default probability, reasons and a recommended reminder for each customer asked about."""

    def __init__(self) -> None:
        self.desk: Desk | None = None
        self.refusal = ""
        try:
            self.desk = open_desk()
        except DuewiseError as error:
            self.refusal = str(error)

    def __is_ready__(self) -> bool:
        """Tell BentoML's /readyz whether there is a model to answer with."""
        return self.desk is not None

    @bentoml.api(route="/score")  # type: ignore[untyped-decorator]
    def score(self, request: ScoreRequest, /) -> ScoreResponse:
        """Decide for each customer: probability, tier, reasons, and the reminder to send, if any."""
        if self.desk is None:
            raise NoModelError(self.refusal)
        return self.desk.score(request)
