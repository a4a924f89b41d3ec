from __future__ import annotations

from pathlib import Path

import pytest

from serving.escalation.settings import EscalationSettings
from serving.feedback.reader import ReplyReader
from serving.settings import read_source

SECTION = Path(__file__).parent / "escalation.yaml"


@pytest.fixture(scope="session")
def reader() -> ReplyReader:
    return ReplyReader.shipped()


@pytest.fixture(scope="session")
def settings() -> EscalationSettings:
    source = read_source(SECTION)
    return source.built(EscalationSettings, source.content["escalation"], ("escalation",))
